"""Exact words and meaning together decide what comes first; a copy comes once, and ties are settled the same
way twice.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.retrieval.hits import Hit
from knowledge.retrieval.ranking import Lexicon, folded, ranked, shares
from knowledge.text.words import stem, subject_words, words

ARTICLES = [
    (11, "Returns", "", "Send it back within 30 days. Refunds take five days."),
    (12, "Delivery", "Norway", "Parcels to Norway take 1,200 minutes at most."),
    (13, "Gift cards", "", "A gift card cannot be returned for money."),
    (14, "Opening hours", "", "The shop is open every day."),
]


def best(lexicon: Lexicon, question: str) -> int:
    return int(lexicon.ids[int(np.argmax(lexicon.all(question)))])


def hit(number: int, **changes: object) -> Hit:
    plain = Hit(
        passage_id=number,
        revision_id=number,
        source=f"source-{number}",
        title=f"Title {number}",
        heading="",
        url="",
        updated=datetime(2026, 1, 1, tzinfo=UTC),
        audience="public",
        text=f"Text {number}.",
        start=0,
        sentences=((0, 7),),
        vectors=np.array([[1, 0]], np.float32),
        score=0.5,
        dense=0.5,
        lexical=1.0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_the_article_with_the_rarest_words_of_the_question_comes_first() -> None:
    lexicon = Lexicon(ARTICLES)
    assert best(lexicon, "How long does a parcel to Norway take?") == 12
    assert best(lexicon, "refund") == 11
    assert best(lexicon, "Can I return a gift card?") == 13


def test_a_word_in_the_title_counts_more_than_one_in_the_text() -> None:
    lexicon = Lexicon([(1, "Tents", "", "About stoves and ropes."), (2, "Stoves", "", "About tents and ropes.")])
    assert best(lexicon, "tents") == 1
    assert best(lexicon, "stove") == 2


def test_a_question_without_any_known_word_scores_nothing() -> None:
    lexicon = Lexicon(ARTICLES)
    assert not lexicon.all("zebra? the of and").any()
    assert Lexicon([]).all("anything").shape == (0,)


def test_an_unknown_word_tells_most_and_a_common_one_least() -> None:
    lexicon = Lexicon(ARTICLES)
    assert lexicon.rarity("zebra") > lexicon.rarity(stem("norway")) > lexicon.rarity("day")


def test_work_on_one_question_is_bounded_by_leaving_out_the_commonest_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("knowledge.retrieval.ranking.POSTINGS", 10)
    lexicon = Lexicon([(n, "", "", "common rare" if n == 7 else "common") for n in range(50)])
    scores = lexicon.all("common rare")
    assert np.flatnonzero(scores).tolist() == [7]
    assert lexicon.all("common").any()


def test_the_share_of_a_question_that_a_passage_says_is_between_nothing_and_one() -> None:
    lexicon = Lexicon(ARTICLES)
    share = lexicon.share("parcels to Norway")
    assert share.argmax() == 1
    assert 0.5 < share[1] < 1
    assert share[3] == 0
    assert not lexicon.share("the of and").any()


def test_shares_add_up_to_one_and_follow_the_strengths() -> None:
    found = shares(np.array([3.0, 1.0, 1.0]))
    assert found.sum() == pytest.approx(1)
    assert found[0] / found[1] == pytest.approx(np.exp(2))


def test_the_strongest_passage_comes_first_with_its_share() -> None:
    found = ranked([hit(1, strength=1.0), hit(2, strength=3.0)])
    assert [each.passage_id for each in found] == [2, 1]
    assert sum(each.score for each in found) == pytest.approx(1)
    assert found[0].score > 0.85


def test_of_two_copies_the_newer_one_stays_and_other_titles_are_not_copies() -> None:
    copies = [
        hit(1, title="A", text="Same  words."),
        hit(2, title="a", text="same words."),
        hit(3, title="B", text="Same words."),
    ]
    assert [each.passage_id for each in folded(copies)] == [2, 3]
    older = replace(copies[1], updated=datetime(2025, 1, 1, tzinfo=UTC))
    assert [each.passage_id for each in folded([copies[0], older])] == [1]


def test_nothing_found_is_nothing_ranked() -> None:
    assert ranked([]) == []


@given(st.permutations(range(6)))
def test_equal_passages_come_in_the_same_order_whatever_order_they_were_found_in(order: list[int]) -> None:
    found = ranked([hit(n, title="T", text=f"Text {n}.") for n in order])
    assert [each.passage_id for each in found] == [0, 1, 2, 3, 4, 5]


@given(st.text(max_size=80))
def test_any_text_has_words_and_a_stem_is_never_empty(text: str) -> None:
    assert all(words(text))
    assert set(subject_words(text)) <= set(words(text))
    assert all(stem(word) for word in words(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("returns", "return"),
        ("shipped", "shipping"),
        ("policies", "policy"),
        ("Café", "cafe"),
        ("don’t", "dont"),
        ("12,000", "12000"),
        ("boxes", "box"),
        ("closed", "close"),
        ("addresses", "address"),
    ],
)
def test_forms_of_one_word_meet(one: str, other: str) -> None:
    assert words(one) == words(other)
