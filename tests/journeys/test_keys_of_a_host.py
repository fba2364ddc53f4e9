"""A host page that listens to keys, traps focus or scrolls by itself: what is typed in the chat lands in the chat."""

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import SNIPPET, Script, visit
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
TYPED = "fees for shipping/returns, jaffas"
SHORTCUTS = """<input id=search><script>
  const onKey = event => {
    %s
    if (!"/sfj".includes(event.key)) return;
    event.preventDefault();
    search.focus();
    if (event.key != "/") search.value += event.key;
  };
  %s
</script>"""
LISTENERS = {
    "before, capture": "addEventListener('keydown', onKey, true)",
    "before, bubble": "addEventListener('keydown', onKey)",
    "later": "setTimeout(() => addEventListener('keydown', onKey, true), 500)",
    "document": "document.addEventListener('keydown', onKey, true); document.addEventListener('keyup', onKey, true)",
}
UNLESS_A_FIELD = "if (/INPUT|TEXTAREA/.test(event.target.tagName)) return;"
UNLESS_IN_A_FIELD = "if (event.target.closest('input, textarea')) return;"
TRAP = """<div id=modal><input id=inside></div><script>
  document.addEventListener("focusin", event => modal.contains(event.target) || inside.focus());
  modal.addEventListener("focusout", event => modal.contains(event.relatedTarget) || inside.focus());
  inside.focus();
</script>"""


def typed(ada: WidgetPage, text: str = TYPED) -> None:
    ada.open()
    ada.input.click()
    ada.page.keyboard.type(text)


@pytest.mark.parametrize("where", LISTENERS)
def test_shortcuts_of_the_page_take_nothing_of_what_is_typed(stage: Stage, where: str) -> None:
    ada = visit(stage, body=SHORTCUTS % (UNLESS_A_FIELD, LISTENERS[where]) + SNIPPET, script=Script())
    typed(ada)
    ada.page.wait_for_timeout(100)
    expect(ada.input).to_have_value(TYPED)
    assert ada.page.locator("#search").input_value() == ""
    ada.input.press("Enter")
    expect(ada.dialog.locator("article.customer .text")).to_have_text(TYPED)


@pytest.mark.parametrize("unless", [UNLESS_A_FIELD, UNLESS_IN_A_FIELD, "if (event.target.isContentEditable) return;"])
def test_shortcuts_that_let_nothing_through_keep_away_as_they_do_from_a_field(stage: Stage, unless: str) -> None:
    greedy = unless + "event.stopImmediatePropagation();"
    ada = visit(stage, body=SHORTCUTS % (greedy, LISTENERS["before, capture"]) + SNIPPET, script=Script())
    typed(ada)
    expect(ada.input).to_have_value(TYPED)
    assert ada.page.locator("#search").input_value() == ""
    assert ada.page.evaluate("document.activeElement.tagName") == "HANDRAIL-CHAT"


def test_shortcuts_that_know_no_fields_take_nothing_either(stage: Stage) -> None:
    blind = SHORTCUTS.replace("search.value += event.key", "0") % ("", LISTENERS["before, capture"])
    ada = visit(stage, body=blind + SNIPPET, script=Script())
    typed(ada)
    expect(ada.input).to_have_value(TYPED)
    assert ada.page.locator("#search").input_value() == ""


def test_a_page_that_prevents_every_key_prevents_none_of_the_chats(stage: Stage) -> None:
    script = Script()
    prevent = "<script>addEventListener('keydown', event => event.preventDefault(), true)</script>"
    ada = visit(stage, body=prevent + SNIPPET, script=script)
    typed(ada, "no, yess")
    ada.page.keyboard.press("Backspace")
    expect(ada.input).to_have_value("no, yes")
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("article.customer .text")).to_have_text("no, yes")
    ada.human_button.focus()
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("#waiting")).to_be_visible()
    assert script.heard[-1]["type"] == "human"
    ada.page.keyboard.press("Escape")
    expect(ada.dialog).to_be_hidden()


def test_the_pages_own_shortcuts_work_outside_of_the_chat(stage: Stage) -> None:
    ada = visit(stage, body=SHORTCUTS % (UNLESS_A_FIELD, LISTENERS["before, capture"]) + SNIPPET, script=Script())
    ada.open()
    ada.page.mouse.click(5, 300)
    ada.page.keyboard.type("s")
    expect(ada.page.locator("#search")).to_have_value("s")


@pytest.mark.parametrize("later", [False, True], ids=["open when the chat opens", "opened while the chat is open"])
def test_a_dialog_of_the_page_that_holds_the_focus_lets_the_chat_be_written_in(stage: Stage, later: bool) -> None:
    ada = visit(stage, body=("<p>A page</p>" if later else TRAP) + SNIPPET, script=Script())
    ada.open()
    if later:
        ada.page.evaluate("html => document.body.append(document.createRange().createContextualFragment(html))", TRAP)
    typed(ada)
    expect(ada.input).to_have_value(TYPED)
    assert ada.page.locator("#inside").input_value() == ""
    ada.close()
    expect(ada.launcher).to_be_visible()


def test_a_page_that_pulls_the_focus_by_a_timer_loses_it_to_who_writes(stage: Stage) -> None:
    pull = "<input id=inside><script>setInterval(() => document.activeElement == inside || inside.focus(), 50)</script>"
    ada = visit(stage, body=pull + SNIPPET, script=Script())
    ada.open()
    ada.input.click()
    ada.page.wait_for_timeout(150)
    ada.page.keyboard.type(TYPED, delay=10)
    expect(ada.input).to_have_value(TYPED)


def test_who_clicks_into_the_page_leaves_the_chat(stage: Stage) -> None:
    ada = visit(stage, body="<input id=name>" + SNIPPET, script=Script())
    typed(ada, "half")
    ada.page.locator("#name").click()
    ada.page.keyboard.type("Ada")
    expect(ada.page.locator("#name")).to_have_value("Ada")
    expect(ada.input).to_have_value("half")


def test_a_page_that_scrolls_by_itself_leaves_the_log_to_its_reader(stage: Stage) -> None:
    hijack = "<script>addEventListener('wheel', event => event.preventDefault(), {passive: false})</script>"
    script = Script()
    ada = visit(stage, body=hijack + SNIPPET, script=script)
    ada.open()
    for n in range(12):
        script.say(f"Line {n}\n\n\n", author="system")
    scroll = ada.dialog.locator("#scroll")
    expect(scroll).to_contain_text("Line 11")
    ada.page.wait_for_function(
        "() => document.querySelector('handrail-chat').shadowRoot.querySelector('#scroll').scrollTop > 100"
    )
    before = scroll.evaluate("node => node.scrollTop")
    scroll.hover()
    ada.page.mouse.wheel(0, -80)
    ada.page.wait_for_function(
        "before => document.querySelector('handrail-chat').shadowRoot.querySelector('#scroll').scrollTop < before",
        arg=before,
    )
