"""`python -m tests.ladder N`: what a turn is made of, on the site of HANDRAIL_HOME: CPU and statements, step by step.

N whole turns on the sample's questions, each with a number behind it so that none was embedded before, in one thread:
what other threads and processes add shows beside it in the bench. Prints one JSON object: step → milliseconds of CPU
and statements, both a turn; `embedding` is inside `decide`.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
STEPS = ("record", "decide", "settle", "read")
spent: Counter[str] = Counter()
statements: Counter[str] = Counter()
_step = [""]


@contextmanager
def step(name: str) -> Iterator[None]:
    """Count what is done inside as this step's."""
    _step[0], began = name, time.thread_time()
    yield
    spent[name] += time.thread_time() - began


def noted(execute: Any, *args: Any) -> Any:
    """Count a statement."""
    statements[_step[0]] += 1
    return execute(*args)


def weighed(method: Any) -> Any:
    """The same method, its CPU counted as embedding."""

    def timed(*args: Any, **more: Any) -> Any:
        began = time.thread_time()
        try:
            return method(*args, **more)
        finally:
            spent["embedding"] += time.thread_time() - began

    return timed


def main(turns: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection

    from chatbot import turn
    from conversations import delivery, record
    from knowledge.embedding.last_layers import LastLayers
    from knowledge.embedding.minilm import Encoder
    from sites.models import Site

    site = Site.objects.get(slug="fernway")
    lines = map(json.loads, (BASE / "sample/scenarios/answers.jsonl").read_text("utf-8").splitlines())
    asked = [each["turns"][0] for each in lines if len(each["turns"]) == 1]

    def one(number: int) -> None:
        conversation, _ = record.open_conversation(site)
        with step("record"):
            begun = turn.begin(conversation.pk, "1", f"{asked[number % len(asked)]} {number}")
        with step("decide"):
            decision = turn.decide(begun.turn)
        with step("settle"):
            turn.settle(begun.turn, decision)
        with step("read"):
            delivery.frames(conversation.pk, 1)
        _step[0] = ""

    for number in range(len(asked)):
        one(number)
    with connection.execute_wrapper(noted):
        for number in range(1000, 1000 + len(asked)):
            one(number)
    for kind, name in ((Encoder, "encode_parts"), (Encoder, "encode"), (LastLayers, "run")):
        setattr(kind, name, weighed(getattr(kind, name)))
    spent.clear()
    for number in range(2000, 2000 + turns):
        one(number)
    cpu = {name: spent[name] / turns * 1000 for name in (*STEPS, "embedding")}
    print(json.dumps({"ms": cpu, "statements": {name: statements[name] / len(asked) for name in STEPS}}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
