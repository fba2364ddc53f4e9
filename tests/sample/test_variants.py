"""The ways a question may be typed keep its meaning, and the same seed gives the same text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import BASE, answerable, read
from tests.variants import LONG, VARIANTS, bare, capitals, little_words_dropped, polite, typos

QUESTION = "How much does delivery to the Highlands cost, and is the £7.95 refunded?"


@pytest.mark.parametrize("name", VARIANTS)
@given(text=st.text(max_size=60), seed=st.integers(0, 99))
def test_every_variant_takes_any_text_and_is_the_same_every_time(name, text, seed):
    assert VARIANTS[name](text, seed) == VARIANTS[name](text, seed)


@given(seed=st.integers(0, 999))
def test_typos_touch_two_long_words_and_no_number(seed):
    before, after = QUESTION.split(), typos(QUESTION, seed).split()
    changed = [one for one, other in zip(before, after, strict=True) if one != other]
    assert len(changed) <= 2
    assert all(len(re.sub(r"\W", "", word)) >= LONG for word in changed)
    assert "£7.95" in after


def test_typos_differ_with_the_seed():
    assert len({typos(QUESTION, seed) for seed in range(20)}) > 5


def test_dropping_little_words_leaves_out_articles_and_auxiliaries():
    assert little_words_dropped(QUESTION, 1) == "how much cost delivery to Highlands, and £7.95 refunded?"
    assert little_words_dropped("Can you?", 1) == "you?"
    assert little_words_dropped("Is it?", 1) == "it?"


def test_capitals_change_nothing_but_the_letters_size():
    assert capitals(QUESTION, 1).lower() == QUESTION.lower()


def test_bare_text_keeps_amounts_and_loses_punctuation():
    assert bare(QUESTION, 1) == "how much does delivery to the highlands cost and is the £7.95 refunded"


def test_politeness_leaves_the_question_whole():
    assert all(QUESTION in polite(QUESTION, seed) for seed in range(5))


def test_every_answerable_question_was_also_written_by_hand_in_other_words():
    written = {each["id"]: each for each in read(BASE / "sample/limits/otherwise.jsonl")}
    assert set(written) == {each["id"] for each in answerable()}
    for each in answerable():
        texts = {each["turns"][0], written[each["id"]]["paraphrased"], written[each["id"]]["non_native"]}
        assert len(texts) == 3
