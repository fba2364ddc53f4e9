"""Where a network lets no socket through, the same frames go as plain requests, and nobody can tell by what they do."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Response, Route, expect

from tests.conftest import count
from tests.journeys.alone import door_alone
from tests.journeys.desk_page import DeskPage
from tests.journeys.scripted import SNIPPET, host_page
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FRAMES = "**/w/v1/frames"
HTML = f"<!doctype html><link rel=icon href=data:,><title>Host</title>{SNIPPET}"
HASTE = """Math.random = () => 0;
const wait = setTimeout;
window.setTimeout = (call, after, ...more) => wait(call, after > 9000 ? after : Math.min(after || 0, 60), ...more);"""
"""No pause before the next try, or the test would be all pauses."""
HEARS = """window.heard = [];
for (const event of ["ready", "message", "state"]) Handrail.on(event, detail => heard.push([event, detail]));
0"""


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: what the assistant answers does not matter here."""
    server = door_alone(homes, "blocked")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def lost(stage: Stage) -> None:
    """Requests that are cut are part of the story."""
    stage.foresee("Failed to load resource|WebSocket connection")


def blocked(page: Page) -> None:
    """No socket opens."""
    page.route_web_socket("**/ws/chat/", lambda socket: socket.close())


def behind_a_proxy(stage: Stage, head: str = "") -> WidgetPage:
    page = stage.context().new_page()
    blocked(page)
    page.goto(host_page(stage, page, "/host", HTML.replace("<title>", f"{head}<title>")))
    return WidgetPage(page)


def own(shown: WidgetPage) -> list[str]:
    return [said.text for said in shown.messages if said.author == "customer"]


def test_a_customer_asks_reaches_a_person_and_is_answered_by_requests_alone(stage: Stage) -> None:
    ada = behind_a_proxy(stage)
    ada.open()
    ada.ask("Where is my parcel?")
    ada.talk_to_a_human()
    ben = DeskPage(stage.staff("ben", DESK))
    ben.page.get_by_role("button", name="Claim the conversation").first.click()
    ben.reply("It is in Leeds.")
    expect(ada.dialog.locator("article.agent")).to_contain_text("It is in Leeds.")
    expect(ada.dialog.locator("#state")).to_contain_text("Ben")
    ada.write("Thank you.")
    expect(ben.page.get_by_text("Thank you.")).to_be_visible()
    ada.page.reload()
    ada.open()
    assert own(ada) == ["Where is my parcel?", "Thank you."]


def test_the_page_hears_the_same_and_a_wish_for_a_person_waits_behind_no_request_that_waits(
    stage: Stage,
) -> None:
    ada = behind_a_proxy(stage)
    ada.page.evaluate(HEARS)
    ada.open()
    ada.ask("Where is my parcel?")
    ada.page.wait_for_timeout(1500)  # the one that waits is under way
    with ada.page.expect_request(FRAMES):
        ada.human_button.click()
    expect(ada.dialog.locator("#state")).to_have_text("Waiting for a person", timeout=5000)
    ada.page.wait_for_function("heard.some(([kind, told]) => kind === 'state' && told.state === 'waiting')")
    heard = ada.page.evaluate("heard")
    assert [kind for kind, _ in heard].count("ready") == 1
    told = [said["seq"] for kind, said in heard if kind == "message"]
    assert told == list(range(1, len(told) + 1))


def test_each_request_is_welcomed_and_the_words_come_with_the_first_alone(stage: Stage) -> None:
    ada, replies = behind_a_proxy(stage), list[Response]()
    ada.page.on("response", lambda reply: replies.append(reply) if "/w/v1/frames" in reply.url else None)
    ada.open()
    ada.ask("Where is my parcel?")
    frames = [frame for reply in replies for frame in reply.json()["frames"]]
    welcomes = ["words" in frame for frame in frames if frame["type"] == "welcome"]
    assert welcomes[0]
    assert welcomes[1:] == [False] * (len(welcomes) - 1) != []


def test_a_page_that_has_taught_arrays_another_json_changes_nothing(stage: Stage) -> None:
    stage.foresee("serializedArgs is not an array")  # of what keeps sockets out here
    ada = behind_a_proxy(stage, "<script>Array.prototype.toJSON = function () { return `[${this.join()}]` }</script>")
    ada.open()
    answer = ada.ask("Where is my parcel?")
    expect(answer).not_to_be_empty()
    ada.talk_to_a_human()
    assert own(ada) == ["Where is my parcel?"]


def test_a_site_that_does_not_admit_the_page_says_so_over_requests_too(stage: Stage) -> None:
    page = stage.context().new_page()
    blocked(page)
    stage.foresee("may not open the widget")
    html = HTML.replace("/w/", f"{stage.server.url}/w/")
    page.route("http://elsewhere.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://elsewhere.example/")
    ada = WidgetPage(page)
    ada.launcher.click()
    expect(ada.dialog.locator("#trouble")).to_have_text("Chat is not available here")


def test_nothing_is_lost_doubled_or_reordered_however_often_requests_are_cut(stage: Stage) -> None:
    """Half are cut: as many before they reach the server as after, so that its answer is lost."""
    dice = random.Random(7)
    page = stage.context().new_page()
    blocked(page)
    cut = [0]

    def hurt(route: Route) -> None:
        way = dice.random()
        if way < 0.25:
            cut[0] += 1
            return route.abort()
        try:
            reply = route.fetch()
            if way < 0.5:
                cut[0] += 1
                return route.abort()
            return route.fulfill(response=reply)
        except Error:
            return None  # given up by the widget meanwhile

    page.route(FRAMES, hurt)
    page.add_init_script(HASTE)
    url = host_page(stage, page, "/host", HTML)
    page.goto(url)
    ada = WidgetPage(page)
    ada.launcher.click()
    asked = [f"Question {n}" for n in range(count(200, 12))]
    for text in asked:
        ada.write(text)
        page.wait_for_timeout(dice.choice((0, 40, 150)))
    expect(ada.dialog.locator("#pending .text")).to_have_count(0, timeout=120_000)
    page.unroute(FRAMES)
    assert own(ada) == asked
    page.reload()
    ada.open()
    expect(ada.dialog.locator("article.customer")).to_have_count(len(asked))
    assert own(ada) == asked
    assert cut[0] >= len(asked) // 4
