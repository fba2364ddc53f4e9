"""A tool asks Ada which order she means; Dan sees what is declared, tries it, and mends a sentence."""

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.journeys.test_customer import sign_in

pytestmark = pytest.mark.browser


def test_a_question_with_buttons_goes_on_after_a_reload(stage: Stage) -> None:
    ada = stage.customer()
    sign_in(ada)
    ada.open()
    expect(ada.ask("Where is my order?")).to_contain_text("Which order do you mean?")
    assert ada.suggestions[0] == "Where is my order FW-10233?"
    assert "Never mind" in ada.suggestions
    ada.page.reload()
    ada.open()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    button = ada.dialog.get_by_role("button", name="Where is my order FW-10169?")
    button.click()
    expect(ada.dialog).to_contain_text("Sleeping bag, -5, long")


def test_ben_has_a_change_done_and_takes_it_back(stage: Stage) -> None:
    ada = stage.customer()
    sign_in(ada)
    ada.open()
    expect(ada.ask("Please cancel my order FW-10233 for me")).to_contain_text("I cannot do that myself.")
    ben = stage.staff("ben", "/admin/escalation/handoff/desk/")
    ben.locator("#list-open .row", has_text="Ada").last.get_by_role("button").first.click()
    change = ben.locator(".approval").first
    expect(change).to_contain_text("Order FW-10233 is cancelled")
    expect(change).to_contain_text("Take a cancellation back")
    assert wrong(ben, ".approval") == []
    change.get_by_role("button", name="Have it done").click()
    told = "Ben has had this done for you: Order FW-10233 is cancelled."
    expect(ada.dialog).to_contain_text(told, timeout=90_000)  # it is done once: to try again would find it cancelled
    ben.locator(".approval").first.get_by_label("Why it is taken back").fill("she wants it after all")
    ben.get_by_role("button", name="Take it back").click()
    expect(ada.dialog).to_contain_text("Ben has had this taken back")


def test_what_is_declared_is_read_tried_and_changed_without_json(stage: Stage) -> None:
    dan = stage.staff("dan", "/admin/tools/tool/")
    dan.get_by_role("link", name="loyalty_points").click()
    expect(dan.get_by_label("Who writes")).to_be_visible()
    assert wrong(dan, ".pages") == []
    assert dan.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    dan.get_by_label("As", exact=True).fill("ada")
    dan.get_by_label("Who writes").fill("my points")
    dan.get_by_role("button", name="Call it").click()
    expect(dan.get_by_role("status")).to_contain_text("You have 1240 Circle points.")
    dan.get_by_label("Seconds it may take").fill("3")
    dan.get_by_role("button", name="Save").click()
    expect(dan.locator(".messagelist")).to_contain_text("is changed. It counts from the next release on.")
    dan.goto(stage.server.url + "/admin/tools/connection/health/")
    expect(dan.get_by_role("row", name="order_status")).to_contain_text("of 600")
    assert wrong(dan, ".pages") == []
