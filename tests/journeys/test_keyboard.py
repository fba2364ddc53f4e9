"""Ada without a mouse, on a computer and on a phone; and what a screen reader is told."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS

pytestmark = pytest.mark.browser
FOCUS = """() => { let at = document.activeElement;
  while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") || at.innerText || at.id || at.tagName; }"""


def focus(page: Page) -> str:
    """What has the focus, by the words on it."""
    return str(page.evaluate(FOCUS)).strip()


def tab_to(page: Page, words: str, key: str = "Tab") -> None:
    """Press Tab until something with these words has the focus."""
    for _ in range(40):
        if words in focus(page):
            return
        page.keyboard.press(key)
    raise AssertionError(f"no way to {words!r} by {key}; the focus is on {focus(page)!r}")


def returned(page: Page, words: str) -> None:
    """The focus comes back to something with these words; a dialog says that it closed a moment after it did."""
    for _ in range(100):
        if focus(page).startswith(words):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"the focus stayed on {focus(page)!r}")


def test_a_question_is_asked_and_its_source_opened_without_a_mouse(stage: Stage) -> None:
    ada = stage.customer()
    tab_to(ada.page, "Open chat")
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("[role=log]")).to_be_attached()
    assert focus(ada.page) == "Ask a question"
    ada.page.keyboard.type(RETURNS)
    ada.page.keyboard.press("Enter")
    ada.dialog.locator("article.bot").wait_for()
    assert focus(ada.page) == "Ask a question", "the focus stays where she writes"
    tab_to(ada.page, "Source 1", "Shift+Tab")
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("figure blockquote")).to_be_visible()
    assert focus(ada.page).startswith("Source 1")


def test_a_person_is_asked_for_without_a_mouse_and_escape_returns_to_the_launcher(stage: Stage) -> None:
    ada = stage.customer()
    tab_to(ada.page, "Open chat")
    ada.page.keyboard.press("Enter")
    tab_to(ada.page, "Talk to a human", "Shift+Tab")
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("#waiting")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ada.dialog).to_be_hidden()
    returned(ada.page, "Help: Open chat")


def test_on_a_phone_the_page_behind_is_out_of_reach_until_the_widget_is_closed(stage: Stage) -> None:
    ada = stage.customer(viewport={"width": 390, "height": 800}, has_touch=True)
    ada.page.get_by_role("button", name="Open chat").tap()
    ada.dialog.wait_for()
    box = ada.dialog.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 800}
    for _ in range(25):
        ada.page.keyboard.press("Tab")
        assert ada.page.evaluate("document.activeElement.tagName") in {"HANDRAIL-CHAT", "BODY"}
    ada.close()
    expect(ada.page.get_by_role("link", name="See the spring kit")).to_be_visible()


def test_what_is_said_is_read_out_once_and_history_is_not(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    log = ada.dialog.locator("#log")
    expect(log).to_have_attribute("role", "log")
    ada.ask(RETURNS)
    expect(ada.dialog.locator("#status")).to_have_attribute("role", "status")
    assert ada.dialog.locator("article.bot .row").first.get_attribute("aria-live") == "off"
    ada.page.reload()
    ada.page.evaluate("""() => { const log = document.querySelector("handrail-chat").shadowRoot.querySelector("#log");
      const roles = (window.roles = []);
      new MutationObserver(() => roles.push(log.getAttribute("role"))).observe(log, {childList: true}); }""")
    ada.open()
    expect(ada.dialog.locator("article.bot")).to_have_count(1)
    assert set(ada.page.evaluate("window.roles")) <= {None, "log"}
