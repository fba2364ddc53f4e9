"""Ada waits, leaves an address, rates and complains: what the widget shows her in each of these, and before."""

import re
import sqlite3
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_accessible import of_widget, wrong
from tests.journeys.test_agent import DESK
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
CLOSED = {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
CALM = {"reduced_motion": "reduce"}


@pytest.fixture(autouse=True)
def open_desk(stage: Stage) -> None:
    set_site(stage.server, hours={})


def complain(ada: WidgetPage, text: str, email: str = "") -> None:
    ada.dialog.get_by_role("button", name="Make a complaint").click()
    ada.dialog.get_by_label("What went wrong").fill(text)
    form = ada.dialog.locator("form", has=ada.page.get_by_label("What went wrong"))
    form.get_by_label("Your email").fill(email)
    ada.dialog.get_by_role("button", name="Send complaint").click()


def mailed(server: Server) -> str:
    """The link in the next mail: the minute it may take is over at once, and the server prints what it sends."""
    with sqlite3.connect(server.home / "handrail.sqlite3", timeout=20) as db:
        db.execute("UPDATE handrail_sites_outboxitem SET due_at = '2020-01-01' WHERE kind = 'reply.mail'")
    db.close()
    for _ in range(300):
        if links := re.findall(r"http://localhost:\d+/t/\S+", server.log.read_text()):
            return links[-1]
        time.sleep(0.1)
    raise AssertionError("no mail was sent")


def end(ada: WidgetPage) -> None:
    ada.dialog.get_by_role("button", name="End conversation").click()
    ada.dialog.get_by_role("button", name="Press again to end").click()
    ada.dialog.get_by_role("heading", name="This conversation is closed").wait_for()


def test_before_she_presses_she_reads_whether_people_are_there(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    expect(ada.dialog.locator("#outlook")).to_contain_text("People are here now.")
    assert ada.human_button.get_attribute("aria-describedby") == "outlook"
    set_site(stage.server, hours=CLOSED)
    grace = stage.customer()
    grace.open()
    expect(grace.dialog.locator("#outlook")).to_contain_text("Nobody is here right now.")


def test_out_of_hours_she_leaves_an_address_and_is_not_asked_again(stage: Stage) -> None:
    set_site(stage.server, hours=CLOSED)
    ada = stage.customer()
    ada.open()
    ada.talk_to_a_human()
    expect(ada.dialog.get_by_role("heading", name="Nobody is here right now.")).to_be_visible()
    expect(ada.dialog.locator("#mail")).to_contain_text("Leave your email and a person will write to you.")
    assert of_widget(ada) == []
    ada.dialog.locator("#mail").get_by_label("Your email").fill("ada@example.org")
    ada.dialog.get_by_role("button", name="Save").click()
    expect(ada.dialog.locator("#mail")).to_be_hidden()
    expect(ada.dialog.locator("#people")).to_contain_text("A person will write to you by email.")
    ada.page.reload()
    ada.open()
    expect(ada.dialog.locator("#people")).to_contain_text("A person will write to you by email.")
    expect(ada.dialog.locator("#mail")).to_be_hidden()


def test_a_desk_that_ben_closes_is_closed_in_her_open_widget(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    expect(ada.dialog.locator("#outlook")).to_contain_text("People are here now.")
    ben = stage.staff("ben", "/admin/escalation/handoff/desk/closing/")
    ben.get_by_label("Why it closes").fill("Fire drill")
    ben.get_by_role("button", name="Close the desk now").click()
    expect(ada.dialog.locator("#outlook")).to_contain_text("Nobody is here right now.")
    ben.get_by_label("Why it opens").fill("All back")
    ben.get_by_role("button", name="Open the desk").click()
    expect(ada.dialog.locator("#outlook")).to_contain_text(re.compile("People are here|Nobody is here"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_after_a_silence_she_is_asked_once_how_it_went(stage: Stage, scheme: str) -> None:
    context = stage.context(color_scheme=scheme, **CALM)
    page: Page = context.new_page()
    page.clock.install()
    page.goto(stage.server.url)
    ada = WidgetPage(page)
    ada.open()
    ada.ask(RETURNS)
    expect(ada.dialog.locator("#rate")).to_be_hidden()
    page.clock.fast_forward(200_000)
    expect(ada.dialog.get_by_role("heading", name="Did this help?")).to_be_visible()
    assert of_widget(ada) == []
    ada.dialog.locator("#scale label", has_text="4").click()
    ada.dialog.get_by_label("Anything to add?").fill("quick")
    ada.dialog.locator("#rate").get_by_role("button", name="Send").click()
    expect(ada.dialog.locator("#over")).to_be_hidden()
    page.clock.fast_forward(400_000)
    expect(ada.dialog.locator("#over")).to_be_hidden()
    end(ada)
    expect(ada.dialog.locator("#rate")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_complaint_is_made_before_the_first_word_and_reaches_the_desk(stage: Stage, scheme: str) -> None:
    ada = stage.customer(color_scheme=scheme, **CALM)
    ada.open()
    ada.dialog.get_by_role("button", name="Make a complaint").click()
    assert of_widget(ada) == []
    ada.dialog.get_by_role("button", name="Cancel").click()
    expect(ada.dialog.get_by_role("button", name="Make a complaint")).to_be_focused()
    words = f"My tent came torn ({scheme})."
    complain(ada, words, "ada@example.org")
    expect(ada.dialog.locator("article.customer")).to_contain_text(words)
    expect(ada.dialog.locator("#log")).to_contain_text("I am passing your complaint to a person.")
    expect(ada.dialog.get_by_label("What went wrong")).to_have_count(0)
    ben = stage.staff("ben", "/admin/escalation/complaint/")
    ben.get_by_role("link", name=words).first.click()
    ben.get_by_label("Answer", exact=True).fill("A new one is on its way.")
    ben.get_by_role("button", name="Answer").click()
    expect(ada.dialog.locator("article.agent")).to_contain_text("A new one is on its way.")


def test_a_complaint_about_a_closed_conversation_needs_an_address_and_loses_nothing(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.ask(RETURNS)
    end(ada)
    complain(ada, "That was no help.")
    expect(ada.status).to_contain_text("leave your email, so that a person can answer you")
    expect(ada.dialog.get_by_label("What went wrong")).to_have_value("That was no help.")
    form = ada.dialog.locator("form", has=ada.page.get_by_label("What went wrong"))
    form.get_by_label("Your email").fill("ada@example.org")
    ada.dialog.get_by_role("button", name="Send complaint").click()
    expect(ada.status).to_contain_text("We have your complaint, number")


def test_the_link_in_a_mail_opens_the_answer_and_goes_on_from_there(stage: Stage) -> None:
    set_site(stage.server, hours=CLOSED)
    ada = stage.customer()
    ada.open()
    ada.ask("My order is secret-4711, where is it?")
    ada.talk_to_a_human()
    ada.dialog.locator("#mail").get_by_label("Your email").fill("ada@example.org")
    ada.dialog.get_by_role("button", name="Save").click()
    expect(ada.dialog.locator("#mail")).to_be_hidden()
    conversation = ada.page.evaluate("JSON.parse(localStorage['handrail:fernway']).conversation")
    ada.page.close()
    ben = DeskPage(stage.staff("ben", f"{DESK}{conversation}/"))
    ben.page.get_by_role("button", name="Claim").first.click()
    ben.reply("We have found your parcel.")
    link = mailed(stage.server)
    elsewhere = WidgetPage(stage.context().new_page())
    elsewhere.page.goto(link)
    expect(elsewhere.dialog.locator("article.agent")).to_contain_text("We have found your parcel.")
    assert "secret-4711" not in elsewhere.dialog.inner_text()
    elsewhere.write("Thank you!")
    expect(ben.page.locator("body")).to_contain_text("Thank you!")
    assert elsewhere.page.evaluate("Object.keys(localStorage)") == [f"handrail:fernway:{conversation}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_pages_around_it(stage: Stage, scheme: str) -> None:
    ada = stage.customer()
    ada.open()
    complain(ada, f"The zip broke ({scheme}).")
    ada.dialog.locator("article.customer").wait_for()
    anna = stage.staff("admin", "/admin/escalation/handoff/desk/closing/", color_scheme=scheme, **CALM)
    found = {"closing": wrong(anna, "#content")}
    anna.goto(f"{stage.server.url}/admin/escalation/complaint/")
    anna.get_by_role("link", name=f"The zip broke ({scheme}).").first.click()
    anna.wait_for_url("**/complaint/*/change/")
    anna.locator("#content").wait_for()
    found["complaint"] = wrong(anna, "#content")
    for path, value in (("endpoint", f"https://desk.example.com/{scheme}"), ("integration", f"Support ({scheme})")):
        anna.goto(f"{stage.server.url}/admin/handrail_sites/{path}/add/")
        found[f"{path}, new"] = wrong(anna, "#content")
        anna.locator("#id_value").fill(value)
        anna.get_by_role("button", name="Add", exact=True).click()
        anna.locator("code.secret").wait_for()
        found[path] = wrong(anna, "#content")
    stage.foresee("410")
    anna.goto(f"{stage.server.url}/t/nothing")
    found["a link that has expired"] = wrong(anna)
    assert {page: objections for page, objections in found.items() if objections} == {}
