"""Steps, lists and tables are shown as what they are in their article: whole, in order, and word for word."""

from datetime import UTC, datetime

import numpy as np
import pytest

from chatbot.decide.answer import compose, shown
from chatbot.decide.answer.page import Page
from knowledge.retrieval.hits import Hit
from knowledge.text.passages import split

STEPS = """# Resetting

Before you begin, charge it.

To reset the lamp:

1. Hold the button for ten seconds.
2. Wait for the green light.
   - On older lamps it is blue.
3. Let go.

After that, pair it again.
"""
TABLE = """# Prices

Hire costs:

| Boat | A day | Deposit |
|---|---|---|
| Kayak | £36 | £100 |
| Canoe | £55 | £125 |
"""
CODE = """# Finding them

Type this into the search bar:

```
has:nolabels
```
"""


def page(text: str) -> Page:
    (piece,) = split(text, "T", lambda words: len(words.split()) + 2)
    vectors = np.zeros((len(piece.sentences), 3), np.float32)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    place = (
        "T",
        piece.heading,
        "https://x.test/help/a",
        now,
        "public",
        text[piece.start : piece.end],
        piece.start,
        piece.sentences,
    )
    return Page.of(Hit(1, 1, "t", *place, vectors, 1.0, 1.0, 1.0))


def drawn(text: str, words: str) -> list[dict]:
    """What is shown when the sentence with these words was chosen."""
    here = page(text)
    place = next(n for n, line in enumerate(here.lines) if words in line.text)
    chosen = compose.Sentence(here, place, 1.0, 1.0, 1.0)
    return [part.as_json() for part in shown.parts(compose.assembled([chosen]))]


@pytest.mark.parametrize("chosen", ["Hold the button", "green light", "Let go", "To reset"])
def test_whoever_is_told_one_step_is_told_them_all_in_order(chosen: str) -> None:
    steps = next(part for part in drawn(STEPS, chosen) if part.get("kind") == "steps")
    assert steps["lead"] == "To reset the lamp:"
    assert steps["items"] == [
        "Hold the button for ten seconds.",
        "Wait for the green light.\nOn older lamps it is blue.",
        "Let go.",
    ]
    assert steps["start"] == 1
    assert steps["text"].startswith("To reset the lamp:\n1. Hold the button")


def test_a_row_is_shown_with_its_header_as_a_table() -> None:
    (table,) = [part for part in drawn(TABLE, "Canoe") if part.get("kind") == "table"]
    assert table["rows"] == [["Boat", "A day", "Deposit"], ["Canoe", "£55", "£125"]]


def test_what_a_colon_opens_is_never_left_out() -> None:
    (part,) = drawn(CODE, "Type this")
    assert part["text"] == "Type this into the search bar:\nhas:nolabels"
    for part in drawn(TABLE, "Hire costs"):
        assert part["rows"][0] == ["Boat", "A day", "Deposit"]
        assert len(part["rows"]) == 3


def test_a_step_left_out_between_two_makes_two_lists_with_their_own_numbers() -> None:
    here = page("# T\n\n" + "".join(f"{n}. Step number {n} is this.\n" for n in range(1, 6)))
    quotes = [
        compose.Quote(here.hit, start, end, here.hit.slice(start, end))
        for n, (start, end) in enumerate(here.hit.sentences)
        if n in {0, 1, 4}
    ]
    assert [(part.start, len(part.items)) for part in shown.parts(quotes)] == [(1, 2), (5, 1)]


def test_plain_sentences_stay_a_paragraph() -> None:
    (part,) = drawn("# T\n\nIt is open. It costs nothing.\n", "It is open")
    assert part == {"text": "It is open.", "cites": [1]}


def test_two_sentences_of_a_paragraph_without_the_one_between_stand_apart() -> None:
    here = page("# T\n\nIt is open. Dogs stay outside. It costs nothing.\n")
    quotes = [compose.Quote(here.hit, start, end, here.hit.slice(start, end)) for start, end in here.hit.sentences]
    assert [part.text for part in shown.parts([quotes[0], quotes[2]])] == ["It is open.", "It costs nothing."]


def test_a_link_stands_at_its_words_and_leads_where_its_article_says() -> None:
    text = """# T

See where the lamp is: [here](/lamps). Then [here](javascript:alert(1)) or at https://y.test/a.

To order [the part](https://x.test/part):

- Look at [the *list*](list#parts).
- Write to [us](mailto:us@x.test), as [the list](/old) says.

| Part | Where |
|---|---|
| Bulb | [shop](//shop.test/bulb) |
"""
    (first,) = [part for part in drawn(text, "See where") if "links" in part]
    assert first["links"] == [{"text": "is: here", "url": "https://x.test/lamps"}]
    (items,) = [part for part in drawn(text, "Look at") if part.get("kind") == "list"]
    assert items["links"] == [
        {"text": "the part", "url": "https://x.test/part"},
        {"text": "the list", "url": "https://x.test/help/list#parts"},
        {"text": "us", "url": "mailto:us@x.test"},
        {"text": "the list", "url": "https://x.test/old"},
    ]
    (table,) = [part for part in drawn(text, "Bulb") if part.get("kind") == "table"]
    assert table["rows"][1] == ["Bulb", "shop"]
    assert table["links"] == [{"text": "shop", "url": "https://shop.test/bulb"}]
