"""From a page's first paint to the first answer nothing moves, and nothing holds the page up."""

import pytest
from playwright.sync_api import Page

from tests.journeys.scripted import SNIPPET, host_page
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
TEXT = "<p>" + "The page of somebody else says something here. " * 60
HTML = f"<!doctype html><html lang=en><link rel=icon href=data:,><title>Host</title>{SNIPPET}{TEXT}"
WATCH = """window.seen = {"layout-shift": [], longtask: []};
for (const type of Object.keys(seen)) new PerformanceObserver(list => seen[type].push(
  ...list.getEntries().map(each => each.value || each.duration))).observe({type, buffered: true});"""
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True},
}


def answered(stage: Stage, screen: str) -> Page:
    """A page on which somebody has opened the chat and read a first answer."""
    page = stage.context(**SCREENS[screen]).new_page()
    page.add_init_script(WATCH)
    page.goto(host_page(stage, page, "/host", HTML))
    ada = WidgetPage(page)
    ada.open()
    ada.dialog.locator("#suggest button").first.wait_for()
    ada.ask("How do I return something?")
    page.wait_for_timeout(500)
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_moves_not_even_where_a_hand_has_just_been(stage: Stage, screen: str) -> None:
    """Browsers forgive what moves within half a second of a click or a key; here it counts."""
    assert answered(stage, screen).evaluate("seen['layout-shift']") == []


@pytest.mark.proof  # a machine that does something else makes any task long
@pytest.mark.parametrize("screen", SCREENS)
def test_no_task_takes_longer_than_50_ms(stage: Stage, screen: str) -> None:
    assert answered(stage, screen).evaluate("seen.longtask") == []
