"""The server is killed by SIGKILL at each named point of a turn, under load: nothing acknowledged is lost."""

import asyncio
import random
import sqlite3

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.client import Customer
from tests.conftest import FULL, count
from tests.faulty import POINTS
from tests.server import Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.timeout(3600)]
CLIENTS = 8
QUESTIONS = [
    "How long do I have to return something?",
    "what does delivery cost",
    "Can I pay with PayPal?",
    "hello",
    "How do I wash my down jacket?",
]
LOST = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError)


async def chat(customer: Customer, stop: asyncio.Event, rng: random.Random) -> None:
    """Ask until told to stop, reconnecting and asking again whatever was not acknowledged."""
    asked = customer.asked
    while True:
        try:
            if customer.socket is None or customer.socket.state.name != "OPEN":
                await customer.open()
                for key, text in asked.items():
                    if key not in customer.acked:
                        await customer.say(text, key)
            waiting = [key for key in asked if key not in customer.acked or not customer.reply(key)]
            if stop.is_set() and not waiting:
                return
            if not stop.is_set() and customer.state == "bot" and not waiting:
                key = f"{id(customer)}-{len(asked)}"
                asked[key] = rng.choice(QUESTIONS)
                await customer.say(asked[key], key)
            elif customer.state == "waiting":
                await customer.send({"type": "leave"})
            async with asyncio.timeout(0.3):
                async with customer.news:
                    await customer.news.wait()
        except TimeoutError:
            if customer.reader is not None and customer.reader.done():
                customer.socket = None
        except LOST:
            customer.socket = None
            await asyncio.sleep(0.1)


async def scenario(homes, point: str, at: int, seed: int, broken: str = "") -> list[str]:
    """One killing: returns what is wrong afterwards."""
    env = {"FAULT": point, "FAULT_AT": str(at), "BREAK": broken, "HANDRAIL_DEADLINE": "1"}
    home = copy(homes, f"killed-{point}")
    first = Server(home, env, module="tests.faulty").start()
    rng, stop = random.Random(seed), asyncio.Event()
    customers = [Customer(first.ws) for _ in range(CLIENTS)]
    chats = [asyncio.create_task(chat(c, stop, random.Random(rng.random()))) for c in customers]
    second = None
    try:
        for _ in range(600):
            if first.process.poll() is not None:
                break
            await asyncio.sleep(0.05)
        first.kill()
        env = {"HANDRAIL_DEADLINE": "1", "BREAK": broken}
        second = await asyncio.to_thread(Server(home, env, port=first.port, module="tests.faulty").start)
        await asyncio.sleep(1)
        stop.set()
        done, late = await asyncio.wait(chats, timeout=90)  # a bound, no claim: the machine may be busy
        waits = [customer for customer, task in zip(customers, chats, strict=True) if task in late]
        wrong = [f"still waits for an answer: {stands(customer)}" for customer in waits]
        for task in late:
            task.cancel()
        wrong += [str(task.exception()) for task in done if task.exception()]
        for customer in customers:
            wrong += [f"doubled {customer.doubled}"] if customer.doubled else []
            wrong += [f"out of order {customer.disordered}"] if customer.disordered else []
            wrong += ["gap"] if not customer.gapless() else []
        return wrong + record_is_whole(home, customers)
    finally:
        for customer in customers:
            await customer.close()
        first.kill()
        if second is not None:
            second.stop()


def stands(customer: Customer) -> dict[str, object]:
    """Where a customer stands: what is not acknowledged, what is not answered, and the last that came."""
    return {
        "state": customer.state,
        "unacknowledged": [key for key in customer.asked if key not in customer.acked],
        "unanswered": [key for key in customer.asked if not customer.reply(key)],
        "frames": customer.frames[-6:],
    }


def record_is_whole(home, customers: list[Customer]) -> list[str]:
    """What the database itself says: every acknowledged ask once, every turn ended once, the chain whole."""
    with sqlite3.connect(home / "handrail.sqlite3") as db:
        kept = dict(
            db.execute("select client_id, count(*) from conversations_message where client_id is not null group by 1")
        )
    wrong = [f"{key} was never asked" for key in kept.keys() - set().union(*(c.asked for c in customers))]
    for customer in customers:
        wrong += [
            f"acknowledged {key} is kept {kept.get(key, 0)} times" for key in customer.acked if kept.get(key, 0) != 1
        ]
    return wrong + turns_are_whole(home)


def turns_are_whole(home) -> list[str]:
    """What the record says of turns: every one ended, no question answered twice, the chain whole."""
    with sqlite3.connect(home / "handrail.sqlite3") as db:
        unended = db.execute("select count(*) from conversations_turn where state in ('queued','running')").fetchone()
        doubled = db.execute(
            "select count(*) from (select reply_to from conversations_message where author='bot' and reply_to<>'' "
            "group by conversation_id, reply_to having count(*)>1)"
        ).fetchone()
    wrong = [f"{unended[0]} turns never ended"] if unended[0] else []
    wrong += [f"{doubled[0]} asks were answered twice"] if doubled[0] else []
    chain = Server(home).manage("verify_audit", check=False)
    return wrong + ([chain.stdout] if chain.returncode else [])


@pytest.mark.parametrize("point", POINTS if FULL else POINTS[::2])
async def test_a_server_killed_at_any_point_of_a_turn_loses_and_doubles_nothing(homes, point):
    for n in range(count(20, 1)):
        wrong = await scenario(homes, point, at=random.Random(n).randint(3, 25), seed=n)
        assert not wrong, (point, n, wrong)


@pytest.mark.proof
async def test_the_killing_is_noticed_when_the_sweeper_is_taken_out(homes):
    assert await scenario(homes, "in_decide", at=4, seed=1, broken="sweep")


@pytest.mark.proof
async def test_the_killing_is_noticed_when_an_ask_is_no_longer_stored_once(homes):
    assert await scenario(homes, "after_record", at=4, seed=1, broken="once")
