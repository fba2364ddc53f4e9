"""How strict a site is decides what its gate accepts: stricter accepts no more, and an old release what it did."""

from dataclasses import replace
from itertools import pairwise

import pytest

from chatbot.decide import bot
from chatbot.decide.gate import fitted
from chatbot.decide.gate.topic import STRICTNESS
from release.live import permits, snapshot
from sites.models import Strictness

pytestmark = pytest.mark.django_db
QUESTIONS = [
    "Can I send back boots I have worn once?",
    "do you post to the islands",
    "How do I wash a down jacket?",
    "Returns and refunds",
    "Can I get a refund for a parking ticket?",
    "Which mutual fund should I buy?",
    "Is it safe to dry wet boots on a radiator?",
    "Do you buy back used tents?",
    "Where is my letter to the council?",
    "what does it cost",
    "moths have eaten my merino",
    "are your jackets made without pfas",
    "what size boots should I get if I'm between sizes",
    "do you hire tents for a wedding",
]


def decided(frozen):
    decisions = [bot.decide(bot.Question(text), frozen, permits.AsAsked(frozen)) for text in QUESTIONS]
    return [(d.accepted, d.category, d.confidence, d.threshold, d.outcome, d.text) for d in decisions]


def test_a_stricter_site_never_accepts_what_a_more_open_one_refuses(fernway):
    live = snapshot.live(fernway.pk)
    accepted = []
    for strictness in Strictness:
        of_this = decided(replace(live, strictness=float(strictness)))
        assert {round(row[3], 4) for row in of_this} == {round(strictness / (1 + strictness), 4)}
        assert all(row[0] == (row[2] >= row[3]) for row in of_this)
        accepted.append({text for text, row in zip(QUESTIONS, of_this, strict=True) if row[0]})
    assert all(strict <= loose for loose, strict in pairwise(accepted))
    assert accepted[-1] < accepted[0]


def test_a_release_stored_without_the_setting_decides_as_before(fernway):
    live = snapshot.live(fernway.pk)
    old = snapshot.parse({key: value for key, value in live.body.items() if key != "strictness"})
    assert fitted.gate(old).strictness == STRICTNESS == old.strictness
    assert decided(old) == decided(live)


def test_another_strictness_of_a_gate_is_the_gate_that_would_have_been_fitted_with_it(fernway):
    live = snapshot.live(fernway.pk)
    moved, anew = fitted.gate(live).at(8), fitted.gate(replace(live, strictness=8.0))
    assert (moved.threshold, moved.scale, moved.report()) == (anew.threshold, anew.scale, anew.report())
