"""Ben sees a wrong answer on a turn: it is reported and stopped in one act, put right with the customer, and asked for
ever.

The tests of this file are one story, in order, on one server.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import GATE, Stage, press
from tests.journeys.test_accessible import wrong
from tests.journeys.widget_page import WidgetPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1500)]
QUESTION = "How often should I change the newspaper in my wet boots?"
RIGHT = "After three hours, not two. I am sorry."
TALKS, INCIDENTS = "/admin/conversations/conversation/", "/admin/release/incident/"


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What one test of the story leaves to the next: paths."""
    return {}


def at(stage: Stage, page: Page) -> str:
    return page.url.removeprefix(stage.server.url)


def test_ben_reports_and_stops_it_from_the_turn_and_ada_reads_the_correction(
    stage: Stage, told: dict[str, str]
) -> None:
    ada = stage.customer()
    ada.open()
    assert "after two hours" in ada.ask(QUESTION).inner_text()
    ben = stage.staff("ben", TALKS)
    ben.locator("#result_list tbody .field-talk a").first.click()
    ben.get_by_text("How it was decided").last.click()
    ben.get_by_role("link", name="Report this answer").last.click()
    expect(ben.get_by_role("heading", name="Report an incident")).to_be_visible()
    assert wrong(ben, ".release") == []
    ben.get_by_label("How bad is it").select_option("major")
    ben.get_by_label("What is wrong").fill("Boots dry for three hours, not two.")
    ben.get_by_label("Pause the category").check()
    press(ben, "Open the incident", "The incident is open.")
    told["incident"] = at(stage, ben)
    expect(ben.locator("h1 .state")).to_have_text("contained")
    expect(ben.locator("#customers")).to_contain_text("to review")
    stopped(stage)
    put_right(ben, ada)
    assert wrong(ben, ".release") == []


def stopped(stage: Stage) -> None:
    """The next customer reaches a person."""
    grace = stage.customer()
    grace.open()
    expect(grace.ask(QUESTION)).to_contain_text("I am passing you to a person")


def put_right(ben: Page, ada: WidgetPage) -> None:
    """The correction is in Ada's window, which was open all the time."""
    ben.locator("#customers input[name=row]").first.check()
    ben.get_by_label("The correction, as the customer reads it").fill(RIGHT)
    press(ben, "Send it to those ticked", "The correction is sent.")
    expect(ada.dialog.locator("article", has_text=RIGHT)).to_be_visible()
    expect(ben.locator("#customers .state-corrected")).to_have_text("corrected")


def test_the_gate_asks_it_from_then_on_and_fails_on_the_old_text(stage: Stage, told: dict[str, str]) -> None:
    dan = stage.staff("dan", told["incident"])
    expect(dan.get_by_text("it has no scenario yet")).to_be_visible()
    dan.get_by_role("button", name="Draft it from the first customer's question").click()
    body = json.loads(dan.get_by_label("The scenario").input_value())
    assert body["turns"] == [QUESTION]
    assert re.search(body["expect"]["never"][0], "change it after two hours", re.I) or body["expect"]["never"]
    press(dan, "Keep the scenario", "The gate asks this from the next release on.")
    dan.goto(stage.server.url + "/admin/release/release/")
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    press(dan, "Run the gate", "The gate is running.")
    expect(dan.locator(".failures")).to_contain_text(body["id"], timeout=GATE)
    expect(dan.get_by_role("button", name="Propose to go live")).to_have_count(0)


def test_it_is_resolved_with_its_lesson_and_exported_whole(stage: Stage, told: dict[str, str]) -> None:
    dan = stage.staff("dan", told["incident"])
    dan.get_by_label("How it came about, and what was changed").fill("The maker's leaflet was read wrong.")
    press(dan, "Keep it", "The post-mortem is kept.")
    dan.get_by_label("Why it is over").fill("Everybody knows.")
    press(dan, "Resolve", "The incident is resolved.")
    expect(dan.locator("h1 .state")).to_have_text("resolved")
    with dan.expect_download() as download:
        dan.get_by_role("link", name="Export as JSON").click()
    case = json.loads(Path(download.value.path()).read_text())
    assert (case["state"], [row["state"] for row in case["customers"]]) == ("resolved", ["corrected"])
    assert [step["kind"] for step in case["timeline"]][:3] == ["opened", "measure", "contained"]
    dan.get_by_role("link", name="Print").click()
    expect(dan.locator(".paper")).to_contain_text("The maker's leaflet was read wrong.")


def test_the_same_article_reported_again_opens_the_same_incident(stage: Stage, told: dict[str, str]) -> None:
    cleo = stage.staff("cleo", "/admin/knowledge/source/?q=boot-care")
    cleo.get_by_role("link", name="Looking after walking boots").click()
    cleo.get_by_role("link", name="Report that customers were told something wrong by it").click()
    cleo.get_by_label("What is wrong").fill("It still says two hours.")
    cleo.get_by_label("Withdraw the article").check()
    press(cleo, "Open the incident", "The incident is open.")
    assert at(stage, cleo) == told["incident"]
    expect(cleo.locator("h1 .state")).to_have_text("contained")
    expect(cleo.locator(".timeline")).to_contain_text("reported again")
