"""Before the first word: a greeting once, and consent where the site wants it; and what tells of a reply elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.alone import door_alone
from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.server import Server

pytestmark = pytest.mark.browser
ICON = "[...document.querySelectorAll('link[rel~=icon]')].pop().href.slice(0, 21)"


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: the other side is scripted."""
    server = door_alone(homes, "invited")
    yield server
    server.stop()


def snippet(**options: str) -> str:
    said = " ".join(f'data-{name}="{value}"' for name, value in options.items())
    return f'<script src="/w/v1.js" data-site="fernway" {said} async></script>'


def test_a_greeting_comes_after_its_seconds_on_its_pages_once_and_opens_the_chat(stage: Stage) -> None:
    script = Script()
    body = snippet(greeting="Looking for a tent?", greet="1 /host", name="Fernway")
    ada = visit(stage, body=body, script=script)
    preview = ada.page.locator("handrail-chat #preview")
    expect(preview).to_contain_text("Fernway")
    expect(preview).to_contain_text("Looking for a tent?")
    assert script.heard == [], "nothing is connected for it"
    preview.get_by_text("Looking for a tent?").click()
    expect(ada.dialog).to_be_visible()
    ada.close()
    expect(preview).to_be_hidden()
    ada.page.reload()
    ada.page.wait_for_timeout(2500)
    expect(preview).to_be_hidden()


@pytest.mark.parametrize("way", ["sent away", "hushed by the page", "another page", "a conversation"])
def test_it_does_not_come_to_who_never_wants_it_or_is_elsewhere_or_has_a_conversation(stage: Stage, way: str) -> None:
    where = "/other" if way == "another page" else "/host"
    ada = visit(stage, body=snippet(greeting="Looking for a tent?", greet=f"1 {where}"), script=Script())
    preview = ada.page.locator("handrail-chat #preview")
    ada.page.wait_for_function("window.Handrail && Handrail.version")
    if way == "sent away":
        preview.get_by_role("button", name="Dismiss").click()
        ada.page.reload()
    if way == "hushed by the page":
        ada.page.evaluate("Handrail.hush()")
    if way == "a conversation":
        ada.open()
        ada.close()
    ada.page.wait_for_timeout(2500)
    expect(preview).to_be_hidden()


def test_where_consent_is_wanted_nothing_can_be_written_before_it_and_a_person_asked_for_all_the_same(
    stage: Stage,
) -> None:
    script = Script(suggestions=["Where is my parcel?"])
    ada = visit(stage, body=snippet(consent="1", privacy="https://example.com/privacy"), script=script)
    ada.open()
    card = ada.dialog.locator("#consent")
    expect(card).to_contain_text("May we process what you write here")
    expect(card.locator("a")).to_have_attribute("href", "https://example.com/privacy")
    expect(ada.input).to_be_hidden()
    assert ada.suggestions == []
    ada.page.evaluate("Handrail.open('A draft')")
    assert script.asked() == []
    expect(ada.human_button).to_be_enabled()
    card.get_by_role("button", name="Yes, I agree").click()
    expect(ada.input).to_be_focused()
    expect(ada.input).to_have_value("A draft")
    assert [frame["type"] for frame in script.heard].count("consent") == 1
    ada.page.reload()
    ada.open()
    expect(ada.input).to_be_visible()
    expect(card).to_be_hidden()


def test_the_number_stands_on_the_pages_icon_where_the_page_wants_it_and_goes_away(stage: Stage) -> None:
    script = Script("human", name="Ben")
    ada = visit(stage, body=snippet(favicon="1"), script=script)
    ada.open()
    script.say("Hello.", name="Ben")
    ada.close()
    before = ada.page.evaluate(ICON)
    script.say("Your parcel is in Leeds.", name="Ben")
    ada.page.wait_for_function(f"{ICON} === 'data:image/png;base64'")
    expect(ada.page).to_have_title("(1) Host")
    ada.open()
    ada.page.wait_for_function(f"{ICON} === {before!r}")


@pytest.mark.parametrize(
    ("code", "said"),
    [("rate_limited", "Too fast. Trying again in 2 s."), ("busy", "Nothing can be saved at this moment")],
)
def test_a_server_that_cannot_take_anything_does_not_blame_the_customer(stage: Stage, code: str, said: str) -> None:
    script = Script()
    ada = visit(stage, script=script)
    ada.open()
    taken = script.hear
    refused = {"type": "error", "code": code, "text": "…", "retry_after": 2}

    def once(socket: object, text: str) -> None:
        if '"ask"' in text and not script.asked():
            import json

            script.heard.append(json.loads(text))
            script.put("c1", refused | {"id": json.loads(text)["id"]})
        else:
            taken(socket, text)  # type: ignore[arg-type]

    script.hear = once  # type: ignore[method-assign,assignment]
    ada.write("Where is my parcel?")
    expect(ada.status).to_contain_text(said)
    expect(ada.dialog.locator("article.customer")).to_contain_text("Where is my parcel?")
    assert ada.unsent == []
