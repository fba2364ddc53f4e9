"""`python -m tests.faulty`: the real server, made to die by SIGKILL at one named point of the N-th turn there.

FAULT names the point, FAULT_AT the count. BREAK takes one guard out, so that tests can be seen to fail without it.
The product holds no hook for any of this: functions are wrapped from outside.
"""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import config.run as run

POINTS = ("after_record", "in_decide", "before_settle_commit", "after_settle_commit", "before_push")
_count = 0
_lock = threading.Lock()


def die() -> None:
    global _count
    with _lock:
        _count += 1
        if _count >= int(os.environ.get("FAULT_AT", "1")):
            os.kill(os.getpid(), signal.SIGKILL)


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        die()
        return result

    return wrapped


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        die()
        return function(*args, **kwargs)

    return wrapped


def arm() -> None:
    from chatbot import turn
    from chatbot.decide import bot
    from conversations import record
    from sites.core import hints, ledger

    point, broken = os.environ.get("FAULT", ""), os.environ.get("BREAK", "")
    if point == "after_record":
        record.ask = after(record.ask)
    elif point == "in_decide":
        bot.decide = after(bot.decide)
    elif point == "before_settle_commit":
        turn.ledger.append = after(ledger.append)
    elif point == "after_settle_commit":
        turn.settle = after(turn.settle)
    elif point == "before_push":
        hints._send = before(hints._send)
    elif point:
        raise SystemExit(f"no such point: {point}; one of {', '.join(POINTS)}")
    if broken == "sweep":
        turn.sweep = lambda: 0
    elif broken == "fence":
        _without_fence()
    elif broken == "once":
        _without_once()
    elif broken:
        raise SystemExit(f"no such guard: {broken}")


def _without_fence() -> None:
    """SETTLE no longer looks whether a person has taken over."""
    from chatbot import turn

    turn._with_bot = lambda conversation_id: True


def _without_once() -> None:
    """A repeated ask is stored again."""
    import uuid

    from conversations import record

    ask = record.ask

    def again(conversation_id: uuid.UUID, client_id: str, text: str, lease: Any) -> Any:
        known = record.Message.objects.filter(conversation_id=conversation_id, client_id=client_id).exists()
        return ask(conversation_id, f"{client_id}~{uuid.uuid4().hex[:8]}" if known else client_id, text, lease)

    record.ask = again


serve = run.serve


def _serve(port: int) -> None:
    arm()
    serve(port)


if __name__ == "__main__":
    run.serve = _serve
    run.main()
