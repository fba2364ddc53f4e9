"""The semantic vote hears what no listed wording says, and needs more certainty where no word supports it."""

import numpy as np
import pytest

from chatbot import votes
from chatbot.cues import Said
from chatbot.guard import screen
from chatbot.normalise import fold
from conversations.outcomes import Reason
from knowledge.embedding import load


@pytest.fixture(scope="module")
def model():
    return load("minilm")


UNLISTED = {
    Reason.ASKED_FOR_HUMAN: "would any of your advisors be free for me right now",
    Reason.SECURITY: "purchases turn up on my debit statement which come from nobody in this household",
    Reason.FRUSTRATION: "what you have done to my order leaves me speechless, terribly bad handling",
    Reason.DISTRESS: "since dad's heart stopped last week I have to sort out his things, he died so suddenly",
}
EVERYDAY = [
    "How long does delivery to Norwich take?",
    "Which sleeping bag is warm enough for winter?",
    "my parcel was stolen from the porch, will you send another",
    "when did the king of Norway die",
    "find me another dentist",
    "What are the steps to obtain Vulnerability Advisor v4?",
]


@pytest.mark.parametrize("reason", UNLISTED)
def test_a_need_in_words_nobody_listed_is_heard(reason: Reason, model) -> None:
    text = UNLISTED[reason]
    assert screen(text).reason is None
    assert screen(text, vector=model.encode_one(text)).reason is reason


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_questions_get_no_vote(text: str, model) -> None:
    assert votes.cast(model.encode_one(text), Said(fold(text))) is None


def test_every_prototype_is_on_its_own_side(model) -> None:
    voter = votes.Voter(model.encode([prototype.text for prototype in votes.prototypes()]))
    right = [
        (voter.scores(row)[0] > 0) == (prototype.reason not in (None, Reason.COURTESY))
        for prototype, row in zip(votes.prototypes(), voter.rows, strict=True)
    ]
    assert np.mean(right) > 0.99


def test_no_sentence_stands_twice_among_the_prototypes() -> None:
    texts = [prototype.text for prototype in votes.prototypes()]
    assert len(texts) == len(set(texts))
