"""Promise 11, nothing we control changes unnoticed: customers read the live release, and only on its own build."""

import pytest

from chatbot.decide import bot
from knowledge.models import Category, Example
from release.gate import gate
from release.live import permits, snapshot
from sites.core.refusal import Refused
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


@pytest.fixture
def returns(fernway) -> Category:
    return Category.objects.get(site=fernway, slug="returns-refunds")


def test_an_edit_changes_the_candidate_and_not_what_customers_read(fernway, returns):
    live, candidate = snapshot.live(fernway.pk), snapshot.candidate(fernway)
    assert live.fingerprint == candidate.fingerprint
    Example.objects.create(site=fernway, category=returns, text="Can I return a wet tent?")
    Category.objects.filter(pk=returns.pk).update(title="Sending things back")
    assert snapshot.candidate(fernway).fingerprint != live.fingerprint
    assert snapshot.live(fernway.pk).fingerprint == live.fingerprint
    ada = Ada(fernway)
    ada.ask("Which mutual fund gives the best returns?")
    assert "Returns and refunds" in ada.last["text"]
    assert "sending things back" not in ada.last["text"]


def test_on_another_build_or_model_every_category_falls_to_level_1(fernway, returns, monkeypatch):
    assert permits.of(fernway.pk, returns.slug).level == 3
    parts = bot.fingerprint_parts()
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: {**parts, "model": "another"})
    assert permits.of(fernway.pk, returns.slug).level == 1
    turn = Ada(fernway).ask(RETURNS)
    assert (turn.outcome, turn.reason) == ("decline", "not_exposed")


def test_without_a_passing_run_of_exactly_this_release_nothing_goes_live(fernway, returns, people):
    Example.objects.create(site=fernway, category=returns, text="Can I return a wet tent?")
    frozen = snapshot.freeze(fernway, actor=people["dan"])
    with pytest.raises(Refused, match="gate"):
        gate.go_live(frozen, actor=people["dan"], second=people["admin"], reason="In a hurry.")


def test_every_turn_keeps_the_release_that_decided_it(fernway):
    assert Ada(fernway).ask(RETURNS).release == snapshot.live(fernway.pk).fingerprint
