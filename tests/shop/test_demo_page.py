"""What the demo shop's page offers to try is true of the order service."""

import json
import re
from pathlib import Path

from shop import seed

SCRIPT = Path(__file__).parents[2] / "chatbot" / "static" / "handrail" / "demo.js"


def test_the_orders_the_page_offers_are_the_customers_own() -> None:
    offered = re.findall(r'^    (\w+): (\[".*"\]),$', SCRIPT.read_text(), flags=re.MULTILINE)
    assert {sub for sub, _ in offered} == set(seed.CUSTOMERS)
    owner = {line.number: line.customer for line in seed.lines()}
    for sub, numbers in offered:
        assert {owner[number] for number in json.loads(numbers)} == {sub}
