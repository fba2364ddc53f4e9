"""What is asked about orders, and what is told: the sample's declarations, and the shop's words as data in them."""

import json
import unicodedata
from datetime import date, timedelta
from string import Template
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations.wording import Spoken
from sites.core import foreign
from tests.declared import SAMPLE
from tools import arguments, reply, sentences
from tools.outbound import Failed
from tools.sentences import cleaned, day

ANY = st.text(st.characters(), max_size=200)
ORDER = SAMPLE.tools["order_status"]
WORDS = ORDER.keep["status"].words
WHO = {"customer": "ada", "number": "FW-10023"}


def numbers(message: str, whole: str = "") -> list[str]:
    return list(arguments.given(ORDER.arguments, message, whole).get("number", ()))


def order(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    facts = {
        "number": "FW-10023",
        "customer": "ada",
        "status": "shipped",
        "carrier": "Northbound Post",
        "placed": today - timedelta(days=2),
        "shipped": today - timedelta(days=1),
        "due": today + timedelta(days=2),
        "delivered": None,
        "items": [{"name": "Rain jacket", "quantity": 1}],
    }
    body = json.dumps({**facts, **changes}, default=str).encode()
    return {**WHO, **reply.read(body, ORDER.keep, ORDER.belongs_to, WHO)}


def told(**changes: Any) -> tuple[str, ...]:
    found = next(each for each in ORDER.outcomes if 200 in each.reply)
    return tuple(sentences.said(found.say, order(**changes), ORDER.keep, Spoken()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is FW-10023", ["FW-10023"]),
        ("fw10023?", ["FW-10023"]),
        ("has fw 10023 shipped", ["FW-10023"]),
        ("FW–10023, FW—10031 and fw: 10047", ["FW-10023", "FW-10031", "FW-10047"]),
        ("ＦＷ－１００２３", ["FW-10023"]),
        ("order 10023 please", ["FW-10023"]),
        ("my order number is 10023", ["FW-10023"]),
        ("#10023", ["FW-10023"]),
        ("FW-10023 FW-10023 FW-10031", ["FW-10023", "FW-10031"]),
        ("FW-10001 FW-10002 FW-10003 FW-10004", ["FW-10002", "FW-10003", "FW-10004"]),
        ("where is my order", []),
        ("FW-1002", []),
        ("FW-100234", []),
        ("I live at 10023 Long Lane", []),
        ("I paid 10023 pounds", []),
    ],
)
def test_numbers_are_read_however_they_are_typed(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


def test_a_follow_up_is_about_the_order_named_before_it_unless_it_names_one() -> None:
    assert numbers("and when will it come?", "where is FW-10023? and when will it come?") == ["FW-10023"]
    assert numbers("and FW-10031?", "where is FW-10023? and FW-10031?") == ["FW-10031"]


@given(ANY)
def test_any_text_asks_for_a_few_well_formed_numbers_or_none(text: str) -> None:
    assert len(numbers(text)) <= ORDER.arguments["number"].most


def test_an_order_on_its_way_is_told_with_its_day() -> None:
    shipped, due = day(order()["shipped"], Spoken()), day(order()["due"], Spoken())
    assert told() == (
        f"Order FW-10023 (“Rain jacket”) is on its way with Northbound Post since {shipped}.",
        f"Northbound Post expects to deliver it on {due}.",
    )


def test_a_late_order_is_not_promised_for_a_day_that_is_past() -> None:
    due = timezone.localdate() - timedelta(days=1)
    assert told(due=due)[1].startswith(f"It was due on {day(due, Spoken())}.")


@pytest.mark.parametrize("status", WORDS)
def test_every_status_has_its_wording(status: str) -> None:
    lines = told(status=status, delivered=date(2026, 3, 14))
    assert "$" not in " ".join(lines)
    assert len(lines) == (1 if status in {"delivered", "cancelled", "returned"} else 2)


def test_a_long_order_names_its_first_items_and_counts_the_rest() -> None:
    items = [{"name": f"Sock {n}", "quantity": n} for n in range(1, 6)]
    assert "(“Sock 1”, 2 × “Sock 2”, 3 × “Sock 3” and 2 more)" in told(items=items)[0]


@given(ANY)
def test_a_name_from_the_shop_is_short_visible_and_cannot_leave_its_quotation_marks(name: str) -> None:
    shown = cleaned(name)
    assert len(shown) <= sentences.LONGEST
    assert not any(unicodedata.category(c)[0] == "C" or c in '“”"\n\r' for c in shown)


@given(name=st.text(max_size=100), carrier=st.text(max_size=100))
def test_whatever_the_shop_writes_the_line_is_the_template_around_it(name: str, carrier: str) -> None:
    written = {"items": [{"name": name, "quantity": 1}], "carrier": carrier}
    name, carrier = foreign.text(name), foreign.text(carrier)
    if not cleaned(name) or not cleaned(carrier):  # of which nothing would be seen
        with pytest.raises(Failed):
            told(**written)
        return
    line = told(**written)[0]
    status = Template(WORDS["shipped"]).substitute(carrier=cleaned(carrier), shipped=day(order()["shipped"], Spoken()))
    assert line == f"Order FW-10023 (“{cleaned(name)}”) is {status}."
