"""docs/doctrine.md names functions and tests: they exist, and no promise is claimed without both."""

import importlib
import re
from functools import reduce

import pytest

from tests.server import BASE

ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (BASE / "docs" / "doctrine.md").open(encoding="utf-8")
    if re.match(r"\| \d+ \|", line)
]
NAMED = [(row[0], name) for row in ROWS for name in re.findall(r"`([\w/]+\.py(?::[\w.]+)?)`", row[2] + row[3])]


def test_all_sixteen_promises_are_in_the_table():
    assert [int(row[0]) for row in ROWS] == list(range(1, 17))


@pytest.mark.parametrize(("promise", "name"), NAMED)
def test_what_the_table_names_exists(promise, name):
    path, _, function = name.partition(":")
    assert (BASE / path).is_file()
    if function:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert callable(reduce(getattr, function.split("."), module))


def test_a_promise_without_a_function_or_a_test_says_what_is_missing():
    assert all((kept and shown) or missing.startswith("Not built") for _, _, kept, shown, missing in ROWS)
