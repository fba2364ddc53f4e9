"""The chat in a place of the page's own, and in a window of its own with the same conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.chatbot.forgery import real
from tests.journeys.alone import door_alone
from tests.journeys.scripted import visit
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = pytest.mark.browser
PLACE = "<h1>Help</h1><div id=place style='margin:20px;height:500px;width:{width}px'></div><p id=below>Below</p>"
SNIPPET = '<script src="/w/v1.js" data-site="fernway" data-inline="#place" async></script>'


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: what the assistant answers does not matter here."""
    server = door_alone(homes, "in-place")
    yield server
    server.stop()


@pytest.mark.parametrize("width", [700, 300])
def test_inline_it_fills_its_place_takes_no_focus_and_connects_when_it_is_used(stage: Stage, width: int) -> None:
    ada = visit(stage, body=PLACE.format(width=width) + SNIPPET, viewport={"width": 800, "height": 900})
    expect(ada.dialog).to_be_visible()
    place = ada.page.locator("#place").bounding_box()
    assert ada.dialog.bounding_box() == place
    assert ada.page.evaluate("document.activeElement === document.body")
    expect(ada.launcher).to_be_hidden()
    expect(ada.dialog.locator("#close")).to_be_hidden()
    assert ada.page.evaluate("localStorage['handrail:fernway']") is None
    ada.input.click()
    ada.ask("Is the red tent back?")
    ada.input.press("Escape")
    expect(ada.dialog).to_be_visible()
    ada.page.locator("#below").click()
    assert ada.dialog.bounding_box() == place
    assert not ada.dialog.evaluate("node => node.matches(':modal')")
    ada.page.reload()
    expect(ada.dialog.locator("article.customer")).to_contain_text("Is the red tent back?")


def test_inline_it_comes_with_its_place_and_goes_with_it(stage: Stage) -> None:
    ada = visit(stage, body=SNIPPET)
    ada.page.wait_for_function("window.Handrail && Handrail.version")
    expect(ada.dialog).to_be_hidden()
    ada.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<div id=place style=height:400px></div>')")
    expect(ada.dialog).to_be_visible()
    ada.page.evaluate("document.body.innerHTML = '<main><div id=place style=height:400px></div></main>'")
    expect(ada.dialog).to_be_visible()
    assert ada.page.locator("handrail-chat").count() == 1


@pytest.mark.parametrize("signed_in", [False, True])
def test_popped_out_the_conversation_goes_on_in_a_window_of_its_own(stage: Stage, signed_in: bool) -> None:
    ada = visit(stage)
    ada.page.wait_for_function("window.Handrail && Handrail.version")
    if signed_in:
        ada.page.evaluate("jwt => Handrail.identify(jwt)", real("ada"))
    ada.open()
    ada.ask("Is the red tent back?")
    with ada.page.expect_popup() as opened:
        ada.dialog.get_by_role("button", name="In a window of its own").click()
    window = WidgetPage(opened.value)
    expect(window.dialog.locator("article.customer")).to_contain_text("Is the red tent back?")
    assert "token" not in window.page.url
    assert "conversation" not in window.page.url
    expect(ada.dialog).to_be_hidden()
    window.ask("From the window.")
    ada.open()
    expect(ada.dialog.locator("article.customer")).to_contain_text(["Is the red tent back?", "From the window."])
    expect(window.dialog.locator("#popout")).to_have_count(0)


def test_a_stranger_that_opens_the_page_is_told_nothing_and_its_message_counts_once_at_the_most(stage: Stage) -> None:
    eve = stage.context().new_page()
    eve.goto(stage.server.url + "/healthz")
    with eve.expect_popup() as opened:
        eve.evaluate("window.told = []; onmessage = e => told.push(e.data); open('/w/fernway')")
    window = WidgetPage(opened.value)
    window.dialog.locator("[role=log]").wait_for(state="attached")
    window.ask("Is the red tent back?")
    assert set(eve.evaluate("told")) <= {"handrail"}
