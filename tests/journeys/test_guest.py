"""Ada at the shop without an account: a button to sign in, or a code by e-mail, and then the one order it is about."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.journeys.test_page_api import until

pytestmark = pytest.mark.browser
MINE = "Where is my order FW-10023?"
CODE = re.compile(r"Your code is (\d{4} \d{4})")


def codes(stage: Stage) -> list[str]:
    """The codes that were mailed; the sample's server writes its mail into its log."""
    return list(map(str, CODE.findall(stage.server.log.read_text())))


def posted(stage: Stage, before: int) -> str:
    """The code of the next mail after so many."""
    for _ in range(200):
        if found := codes(stage)[before:]:
            return found[-1]
        stage.contexts[-1].pages[0].wait_for_timeout(100)
    raise AssertionError("no code was mailed")


def pictured(stage: Stage, name: str) -> None:
    if folder := os.environ.get("HANDRAIL_SHOTS"):
        stage.contexts[-1].pages[0].screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_code_by_mail_shows_the_order_it_is_about(stage: Stage) -> None:
    number = "FW-10023"
    ada = stage.customer()
    ada.open()
    expect(ada.ask(f"Where is my order {number}?")).to_contain_text("Please sign in")
    assert ada.suggestions[:2] == ["Sign in", "Get a code by e-mail"]
    pictured(stage, f"guest-offered-{number}")
    before = len(codes(stage))
    ada.dialog.get_by_role("button", name="Get a code by e-mail").click()
    expect(ada.dialog).to_contain_text("I cannot show you that address")
    pictured(stage, f"guest-code-{number}")
    expect(ada.ask(posted(stage, before))).to_contain_text(f"Order {number}")
    assert "@" not in ada.dialog.locator("[role=log]").inner_text()
    pictured(stage, f"guest-answer-{number}")


def test_sign_in_is_offered_where_the_page_has_it_done_and_goes_on_from_there(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.ask(MINE)
    button = ada.dialog.get_by_role("button", name="Sign in", exact=True)
    assert wrong(ada.page, "handrail-chat") == []
    button.click()
    panel = ada.page.locator(".account")
    expect(panel.get_by_role("button", name="Ada Byrne")).to_be_visible()
    panel.get_by_role("button", name="Ada Byrne").click()
    expect(ada.page.locator("[data-who]")).to_have_text("Ada Byrne")
    expect(ada.ask(MINE)).to_contain_text("Kestrel")


def test_a_page_that_does_not_listen_offers_no_sign_in(stage: Stage) -> None:
    ada = stage.customer()
    until(ada.page, "window.Handrail.version")
    ada.page.evaluate("window.off = Handrail.on('identity', () => 1)")
    ada.open()
    ada.ask(MINE)
    assert "Sign in" in ada.suggestions
    bare = stage.customer(f"{stage.server.url}/w/fernway")
    bare.ask(MINE)
    assert "Sign in" not in bare.suggestions
    assert "Get a code by e-mail" in bare.suggestions
