"""Writing a reply in a real browser: the slash, the sentences of articles, a draft that is in every browser."""

import pytest
from playwright.sync_api import expect

from conversations.models import Citation, Turn
from escalation.desk import desk
from escalation.models import CannedReply, Unsent
from tests.escalation.conftest import ARTICLE, DESK, wait
from tests.unsealed import change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talk(shop, ben, returns):
    CannedReply.objects.create(site=shop, shortcut="hello", title="Greeting", text="Hello {name}, I am {agent}.")
    CannedReply.objects.create(site=shop, shortcut="late", title="A late parcel", text="I am sorry it is late.")
    return desk.claim(wait(shop, identity={"sub": "ada", "name": "Ada"}), actor=ben)


@pytest.fixture
def page(screens, ben, talk):
    opened = screens(ben, f"{DESK}{talk.conversation_id}/")
    expect(opened.locator("#reply")).to_be_focused()
    return opened


def test_a_slash_offers_ready_made_replies_and_enter_puts_one_in(page):
    reply = page.locator("#reply")
    page.keyboard.type("/")
    expect(page.locator("#canned [role=option]:visible")).to_have_count(2)
    page.keyboard.type("parc")
    expect(page.locator("#canned [role=option]:visible")).to_have_count(1)
    for _ in range(4):
        page.keyboard.press("Backspace")
    page.keyboard.press("ArrowDown")
    expect(reply).to_have_attribute("aria-activedescendant", "canned-late")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(reply).to_have_value("Hello Ada, I am Ben.")
    page.keyboard.type(" Dates like 1/2 are no slash. /")
    expect(page.locator("#canned [role=option]:visible")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#canned")).to_be_hidden()
    expect(reply).to_be_focused()
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry.agent")).to_contain_text("Hello Ada, I am Ben. Dates like 1/2 are no slash.")


def test_a_sentence_the_assistant_found_is_quoted_with_its_source(page, talk, ben, passage, returns):
    change(
        Turn.objects.filter(pk=talk.turn_id),
        category=returns,
        trace={"hits": [{"passage": passage.pk, "source": "returning", "score": 0.8}]},
    )
    page.reload()
    page.locator(".found summary").click()
    page.get_by_role("button", name="Items can be returned within 30 days.").click()
    expect(page.locator("#reply")).to_have_value(ARTICLE[:37])
    expect(page.locator("#quotes li")).to_contain_text("Returning an item")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry.agent .citation")).to_contain_text("Returning an item")
    expect(page.locator("#quotes li")).to_have_count(0)
    assert Citation.objects.get().quote == ARTICLE[:37]


def test_a_half_written_reply_is_there_in_another_browser(page, screens, ben, talk):
    with page.expect_response("**/keep/") as kept:
        page.keyboard.type("Hello Ada, I am lo")
    assert kept.value.status == 204
    other = screens(ben, f"{DESK}{talk.conversation_id}/")
    expect(other.locator("#reply")).to_have_value("Hello Ada, I am lo")
    with other.expect_response("**/keep/"):
        other.locator("#reply").fill("Hello Ada, I am looking")
    page.reload()
    expect(page.locator("#reply")).to_have_value("Hello Ada, I am looking")
    page.locator("#reply").press("Control+Enter")
    expect(page.locator(".entry.agent")).to_contain_text("I am looking")
    page.reload()
    expect(page.locator("#reply")).to_have_value("")
    assert not Unsent.objects.exists()


def test_the_receipt_changes_without_a_reload(page, talk, ben):
    page.keyboard.type("Hello")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#receipt")).to_contain_text("not on their screen yet")
    desk.customer_saw(talk.conversation_id, 100)
    expect(page.locator("#receipt")).to_contain_text("Shown to the customer")


def test_a_menu_in_use_is_not_taken_away_by_a_push_and_catches_up_when_it_closes(page, talk, ben):
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.locator("#transfer-note").fill("half a no")
    desk.reply(talk, actor=ben, text="from elsewhere")
    expect(page.locator(".entry.agent")).to_contain_text("from elsewhere")
    expect(page.locator("#transfer-note")).to_have_value("half a no")
    page.keyboard.press("Escape")
    expect(page.locator("#menu-on")).not_to_have_attribute("open", "")
