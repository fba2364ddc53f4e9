"""Redis, the server, and both at once are killed while fifty conversations live: everybody goes on, nobody reloads.

Ada's widget and Ben's desk are real browsers; the others are sockets that reconnect as a widget does and say again what
was not acknowledged. Redis keeps nothing on disk here, so its death takes every subscription and every counter along.
"""

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.client import Customer
from tests.conftest import FULL, count
from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_a_whole_handoff import until_seen
from tests.journeys.test_agent import DESK, shopper
from tests.journeys.test_killed_anywhere import turns_are_whole
from tests.redis import Redis
from tests.server import Server, copy

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server to kill on this machine"),
]
CROWD = count(49, 12)
"""Conversations besides Ada's, a third with the assistant, a third in the queue, a third with a person."""
QUESTIONS = [
    "How do I wash my down jacket?",
    "what does delivery cost",
    "Can I pay with PayPal?",
    "How long do I have to return something?",
    "Is a climbing rope returnable after I have opened the packaging?",
    "hello",
    "Do I get the delivery charge refunded as well?",
]
"""Each once a customer: who asks the same again is handed to a person."""
LOST = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, AssertionError)
BACK = 90_000
"""Milliseconds until everybody has found the server again; a widget asks at least every 30 s."""


class Crowd:
    """Many customers on a loop of their own, each kept connected; what they hear is in each Customer."""

    def __init__(self, server: Server) -> None:
        self.customers = [Customer(server.ws) for _ in range(CROWD)]
        self.over = False
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.run(self.arrive())
        self.held = [asyncio.run_coroutine_threadsafe(self.hold(c), self.loop) for c in self.customers]

    def run(self, work: Any) -> Any:
        running: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return running.result(180)

    async def arrive(self) -> None:
        for customer in self.customers:
            await customer.open()

    async def leave(self) -> None:
        for customer in self.customers:
            await customer.close()

    async def hold(self, customer: Customer) -> None:
        """Reconnect whenever the socket is gone, and say again what was not acknowledged."""
        while not self.over:
            await asyncio.sleep(0.2)
            if customer.reader is not None and not customer.reader.done():
                continue
            with suppress(*LOST):
                await customer.open()
                for key, text in customer.asked.items():
                    if key not in customer.acked:
                        await customer.say(text, key)

    async def _everybody(self, verb: Callable[[Customer], Any], whom: list[Customer]) -> None:
        for customer in whom:
            with suppress(*LOST):
                await verb(customer)

    def everybody(self, verb: Callable[[Customer], Any], whom: list[Customer] | None = None) -> None:
        """Each does something, on the socket it has; a broken one takes it along when it is back."""
        self.run(self._everybody(verb, self.customers if whom is None else whom))

    def close(self) -> None:
        self.over = True
        for held in self.held:
            held.result(60)
        self.run(self.leave())
        self.loop.call_soon_threadsafe(self.loop.stop)


