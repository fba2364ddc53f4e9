"""A model in trouble while fifty customers ask at once: everybody is answered in time, and an operator sees why.

The model is a server of the test's own that knows what the sample's scenarios want to hear, so that a release passes
its gate with it; then it is slow, refuses, or goes away.
"""

import asyncio
import json
import random
import re
import shutil
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import beside
from tests.client import Customer
from tests.conftest import count
from tests.hostile.server import LIES, Exchange, Hostile, hostile
from tests.journeys.stage import Stage, set_site
from tests.server import BASE, Server, copy

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1_800)]
CLIENTS, DEADLINE = 50, 12.0
TOKENS = 10
"""What an answer of numbers is long, in tokens: at two a second it takes longer than the model is given."""
CALLS = re.compile(r'handrail_model_calls_total\{result="(\w+)",site="fernway"\} (\S+)')
VOTES = re.compile(r"handrail_model_votes_total\{([^}]*)\} (\S+)")


def scenarios() -> Iterator[dict]:
    for file in sorted((BASE / "sample" / "scenarios").glob("*.jsonl")):
        yield from (json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip())


WANTED = {each["turns"][-1]: each["expect"].get("says", []) for each in scenarios()}
QUESTIONS = [
    each["turns"][0] for each in scenarios() if len(each["turns"]) == 1 and "answer" in each["expect"]["outcome"]
]


def knows(exchange: Exchange) -> None:
    """Choose a sentence that says what is wanted, or none."""
    shown = json.loads(exchange.request["messages"][-1]["content"])
    wanted = [one for text, says in WANTED.items() if shown["question"] in text for one in says]
    fits = [each["number"] for each in shown["sentences"] if any(re.search(one, each["text"], re.I) for one in wanted)]
    exchange.choose(fits[:1])


def late(seconds: float) -> Callable[[Exchange], None]:
    """The same, after a while."""

    def answer(exchange: Exchange) -> None:
        time.sleep(seconds)
        knows(exchange)

    return answer


HABITS = {
    "well": knows,
    "a second each": late(1),
    "2 tokens a second": late(TOKENS / 2),
    "rate limited": LIES["status 429"],
    "wrong key": LIES["status 401"],
}
TOLD = {
    "a second each": ("busy", "not asked: as many ask and wait already as may"),
    "2 tokens a second": ("timeout", "time-out: no answer in a third of a turn"),
    "rate limited": ("quota", "quota: too many calls"),
    "wrong key": ("wrong_key", "wrong key: the server does not know us"),
    "down": ("connection", "connection: no answer"),
    "over budget": ("over_budget", "not asked: nothing is left of a budget"),
}
"""How calls must have ended in each trouble, and the words of it on the operator's page."""


@dataclass(frozen=True)
class Seen:
    """What one trouble did: how long each turn took, and how calls and votes ended meanwhile."""

    seconds: list[float]
    outcomes: Counter[str]
    calls: Counter[str]
    alone: float

    def at(self, share: float) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * share)]


@pytest.fixture(scope="module")
def model() -> Iterator[Hostile]:
    with hostile(HABITS) as server:
        server.habit = "well"
        yield server


@pytest.fixture(scope="module")
def home(homes: Path, model: Hostile) -> Path:
    """The sample site, live after the gate that it passed with the model, as the demo starts."""
    made = copy(homes, "in_trouble")
    first = Server(made, environment(model)).start()
    set_site(first, hours={})
    first.stop()
    assert len(model.asked) > 400, "the gate asked it"
    return made


@pytest.fixture(scope="module")
def server(home: Path, model: Hostile) -> Iterator[Server]:
    opened = Server(home, environment(model)).start()
    rest(opened)
    yield opened
    opened.stop()


def rest(server: Server) -> None:
    """Until it has done what its start left to do."""
    until = time.monotonic() + 300
    while beside.left(server.home) and time.monotonic() < until:
        time.sleep(0.5)


