"""Whoever takes over reads in plain words what was recognised about the customer, and by what."""

import pytest

from chatbot.decide.needs import german
from chatbot.decide.needs.reader import FILES
from conversations.models import Turn
from escalation.packet.packet import packet
from escalation.packet.recognised import LABELS, PHRASES, told
from sites.choices.needs import Need
from tests.escalation.conftest import wait
from tests.escalation.test_console import page
from tests.unsealed import change

DANGER = {
    "person": 0.74,
    "needs": {"danger": 0.71, "anger": 0.03},
    "meaning": 1.2,
    "wording": -0.4,
    "context": 0.9,
    "phrases": {"complaint": "formal"},
    "disputed": True,
    "signals": {},
}


def test_every_need_and_every_file_of_phrases_has_words_of_its_own():
    assert set(LABELS) == set(Need)
    assert set(PHRASES) == {*FILES, german.FILE}


def test_ben_reads_who_may_be_in_danger_and_which_witness_says_so():
    assert told(DANGER) == (
        "Recognised: may be in danger (71 %). The meaning and the context say so, the wording does not; "
        "phrases of a complaint were found."
    )


@pytest.mark.parametrize(
    ("meaning", "wording", "context", "said"),
    [
        (1, 1, 1, "The meaning, the wording and the context say so."),
        (1, -1, -1, "The meaning says so, the wording and the context do not."),
        (-1, -1, -1, "The meaning, the wording and the context alone do not say so."),
    ],
)
def test_witnesses_that_agree_are_named_together(meaning, wording, context, said):
    account = DANGER | {"meaning": meaning, "wording": wording, "context": context, "phrases": {}}
    assert told(account) == f"Recognised: may be in danger (71 %). {said}"


def test_the_likeliest_need_is_named_first_and_what_is_hardly_likely_not_at_all():
    account = DANGER | {"needs": {"complaint": 0.2, "danger": 0.5, "anger": 0.1}}
    assert told(account).startswith("Recognised: may be in danger (50 %), a complaint (20 %). ")
    assert told(DANGER | {"needs": {"anger": 0.1}}) == ""


def test_a_signal_of_the_sites_own_is_named_instead_of_witnesses_that_speak_of_something_else():
    account = DANGER | {"needs": {"fraud": 0.9}, "signals": {"fraud": 1.0}, "phrases": {}}
    assert told(account) == (
        "Recognised: fraud, or an account in danger (90 %). "
        "The site's own signals of fraud, or an account in danger were heard."
    )


@pytest.mark.parametrize("account", [None, {}, [], "x", {"needs": []}, {"needs": {"danger": "[erased]", "x": 1}}])
def test_a_record_without_an_account_says_nothing(account):
    assert told(account) == ""


@pytest.mark.django_db
def test_it_stands_in_the_packet_under_the_finding(shop, ben, client):
    handoff = wait(shop)
    change(Turn.objects.filter(pk=handoff.turn_id), trace={"needs": DANGER})
    (finding,) = packet(handoff.conversation).findings
    assert finding.recognised == told(DANGER)
    client.force_login(ben)
    html = client.get(page(handoff)).content.decode()
    assert "Recognised: may be in danger (71 %)." in html


@pytest.mark.django_db
def test_a_turn_from_before_there_was_an_account_has_a_packet_without_one(shop):
    handoff = wait(shop)
    change(Turn.objects.filter(pk=handoff.turn_id), trace={})
    (finding,) = packet(handoff.conversation).findings
    assert finding.recognised == ""
