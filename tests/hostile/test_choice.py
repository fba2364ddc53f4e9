"""What becomes of a model's choice: quotes with their conditions, checked and grounded as the bot's own are."""

import json

import pytest

from chatbot.decide import model
from chatbot.decide.answer import compose, verify
from chatbot.decide.answer.compose import Draft
from chatbot.decide.model import Vote
from tests.chatbot.test_quotes import MODEL, RETURNS, hits
from tests.conftest import count
from tests.hostile.server import INJECTED, Hostile

QUESTION = "How long do I have to send an unused item back?"


def vote(liar: Hostile, habit: str | None, question: str = QUESTION) -> Vote | None:
    model.line.breaker.reset()
    liar.habit = habit
    return model.choose(question, MODEL.encode([question])[0], hits(RETURNS, question))


def choose(liar: Hostile, habit: str | None, question: str = QUESTION) -> Draft | None:
    said = vote(liar, habit, question)
    return said and said.draft


def test_a_chosen_sentence_is_quoted_with_its_exception(liar: Hostile) -> None:
    draft = choose(liar, "the first sentence")
    assert draft is not None
    assert draft.grounded
    found = compose.sentences(QUESTION, MODEL.encode([QUESTION])[0], hits(RETURNS, QUESTION))
    assert [q.text for q in draft.quotes] == [RETURNS[q.start : q.end] for q in compose.assembled(found[:1])]
    assert "Outlet items are different" in draft.quotes[0].text


def test_the_model_is_shown_a_list_item_with_what_it_hangs_on(liar: Hostile) -> None:
    choose(liar, "none")
    shown = [s["text"] for s in json.loads(liar.asked[0]["messages"][1]["content"])["sentences"]]
    assert "Returns: We cannot take back: ropes that were used" in shown


def test_a_model_that_finds_no_answer_has_a_vote_and_no_draft(liar: Hostile) -> None:
    assert vote(liar, "none") == Vote(())


def test_a_sentence_that_does_not_answer_is_not_quoted_because_a_model_likes_it(liar: Hostile) -> None:
    said = vote(liar, "the last sentence", "Do you sell ladders?")
    assert said is not None
    assert (said.draft, len(said.places)) == (None, 1)


def test_without_a_choice_the_bot_goes_on_with_its_own(liar: Hostile) -> None:
    assert vote(liar, "broken JSON") is None


@pytest.mark.parametrize("question", [QUESTION, "What is the return fee to Norway?", "Can I return a gift?"])
def test_whatever_a_hostile_model_does_a_draft_stands_the_last_look(liar: Hostile, question: str) -> None:
    for _ in range(count(100, 12)):
        draft = choose(liar, None, question)
        if draft is not None and draft.grounded:
            assert verify.check(draft) == []
            assert all(q.text == RETURNS[q.start : q.end] for q in draft.quotes)
            assert INJECTED not in str(draft.quotes)
