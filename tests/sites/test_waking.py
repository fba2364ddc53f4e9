"""The embedded workers sleep until there is something to do, and lose nothing for it."""

import threading
import time
from contextlib import ExitStack, suppress

from kombu import Connection, Consumer, Queue

from config import waking


def worker(name: str, got: list[float], most: int) -> threading.Thread:
    """A worker that takes so many messages of a queue of that name, and notes when."""
    ready = threading.Event()

    def work() -> None:
        with ExitStack() as held:
            connection = held.enter_context(Connection("memory://", transport=waking.Transport))
            held.enter_context(Consumer(connection, Queue(name), callbacks=[lambda body, message: take(message)]))
            held.enter_context(suppress(TimeoutError))
            ready.set()
            while len(got) < most:
                connection.drain_events(timeout=5)

    def take(message) -> None:
        message.ack()
        got.append(time.monotonic())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait(5)
    return thread


def put(name: str) -> None:
    with Connection("memory://", transport=waking.Transport) as connection:
        connection.Producer().publish("look", routing_key=name)


def test_a_worker_that_sleeps_hears_of_work_as_it_is_put_in() -> None:
    got: list[float] = []
    thread = worker("soon", got, 1)
    time.sleep(0.3)  # it sleeps by now
    began = time.monotonic()
    put("soon")
    thread.join(6)
    assert len(got) == 1
    assert got[0] - began < 0.2, "the stock transport looks once a second"


def test_what_many_put_in_at_once_is_all_taken() -> None:
    got: list[float] = []
    thread = worker("many", got, 200)
    putting = [threading.Thread(target=lambda: [put("many") for _ in range(25)]) for _ in range(8)]
    for each in putting:
        each.start()
    for each in putting:
        each.join()
    thread.join(6)
    assert len(got) == 200


def test_a_worker_without_work_burns_nothing() -> None:
    got: list[float] = []
    thread = worker("idle", got, 1)
    seen, began = waking.news.number, time.process_time()
    time.sleep(1)
    assert waking.news.number == seen
    assert time.process_time() - began < 0.05
    put("idle")
    thread.join(6)
