"""What an answer can carry is drawn as it is: steps that count on, tables, names, links that lead and none that run."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from conversations.wording.spoken import Spoken
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import of_widget
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
STEPS = {
    "kind": "steps",
    "label": "Desktop",
    "lead": "To service the stove, see the manual:",
    "text": "Desktop\nTo service the stove, see the manual:\n4. Open it.\n5. Where it is dirty, look here.",
    "items": ["Open it.", "Where it is dirty, look here."],
    "start": 4,
    "cites": [1],
    "links": [
        {"text": "the manual", "url": "https://x.test/manual"},
        {"text": "look here", "url": "mailto:help@x.test"},
    ],
    "more": {
        "kind": "text",
        "text": "6. Close it.\n\nRun it.",
        "cites": [2],
        "parts": [
            {"kind": "steps", "text": "6. Close it.", "items": ["Close it."], "start": 6, "cites": [2]},
            {"text": "Run it.", "cites": [2], "links": [{"text": "Run", "url": "javascript:alert(1)"}]},
        ],
    },
}
TABLE = {
    "kind": "table",
    "text": "Boat | A day | Colour and make\nKayak | £36 | red, by Nomad of Bristol",
    "rows": [["Boat", "A day", "Colour and make"], ["Kayak", "£36", "red, by Nomad of Bristol"]],
    "cites": [1],
}
NAMED = {"label": "Mobile", "text": "Mobile\nClose the app.", "cites": [1]}


def told(stage: Stage, *parts: dict[str, Any], **options: Any) -> tuple[WidgetPage, Locator]:
    """The widget with one answer of these parts, and that answer."""
    cited = [
        {"n": n, "title": "Stoves", "quote": "…", "url": "https://x.test/a", "updated": "2026-01-01"} for n in (1, 2)
    ]
    message = {
        "type": "message", "seq": 1, "author": "bot", "outcome": "answer", "generated": "quote",
        "text": "\n\n".join(part["text"] for part in parts), "parts": list(parts), "citations": cited,
        "at": "2026-01-01T10:00:00Z",
    }  # fmt: skip
    welcome = {
        "type": "welcome", "conversation": "c", "token": "t", "state": "bot", "availability": {"open": True},
        "disclosure": {"text": "An AI assistant.", "version": "1"}, "suggestions": [], "messages": [message],
        "words": Spoken().unheld(""),
    }  # fmt: skip

    def answers(socket: WebSocketRoute) -> None:
        socket.on_message(lambda said: socket.send(json.dumps(welcome)) if "hello" in str(said) else None)

    ada = WidgetPage(stage.context(**options).new_page())
    ada.page.route_web_socket("**/ws/chat/", answers)
    ada.page.goto(stage.server.url)
    ada.open()
    return ada, ada.dialog.locator("article.bot").last


def test_steps_count_on_behind_show_more_and_a_name_is_a_heading_once(stage: Stage) -> None:
    _, answer = told(stage, STEPS, NAMED)
    expect(answer.locator("h3")).to_have_text(["Desktop", "Mobile"])
    expect(answer.locator("p", has_text="Close the app.")).not_to_contain_text("Mobile")
    assert answer.locator("ol").evaluate_all("lists => lists.map(list => list.start)") == [4, 6]
    more = answer.locator("summary")
    expect(answer.get_by_text("Close it.")).to_be_hidden()
    more.press("Enter")
    expect(answer.get_by_text("Close it.")).to_be_visible()


def test_a_link_leads_where_it_says_and_what_would_run_is_text(stage: Stage) -> None:
    _, answer = told(stage, STEPS)
    answer.locator("summary").click()
    links = answer.locator(".text a")
    expect(links).to_have_text(["the manual", "look here"])
    assert [link.get_attribute("href") for link in links.all()] == ["https://x.test/manual", "mailto:help@x.test"]
    expect(answer.locator("li", has_text="Where")).to_contain_text("Where it is dirty, look here.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(stage: Stage, scheme: str, width: int) -> None:
    ada, answer = told(
        stage,
        STEPS,
        NAMED,
        TABLE,
        color_scheme=scheme,
        viewport={"width": width, "height": 700},
        reduced_motion="reduce",
    )
    answer.locator("summary").click()
    assert of_widget(ada) == []
    assert ada.dialog.locator("#scroll").evaluate("node => node.scrollWidth - node.clientWidth") == 0
