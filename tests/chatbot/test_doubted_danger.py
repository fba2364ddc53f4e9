"""What sounds like danger, but not surely: the crisis text and a person first, and below it what an article plainly
answers; where none does so, a person at once.
"""

import pytest

from chatbot.decide import bot
from chatbot.decide.run import Decision
from chatbot.decide.screening import guard
from conversations.outcomes import Outcome, Reason
from release.live import permits, snapshot
from sites.models import Site

LEAKING = "my stove is leaking gas a bit at the valve can I send it back"
GASSY = "the valve of my stove lets out a bit of gas"
SWOLLEN = "can I return a battery that got hot and swelled"


def test_doubted_danger_is_handed_over_unless_an_article_plainly_answers() -> None:
    seen = guard.screen(LEAKING)
    assert (seen.reason, seen.otherwise, seen.plainly, seen.life) == (None, Reason.DISTRESS, True, True)


@pytest.mark.parametrize("text", [GASSY, SWOLLEN])
def test_danger_beyond_doubt_waits_for_no_article(text: str) -> None:
    assert guard.screen(text).reason is Reason.DISTRESS


@pytest.mark.django_db
def test_ada_reads_what_answers_under_the_crisis_text_with_a_person_first(fernway: Site) -> None:
    told = decided(fernway, LEAKING)
    shown = told.draft or told
    assert (told.offered, told.life) == (True, True)
    assert shown.citations


@pytest.mark.django_db
def test_where_no_article_plainly_answers_she_is_with_a_person(fernway: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "NOW", 0.99)  # doubted, by one step more
    told = decided(fernway, GASSY)
    assert (told.outcome, told.reason, told.life) == (Outcome.HANDOFF, Reason.DISTRESS, True)


@pytest.mark.django_db
def test_a_wish_for_a_poem_is_nobodys_danger(fernway: Site) -> None:
    told = decided(fernway, "Please write me a poem.")
    assert (told.outcome, told.life) == (Outcome.DECLINE, False)


def decided(site: Site, text: str) -> Decision:
    live = snapshot.live(site.pk)
    assert live is not None
    return bot.decide(bot.Question(text, ()), live, permits.AsAsked(live))
