"""The last look refuses whatever is not the stored text, whole, with its condition; however it came about."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from chatbot.decide.answer import verify, verify_drawn
from chatbot.decide.answer.compose import Draft, Quote
from chatbot.decide.answer.verify import check
from knowledge.retrieval.hits import Hit
from knowledge.text.passages import split

TEXT = """Intro to be skipped.

Return it within 30 days. Outlet items are different: 14 days. Keep the label. This saves time.

We do not take back:

- gas
- used ropes

| Land | Fee |
|------|-----|
| Norway | 9 |
"""
PIECE = split(TEXT, "Returns", lambda words: len(words.split()) + 2)[0]
HIT = Hit(
    passage_id=1,
    revision_id=1,
    source="returns",
    title="Returns",
    heading="",
    url="",
    updated=datetime(2026, 1, 1, tzinfo=UTC),
    audience="public",
    text=TEXT[PIECE.start : PIECE.end],
    start=PIECE.start,
    sentences=PIECE.sentences,
    vectors=np.zeros((len(PIECE.sentences), 2), np.float32),
    score=1.0,
    dense=1.0,
    lexical=1.0,
)


def draft(*texts: str) -> Draft:
    quotes = [Quote(HIT, TEXT.index(text), TEXT.index(text) + len(text), text) for text in texts]
    return Draft(tuple(quotes), 1.0, True, "")


def test_whole_sentences_with_their_condition_pass() -> None:
    assert check(draft("Return it within 30 days. Outlet items are different: 14 days.")) == []
    assert check(draft("Keep the label. This saves time.")) != []  # the limit before it is missing
    assert check(draft("Intro to be skipped.")) == []


@pytest.mark.parametrize(
    ("texts", "objection"),
    [
        (["Return it within 30 days."], "leaves out the condition after it"),
        (["Keep the label."], "leaves out the condition before it"),
        (["This saves time."], "points back to a sentence that is not shown"),
        (["within 30 days. Outlet items are different: 14 days."], "cuts a sentence"),
        (["- used ropes"], "lacks the lead-in of its list"),
        (["| Norway | 9 |"], "lacks the header of its table"),
    ],
)
def test_what_would_mislead_is_refused(texts: list[str], objection: str) -> None:
    assert [each for each in check(draft(*texts)) if objection in each]


def test_an_item_passes_with_its_lead_in_and_a_row_with_its_header() -> None:
    assert check(draft("We do not take back:", "- used ropes")) == []
    assert check(draft("| Land | Fee |", "| Norway | 9 |")) == []


def test_a_word_that_is_not_in_the_stored_text_is_refused() -> None:
    honest = draft("Intro to be skipped.")
    forged = replace(honest.quotes[0], text="Intro to be savoured.")
    assert check(replace(honest, quotes=(forged,))) == ["a quote of returns is not the stored text"]


def test_a_quote_from_outside_of_its_passage_is_refused() -> None:
    honest = draft("Intro to be skipped.")
    for start, end in ((-5, 3), (0, 10_000), (5, 5)):
        stray = replace(honest.quotes[0], start=start, end=end)
        assert check(replace(honest, quotes=(stray,))) == ["a quote of returns lies outside of its passage"]


def test_one_bad_quote_spoils_the_draft() -> None:
    assert check(draft("Intro to be skipped.", "- gas"))


def test_an_empty_draft_is_nothing_to_say() -> None:
    assert check(Draft((), 1.0, True, "")) == ["there is nothing to say"]


def of(text: str) -> Hit:
    """A hit that is all of a text."""
    piece = split(text, "Returns", lambda words: len(words.split()) + 2)[0]
    return replace(HIT, text=text[piece.start : piece.end], start=piece.start, sentences=piece.sentences)


BARE = "Land | Fee\n---|---\nNorway | 9\nSweden | 5\n"
DASHED = "| Land | Fee |\n|---|---|\n| Norway | 9 |\n| - | - |\n| Sweden | 5 |\n"


@pytest.mark.parametrize(
    ("text", "row", "beside", "lacks"),
    [
        (BARE, "Norway | 9", "", True),
        (BARE, "Sweden | 5", "Norway | 9", True),
        (BARE, "Sweden | 5", "Land | Fee", False),
        (DASHED, "| Sweden | 5 |", "| Norway | 9 |", True),
        (DASHED, "| Sweden | 5 |", "| Land | Fee |", False),
    ],
)
def test_no_row_is_said_without_the_header_of_its_table_however_it_is_written(
    text: str, row: str, beside: str, lacks: bool
) -> None:
    hit = of(text)
    shown = [each for each in (beside, row) if each]
    quotes = [Quote(hit, text.index(each), text.index(each) + len(each), each) for each in shown]
    found = [each for each in check(Draft(tuple(quotes), 1.0, True, "")) if "header of its table" in each]
    assert bool(found) == lacks


def test_a_long_line_of_dashes_is_read_in_linear_time() -> None:
    line = "|" + "-" * 200_000 + "x"
    assert verify._DELIMITER.fullmatch(line) is None
    assert verify_drawn._RULE.fullmatch(line) is None
