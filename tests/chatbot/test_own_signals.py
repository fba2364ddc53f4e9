"""A site's own signals: what it wants a person for is heard as a phrase or by meaning, and never instead of danger."""

from dataclasses import replace

import pytest

from chatbot.decide.needs.kinds import LIFE, Need
from chatbot.decide.needs.reader import Belief
from chatbot.decide.needs.signals import heard, raised
from chatbot.decide.phrases.normalise import fold
from chatbot.decide.screening.guard import false_alarms, screen
from conversations.outcomes import Reason
from knowledge.embedding.embedders import load
from sites.choices.signals import Signal

SWAP = (Signal("fraud", phrases=("SIM swap",)),)
DEAD = (Signal("fraud", examples=("My line went dead and then my bank logged me out",)),)
PRICE = "What is the price of a ticket to the island?"


def row(text):
    return load("minilm").encode_one(text)


def believed(person=0.0, **shares):
    needs = dict.fromkeys(Need, 0.0) | {Need(name): share for name, share in shares.items()}
    return Belief(person, needs, {}, 0.0, 0.0, 0.0, {})


@pytest.mark.parametrize(
    "text", ["Is this a sim swap?", "SIM-SWAP!", "ｓｉｍ ｓｗａｐ", "my s\u200bim swap", "a sim  swap\n"]
)
def test_a_phrase_is_heard_in_any_costume(text):
    assert heard(SWAP, fold(text), None) == {Need.FRAUD: 1.0}


@pytest.mark.parametrize("text", ["swap my sim", "a sim and a swap", "sim swapping", "simswap", "prosim swap", PRICE])
def test_the_words_of_a_phrase_stand_whole_in_their_order_and_next_to_each_other(text):
    assert heard(SWAP, fold(text), None) == {}


def test_a_phrase_of_can_is_not_heard_in_a_message_of_cannot():
    assert heard((Signal("danger", phrases=("I can",)),), fold("I can't breathe"), None) == {}


def test_a_slip_of_the_finger_in_a_word_that_decides_keeps_no_phrase_from_being_heard():
    assert heard((Signal("complaint", phrases=("complaint desk",)),), fold("the complant desk"), None) == {
        Need.COMPLAINT: 1.0
    }


@pytest.mark.parametrize("phrase", ["!!!", "", "🔥"])
def test_a_phrase_without_a_word_in_it_is_heard_in_nothing(phrase):
    for text in ("!!! 🔥 hello", "!!!"):
        assert heard((Signal("fraud", phrases=(phrase,)),), fold(text), None) == {}


def test_an_example_is_heard_by_its_meaning_the_nearer_the_surer():
    same, near, far = DEAD[0].examples[0], "my phone lost signal and then I was logged out of my bank", PRICE
    found = [heard(DEAD, fold(text), row(text)).get(Need.FRAUD, 0.0) for text in (same, near, far)]
    assert found[0] == 1.0 > found[1] > 0.0 == found[2]


def test_an_example_says_nothing_up_to_a_cosine_of_sixty_and_all_from_eighty():
    example = row(DEAD[0].examples[0])
    across = row(PRICE) - (row(PRICE) @ example) * example
    across /= (across @ across) ** 0.5
    found = [
        heard(DEAD, "", (cosine * example + (1 - cosine**2) ** 0.5 * across).astype("float32")).get(Need.FRAUD, 0.0)
        for cosine in (0.599, 0.7, 0.801)
    ]
    assert found == [0.0, pytest.approx(0.5, abs=1e-3), 1.0]


def test_the_surest_of_a_need_counts_and_each_need_for_itself():
    both = (replace(DEAD[0], phrases=("logged me out",)), Signal("anger", phrases=("went dead",)))
    text = "My phone lost signal and the bank logged me out"
    assert heard(both, fold(text), row(text)) == {Need.FRAUD: 1.0}


def test_a_need_of_another_build_is_passed_over():
    assert heard((Signal("telepathy", ("sim swap",), ("sim swap",)), *SWAP), "sim swap", row("sim swap")) == {
        Need.FRAUD: 1.0
    }


def test_a_belief_is_raised_and_its_shares_still_add_up():
    belief = raised(believed(0.3, complaint=0.2, anger=0.1), {Need.FRAUD: 0.8})
    assert (belief.person, belief.likeliest) == (0.8, Need.FRAUD)
    assert sum(belief.needs.values()) == pytest.approx(0.8)
    assert belief.needs[Need.COMPLAINT] == pytest.approx(2 * belief.needs[Need.ANGER])


def test_a_signal_that_says_less_than_what_was_believed_changes_nothing():
    before = believed(0.9, fraud=0.9)
    assert raised(before, {Need.FRAUD: 0.4}) == before == raised(before, {})


@pytest.mark.parametrize("need", sorted(LIFE))
def test_what_was_believed_of_a_danger_to_life_is_never_made_smaller(need):
    belief = raised(believed(0.3, **{need: 0.2, "anger": 0.1}), {Need.FRAUD: 1.0, Need.COMPLAINT: 1.0})
    assert belief.needs[need] == pytest.approx(0.2)
    assert sum(belief.needs.values()) == pytest.approx(belief.person) == 1.0


def test_ada_uses_the_sites_own_words_for_fraud_and_reaches_a_person_at_once():
    assert screen("How do I do a SIM swap?").reason is None
    seen = screen("How do I do a SIM swap?", signals=SWAP)
    assert (seen.reason, seen.kind, seen.urgent) == (Reason.SECURITY, "fraud", True)
    assert seen.account["signals"] == {"fraud": 1.0}


def test_ada_is_told_whom_to_call_also_when_a_signal_of_something_else_is_in_her_message():
    seen = screen("I want to kill myself because of this sim swap", signals=SWAP)
    assert seen.life
    assert seen.urgent


@pytest.mark.parametrize(("people", "reason", "otherwise"), [((), None, "privacy"), (("privacy",), "privacy", None)])
def test_a_signal_follows_the_route_of_its_need(people, reason, otherwise):
    seen = screen("my data twin", people=people, signals=(Signal("privacy", phrases=("data twin",)),))
    as_reason = {"privacy": Reason.PRIVACY_REQUEST, None: None}
    assert (seen.reason, seen.otherwise) == (as_reason[reason], as_reason[otherwise])


def test_a_site_without_signals_hears_none():
    assert screen("How do I do a SIM swap?").account["signals"] == {}


def test_texts_that_signals_alone_would_hand_over_are_found():
    texts = [PRICE, "Can I keep my number with a SIM swap?", DEAD[0].examples[0]]
    assert false_alarms((*SWAP, *DEAD), texts) == [(texts[1], Need.FRAUD), (texts[2], Need.FRAUD)]
    assert false_alarms((), texts) == []


def test_a_signal_of_danger_hands_over_with_less_than_any_other():
    unsure = "the bank logged me out of the app"
    assert 0.4 <= heard(DEAD, fold(unsure), row(unsure))[Need.FRAUD] < 0.6
    assert false_alarms(DEAD, [unsure]) == []
    assert false_alarms((replace(DEAD[0], need="danger"),), [unsure]) == [(unsure, Need.DANGER)]