def environment(model: Hostile, **more: str) -> dict[str, str]:
    named = {"HANDRAIL_MODEL": "openai:known", "HANDRAIL_MODEL_URL": f"{model.url}/v1", "HANDRAIL_MODEL_KEY": "none"}
    return {**named, "HANDRAIL_MODEL_CALLS": "4", "HANDRAIL_MODEL_QUEUE": "4", **more}


def told(server: Server, pattern: re.Pattern[str]) -> Counter[str]:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as page:
        return Counter({name: float(number) for name, number in pattern.findall(page.read().decode())})


def votes(server: Server) -> tuple[float, float]:
    """How many votes there were to take, and how many turns the bot decided alone of those."""
    seen = told(server, VOTES)
    return sum(seen.values()), sum(number for name, number in seen.items() if 'effect="left_out"' in name)


async def crowd(server: Server, turns: int) -> tuple[list[float], Counter[str]]:
    """CLIENTS customers ask one after another until so many turns are over; seconds of each, and their outcomes."""
    dice, left, took, ended = random.Random(1), iter(range(turns)), [], Counter()

    async def one() -> None:
        async with Customer(server.ws) as ada:
            for number in left:
                began = time.monotonic()
                key = await ada.say(f"{dice.choice(QUESTIONS)} {'please' if number % 2 else ''}".strip())
                reply = await ada.until(lambda key=key: ada.reply(key), 60)
                took.append(time.monotonic() - began)
                ended[reply["outcome"]] += 1
                if ada.state != "bot":
                    await ada.send({"type": "leave"})
                    await ada.until(lambda: ada.state == "bot")

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return took, ended


def under(server: Server, trouble: str) -> Seen:
    calls, (asked, left_out) = told(server, CALLS), votes(server)
    with ThreadPoolExecutor(1) as pool:  # the browser's own loop runs on this thread
        took, ended = pool.submit(asyncio.run, crowd(server, count(1_000, 150))).result()
    asked_now, left_out_now = votes(server)
    seen = Seen(took, ended, told(server, CALLS) - calls, (left_out_now - left_out) / max(asked_now - asked, 1))
    print(
        f"{trouble}: n {len(took)}, p50 {seen.at(0.5):.2f} s, p95 {seen.at(0.95):.2f} s, longest {max(took):.2f} s; "
        f"by the bot alone {seen.alone:.3f}; {dict(seen.calls)}; {dict(ended)}"
    )
    return seen


def holds(seen: Seen, trouble: str) -> None:
    """In time, answered, and told by its name."""
    assert seen.at(0.95) < DEADLINE
    assert seen.outcomes["answer"] / seen.outcomes.total() > 0.9, "the bot answers these by itself"
    assert seen.calls[TOLD[trouble][0]] > 0, seen.calls


def page(server: Server, browser) -> str:
    stage = Stage(browser, server, {})
    try:
        return stage.staff("dan", "/admin/model/").locator("body").inner_text()
    finally:
        stage.close()


def test_nothing_is_left_of_a_budget(homes, home, model, browser) -> None:
    model.habit = "well"
    spent = Server(homes / "in_trouble_budget", environment(model, HANDRAIL_MODEL_TOKENS_DAY="20"))
    shutil.copytree(home, spent.home)
    try:
        rest(spent.start())
        holds(under(spent, "over budget"), "over budget")
        assert TOLD["over budget"][1] in page(spent, browser)
    finally:
        spent.stop()


@pytest.mark.parametrize("trouble", ["a second each", "2 tokens a second", "rate limited", "wrong key", "down"])
def test_everybody_is_answered_in_time_and_an_operator_sees_why(server, model, browser, trouble) -> None:
    began = time.monotonic()
    if trouble == "down":
        model.shutdown()
        model.server_close()
    else:
        model.habit = trouble
    time.sleep(21)  # whom a failure before has left alone is asked again after twenty seconds
    holds(under(server, trouble), trouble)
    ended = time.monotonic()
    assert TOLD[trouble][1] in page(server, browser)
    print(f"  on the page {time.monotonic() - ended:.1f} s later, {ended - began:.0f} s after it began")
    assert time.monotonic() - ended < 60
