"""When something was said, on which day, and how far the customer's own words have come."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_waiting import CLOSED
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def at(**ago: int) -> str:
    return (NOW - timedelta(**ago)).isoformat()


def resumed(stage: Stage, script: Script) -> WidgetPage:
    """The chat of somebody who comes back, on the 20th of May at noon."""
    ada = visit(stage, script=script)
    ada.page.clock.set_fixed_time(NOW)
    ada.page.evaluate("localStorage['handrail:fernway'] = JSON.stringify({conversation: 'c1', token: 't'})")
    ada.page.reload()
    ada.open()
    return ada


def test_another_day_begins_with_a_line_and_every_time_can_be_read_by_programs(stage: Stage) -> None:
    script = Script()
    script.add("c1", "customer", "Last year.", at="2025-12-31T10:00:00Z")
    script.add("c1", "bot", "Two days ago.", at=at(days=2))
    script.add("c1", "customer", "Also then.", at=at(days=2))
    script.add("c1", "customer", "Now.", at=at(minutes=1))
    ada = resumed(stage, script)
    days = ada.dialog.locator("#log .day")
    expect(days).to_have_text([re.compile("Wednesday,? 31 December 2025"), "Monday 18 May", "Wednesday 20 May"])
    assert days.locator("time").first.get_attribute("datetime") == "2025-12-31"
    times = ada.dialog.locator("article time")
    expect(times).to_have_text(["10:00", "13:00", "13:00", "12:59"])
    assert times.last.get_attribute("datetime") == at(minutes=1)


def test_a_conversation_of_today_has_no_such_line(stage: Stage) -> None:
    script = Script()
    script.add("c1", "bot", "Hello.", at=at(minutes=5))
    ada = resumed(stage, script)
    expect(ada.dialog.locator("article.bot")).to_be_visible()
    expect(ada.dialog.locator(".day")).to_have_count(0)


@pytest.mark.parametrize(
    ("days", "said"), [(0, "20:00"), (6, "Tuesday 20:00"), (7, "Wednesday 27 May"), (12, "Monday 1 June")]
)
def test_who_is_away_for_long_is_back_on_a_date(stage: Stage, days: int, said: str) -> None:
    back = (NOW + timedelta(days=days, hours=7)).isoformat()
    ada = resumed(stage, Script("waiting", availability={"open": False, "next": back}))
    expect(ada.dialog.locator("#people")).to_contain_text(f"People are back {said}")


def test_the_reply_names_the_date_too(stage: Stage) -> None:
    day = datetime.now(UTC) + timedelta(days=12)
    holidays = {"holidays": {f"{day:%Y-%m-%d}": ["09:00-17:00"]}}
    set_site(stage.server, hours=CLOSED | holidays)
    ada = stage.customer()
    ada.open()
    ada.ask("let me talk to a person")
    expect(ada.dialog.locator("#log")).to_contain_text(f"people are back on {day:%A} {day.day} {day:%B} at 09:00")
    set_site(stage.server, hours={})


def test_her_own_words_are_sent_delivered_and_seen(stage: Stage) -> None:
    script = Script("waiting")
    ada = resumed(stage, script)
    ada.write("Is anybody there?")
    note = ada.dialog.locator("article.customer .note").last
    expect(note).to_have_text("Sent 13:00")
    script.put("c1", {"type": "state", "state": "human", "name": "Ben", "availability": {"open": True}})
    expect(note).to_have_text("Delivered 13:00")
    script.put("c1", {"type": "typing", "author": "agent"})
    expect(note).to_have_text("Seen by Ben 13:00")
    ada.write("Good.")
    expect(ada.dialog.locator("article.customer .note")).to_have_text(["13:00", "Delivered 13:00"])
    script.say("Hello.", name="Ben")
    expect(ada.dialog.locator("article.customer .note").last).to_have_text("Seen by Ben 13:00")


def test_an_answered_question_says_its_time_only(stage: Stage) -> None:
    script = Script()
    script.answers = lambda frame: [script.add("c1", "bot", "30 days.")] if frame["type"] == "ask" else []
    ada = resumed(stage, script)
    ada.ask("How long?")
    expect(ada.dialog.locator("article.customer .note")).to_have_text("13:00")
