"""Where the chat stands and how it looks is for the page to say."""

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser


def snippet(**options: str) -> str:
    said = " ".join(f'data-{name}="{value}"' for name, value in options.items())
    return f'<button id=mine>Ask us</button><script src="/w/v1.js" data-site="fernway" {said} async></script>'


def test_side_offset_size_and_theme_are_the_pages(stage: Stage) -> None:
    body = snippet(side="start", offset="40 60", size="360 500", theme="dark", privacy="https://example.com/privacy")
    ada = visit(stage, body=body, script=Script(), viewport={"width": 1000, "height": 800}, color_scheme="light")
    ada.launcher.wait_for()
    launcher = ada.launcher.bounding_box()
    assert launcher is not None
    assert launcher["x"] == 40
    assert launcher["y"] + launcher["height"] == 740
    ada.open()
    box = ada.dialog.bounding_box()
    assert box == {"x": 40, "y": 240, "width": 360, "height": 500}
    assert ada.page.locator("handrail-chat #root").get_attribute("data-theme") == "dark"
    link = ada.dialog.locator("#privacy")
    expect(link).to_have_text("What becomes of what you write")
    assert link.get_attribute("href") == "https://example.com/privacy"
    ada.page.set_viewport_size({"width": 360, "height": 600})
    expect(ada.dialog).to_have_js_property("offsetWidth", 360)


def test_a_launcher_of_the_pages_own_opens_it_and_gets_the_focus_back(stage: Stage) -> None:
    ada = visit(stage, body=snippet(launcher="#mine"), script=Script())
    ada.page.wait_for_function("window.Handrail && Handrail.version")
    expect(ada.launcher).to_be_hidden()
    ada.page.get_by_role("button", name="Ask us").click()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    ada.input.press("Escape")
    expect(ada.dialog).to_be_hidden()
    expect(ada.launcher).to_be_hidden()
    assert ada.page.evaluate("document.activeElement.id") == "mine"


def test_a_site_has_its_chat_on_a_page_of_its_own(stage: Stage) -> None:
    ada = stage.customer(stage.server.url + "/w/fernway", viewport={"width": 1100, "height": 700})
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    box = ada.dialog.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 1100, "height": 700}
    assert ada.page.title() == "Fernway Outdoor"
    ada.input.press("Escape")
    expect(ada.dialog.locator("#close")).to_be_hidden()
    expect(ada.ask("How long do I have to return something?")).to_contain_text("days")
