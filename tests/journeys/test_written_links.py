"""Addresses and numbers that somebody writes out can be pressed, with the right ends; what would run is text."""

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK, shopper

pytestmark = pytest.mark.browser
WRITTEN = "See https://shop.example/a_(b)?x=1. Or help@shop.example, or +44 20 7946 0018!"
LEADS = {
    "https://shop.example/a_(b)?x=1": "https://shop.example/a_(b)?x=1",
    "help@shop.example": "mailto:help@shop.example",
    "+44 20 7946 0018": "tel:+442079460018",
}
CASES = {
    "(https://x.test/a).": {"https://x.test/a": "https://x.test/a"},
    "“https://x.test/q?a=1,2&b=(c)”…": {"https://x.test/q?a=1,2&b=(c)": "https://x.test/q?a=1,2&b=(c)"},
    "Call 01632 960118 or (020) 7946 0018.": {"01632 960118": "tel:01632960118", "(020) 7946 0018": "tel:02079460018"},
    "Order 10023 of 01/02/2026, 09:00-17:00, number 0012345678.": {},
    "javascript:alert(1) data:text/html,a@b.test vbscript:x@y.test": {},
    "<a href=https://x.test/>here</a>": {"https://x.test/": "https://x.test/"},
}


def test_what_an_agent_writes_out_leads_where_it_says(stage: Stage) -> None:
    ada = shopper(stage)
    ada.talk_to_a_human()
    ben = DeskPage(stage.staff("ben", DESK))
    ben.claim("Ada Byrne")
    ben.reply(WRITTEN)
    said = ada.dialog.locator("article.agent .text")
    expect(said).to_have_text(WRITTEN)
    links = said.locator("a").all()
    assert {link.inner_text(): link.get_attribute("href") for link in links} == LEADS
    assert {link.get_attribute("rel") for link in links} == {"noopener noreferrer"}
    ben.close()


@pytest.mark.parametrize("text", CASES)
def test_a_text_has_the_links_it_names_and_no_others(stage: Stage, text: str) -> None:
    script = Script("human", name="Ben")
    ada = visit(stage, script=script)
    ada.open()
    script.say(text, name="Ben")
    said = ada.dialog.locator("article.agent .text")
    expect(said).to_have_text(text)
    assert {link.inner_text(): link.get_attribute("href") for link in said.locator("a").all()} == CASES[text]


def test_a_long_text_made_to_take_long_does_not(stage: Stage) -> None:
    script = Script("human", name="Ben")
    ada = visit(stage, script=script)
    ada.open()
    ada.page.evaluate("""() => { window.longest = 0; new PerformanceObserver(list => {
      for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({type: "longtask"}) }""")
    for text in ("0 " * 2000, "a." * 2000 + "@", "https://" + "(" * 3900, "+1 " * 1300):
        script.say(text, name="Ben")
    expect(ada.dialog.locator("article.agent")).to_have_count(4)
    assert ada.page.evaluate("longest") < 300
