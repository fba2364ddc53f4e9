"""Ben presses Send twice, or Ctrl+Enter twice: Ada reads his reply once."""

import pytest
from playwright.sync_api import expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK, shopper

pytestmark = pytest.mark.browser


def test_a_double_click_and_a_double_key_send_one_reply(stage: Stage) -> None:
    ada = shopper(stage)
    ada.talk_to_a_human()
    ben = DeskPage(stage.staff("ben", DESK))
    ben.claim("Ada Byrne")
    ben.page.locator("#reply").fill("Once by the button.")
    ben.page.locator("#send").dblclick()
    expect(ben.page.locator("#reply")).to_have_value("")
    ben.page.locator("#reply").fill("Once by the key.")
    ben.page.evaluate("""() => { for (let n = 0; n < 2; n++) document.querySelector("#reply").dispatchEvent(
      new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true, cancelable: true})) }""")
    expect(ben.page.locator("#reply")).to_have_value("")
    ben.reply("And the last.")
    said = ada.dialog.locator("article.agent .text")
    expect(said.last).to_have_text("And the last.")
    expect(said).to_have_text(["Once by the button.", "Once by the key.", "And the last."])
    ben.close()
