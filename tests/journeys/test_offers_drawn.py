"""Where the assistant is not sure, sections are buttons: read out, pressed once by hand or keyboard, then closed."""

import sqlite3

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = pytest.mark.browser
ENGRAVED = "Can a gift card be engraved with a photo of my cat?"
NONE = "None of these"


def asked_back(stage: Stage, **options: object) -> tuple[WidgetPage, Locator]:
    """Ada's widget after the assistant asked back, and its message."""
    ada = stage.customer(**options)
    ada.open()
    return ada, ada.ask(ENGRAVED)


def sections(message: Locator) -> Locator:
    return message.locator("button.offer")


def test_each_section_is_a_button_named_by_its_article_and_heading(stage: Stage) -> None:
    ada, message = asked_back(stage)
    expect(message).to_contain_text("Is it one of these?")
    group = message.get_by_role("group")
    expect(group).to_have_accessible_name("Suggestions")
    count = sections(message).count()
    assert 1 <= count <= 3
    expect(group.get_by_role("button")).to_have_count(count + 1)
    first = sections(message).first
    title, heading = first.locator("b").inner_text(), first.locator(".small").inner_text()
    expect(first).to_have_accessible_name(f"{title} {heading}".strip())
    expect(group.get_by_role("button", name=NONE)).to_be_visible()
    assert ada.suggestions == ["Talk to a human"]


def test_one_press_shows_that_section_and_closes_the_others(stage: Stage) -> None:
    ada, message = asked_back(stage)
    chosen = sections(message).last
    title = chosen.locator("b").inner_text()
    chosen.click()
    answer = ada.dialog.locator("article.bot").nth(1)
    expect(answer.locator("button.chip")).to_contain_text(title)
    expect(ada.dialog.locator("article.customer").last).to_contain_text(title)
    for button in message.locator(".offers button").all():
        expect(button).to_be_disabled()
    ada.page.reload()
    ada.page.get_by_role("button", name="Open chat").or_(ada.dialog.locator("#input")).first.wait_for()
    if not ada.dialog.is_visible():
        ada.open()
    expect(ada.dialog.locator(".offers button").first).to_be_disabled()


def test_none_of_these_puts_a_person_first(stage: Stage) -> None:
    ada, message = asked_back(stage)
    message.get_by_role("button", name=NONE).click()
    expect(ada.dialog.locator("article.bot").nth(1)).to_contain_text("A person can help")
    assert ada.suggestions[0] == "Talk to a human"
    ada.dialog.locator("#suggest button").first.click()
    expect(ada.dialog.locator("#waiting")).to_be_visible()


def test_it_is_done_by_keyboard_alone(stage: Stage) -> None:
    ada, message = asked_back(stage)
    sections(message).first.focus()
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    expect(ada.dialog.locator("article.bot")).to_have_count(2)
    focused = ada.page.evaluate("document.querySelector('handrail-chat').shadowRoot.activeElement?.id")
    assert focused == "scroll", "whoever goes on by keyboard is not thrown out of the chat"


def test_a_typed_message_closes_the_offers_and_is_answered(stage: Stage) -> None:
    ada, message = asked_back(stage)
    ada.ask("How long do I have to return something I bought online?")
    expect(sections(message).first).to_be_disabled()


def test_a_choice_made_without_a_connection_is_sent_when_there_is_one(stage: Stage) -> None:
    ada, message = asked_back(stage)
    ada.page.context.set_offline(True)
    ada.page.evaluate("dispatchEvent(new Event('offline'))")
    sections(message).first.click()
    ada.page.context.set_offline(False)
    expect(ada.dialog.locator("article.bot")).to_have_count(2)
    assert ada.unsent == []


def test_what_the_server_no_longer_takes_is_said_and_can_be_written_instead(stage: Stage) -> None:
    ada, message = asked_back(stage)
    ada.page.evaluate("""() => {
      const log = document.querySelector("handrail-chat").shadowRoot.querySelector("#log");
      for (const each of log.querySelectorAll("button.offer")) each.dataset.mine = 1;
    }""")
    first, second = sections(message).first, sections(message).nth(1)
    first.click()
    expect(ada.dialog.locator("article.bot")).to_have_count(2)
    second.evaluate("node => { node.disabled = false; node.click(); }")
    expect(ada.dialog.locator("#pending")).to_contain_text("That choice is no longer open.")
    ada.dialog.locator("#pending").get_by_role("button", name="Edit").click()
    expect(ada.input).to_have_value(second.locator("b").inner_text() + ": " + second.locator(".small").inner_text())


def test_a_title_with_markup_is_shown_as_it_is_written(stage: Stage, served: Server) -> None:
    ada, _ = asked_back(stage)
    bait = "<img src=x onerror=alert(1)>"
    with sqlite3.connect(served.home / "handrail.sqlite3", timeout=20) as db:
        db.execute("UPDATE conversations_offer SET title = ?, heading = ?", [bait, bait])
    ada.page.reload()
    expect(ada.dialog.locator("button.offer b").first).to_have_text(bait)
    expect(ada.dialog.locator("button.offer img")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_cut_off_in_any_width_or_direction(stage: Stage, width: int) -> None:
    ada, message = asked_back(stage, viewport={"width": width, "height": 720})
    for direction in ("ltr", "rtl"):
        ada.page.evaluate(
            "way => document.querySelector('handrail-chat').shadowRoot.querySelector('#root').dir = way", direction
        )
        frame = ada.dialog.bounding_box()
        for button in message.locator(".offers button").all():
            box = button.bounding_box()
            assert frame["x"] <= box["x"]
            assert box["x"] + box["width"] <= frame["x"] + frame["width"]
            assert box["height"] >= 36
            assert button.evaluate("node => node.scrollWidth <= node.clientWidth")
