"""Somebody in danger at a closed desk is sent to the numbers, and hears of no Monday and no e-mail address."""

import pytest

from chatbot import turn
from chatbot.outcome import Decision
from conversations.outcomes import Reason
from conversations.wording import ENGLISH, calls
from escalation.desk import desk
from sites.models import Site
from tests.escalation.conftest import ask, said

pytestmark = pytest.mark.django_db
URGENT = "Nobody is at the desk right now. If anyone is in danger, please use the numbers above."


@pytest.fixture
def shut():
    """A shop that is open on Mondays only, and not now."""
    return Site.objects.create(
        slug="shop", name="Fernway", hours={"mon": ["03:00-03:01"]}, desk_closed=True, crisis="Call 112."
    )


def heard(site: Site, decision: Decision) -> str:
    """The system's line under the assistant's."""
    conversation, running = ask(site)
    turn.settle(running, decision)
    return said(conversation)[-1][1]


def test_in_danger_she_is_sent_to_the_numbers_and_told_of_no_day(shut):
    assert heard(shut, Decision(Reason.DISTRESS, "I am so sorry.", life=True)) == URGENT


@pytest.mark.parametrize("kind", ["bereavement", "vulnerable"])
def test_in_grief_or_need_she_is_told_when_people_are_back(shut, kind):
    line = heard(shut, Decision(Reason.DISTRESS, "I am so sorry.", kind=kind))
    assert line.startswith("Nobody is at the desk right now")
    assert "Leave an e-mail address" in line


def test_any_other_handoff_is_told_as_before(shut):
    for reason in (Reason.SECURITY, Reason.ASKED_FOR_HUMAN, Reason.COMPLAINT):
        assert "Leave an e-mail address" in heard(shut, Decision(reason, "One moment."))


def test_at_an_open_desk_somebody_comes(shut):
    Site.objects.update(desk_closed=False, hours={})
    shut.refresh_from_db()
    assert desk.promise(shut, danger=True) == desk.promise(shut) == ENGLISH["handoff_open"]


def test_no_line_promises_priority_beside_a_desk_that_may_be_closed():
    lines = [ENGLISH[key] for key in (*Reason, "bereavement") if key in ENGLISH]
    assert [line for line in lines if "priority" in line] == []
    assert ENGLISH["distress"] == "I am so sorry. I am passing you to a person."


def test_a_site_may_say_it_in_its_own_words(shut):
    Site.objects.update(wording={"handoff_closed_urgent": "Please call now."})
    shut.refresh_from_db()
    decision = Decision(Reason.DISTRESS, "I am so sorry.", life=True)
    assert heard(shut, decision) == "Please call now."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call 999 or 112, the Samaritans on 116 123, or 999.", ["999", "112", "116 123"]),
        ("Ring +44 (0)20 7946 0958 at any time, 24 hours a day.", ["+44 (0)20 7946 0958"]),
        ("Or text HOME to 741741, order A1234 or X-99.", ["741741"]),
        ("Nobody to call on day 24/7.", []),
    ],
)
def test_numbers_to_call_are_found_as_they_stand(text, found):
    assert calls(text) == found
