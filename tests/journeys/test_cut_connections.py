"""What the chat rests on is cut, delayed and half closed again and again, under a customer with two tabs and an agent:
nothing is lost, doubled or reordered, in neither direction, by sockets or by requests."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.conftest import count
from tests.journeys.alone import door_alone
from tests.journeys.cutter import Cutter
from tests.journeys.desk_page import DeskPage
from tests.journeys.scripted import SNIPPET
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK
from tests.journeys.test_sockets_blocked import HASTE, blocked
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(3600)]
DISCONNECTS = count(10_000, 24)
A_ROUND = count(120, 6)
"""Disconnects after which each of the three writes once more."""
HTML = f"<!doctype html><link rel=icon href=data:,><title>Host</title>{SNIPPET}"
LATE = 120_000


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: a person answers here."""
    server = door_alone(homes, "cut")
    yield server
    server.stop()


def tab(context: BrowserContext, cutter: Cutter, *, sockets: bool) -> WidgetPage:
    page = context.new_page()
    if not sockets:
        blocked(page)
    page.add_init_script(HASTE)
    page.goto(f"http://127.0.0.1:{cutter.port}/host")
    return WidgetPage(page)


def written(shown: WidgetPage, author: str) -> list[str]:
    return [said.text for said in shown.messages if said.author == author]


@pytest.mark.parametrize("sockets", [True, False], ids=["sockets", "requests"])
def test_nothing_is_lost_doubled_or_reordered_either_way(stage: Stage, sockets: bool) -> None:
    stage.foresee("WebSocket connection|Failed to load resource")
    dice, context = random.Random(3), stage.context()
    context.route("**/host", lambda route: route.fulfill(body=HTML, content_type="text/html"))
    with Cutter(stage.server.port, 5) as cutter:
        ada, beside = tab(context, cutter, sockets=sockets), tab(context, cutter, sockets=sockets)
        ada.open()
        ada.write("Good morning.")
        ada.talk_to_a_human()
        beside.open()
        ben = DeskPage(stage.staff("ben", DESK))
        ben.page.get_by_role("button", name="Claim the conversation").first.click()
        ben.reply("Hello.")
        said = {"first": ["Good morning."], "beside": [], "ben": ["Hello."]}
        cutter.hurt()
        while cutter.disconnects < DISCONNECTS:
            goal, n = cutter.disconnects + A_ROUND, len(said["ben"])
            for who in dice.sample(["first", "beside", "ben"], 3):
                said[who].append(f"{who} says {n}")
                {"first": ada.write, "beside": beside.write, "ben": ben.reply}[who](said[who][-1])
            while cutter.disconnects < goal:
                ada.page.wait_for_timeout(50)
        cutter.hurts = False
        for each in (ada, beside):
            expect(each.dialog.locator("#pending .text")).to_have_count(0, timeout=LATE)
            expect(each.dialog.locator("article.agent")).to_have_count(len(said["ben"]), timeout=LATE)
            expect(each.dialog.locator("article.customer")).to_have_count(
                len(said["first"] + said["beside"]), timeout=LATE
            )
        print(f"{cutter.disconnects} disconnects, {cutter.done}; {sum(map(len, said.values()))} messages")
        seen = [(each.author, each.text) for each in ada.messages]
        assert seen == [(each.author, each.text) for each in beside.messages]
        assert written(ada, "agent") == said["ben"]
        own = written(ada, "customer")
        assert sorted(own) == sorted(said["first"] + said["beside"])
        for who in ("first", "beside"):
            assert [text for text in own if text in set(said[who])] == said[who]
        ada.page.reload()
        ada.open()
        expect(ada.dialog.locator("article.customer")).to_have_count(len(own), timeout=LATE)
        assert [(each.author, each.text) for each in ada.messages] == seen
        assert ben.said("customer").count() == len(own)
