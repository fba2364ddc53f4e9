"""Ada writes that she is in danger: the numbers can be called with one press, and no form stands before them."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from conversations.wording import calls
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_accessible import of_widget
from tests.journeys.test_waiting import CALM, CLOSED
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
DANGER = "I want to kill myself"
NUMBERS = {"999": "tel:999", "112": "tel:112", "116 123": "tel:116123"}


@pytest.fixture(autouse=True)
def closed_desk(stage: Stage) -> None:
    """Nobody is there; people are back on one day, three days from now."""
    day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    set_site(stage.server, hours={**CLOSED, day: ["09:00-17:00"]})


def name_calls(server: Server) -> None:
    """Write the numbers of the last answers beside their parts, as a crisis reply has them."""
    with sqlite3.connect(server.home / "handrail.sqlite3", timeout=20) as db:
        found = db.execute("SELECT id, text, parts FROM conversations_message WHERE author = 'bot'").fetchall()
        for key, text, parts in found:
            if "116 123" in text:
                named = [{**part, "calls": calls(part["text"])} for part in json.loads(parts)]
                db.execute("UPDATE conversations_message SET parts = ? WHERE id = ?", [json.dumps(named), key])
    db.close()


def again(ada: WidgetPage) -> None:
    """Ada comes back to the page, and the widget reads what was said."""
    ada.page.reload()
    ada.open()


def links(ada: WidgetPage) -> dict[str, str]:
    """What can be called in the log, by its words."""
    found = ada.dialog.locator("article a").all()
    return {link.inner_text(): str(link.get_attribute("href")) for link in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_crisis_replys_numbers_are_called_with_one_press_and_no_form_stands_before_them(
    stage: Stage, scheme: str
) -> None:
    ada = stage.customer(color_scheme=scheme, **CALM)
    ada.open()
    answer = ada.ask(DANGER)
    words = answer.locator(".text").inner_text()
    ada.dialog.locator("#waiting").wait_for()
    name_calls(stage.server)
    again(ada)
    expect(ada.dialog.locator("#waiting")).to_be_visible()
    assert links(ada) == NUMBERS
    assert ada.dialog.locator("article.bot .text").first.inner_text() == words, "the words stay as they are"
    expect(ada.dialog.locator("#email")).to_be_hidden()
    expect(ada.dialog.locator("#log")).to_contain_text("If anyone is in danger, please use the numbers above.")
    assert "People are back" not in ada.dialog.inner_text()
    assert of_widget(ada) == []
    ada.dialog.get_by_role("button", name="Leave an e-mail address").click()
    expect(ada.dialog.locator("#email")).to_be_focused()
    expect(ada.dialog.get_by_role("button", name="Leave an e-mail address")).to_be_hidden()
    ada.dialog.locator("#email").fill("ada@example.org")
    ada.dialog.get_by_role("button", name="Save").click()
    expect(ada.dialog.locator("#mail")).to_be_hidden()
    expect(ada.dialog.get_by_role("button", name="Leave an e-mail address")).to_be_hidden()


def test_one_who_waits_already_gets_numbers_to_call_and_her_form_steps_back(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.talk_to_a_human()
    expect(ada.dialog.locator("#email")).to_be_visible()
    ada.write(DANGER)
    expect(ada.dialog.locator("article.system a").first).to_be_visible()
    assert links(ada) == NUMBERS
    expect(ada.dialog.locator("#email")).to_be_hidden()


def test_without_numbers_the_form_is_open_as_before(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.talk_to_a_human()
    expect(ada.dialog.locator("#email")).to_be_visible()
    expect(ada.dialog.get_by_role("button", name="Leave an e-mail address")).to_be_hidden()
    expect(ada.dialog.locator("#people")).to_contain_text("People are back")


def between(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the server says before the page hears it."""

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(text: str | bytes) -> None:
            frame = json.loads(text)
            change(frame)
            socket.send(json.dumps(frame))

        server.on_message(hear)

    page.route_web_socket("**/ws/chat/", route)


def offered(stage: Stage, **fields: Any) -> list[str]:
    """The suggestions under the assistant's message, whose frame carries these fields."""
    page = stage.context().new_page()

    def change(frame: dict[str, Any]) -> None:
        if frame["type"] == "message" and frame["author"] == "bot":
            frame.update({"suggestions": ["Returns", "Delivery"], **fields})

    between(page, change)
    page.goto(stage.server.url)
    ada = WidgetPage(page)
    ada.open()
    ada.ask("hello")
    expect(ada.dialog.locator("#suggest button", has_text="Delivery")).to_be_visible()
    return ada.suggestions


def test_a_message_that_offers_a_person_has_that_before_every_other_suggestion(stage: Stage) -> None:
    assert offered(stage, person="offered") == ["Talk to a human", "Returns", "Delivery"]
    assert offered(stage, person="offered", outcome="decline") == ["Talk to a human", "Returns", "Delivery"]
    assert offered(stage, outcome="decline") == ["Returns", "Delivery", "Talk to a human"]
    assert offered(stage) == ["Returns", "Delivery"]


def test_markup_and_odd_numbers_in_what_is_called_stay_words(stage: Stage) -> None:
    page = stage.context().new_page()
    text = "Call <b>116 112</b> or javascript:112 or +44 (0)1632 960118."

    def change(frame: dict[str, Any]) -> None:
        if frame["type"] == "message" and frame["author"] == "bot":
            numbers = ["112", "116 112", "+44 (0)1632 960118", "javascript:112"]
            frame.update(text=text, parts=[{"text": text, "cites": [], "calls": numbers}])

    between(page, change)
    page.goto(stage.server.url)
    ada = WidgetPage(page)
    ada.open()
    answer = ada.ask("hello")
    assert answer.locator(".text").inner_text() == text
    assert answer.locator("b").count() == answer.locator(".by b").count()
    assert set(links(ada).values()) == {"tel:116112", "tel:112", "tel:+4401632960118"}
