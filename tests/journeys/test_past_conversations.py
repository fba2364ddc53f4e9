"""Ada finds her earlier conversations, reads them, begins another beside, and takes one with her."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.chatbot.forgery import real
from tests.journeys.alone import door_alone
from tests.journeys.scripted import visit
from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = pytest.mark.browser
DEAF = """const parse = JSON.parse;
JSON.parse = (...told) => { const frame = parse(...told); return frame?.type === "ack" ? {} : frame; };"""
"""What is sent is never acknowledged from now on."""
SIZES = """Object.fromEntries(performance.getEntriesByType("resource").map(
  each => [new URL(each.name).pathname, each.encodedBodySize]))"""
LONG_AGO, NOW = "Is the red tent back?", "And the blue one?"


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: what the assistant answers does not matter here."""
    server = door_alone(homes, "past")
    yield server
    server.stop()


def talks(ada: WidgetPage) -> list[str]:
    """What the list shows, from top to bottom, once it is there."""
    ada.dialog.get_by_role("button", name="Your conversations").click()
    ada.dialog.locator("#talks button").first.wait_for()
    return ada.dialog.locator("#talks b").all_inner_texts()


def two(stage: Stage, **options: object) -> WidgetPage:
    """Ada with one conversation and a second beside it."""
    ada = visit(stage, **options)
    ada.open()
    ada.ask(LONG_AGO)
    ada.dialog.get_by_role("button", name="Your conversations").click()
    ada.dialog.get_by_role("button", name="New conversation beside it").click()
    expect(ada.dialog.locator("#log article")).to_have_count(0)
    ada.ask(NOW)
    return ada


def test_a_new_conversation_stands_beside_the_old_one_which_can_be_read_and_gone_on_with(stage: Stage) -> None:
    ada = two(stage)
    assert talks(ada) == [NOW, LONG_AGO]
    expect(ada.dialog.locator("#talks [aria-current=true]")).to_contain_text(NOW)
    ada.dialog.locator("#talks button", has_text=LONG_AGO).click()
    expect(ada.dialog.locator("article.customer")).to_contain_text([LONG_AGO])
    ada.ask("The old one goes on.")
    ada.page.reload()
    ada.open()
    expect(ada.dialog.locator("article.customer")).to_contain_text([LONG_AGO, "The old one goes on."])
    assert talks(ada) == [LONG_AGO, NOW]
    ada.page.keyboard.press("Escape")
    expect(ada.dialog).to_be_visible()
    expect(ada.input).to_be_visible()


def test_what_is_not_sent_stays_with_its_conversation(stage: Stage) -> None:
    ada = two(stage)
    assert talks(ada) == [NOW, LONG_AGO]
    ada.page.evaluate("Handrail.on('message', () => 0)")
    ada.page.evaluate(
        "JSON.parse = (parse => (...a) => { const f = parse(...a); return f.type === 'ack' ? {} : f })(JSON.parse); 0"
    )
    ada.page.keyboard.press("Escape")
    ada.write("Is on its way")
    talks(ada)
    ada.dialog.locator("#talks button", has_text=LONG_AGO).click()
    expect(ada.status).to_have_text("Sending…")
    expect(ada.dialog.locator(".customer .text")).to_contain_text([NOW, "Is on its way"])


def identified(stage: Stage, sub: str) -> WidgetPage:
    page = visit(stage)
    page.page.evaluate("jwt => Handrail.identify(jwt)", real(sub, email=f"{sub}@example.com"))
    page.open()
    return page


def test_who_is_signed_in_reads_them_on_a_second_device_and_nobody_else_does(stage: Stage) -> None:
    phone = identified(stage, "ada")
    phone.ask(LONG_AGO)
    desktop = identified(stage, "ada")
    desktop.ask(NOW)
    assert talks(desktop) == [NOW, LONG_AGO]
    desktop.dialog.locator("#talks button", has_text=LONG_AGO).click()
    expect(desktop.dialog.locator("article.customer")).to_contain_text([LONG_AGO])
    desktop.ask("From the desk.")
    expect(phone.dialog.locator("article.customer")).to_contain_text([LONG_AGO, "From the desk."])
    desktop.page.evaluate("Handrail.logout()")
    desktop.page.evaluate("jwt => Handrail.identify(jwt)", real("ben"))
    desktop.ask("Somebody else.")
    assert talks(desktop) == ["Somebody else."]


def test_a_transcript_comes_as_a_file_and_to_ones_own_verified_address(stage: Stage) -> None:
    ada = identified(stage, "grace")
    ada.ask(LONG_AGO)
    talks(ada)
    with ada.page.expect_download() as saved:
        ada.dialog.get_by_role("button", name="Save this conversation as a file").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert LONG_AGO in text
    assert saved.value.suggested_filename.startswith("fernway-")
    ada.dialog.get_by_role("button", name="g…@example.com").click()
    expect(ada.status).to_contain_text("g…@example.com")


def test_without_a_verified_address_only_the_file_is_offered(stage: Stage) -> None:
    ada = two(stage)
    talks(ada)
    expect(ada.dialog.get_by_role("button", name="Save this conversation as a file")).to_be_visible()
    expect(ada.dialog.locator("#mail_it")).to_be_hidden()


def sizes(page: Page) -> dict[str, int]:
    """Bytes of what was fetched from the server, by path."""
    return page.evaluate(SIZES)


def test_what_a_first_answer_needs_is_one_file_and_the_second_comes_after_it(stage: Stage) -> None:
    ada = visit(stage)
    ada.open()
    assert "/w/more.js" not in sizes(ada.page)
    ada.ask(LONG_AGO)
    expect(ada.dialog.get_by_role("button", name="Your conversations")).to_be_visible()
    assert set(sizes(ada.page)) == {"/w/v1.js", "/w/more.js"}
