"""What can be corrected, asked again or gone on with: no word is said for good, and no press leads nowhere."""

import re
import sqlite3

import pytest
from playwright.sync_api import expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_customer import RETURNS
from tests.journeys.test_waiting import CLOSED, complain
from tests.server import Server

pytestmark = pytest.mark.browser


def rows(server: Server, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(server.home / "handrail.sqlite3", timeout=20) as db:
        found = db.execute(query).fetchall()
    db.close()
    return found


def test_who_has_a_person_already_reads_who_it_is(stage: Stage) -> None:
    script = Script("human", name="Ben")
    ada = visit(stage, script=script)
    ada.open()
    ada.human_button.click()
    expect(ada.status).to_have_text("You are talking to Ben. Just write.")
    expect(ada.input).to_be_focused()
    assert [frame["type"] for frame in script.heard] == ["hello"]


def test_a_wrong_address_is_given_anew_and_the_last_one_counts(stage: Stage) -> None:
    set_site(stage.server, hours=CLOSED)
    ada = stage.customer()
    ada.open()
    ada.talk_to_a_human()
    mail = ada.dialog.locator("#mail")
    for address in ("ada@exmaple.org", "ada@example.org"):
        mail.get_by_label("Your email").fill(address)
        mail.get_by_role("button", name="Save").dblclick()
        expect(mail).to_be_hidden()
        expect(ada.dialog.locator("#log")).to_contain_text(f"A person will write to {address}")
        ada.dialog.get_by_role("button", name="Use another address").click()
        expect(mail.get_by_label("Your email")).to_be_focused()
    assert rows(stage.server, "SELECT contact FROM conversations_conversation WHERE contact <> ''") == [
        ("ada@example.org",)
    ]
    said = ada.dialog.locator("article.system", has_text="A person will write to")
    expect(said).to_have_count(2)
    set_site(stage.server, hours={})


def test_a_complaint_has_a_number_and_it_is_the_one_the_company_has(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    complain(ada, "My tent came torn.")
    expect(ada.status).to_have_text(re.compile(r"We have your complaint, number \d+\."))
    (number,) = re.findall(r"\d+", ada.status.inner_text())
    kept = rows(stage.server, "SELECT id FROM escalation_complaint WHERE text = 'My tent came torn.'")
    assert kept == [(int(number),)]


def test_a_thumb_down_asks_why_and_offers_a_person(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    answer = ada.ask(RETURNS)
    answer.get_by_role("button", name="Not helpful").click()
    why = answer.get_by_role("group", name="What was wrong?")
    expect(why.get_by_role("button", name="Talk to a human")).to_be_visible()
    why.get_by_role("button", name="Not what I asked").click()
    expect(answer.get_by_role("status")).to_have_text("Thank you.")
    expect(why).to_be_hidden()
    for _ in range(100):
        found = rows(
            stage.server, "SELECT body FROM conversations_event WHERE kind = 'feedback' ORDER BY id DESC LIMIT 1"
        )
        if "beside" in str(found):
            break
        ada.page.wait_for_timeout(50)
    assert '"value": -1' in str(found)
    answer.get_by_role("button", name="Not helpful").click()
    why.get_by_role("button", name="Talk to a human").click()
    expect(ada.dialog.locator("#waiting")).to_be_visible()


def test_a_draft_and_an_open_chat_survive_a_reload_and_take_no_focus(stage: Stage) -> None:
    ada = visit(stage, body='<input id=name><script src="/w/v1.js" data-site="fernway"></script>', script=Script())
    ada.open()
    ada.input.fill("half a sentence")
    ada.page.reload()
    expect(ada.input).to_be_visible()
    expect(ada.input).to_have_value("half a sentence")
    assert ada.page.evaluate("document.activeElement.tagName") == "BODY"
    ada.input.press("Enter")
    ada.close()
    ada.page.reload()
    expect(ada.launcher).to_be_visible()
    expect(ada.dialog).to_be_hidden()
    ada.open()
    expect(ada.input).to_have_value("")


def test_a_draft_is_not_left_to_the_next_customer(stage: Stage) -> None:
    ada = visit(stage, script=Script())
    ada.open()
    ada.input.fill("my secret")
    ada.page.evaluate("Handrail.logout()")
    expect(ada.input).to_have_value("")
    ada.page.reload()
    expect(ada.input).to_have_value("")
