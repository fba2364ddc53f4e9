"""What a host page may call and hear: `window.Handrail` keeps its names, and a page's mistakes do not end the chat."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS

pytestmark = pytest.mark.browser
NAMES = "version attach open close toggle identify logout setLocale hush setContext on destroy push"
SNIPPET = """() => new Promise((done) => {
  const script = Object.assign(document.createElement("script"), { src: "/w/v1.js", onload: done });
  script.dataset.site = "fernway";
  document.body.append(script);
})"""
"""Load the widget as a page does that is put together by script."""


def until(page: Page, said: str) -> None:
    """Wait for an expression of the page. Asked from outside: the page's own policy lets no text be run in it."""
    for _ in range(600):
        if page.evaluate(f"() => !!({said})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {said}")


def test_its_names_are_these_and_it_is_version_1(stage: Stage) -> None:
    page = stage.customer().page
    until(page, "window.Handrail.version === 1")
    assert page.evaluate("Object.keys(Handrail).join(' ')") == NAMES


def test_what_is_pushed_before_the_file_has_loaded_is_done_when_it_has(stage: Stage) -> None:
    page = stage.context().new_page()
    page.add_init_script(
        "window.Handrail = [['setLocale', 'en', { launch: 'Ask us' }], ['open', 'A draft'], ['nothing']]"
    )
    page.goto(stage.server.url)
    expect(page.locator("handrail-chat #input")).to_have_value("A draft")
    expect(page.locator("handrail-chat #launch")).to_contain_text("Ask us")


def test_a_second_snippet_makes_no_second_widget_and_puts_back_one_that_was_swapped_out(stage: Stage) -> None:
    page = stage.customer().page
    until(page, "window.Handrail.version")
    page.evaluate(SNIPPET)
    expect(page.locator("handrail-chat")).to_have_count(1)
    page.evaluate("document.querySelector('handrail-chat').remove()")
    page.evaluate(SNIPPET)
    expect(page.locator("handrail-chat")).to_have_count(1)


def test_a_destroyed_widget_is_gone_and_a_new_snippet_brings_a_working_one(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.page.evaluate("Handrail.destroy()")
    expect(ada.page.locator("handrail-chat")).to_have_count(0)
    assert ada.page.evaluate("typeof window.Handrail") == "undefined"
    ada.page.evaluate(SNIPPET)
    ada.open()
    expect(ada.ask(RETURNS)).to_contain_text("days")


def test_a_page_hears_what_happens_until_it_stops_listening_and_may_throw(stage: Stage) -> None:
    stage.foresee("a mistake of the page")
    ada = stage.customer()
    until(ada.page, "window.Handrail.version")
    ada.page.evaluate("""() => {
      window.heard = [];
      Handrail.on("message", () => { throw new Error("a mistake of the page") });
      for (const event of ["open", "ready", "message", "close"]) Handrail.on(event, () => heard.push(event));
      Handrail.on("close", () => heard.push("no more"))();
    }""")
    ada.open()
    ada.ask(RETURNS)
    ada.close()
    until(ada.page, "heard.includes('close')")
    assert heard(ada.page) == ["open", "ready", "message", "message", "close"]


def heard(page: Page) -> list[str]:
    """The events in their order."""
    events: list[str] = page.evaluate("heard")
    return events
