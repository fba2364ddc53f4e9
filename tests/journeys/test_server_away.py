"""The server dies and comes back: what Ada wrote is delivered once, and until then she knows whom to call."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
LATER = "Is a climbing rope returnable after I have opened the packaging?"
BACK = 90_000
"""Milliseconds until a widget has found the server again: it asks less and less often, at least every 30 s."""


@pytest.fixture(autouse=True)
def alive(stage: Stage) -> Iterator[None]:
    """Every test begins with a running server and leaves one; a lost connection is part of the story."""
    stage.foresee("WebSocket connection to .* failed|ERR_CONNECTION_REFUSED")
    yield
    if stage.server.process is None or stage.server.process.poll() is not None:
        stage.server.start()


def asked_once(stage: Stage) -> WidgetPage:
    """Ada with one question and its answer."""
    ada = stage.customer()
    ada.open()
    ada.ask(RETURNS)
    return ada


def test_what_is_written_while_the_server_is_dead_is_delivered_once(stage: Stage) -> None:
    ada = asked_once(stage)
    before = ada.messages
    stage.server.kill()
    ada.write(LATER)
    expect(ada.dialog.locator("#status")).to_contain_text("Nothing you wrote is lost.")
    assert ada.unsent == [LATER]
    stage.server.start()
    expect(ada.dialog.locator("article.bot")).to_have_count(2, timeout=BACK)
    assert ada.messages[: len(before)] == before
    assert [said.text for said in ada.messages].count(LATER) == 1
    assert ada.unsent == []


def test_the_thread_goes_on_where_it_stopped_on_another_page_of_the_same_tab(stage: Stage) -> None:
    ada = asked_once(stage)
    before = [said.text for said in ada.messages]
    stage.server.kill()
    ada.write(LATER)
    expect(ada.dialog.locator("#pending")).to_contain_text(LATER)
    ada.page.goto("about:blank")
    stage.server.start()
    ada.page.goto(f"{stage.server.url}/help/boot-care")
    ada.open()
    expect(ada.dialog.locator("article.bot")).to_have_count(2, timeout=BACK)
    said = [message.text for message in ada.messages]
    assert said[: len(before)] == before
    assert said.count(LATER) == 1


def test_who_needs_a_person_while_the_server_is_away_reads_whom_to_call_and_is_put_through_later(stage: Stage) -> None:
    ada = asked_once(stage)
    stage.server.kill()
    ada.human_button.click()
    away = ada.dialog.locator("#away")
    expect(away.get_by_role("heading", name="We cannot be reached right now")).to_be_visible()
    expect(away.get_by_role("link", name="help@fernway.example.com")).to_be_visible()
    expect(away.get_by_role("link", name="01632 960118")).to_have_attribute("href", "tel:01632960118")
    stage.server.start()
    expect(ada.dialog.locator("#state")).to_have_text("Waiting for a person", timeout=BACK)
    expect(away).to_be_hidden()