def until(true: Callable[[], object], what: str, seconds: float = BACK / 1000) -> None:
    """Wait until something holds; say what did not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture(scope="module")
def redis(homes: Path) -> Iterator[Redis]:
    own = Redis(homes).start()
    yield own
    own.kill()


@pytest.fixture(scope="module")
def served(homes: Path, redis: Redis) -> Iterator[Server]:
    limits = {"HANDRAIL_LIMIT_ADDRESS": "100000", "HANDRAIL_LIMIT_CONVERSATION": "1000"}
    env = {"REDIS_URL": redis.url, "HANDRAIL_DEADLINE": "5", **limits}
    server = Server(copy(homes, "restart"), env).start()
    set_site(server, hours={})
    yield server
    server.stop()


def post(page: Page, path: str, **data: str) -> None:
    """One verb over REST, as the person signed in on the page."""
    cookie = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    url = page.url.split("/admin/")[0]
    reply = page.request.post(f"{url}/api/v1/{path}", data=data, headers={"X-CSRFToken": cookie, "Referer": page.url})
    assert reply.ok, (path, reply.status, reply.text())


def handoffs(page: Page, state: str) -> dict[str, int]:
    """The handoffs of a state by conversation."""
    url: str | None = f"{page.url.split('/admin/')[0]}/api/v1/handoffs/?state={state}"
    found: dict[str, int] = {}
    while url:
        body = page.request.get(url).json()
        found |= {row["conversation"]: row["id"] for row in body["results"]}
        url = body["next"]
    return found


def test_both_sides_go_on_by_themselves_after_redis_the_server_and_both_have_died(stage: Stage, redis: Redis) -> None:
    stage.foresee("WebSocket connection to .* failed")
    stage.foresee("Failed to load resource|ERR_CONNECTION")
    ben, ada = DeskPage(stage.staff("ben", DESK)), shopper(stage)
    ada.talk_to_a_human()
    ben.claim("Ada Byrne")
    mia = stage.staff("admin", DESK)
    crowd = Crowd(stage.server)
    with_bot, in_line, with_person = (crowd.customers[n::3] for n in range(3))
    crowd.everybody(Customer.human, in_line + with_person)
    waiting = handoffs(mia, "open")
    theirs = {c.welcome["conversation"]: waiting[c.welcome["conversation"]] for c in with_person}
    for pk in theirs.values():
        post(mia, f"handoffs/{pk}/claim/")
    until(lambda: all(c.state == "human" for c in with_person), "not everybody heard that they were claimed")

    said: list[str] = []

    def talk(round_: str) -> None:
        """Everybody says something, Ben and his colleague answer, and all of it arrives."""
        crowd.everybody(ask)
        ada.write(f"Ada, {round_}")
        for pk in theirs.values():
            post(mia, f"handoffs/{pk}/reply/", text=f"Answer, {round_}")
        ben.reply(f"Ben, {round_}")
        said.append(round_)

    def heard() -> None:
        for round_ in said:
            expect(ben.said("customer").filter(has_text=f"Ada, {round_}")).to_have_count(1, timeout=BACK)
            expect(ada.dialog.locator("article.agent", has_text=f"Ben, {round_}")).to_have_count(1, timeout=BACK)
        until(lambda: all(len(c.acked) == len(c.asked) for c in crowd.customers), "not everything was acknowledged")
        until(lambda: not any(owed(c) for c in with_bot), "the assistant owes an answer")
        answers = [f"Answer, {round_}" for round_ in said]
        until(lambda: all(replies(c) == answers for c in with_person), "a reply is missing, doubled or out of order")

    def hints_work() -> None:
        """Typing is told by hints alone, so who sees it has a subscription again."""
        typed = "handrail-chat #status:has-text('typing')"
        until_seen(lambda: ben.page.locator("#reply").press_sequentially("Hm ", delay=200), ada.page, typed)
        until_seen(lambda: ada.input.press_sequentially("And ", delay=200), ben.page, "#typing")
        for box in (ben.page.locator("#reply"), ada.input):
            box.fill("")

    talk("before")
    heard()
    redis.kill()
    talk("without Redis")
    heard()
    redis.start()
    talk("Redis is back")
    heard()
    hints_work()

    if FULL:  # the third death below holds this one too
        crowd.everybody(ask)
        stage.server.kill()
        ada.write("Ada, while the server is dead")
        stage.server.start()
        expect(ben.said("customer").filter(has_text="while the server is dead")).to_have_count(1, timeout=BACK)
        talk("the server is back")
        heard()
        hints_work()

    crowd.everybody(ask)
    redis.kill()
    stage.server.kill()
    redis.start()
    stage.server.start()
    until(lambda: all(c.reader and not c.reader.done() for c in crowd.customers), "not everybody is back")
    expect(ben.page.locator("#link")).to_be_hidden(timeout=BACK)
    talk("both are back")
    heard()
    hints_work()

    assert [c.state for c in with_person] == ["human"] * len(with_person)
    assert {c.state for c in in_line} == {"waiting"}
    crowd.close()
    assert [c.doubled + c.disordered for c in crowd.customers] == [[]] * CROWD
    assert all(c.gapless() for c in crowd.customers)
    stage.server.stop()
    assert turns_are_whole(stage.server.home) == []
    assert stored(stage.server) == {key for c in crowd.customers for key in c.asked}


def ask(customer: Customer) -> Any:
    """The next of the questions."""
    return customer.say(QUESTIONS[len(customer.asked)])


def owed(customer: Customer) -> list[str]:
    """What the assistant has not answered, of a customer who is still with it: a death in a turn calls a person."""
    return [key for key in customer.asked if customer.state == "bot" and not customer.reply(key)]


def replies(customer: Customer) -> list[str]:
    """What a person wrote to a customer, in order."""
    return [m["text"] for _, m in sorted(customer.messages.items()) if m["author"] == "agent"]


def stored(server: Server) -> set[str]:
    """Everything the crowd asked that is in the record, each once."""
    with sqlite3.connect(server.home / "handrail.sqlite3") as db:
        rows = db.execute("SELECT client_id FROM conversations_message WHERE client_id LIKE 'ask-%'").fetchall()
    keys = [row[0] for row in rows]
    assert len(keys) == len(set(keys)), "an ask was stored twice"
    return set(keys)
