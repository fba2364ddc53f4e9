"""Cleo changes an article, Dan takes it to customers with a second person, and takes it back; anyone on duty can stop.

The tests of this file are one story, in order, on one server.
"""

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import RELEASES, Stage, confirmed, prepared, press, proposed, tried

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
QUESTION = "How often should I change the newspaper in my wet boots?"


def answer(stage: Stage) -> str:
    """What a customer is told now, in a fresh conversation."""
    ada = stage.customer()
    ada.open()
    return ada.ask(QUESTION).inner_text()


def test_cleo_edits_an_article_and_somebody_else_approves_what_changed(stage: Stage) -> None:
    cleo = stage.staff("cleo", "/admin/knowledge/source/?q=boot-care")
    cleo.get_by_role("link", name="Looking after walking boots").click()
    cleo.get_by_role("link", name="New revision").click()
    text = cleo.get_by_label("Text").input_value()
    cleo.get_by_label("Text").fill(text.replace("after two hours", "after three hours"))
    press(cleo, "Save as draft", "Saved as a draft.")
    prepared(cleo)
    expect(cleo.locator("ins")).to_contain_text("three")
    expect(cleo.locator("del")).to_contain_text("two")
    press(cleo, "Submit", "Submitted: now somebody else reads it.")
    second = stage.staff("admin", cleo.url.removeprefix(stage.server.url))
    press(second, "Approve", "Approved. The next release publishes it.")


def test_the_candidate_says_the_new_text_and_customers_still_get_the_old_one(stage: Stage) -> None:
    cleo = stage.staff("cleo")
    candidate, live = tried(cleo, QUESTION)
    expect(candidate.locator(".tq-text")).to_contain_text("after three hours")
    expect(live.locator(".tq-text")).to_contain_text("after two hours")
    assert "after two hours" in answer(stage)


def test_dan_runs_the_gate_and_goes_live_only_with_a_second_person(stage: Stage) -> None:
    dan = proposed(stage, "boot-care", "The drying time was wrong.")
    expect(dan.get_by_role("button", name="Confirm as the second person")).to_have_count(0)
    assert "after two hours" in answer(stage)
    confirmed(stage, dan)
    assert "after three hours" in answer(stage)


def test_dan_rolls_back_to_the_release_before(stage: Stage) -> None:
    dan = stage.staff("dan", RELEASES)
    dan.locator("tr", has=dan.locator(".state-retired")).get_by_role("link").first.click()
    dan.get_by_label("Why", exact=True).fill("The two hours were right after all.")
    press(dan, "Roll back", "is live again.")
    assert "after two hours" in answer(stage)


def test_a_pause_turns_the_next_question_into_an_honest_handoff_until_it_is_lifted(stage: Stage) -> None:
    dan = stage.staff("dan")
    ada = stage.customer()
    ada.open()
    assert "after two hours" in ada.ask(QUESTION).inner_text()
    dan.get_by_role("link", name="Pause", exact=True).click()
    dan.locator("#all-site").select_option("fernway")
    dan.locator("#all-reason").fill("A wrong answer was reported.")
    press(dan, "Pause everything", "Paused.")
    expect(dan.get_by_label("Paused", exact=True)).to_contain_text("A wrong answer was reported.")
    paused = ada.ask("Can underwear be returned?")
    expect(paused).to_contain_text("The assistant is paused at the moment. I am passing you to a person.")
    expect(ada.dialog.locator("#state")).to_have_text("Waiting for a person")
    dan.get_by_label("Why it may go on").fill("It was our mistake, not its.")
    press(dan, "Resume", "Resumed: everything on Fernway Outdoor.")
    assert "after two hours" in answer(stage)
