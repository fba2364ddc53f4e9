"""A person's reply that nobody has seen is told of until it is: by number, title and preview; by a tone if wanted."""

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
HIDDEN = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""A tab goes into the background, or comes back; a browser without windows has none."""


def talking(stage: Stage) -> tuple[WidgetPage, Script]:
    script = Script("human", name="Ben")
    ada = visit(stage, script=script)
    ada.open()
    script.say("Hello, Ben here.", name="Ben")
    expect(ada.dialog.locator("article.agent")).to_have_count(1)
    return ada, script


def test_a_reply_to_a_closed_chat_is_counted_shown_and_kept_over_a_reload_until_it_is_seen(stage: Stage) -> None:
    ada, script = talking(stage)
    ada.close()
    script.say("Your parcel is in Leeds.", name="Ben")
    script.say("It comes tomorrow.", name="Ben")
    preview = ada.page.locator("handrail-chat #preview")
    for _ in range(2):
        expect(ada.page.locator("handrail-chat #badge")).to_have_text("2")
        expect(ada.page).to_have_title("(2) Host")
        expect(preview).to_contain_text("Ben")
        expect(preview).to_contain_text("It comes tomorrow.")
        ada.page.reload()
    preview.get_by_text("It comes tomorrow.").click()
    expect(ada.dialog).to_be_visible()
    expect(ada.page).to_have_title("Host")
    ada.close()
    ada.page.reload()
    expect(ada.launcher).to_have_attribute("aria-label", "Help: Open chat")
    expect(preview).to_be_hidden()


def test_a_preview_that_was_sent_away_stays_away_and_the_number_stays(stage: Stage) -> None:
    ada, script = talking(stage)
    ada.close()
    script.say("One more thing.", name="Ben")
    preview = ada.page.locator("handrail-chat #preview")
    preview.get_by_role("button", name="Dismiss").click()
    expect(preview).to_be_hidden()
    expect(ada.page.locator("handrail-chat #badge")).to_have_text("1")
    script.say("And another.", name="Ben")
    expect(preview).to_contain_text("And another.")


def test_in_a_background_tab_it_is_counted_though_the_chat_is_open(stage: Stage) -> None:
    ada, script = talking(stage)
    ada.page.evaluate(HIDDEN, True)
    script.say("Are you still there?", name="Ben")
    expect(ada.page).to_have_title("(1) Host")
    assert not [frame for frame in script.heard if frame["type"] == "seen" and frame["seq"] == 2]
    ada.page.evaluate("document.title = 'Checkout'")
    script.say("Hello?", name="Ben")
    expect(ada.page).to_have_title("(2) Checkout")
    ada.page.evaluate(HIDDEN, False)
    expect(ada.page).to_have_title("Checkout")
    assert script.heard[-1] == {"type": "seen", "seq": 3}


def test_what_is_read_in_one_tab_is_read_in_the_other(stage: Stage) -> None:
    ada, script = talking(stage)
    ada.close()
    script.on(ada.page.context)
    other = WidgetPage(ada.page.context.new_page())
    other.page.route("**/host", lambda route: route.fulfill(body=ada.page.content(), content_type="text/html"))
    other.page.goto(ada.page.url)
    script.say("Seen anywhere.", name="Ben")
    expect(other.page.locator("handrail-chat #badge")).to_have_text("1")
    ada.launcher.click()
    expect(other.page.locator("handrail-chat #badge")).to_be_hidden()
    expect(other.page).to_have_title("Host")


def test_there_is_no_tone_until_it_was_asked_for(stage: Stage) -> None:
    ada, script = talking(stage)
    ada.page.evaluate("""() => { window.tones = 0; const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function(...at) { window.tones++; return start.apply(this, at) } }""")
    ada.page.evaluate(HIDDEN, True)
    script.say("Silent.", name="Ben")
    expect(ada.page).to_have_title("(1) Host")
    assert ada.page.evaluate("tones") == 0
    ada.dialog.get_by_role("button", name="Sound off").click()
    expect(ada.dialog.get_by_role("button", name="Sound on")).to_be_visible()
    assert ada.page.evaluate("tones") == 1, "so that it is known what it sounds like"
    script.say("Aloud.", name="Ben")
    expect(ada.page).to_have_title("(2) Host")
    assert ada.page.evaluate("tones") == 2
