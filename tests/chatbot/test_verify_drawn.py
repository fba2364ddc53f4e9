"""What is drawn is held against the stored text: an item, a cell, a number, a name or an address not in it is seen."""

from dataclasses import replace

import pytest

from chatbot.decide import reply
from chatbot.decide.answer import extent, shown, verify_drawn
from chatbot.decide.answer.compose import Quote
from chatbot.outcome import Part
from knowledge.models import Revision
from tests.chatbot.test_show_more import LONG, PRICES, draft, hits

pytestmark = pytest.mark.django_db

STEPS = """# Lamps

## Desktop

To reset the *lamp*, see [the manual](https://x.test/m):

1. Hold `<ON>` for 10 seconds.
2. Wait for £5 of light.
   - On older lamps it is blue.
3. Let go of it.

## Rest

| Lamp | Price |
|---|---|
| Red | £3 |
| Blue | 4 % |

It is warm.
"""


REMARKS = """# Notes

1. Make an account.
   > You can do without, but then you are not told.
2. Say what is wrong and press *Add note*
   > For shops, name them.
3. Wait.
"""


def drawn(text: str, *words: str) -> tuple[tuple[Part, ...], tuple[Quote, ...]]:
    told = extent.told(draft(hits(text), *words))
    return shown.parts(told.quotes, told.rest, told.labels), (*told.quotes, *told.rest)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STEPS, ("Let go", "Blue")),
        (LONG, ("part number 2 out",)),
        (PRICES, ("number 2",)),
        (REMARKS, ("Wait", "shops", "account")),
    ],
)
def test_what_is_drawn_as_it_is_stored_holds(text: str, words: tuple[str, ...]) -> None:
    assert verify_drawn.check(*drawn(text, *words)) == []


HOLD, LIGHT, GO = "Hold <ON> for 10 seconds.", "Wait for £5 of light.\nOn older lamps it is blue.", "Let go of it."
STEP = {
    "another word": {"items": (HOLD.replace("10", "20"), LIGHT, GO)},
    "a sign left out": {"items": (HOLD, LIGHT.replace("£", ""), GO)},
    "another order": {"items": (LIGHT, HOLD, GO)},
    "half an item": {"items": ("Hold <ON>", LIGHT, GO)},
    "another number": {"start": 2},
    "a lead-in of its own": {"lead": "To break the lamp:"},
    "a text of its own": {"text": "1. Hold it forever."},
    "a link elsewhere": {"links": (("the manual", "https://evil.test/m"),)},
    "a link that runs": {"links": (("the manual", "javascript:alert(1)"),)},
    "a name of its own": {"label": "Mobile"},
    "no quote": {"cites": ()},
    "a quote that is not there": {"cites": (9,)},
    "what is behind": {"more": Part("It is cold.", (1,))},
}  # fmt: skip


@pytest.mark.parametrize("change", STEP.values(), ids=STEP.keys())
def test_steps_that_are_drawn_otherwise_do_not_hold(change: dict) -> None:
    parts, quotes = drawn(STEPS, "Let go")
    steps = next(part for part in parts if part.kind == "steps")
    assert verify_drawn.check([replace(steps, label="Desktop")], quotes) == []
    assert verify_drawn.check([replace(steps, **change)], quotes)


@pytest.mark.parametrize(
    "rows",
    [
        (("Lamp", "Price"), ("Red", "4 %")),
        (("Lamp", "Price"), ("Blue", "4")),
        (("Lamp", "Price"), ("Red", "£3", "")),
        (("Price", "Lamp"), ("Blue", "4 %")),
        (("Red", "£3"), ("Blue", "4 %")),
        (("Lamp", "Price"), ("Blue", "4 %"), ("Red", "£3")),
    ],
)
def test_cells_that_are_drawn_otherwise_do_not_hold(rows: tuple[tuple[str, ...], ...]) -> None:
    parts, quotes = drawn(STEPS, "Red", "Blue")
    table = next(part for part in parts if part.kind == "table")
    assert verify_drawn.check([table], quotes) == []
    assert verify_drawn.check([replace(table, rows=rows)], quotes)


def test_a_text_that_was_changed_meanwhile_does_not_hold() -> None:
    parts, quotes = drawn(STEPS, "Let go")
    Revision.objects.update(text=STEPS.replace("10", "90"))
    assert verify_drawn.check(parts, quotes)


def test_what_does_not_hold_is_shown_as_it_is_stored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = extent.told(draft(hits(STEPS), "Let go"))
    monkeypatch.setattr(
        shown, "_list", lambda items: Part("1. Hold it forever.", (1,), kind="steps", items=("Hold it forever.",))
    )
    assert [part.text for part in reply._drawn(told)] == [quote.text for quote in told.quotes]
    assert "an item is not as it is stored" in caplog.text


def test_a_row_above_a_row_of_dashes_is_no_header() -> None:
    text = STEPS.replace("| Blue |", "| - | - |\n| Blue |")
    parts, quotes = drawn(text, "Blue")
    table = next(part for part in parts if part.kind == "table")
    assert verify_drawn.check([table], quotes) == []
    assert verify_drawn.check([replace(table, rows=(("Red", "£3"), ("Blue", "4 %")))], quotes)
