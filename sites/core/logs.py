"""What is logged: which request, conversation and turn it is about, and never a customer's words.

Law of the room: a line is a fixed sentence and what it names, which `tests/sites/test_logs.py` lists; of an error it
has the kind and the places, for an error's own words may be a customer's. Who is away is said to be so once a minute.
"""

import contextlib
import contextvars
import json
import logging
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

SELDOM = 60.0
"""Seconds between two lines from one place about one thing."""
NOISY = ("celery", "kombu", "redis", "channels_redis", "psycopg", "uvicorn", "asyncio", "django.request",
         "chatbot.web.consumers", "knowledge.index")  # fmt: skip
"""Loggers that repeat themselves while something is away. No line of ours about a person or a turn is among them."""
MOST = 1_000
"""Places that are remembered at once."""
DEEP = 12
"""Frames of an error that are kept, the innermost ones."""
_about: contextvars.ContextVar[dict[str, str]] = contextvars.ContextVar("about", default={})  # noqa: B039  never changed


@contextlib.contextmanager
def about(**ids: object) -> Iterator[None]:
    """Everything logged while the block runs is about these: `request`, `conversation`, `turn`."""
    token = _about.set({**_about.get(), **{name: str(each) for name, each in ids.items()}})
    try:
        yield
    finally:
        _about.reset(token)


class Json(logging.Formatter):
    """An object a line: `at`, `level`, `logger`, `event` (the fixed sentence), `with` (what it names), ids, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": str(record.msg),
        }
        if record.args:
            given = record.args
            line["with"] = [str(each)[:300] for each in (given if isinstance(given, tuple) else given.values())]
        if again := getattr(record, "left_out", 0):
            line["left_out"] = again
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])[-DEEP:]
            line["error"] = record.exc_info[0].__name__
            line["where"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
        if number := getattr(getattr(record, "request", None), "number", ""):  # Django logs it when all is over
            line["request"] = number
        return json.dumps({**line, **_about.get()}, ensure_ascii=False)


class Seldom(logging.Filter):
    """Lets one line a minute through from each place of a noisy logger, with how many were left out since the last.

    A link to a conversation is a secret, and is cut off wherever a path is logged.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[Any, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        if isinstance(record.args, tuple):
            record.args = tuple(_without_secret(each) for each in record.args)
        if not record.name.startswith(NOISY):
            return True
        named = str(record.args) if record.name == "django.request" else ""
        place, now = (record.pathname, record.lineno, named), time.monotonic()
        last, left_out = self._last.get(place, (-SELDOM, 0))
        if now - last < SELDOM:
            self._last[place] = (last, left_out + 1)
            return False
        if len(self._last) >= MOST:
            self._last.clear()
        self._last[place] = (now, 0)
        record.left_out = left_out
        return True


def _without_secret(given: Any) -> Any:
    return "/t/…" if isinstance(given, str) and given.startswith("/t/") else given
