"""Ben at the desk: he sees who waits, takes over with everything on one screen, answers, and gives back."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage
from tests.journeys.test_customer import RETURNS, sign_in
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
DESK = "/admin/escalation/handoff/desk/"


def shopper(stage: Stage, name: str = "Ada Byrne") -> WidgetPage:
    """A signed-in customer with the widget open."""
    customer = stage.customer()
    sign_in(customer, name)
    customer.open()
    return customer


def taken_over(stage: Stage) -> tuple[WidgetPage, DeskPage]:
    """Ada, who has asked something and then for a person, and Ben, who has claimed her."""
    ben = DeskPage(stage.staff("ben", DESK))
    ada = shopper(stage)
    ada.ask(RETURNS)
    ada.talk_to_a_human()
    ben.claim("Ada Byrne")
    expect(ada.dialog.locator("#state")).to_have_text("You are talking to Ben")
    return ada, ben


def test_who_asks_for_a_person_appears_in_the_open_queue_with_reason_and_place(stage: Stage) -> None:
    ben = DeskPage(stage.staff("ben", DESK))
    grace = shopper(stage, "Grace Okafor")
    expect(ben.waiting("Grace Okafor")).to_have_count(0)
    grace.talk_to_a_human()
    row = ben.waiting("Grace Okafor")
    expect(row).to_contain_text("The customer asked for a person.")
    expect(row).to_contain_text("verified")
    expect(grace.dialog.locator("#queue")).to_contain_text("You are number 1 in line.")
    grace.dialog.get_by_role("button", name="Go on with the AI assistant instead").click()
    expect(row).to_have_count(0)
    expect(grace.dialog.locator("#state")).to_have_text("AI assistant")


def test_the_packet_shows_transcript_reason_and_what_the_assistant_found(stage: Stage) -> None:
    ada, ben = taken_over(stage)
    expect(ben.said("customer").first).to_contain_text(RETURNS)
    expect(ben.said("bot").first).to_contain_text("30 days")
    expect(ben.packet).to_contain_text("The customer asked for a person.")
    expect(ben.packet).to_contain_text("ada@example.com")
    finding = ben.packet.locator(".finding").first
    expect(finding).to_contain_text("answered")
    expect(finding).to_contain_text("Passages it looked at")
    ben.close()
    expect(ada.dialog.get_by_role("heading", name="This conversation is closed")).to_be_visible()


def test_what_either_writes_appears_on_the_others_open_screen(stage: Stage) -> None:
    ada, ben = taken_over(stage)
    ben.reply("Hello Ada, Ben here. What happened to the jacket?")
    said = ada.dialog.locator("article.agent").last
    expect(said).to_contain_text("Hello Ada, Ben here.")
    expect(said.locator(".by")).to_contain_text("Ben")
    bot_so_far = ada.dialog.locator("article.bot").count()
    ada.write("The zip came apart on the first walk.")
    expect(ben.said("customer").last).to_contain_text("The zip came apart")
    ben.reply("Send it back to us, we repair it.")
    expect(ada.dialog.locator("article.agent").last).to_contain_text("we repair it")
    assert ada.dialog.locator("article.bot").count() == bot_so_far, "the bot is silent while a person is here"
    ben.close()


def test_a_conversation_given_back_is_answered_by_the_assistant_again(stage: Stage) -> None:
    ada, ben = taken_over(stage)
    ben.hand_back("Only wanted the return label.")
    expect(ada.dialog.locator("#state")).to_have_text("AI assistant")
    expect(ada.dialog.locator("article.system").last).to_contain_text("You are talking to the AI assistant again.")
    expect(ada.ask("Do I get the delivery charge refunded as well?")).to_contain_text("AI")
    expect(ben.page.locator("#head .status")).to_have_text("with the assistant")


def test_ben_closes_and_ada_rates_what_was_done_for_her(stage: Stage) -> None:
    ada, ben = taken_over(stage)
    ben.reply("A new one is on its way.")
    ben.close()
    ada.dialog.locator("#scale label", has_text="5").click()
    ada.dialog.locator("#rate").get_by_role("button", name="Send").click()
    expect(ada.dialog.locator("#rate")).to_be_hidden()
    expect(ben.page.locator("#head .status")).to_have_text("closed")


def test_a_draft_is_seen_by_the_customer_only_once_an_agent_has_approved_it(stage: Stage) -> None:
    lower(stage, "Returns and refunds")
    ben = DeskPage(stage.staff("ben", DESK))
    linus = shopper(stage, "Linus Holm")
    held = linus.ask(RETURNS)
    expect(held).to_contain_text("A person is checking it before I answer.")
    assert "30 days" not in linus.dialog.locator("#log").inner_text()
    ben.look_into(ben.draft_of("Linus Holm"))
    expect(ben.page.locator("#draft")).to_contain_text("30 days")
    ben.page.get_by_role("button", name="Approve and send").click()
    answer = linus.dialog.locator("article.bot").last
    expect(answer).to_contain_text("30 days")
    expect(answer.locator(".by").first).to_contain_text("Drafted by AI, approved by Ben")
    expect(linus.cite(answer).locator("blockquote")).to_contain_text("30 days")


def lower(stage: Stage, category: str) -> None:
    """Dan lowers a category to `reviewed`, which takes one person and no waiting."""
    dan = stage.staff("dan", "/admin/release/exposure/")
    dan.get_by_role("link", name=category).click()
    dan.get_by_label("To", exact=True).select_option("2")
    dan.locator("#down-reason").fill("Agents read these answers for a week.")
    dan.get_by_role("button", name="Lower").click()
    expect(dan.get_by_text(re.compile("is at level 2 now"))).to_be_visible()
