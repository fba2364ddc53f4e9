"""What axe finds wrong with what customers and agents see, in every state and both colour schemes: nothing."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK, shopper
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STILL = {"reduced_motion": "reduce"}


def wrong(page: Page, where: str = "") -> list[str]:
    """axe's objections to a page, or to the part of it under a selector, as lines; waits until that part is there."""
    if where:
        page.locator(where).first.wait_for(state="attached")
    options: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": LEVELS}}
    found = Axe().run(page, context=where or None, options=options).response["violations"]
    return [f"{v['id']}: {v['help']}: {n['target']} {n['html'][:160]}" for v in found for n in v["nodes"]]


def of_widget(widget: WidgetPage) -> list[str]:
    """Objections to the widget alone."""
    return wrong(widget.page, "handrail-chat")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_widget_in_each_of_its_states(stage: Stage, scheme: str) -> None:
    stage.foresee("WebSocket connection to .* failed")
    ada = stage.customer(color_scheme=scheme, **STILL)
    states = {"closed": of_widget(ada)}
    ada.open()
    states["before the first message"] = of_widget(ada)
    ada.cite(ada.ask(RETURNS))
    states["an answer with its source open"] = of_widget(ada)
    ada.ask("Which mutual fund should I buy?")
    states["declined, with suggestions"] = of_widget(ada)
    ada.talk_to_a_human()
    states["waiting"] = of_widget(ada)
    ben = DeskPage(stage.staff("ben", DESK))
    ben.page.locator("#list-open .row").first.get_by_role("button").click()
    ben.reply("Hello, I am Ben.")
    ada.dialog.locator("article.agent").wait_for()
    states["with a person"] = of_widget(ada)
    ben.close()
    ada.dialog.get_by_role("heading", name="This conversation is closed").wait_for()
    states["closed conversation"] = of_widget(ada)
    assert {state: found for state, found in states.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_and_the_packet(stage: Stage, scheme: str) -> None:
    grace = shopper(stage, "Grace Okafor")
    grace.ask(RETURNS)
    grace.talk_to_a_human()
    ben = DeskPage(stage.staff("ben", DESK, color_scheme=scheme, **STILL))
    expect(ben.waiting("Grace Okafor")).to_be_visible()
    assert wrong(ben.page) == []
    ben.claim("Grace Okafor")
    ben.reply("Hello Grace.")
    assert wrong(ben.page) == []
    ben.close()
    talk = ben.page.url
    for path in (f"{DESK}search/?outcome=state:closed", f"{DESK}reports/", "/admin/release/release/judge/"):
        ben.page.goto(stage.server.url + path)
        assert wrong(ben.page) == [], path
    ben.page.goto(f"{talk}person/")
    assert wrong(ben.page) == []


@pytest.mark.parametrize("path", ["/", "/help/boot-care"])
def test_the_shop_itself(stage: Stage, path: str) -> None:
    page = stage.context(**STILL).new_page()
    page.goto(stage.server.url + path)
    page.get_by_role("button", name="Open chat").wait_for()
    assert wrong(page) == []
