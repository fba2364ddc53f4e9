"""Ada at the shop: what she reads before she writes, what she is told with its source, and what she is not told."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.widget_page import WidgetPage
from tests.server import BASE

pytestmark = pytest.mark.browser
RETURNS = "How long do I have to return something I bought online?"


def sign_in(ada: WidgetPage, name: str = "Ada Byrne") -> None:
    """On the shop's page, as a customer of the shop."""
    account = ada.page.locator(".account")
    account.locator("summary").click()
    account.get_by_role("button", name=name).click()
    expect(account.locator("[data-who]")).to_have_text(name)


def test_the_disclosure_and_the_button_are_there_before_the_first_message(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    assert ada.disclosure.startswith("You are chatting with an AI assistant, not a person.")
    assert "I answer from Fernway's help pages." in ada.disclosure
    expect(ada.human_button).to_be_enabled()
    assert ada.messages == []
    described = ada.input.get_attribute("aria-describedby")
    assert ada.dialog.locator(f"#{described}").inner_text() == ada.disclosure


def test_an_answer_opens_to_the_exact_words_of_a_published_article(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    answer = ada.ask(RETURNS)
    figure = ada.cite(answer)
    quote = figure.locator("blockquote").inner_text()
    texts = [f.read_text(encoding="utf-8") for f in (BASE / "sample/knowledge").glob("*.md")]
    assert any(re.sub(r"\s+", " ", quote) in re.sub(r"\s+", " ", text) for text in texts)
    assert figure.get_by_role("heading").inner_text()
    expect(figure).to_contain_text(re.compile(r"Updated \d+ \w+ 20\d\d"))
    expect(answer.locator(".by").first).to_contain_text("AI")
    link = figure.get_by_role("link", name="Open the page").get_attribute("href") or ""
    assert link.startswith(f"http://localhost:{stage.server.port}/help/"), "on whatever port the demo runs"
    ada.page.goto(link)
    expect(ada.page.locator("main")).to_contain_text(quote)


def test_what_is_no_subject_here_is_declined_with_what_can_be_asked_and_a_person(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    answer = ada.ask("Which mutual fund should I buy?")
    expect(answer).to_contain_text("I can't help with that here. I can help with subjects like these:")
    expect(answer.locator("button.cite")).to_have_count(0)
    assert ada.suggestions[-1] == "Talk to a human"


def test_a_signed_in_customer_reads_where_her_order_is_and_when_that_was_read(stage: Stage) -> None:
    ada = stage.customer()
    sign_in(ada)
    ada.page.locator("[data-orders]").get_by_role("button", name="FW-10023").click()
    expect(ada.input).to_have_value("Where is my order FW-10023?")
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    answer = ada.ask(ada.input.input_value())
    expect(answer).to_contain_text("Kestrel rain jacket")
    expect(answer).to_contain_text("on its way with Northbound Post")
    expect(answer).to_contain_text("Looked up in")
    expect(ada.cite(answer)).to_contain_text("FW-10023")


def test_the_number_of_another_customers_order_finds_nothing(stage: Stage) -> None:
    ada = stage.customer()
    sign_in(ada)
    ada.open()
    answer = ada.ask("Where is my order FW-10024?")
    expect(answer).to_contain_text("I found no order FW-10024 in your account.")
    assert "Head torch" not in ada.dialog.inner_text()


def test_who_has_not_signed_in_is_asked_to_and_gets_the_answer_afterwards(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    expect(ada.ask("Where is my order FW-10023?")).to_contain_text("Please sign in and ask again")
    sign_in(ada)
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    expect(ada.ask("Where is my order FW-10023?")).to_contain_text("Kestrel rain jacket")


def test_a_typed_request_for_a_person_is_obeyed_on_that_turn(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    expect(ada.ask("let me talk to a person")).to_contain_text("I am passing you to a person now.")
    expect(ada.dialog.locator("#state")).to_have_text("Waiting for a person")
    expect(ada.dialog.locator("#queue")).to_contain_text(re.compile(r"You are number \d+ in line"))


def test_a_thumb_is_acknowledged_and_a_closed_conversation_can_be_rated(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    answer = ada.ask(RETURNS)
    answer.get_by_role("button", name="Helpful", exact=True).click()
    expect(answer.get_by_role("status")).to_have_text("Thank you.")
    ada.dialog.get_by_role("button", name="End conversation").click()
    ada.dialog.get_by_role("button", name="Press again to end").click()
    expect(ada.dialog.get_by_role("heading", name="This conversation is closed")).to_be_visible()
    ada.dialog.locator("#scale label", has_text="5").click()
    ada.dialog.locator("#rate").get_by_role("button", name="Send").click()
    expect(ada.dialog.locator("#rate")).to_be_hidden()
    ada.dialog.get_by_role("button", name="Start a new conversation").click()
    expect(ada.ask(RETURNS)).to_contain_text("days")
