"""Enter sends what was meant, once: not what an input method ends with it, not twice, and not into nothing."""

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser


def writing(stage: Stage, script: Script) -> WidgetPage:
    ada = visit(stage, script=script)
    ada.open()
    ada.input.fill("こんにちは")
    return ada


def enter(ada: WidgetPage, **event: object) -> None:
    ada.input.evaluate(
        "(node, more) => node.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', bubbles: true, composed: true, cancelable: true, ...more}))",
        event,
    )


def test_the_enter_that_ends_a_word_of_an_input_method_sends_nothing(stage: Stage) -> None:
    script = Script()
    ada = writing(stage, script)
    enter(ada, isComposing=True)
    enter(ada, keyCode=229)  # as Safari says it, after the composition has ended
    expect(ada.input).to_have_value("こんにちは")
    ada.input.press("Enter")
    expect(ada.dialog.locator("article.customer .text")).to_have_text("こんにちは")
    assert script.asked() == ["こんにちは"]


@pytest.mark.parametrize("deaf", [False, True], ids=["connected", "not connected"])
def test_enter_twice_sends_once(stage: Stage, deaf: bool) -> None:
    script = Script()
    ada = writing(stage, script)
    script.deaf = deaf
    if deaf:
        ada.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    ada.input.evaluate("""node => { for (let n = 0; n < 2; n++)
      node.dispatchEvent(new KeyboardEvent("keydown",
        {key: "Enter", bubbles: true, composed: true, cancelable: true})) }""")
    if deaf:
        expect(ada.dialog.locator("#pending .text")).to_have_text(["こんにちは"])
        script.deaf = False
        ada.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(ada.dialog.locator("article.customer .text")).to_have_text(["こんにちは"])
    expect(ada.dialog.locator("#pending")).to_be_empty()
    assert script.asked() == ["こんにちは"]
