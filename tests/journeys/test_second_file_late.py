"""The second file comes late or never: what a customer must know stands there, and what comes late moves nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.journeys.alone import door_alone
from tests.journeys.scripted import SNIPPET, Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECOND = "**/w/more.js"


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: the other side is scripted."""
    server = door_alone(homes, "late")
    yield server
    server.stop()


class Held:
    """The second file, kept back until it is let through."""

    def __init__(self) -> None:
        self.asked: list[Route] = []
        self.open = False

    def __call__(self, route: Route) -> None:
        self.asked.append(route)
        if self.open:
            route.continue_()

    def let_through(self) -> None:
        self.open = True
        self.asked[-1].continue_()


def opened(stage: Stage, script: Script, second: Callable[[Route], object], **options: object) -> WidgetPage:
    """The chat, open, at a clock of the test's; `second` is asked for its second file."""
    ada = visit(stage, body="<p>Host", script=script, **options)
    ada.page.clock.install()
    ada.page.route(SECOND, second)
    ada.page.evaluate("html => document.body.append(document.createRange().createContextualFragment(html))", SNIPPET)
    ada.open()
    return ada


def lost(stage: Stage) -> Callable[[Route], object]:
    """A second file that cannot be had."""
    stage.foresee("ERR_FAILED")
    return lambda route: route.abort()


def answering() -> Script:
    """The other side, with an answer to everything."""
    script = Script()
    script.answers = lambda frame: (
        [script.add("c1", "bot", "Nine euros.", outcome="answer", generated="quote", reply_to=frame["id"])]
        if frame["type"] == "ask"
        else []
    )
    return script


def boxes(where: Locator) -> list[object]:
    return [each.bounding_box() for each in where.all()]


def test_who_waits_is_told_so_and_has_the_button_without_the_second_file(stage: Stage) -> None:
    script = Script()
    ada = opened(stage, script, lost(stage))
    ada.talk_to_a_human()
    assert script.heard[-1]["type"] == "human"
    script.put("c1", {"type": "state", "state": "waiting", "queue": {"position": 2}, "availability": {"open": True}})
    script.say("We have asked a person.", "system")
    expect(ada.dialog.locator("#state")).to_have_text("Waiting for a person")
    expect(ada.dialog.get_by_role("heading", name="We have asked a person to join")).to_be_visible()
    expect(ada.dialog.locator("article.system")).to_have_text("We have asked a person.")
    expect(ada.human_button).to_be_enabled()
    assert ada.dialog.locator("#line").count() == 0
    assert wrong(ada.page, "handrail-chat") == []
    script.put("c1", {"type": "state", "state": "waiting", "availability": {"open": False}})
    expect(ada.dialog.get_by_role("heading", name="Nobody is here right now.")).to_be_visible()
    ada.write("Hello?")
    expect(ada.dialog.locator("article.customer")).to_contain_text("Hello?")
    script.put("c1", {"type": "state", "state": "human", "name": "Ben", "availability": {"open": True}})
    script.say("Here I am.", name="Ben")
    expect(ada.dialog.locator("#state")).to_have_text("You are talking to Ben")
    expect(ada.dialog.locator("article.agent")).to_contain_text("Here I am.")
    expect(ada.dialog.locator("#waiting")).to_be_hidden()


def test_without_a_connection_she_reads_that_a_person_will_be_asked(stage: Stage) -> None:
    script = Script()
    script.deaf = True
    ada = visit(stage, script=script)
    ada.page.route(SECOND, lost(stage))
    ada.launcher.click()
    ada.human_button.click()
    expect(ada.dialog.get_by_role("heading", name="We will ask for a person once connected")).to_be_visible()
    expect(ada.human_button).to_be_enabled()


def test_a_second_file_that_failed_is_asked_for_again_and_runs_once(stage: Stage) -> None:
    asked, fails = list[Route](), lost(stage)

    def second(route: Route) -> None:
        asked.append(route)
        _ = fails(route) if len(asked) < 3 else route.continue_()

    ada = opened(stage, Script("waiting", queue={"position": 2}), second)
    for _ in range(40):
        ada.page.clock.run_for(1000)
    expect(ada.dialog.locator("#queue")).to_contain_text("You are number 2 in line.")
    for _ in range(10):
        ada.page.clock.run_for(1000)
    assert len(asked) == 3
    expect(ada.dialog.locator("#line")).to_have_count(1)
    expect(ada.dialog.locator("#past")).to_have_count(1)


def test_thumbs_come_to_answers_that_were_there_before_and_nothing_moves(stage: Stage) -> None:
    script, second = answering(), Held()
    ada = opened(stage, script, second)
    answers = [ada.ask("What does it cost?"), ada.ask("And for children?")]
    room = ada.dialog.locator("article.bot .vote")
    expect(room).to_have_count(2)
    ada.page.clock.run_for(2000)
    articles = ada.dialog.locator("article")
    below = ada.dialog.locator("#box, #complain")
    before = boxes(room) + boxes(articles) + boxes(below)
    second.let_through()
    expect(answers[0].get_by_role("button", name="Not helpful")).to_be_visible()
    assert boxes(room) + boxes(articles) + boxes(below) == before
    assert all(each.get_attribute("aria-live") == "off" for each in room.all()), "in the log, and not read out"
    answers[0].get_by_role("button", name="Not helpful").click()
    answers[0].get_by_role("button", name="Not clear").click()
    told = [(each["seq"], each["value"], each.get("reason")) for each in script.heard if each["type"] == "feedback"]
    assert told == [(2, -1, None), (2, -1, "unclear")]
    expect(ada.ask("And at night?").get_by_role("button", name="Not helpful")).to_be_visible()
    expect(ada.dialog.locator("article.bot .up")).to_have_count(3)


@pytest.mark.parametrize("width", [1000, 360])
def test_the_line_comes_to_who_waits_already_below_what_she_reads(stage: Stage, width: int) -> None:
    script, second = Script("waiting", queue={"position": 2}, availability={"open": True}), Held()
    ada = opened(stage, script, second, viewport={"width": width, "height": 700})
    head = ada.dialog.locator("#asked, #state, #human, #core")
    expect(ada.dialog.locator("#asked")).to_be_visible()
    before = boxes(head)
    second.let_through()
    expect(ada.dialog.locator("#queue")).to_contain_text("You are number 2 in line.")
    expect(ada.dialog.get_by_label("Your email")).to_be_visible()
    assert boxes(head) == before
    assert wrong(ada.page, "handrail-chat") == []


def test_who_reads_at_the_end_has_the_whole_line_in_sight_when_it_comes(stage: Stage) -> None:
    script, second = Script("waiting", queue={"position": 2}, availability={"open": True}), Held()
    ada = opened(stage, script, second, viewport={"width": 360, "height": 520})
    expect(ada.dialog.locator("#asked")).to_be_in_viewport()
    second.let_through()
    expect(ada.dialog.get_by_role("button", name="Go on with the AI assistant instead")).to_be_in_viewport(ratio=1)
