"""Pages that swap their body, their head or the whole document keep the chat, as open as it was, and only one."""

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import SNIPPET, Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
SWAPS = {
    "a new body": "document.body.replaceWith(Object.assign(document.createElement('body'), {innerHTML: html}))",
    "what is in the body": "document.body.innerHTML = html",
    "the whole document": """document.documentElement.replaceWith(
      new DOMParser().parseFromString('<head></head><body>' + html, 'text/html').documentElement)""",
    "all that is not its own": """for (const each of [...document.documentElement.children])
      if (!/HEAD|BODY/.test(each.tagName)) each.remove()""",
    "only the address": "history.pushState({}, '', '/next')",
}


def swap(ada: WidgetPage, how: str, again: bool) -> None:
    """Go to another page as such a library does; `again`: the snippet in the body runs again."""
    ada.page.evaluate(f"html => {{ {SWAPS[how]} }}", "<h1>Next</h1>")
    if again:
        ada.page.evaluate("""() => new Promise((onload) => {
          const script = document.createElement("script");
          document.body.append(Object.assign(script, { src: "/w/v1.js", onload }));
        })""")


@pytest.mark.parametrize("again", [False, True], ids=["snippet in the head", "snippet in the body"])
@pytest.mark.parametrize("how", SWAPS)
def test_the_chat_outlives(stage: Stage, how: str, again: bool) -> None:
    script = Script()
    ada = visit(stage, head=SNIPPET, body="<h1>One</h1>", script=script)
    ada.open()
    ada.write("Hello")
    expect(ada.dialog.locator("article.customer")).to_contain_text("Hello")
    ada.input.fill("half a sen")
    for _ in range(3):
        swap(ada, how, again)
        expect(ada.page.locator("handrail-chat")).to_have_count(1)
        expect(ada.dialog).to_be_visible()
    expect(ada.input).to_have_value("half a sen")
    ada.input.press("Enter")
    expect(ada.dialog.locator("article.customer").last).to_contain_text("half a sen")
    ada.close()
    swap(ada, how, again)
    expect(ada.launcher).to_be_visible()
    assert len(script.threads) == 1


def test_a_page_that_takes_it_out_for_good_does_so_by_its_name(stage: Stage) -> None:
    ada = visit(stage, script=Script())
    ada.launcher.wait_for()
    ada.page.evaluate("Handrail.destroy(), document.body.innerHTML = ''")
    ada.page.wait_for_timeout(200)
    expect(ada.page.locator("handrail-chat")).to_have_count(0)


def test_altered_prototypes_of_old_libraries_cost_nothing(stage: Stage) -> None:
    old = """<script>
      Array.prototype.toJSON = function() { return '[' + this.join() + ']' };
      Array.from = things => [...things];
      Object.prototype.each = function() {};
      Array.prototype.remove = function() {};
      Element.prototype.show = Element.prototype.hide = function() {};
    </script>"""
    ada = visit(stage, head=old)
    ada.open()
    expect(ada.ask(RETURNS)).to_contain_text("30 days")
    stage.foresee("ERR_INTERNET_DISCONNECTED|WebSocket connection")
    ada.page.context.set_offline(True)
    ada.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    ada.write("Kept over the reload")
    expect(ada.dialog.locator("#pending")).to_contain_text("Kept over the reload")
    ada.page.context.set_offline(False)
    ada.page.reload()
    expect(ada.dialog.locator("article.customer").last).to_contain_text("Kept over the reload")
