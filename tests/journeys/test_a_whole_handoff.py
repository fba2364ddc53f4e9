"""One customer, two agents, from a question to the end: Ben's whole part by keyboard, and nothing he types is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK, lower, shopper
from tests.journeys.test_customer import RETURNS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WATCH = """() => { window.seen = 0; new MutationObserver(() => {
  if (!window.seen && document.querySelector("#list-taken .row")) window.seen = Date.now();
}).observe(document.querySelector("#queue"), { childList: true, subtree: true }); }"""


def keys(page: Page, *pressed: str) -> None:
    """Press keys one after another."""
    for key in pressed:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by Tab")


def until_seen(write: Callable[[], None], page: Page, selector: str) -> None:
    """Write until the other side shows it: typing is a hint, and hints may be lost."""
    for _ in range(10):
        write()
        try:
            page.locator(selector).wait_for(state="visible", timeout=3_000)
            return
        except Exception:
            continue
    raise AssertionError(f"{selector} never showed")


def test_from_a_declined_question_to_a_closed_conversation(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    lower(stage, "Returns and refunds")
    ben = DeskPage(stage.staff("ben", DESK))
    colleague = DeskPage(stage.staff("admin", DESK))
    page = ben.page

    # ask → decline → human
    ada = shopper(stage)
    expect(ada.ask("Which mutual fund should I buy?")).to_contain_text("I can't help with that here")
    ada.talk_to_a_human()
    expect(ben.waiting("Ada Byrne")).to_be_visible()
    expect(colleague.waiting("Ada Byrne")).to_be_visible()

    # claim, seen by the colleague
    colleague.page.evaluate(WATCH)
    keys(page, "j")
    pressed = page.evaluate("Date.now()")
    keys(page, "c")
    expect(page.locator("#head .status")).to_have_text("yours")
    expect(colleague.page.locator("#list-taken .row", has_text="Ada Byrne")).to_contain_text("with Ben")
    with capsys.disabled():
        print(
            f"\na claim was on the colleague's screen {colleague.page.evaluate('window.seen') - pressed:.0f} ms later"
        )
    expect(ada.dialog.locator("#state")).to_have_text("You are talking to Ben")

    # typing, both ways; what is half typed survives what arrives
    expect(page.locator("#reply")).to_be_focused()
    until_seen(lambda: page.keyboard.type("Hello ", delay=300), ada.page, "handrail-chat #status:has-text('typing')")
    until_seen(lambda: ada.input.press_sequentially("I am ", delay=300), page, "#typing")
    half = page.locator("#reply").input_value()
    ada.write("It is about the zip of my jacket.")
    expect(ben.said("customer").last).to_contain_text("the zip of my jacket")
    expect(page.locator("#reply")).to_have_value(half)
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("Ada, I am looking.")
    keys(page, "Control+Enter")
    expect(ada.dialog.locator("article.agent").last).to_contain_text("Ada, I am looking.")
    expect(page.locator("#receipt")).to_contain_text("Shown to the customer")

    # a private note
    expect(page.locator("#reply")).to_be_focused()
    keys(page, "Escape", "n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("Third zip this month.")
    keys(page, "Control+Enter")
    expect(ben.said("note")).to_contain_text("Third zip this month.")

    # back to the assistant
    keys(page, "Escape", "t")
    expect(page.locator("#transfer-to")).to_be_focused()
    tab_to(page, "#return-reason")
    page.keyboard.type("She only wants to know about returns.")
    keys(page, "Enter")
    expect(page.locator("#head .status")).to_have_text("with the assistant")
    expect(ada.dialog.locator("#state")).to_have_text("AI assistant")

    # a draft, approved
    expect(ada.ask(RETURNS)).to_contain_text("A person is checking it")
    expect(page.locator("#draft")).to_contain_text("30 days")
    assert "30 days" not in ada.dialog.locator("#log").inner_text()
    keys(page, "Escape", "a")
    answer = ada.dialog.locator("article.bot").last
    expect(answer).to_contain_text("30 days")
    expect(answer.locator(".by").first).to_contain_text("Drafted by AI, approved by Ben")

    # a person again, and the end
    ada.talk_to_a_human()
    expect(page.locator("#claim")).to_be_visible()
    keys(page, "Escape", "c")
    expect(page.locator("#head .status")).to_have_text("yours")
    expect(page.locator("#reply")).to_be_focused()
    keys(page, "Escape", "w")
    expect(page.locator("[name=ending][value=resolved]")).to_be_focused()
    keys(page, "Tab", "Space")
    tab_to(page, "#menu-close .primary")
    keys(page, "Enter")
    expect(page.locator("#head .status")).to_have_text("closed")
    expect(ada.dialog.get_by_role("heading", name="This conversation is closed")).to_be_visible()
    assert "Third zip" not in ada.dialog.inner_text()

    # what Ada thinks of it
    ada.dialog.locator("#scale label", has_text="5").click()
    ada.dialog.locator("#rate").get_by_role("button", name="Send").click()
    expect(ada.dialog.locator("#rate")).to_be_hidden()
    bylines = [re.sub(r"\s+", " ", shown.who) for shown in ada.messages if shown.author in ("bot", "agent")]
    assert any("Ben" in who for who in bylines)
