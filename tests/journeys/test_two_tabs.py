"""Two tabs, the browser's own cache and storage that is forbidden: one customer has one conversation."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.scripted import SNIPPET, Script, host_page, visit
from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
HTML = f"<!doctype html><link rel=icon href=data:,><title>Host</title>{SNIPPET}"


def tabs(stage: Stage, script: Script | None = None) -> tuple[WidgetPage, WidgetPage]:
    """Two tabs of one browser on a host's page, both loaded before anything was said."""
    context = stage.context()
    if script:
        script.on(context)
    url = host_page(stage, context, "/host", HTML)
    both = [context.new_page(), context.new_page()]
    for page in both:
        page.goto(url)
        page.locator("handrail-chat #launch").wait_for()
    first, second = map(WidgetPage, both)
    return first, second


def kept(page: Page) -> str:
    return str(page.evaluate("JSON.parse(localStorage['handrail:fernway']).conversation"))


def test_two_tabs_from_before_the_first_message_have_one_conversation_and_one_place_in_the_queue(stage: Stage) -> None:
    a, b = tabs(stage)
    a.open()
    a.ask(RETURNS)
    a.talk_to_a_human()
    before = kept(a.page)
    b.open()
    expect(b.dialog.locator("#state")).to_have_text("Waiting for a person")
    expect(b.dialog.locator("article.customer")).to_contain_text(RETURNS)
    b.write("It is urgent.")
    expect(a.dialog.locator("article.customer").last).to_contain_text("It is urgent.")
    a.page.reload()
    a.open()
    expect(a.dialog.locator("#state")).to_have_text("Waiting for a person")
    assert kept(a.page) == before
    a.dialog.get_by_role("button", name="End conversation").click()
    a.dialog.get_by_role("button", name="Press again to end").click()


def test_two_tabs_that_open_at_the_same_moment_end_in_one_conversation(stage: Stage) -> None:
    script = Script()
    a, b = tabs(stage, script)
    a.page.evaluate("Handrail.open()")
    b.page.evaluate("Handrail.open()")
    for tab in (a, b):
        tab.dialog.locator("[role=log]").wait_for(state="attached")
    a.write("From the one.")
    b.write("From the other.")
    expect(a.dialog.locator("article.customer")).to_have_count(2)
    expect(b.dialog.locator("article.customer")).to_have_count(2)
    said = {key: [each["text"] for each in thread] for key, thread in script.threads.items() if thread}
    assert [sorted(texts) for texts in said.values()] == [["From the one.", "From the other."]]


def test_what_was_written_into_an_empty_conversation_goes_along_into_the_one_there_is(stage: Stage) -> None:
    script = Script()
    a, b = tabs(stage, script)
    script.deaf = True
    b.page.evaluate("Handrail.open()")
    b.write("Kept.")
    expect(b.dialog.locator("#pending")).to_contain_text("Kept.")
    script.deaf = False
    a.open()
    expect(a.dialog.locator("article.customer")).to_contain_text("Kept.")
    assert kept(a.page) == kept(b.page) == "c1"


def test_a_page_that_comes_back_from_the_browsers_cache_has_what_was_said_meanwhile(stage: Stage) -> None:
    script = Script()
    ada = visit(stage, script=script)
    ada.launcher.wait_for()
    script.add("c1", "customer", "Said on another page.")
    ada.page.evaluate("""() => {
      localStorage['handrail:fernway'] = JSON.stringify({conversation: 'c1', token: 't'});
      dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
    }""")
    ada.open()
    expect(ada.dialog.locator("article.customer")).to_contain_text("Said on another page.")
    assert list(script.threads) == ["c1"]


def test_a_new_conversation_in_one_tab_is_the_other_ones_too(stage: Stage) -> None:
    script = Script()
    a, b = tabs(stage, script)
    a.open()
    a.write("Old.")
    b.open()
    expect(b.dialog.locator("article.customer")).to_contain_text("Old.")
    script.put("c1", {"type": "state", "state": "closed", "availability": {"open": True}})
    a.dialog.get_by_role("button", name="Start a new conversation").click()
    a.write("New.")
    expect(b.dialog.locator("article.customer .text")).to_have_text(["New."])


def test_where_storage_is_forbidden_the_chat_works_and_says_that_nothing_is_kept(stage: Stage) -> None:
    forbid = """<script>for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, {get() { throw new DOMException("no", "SecurityError") }})</script>"""
    ada = visit(stage, head=forbid, script=Script())
    ada.open()
    expect(ada.dialog.locator("#kept")).to_contain_text("The chat ends with this page")
    ada.write("Hello")
    expect(ada.dialog.locator("article.customer")).to_contain_text("Hello")


def test_where_storage_is_allowed_nothing_is_said_about_it(stage: Stage) -> None:
    ada = visit(stage, script=Script())
    ada.open()
    expect(ada.dialog.locator("#core")).to_be_visible()
    expect(ada.dialog.locator("#kept")).to_be_hidden()


def test_in_a_frame_without_an_origin_a_sentence_is_shown_and_the_console_names_what_to_allow(stage: Stage) -> None:
    stage.foresee("null may not open the widget of fernway. Add it to the site's origins.")
    page = stage.context().new_page()
    host_page(stage, page, "/inner", HTML)
    page.goto(
        host_page(stage, page, "/host", "<iframe sandbox=allow-scripts width=500 height=700 src=/inner></iframe>")
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Open chat").click()
    expect(frame.get_by_role("heading", name="Chat is not available here")).to_be_visible()
    assert any("null may not open" in text for text in stage.complaints)
