"""What a decision brings in from outside: kept where somebody listens, and said again in a replay.

Law of the room: whatever another system says to a decision passes `hear`. While a turn is replayed nobody is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from tools.outbound import Failed, How

T = TypeVar("T")
Said = Mapping[str, list[Any]]
"""By kind (`model`, `tools`), what was brought, in its order, as JSON."""
UNHEARD = "nothing was recorded of it, and nobody is asked again"
_listening: ContextVar[Said | None] = ContextVar("listening", default=None)
_replayed: ContextVar[Said | None] = ContextVar("replayed", default=None)


@contextmanager
def listening(said: Said) -> Iterator[None]:
    """Have what is brought inside added to these lists."""
    token = _listening.set(said)
    try:
        yield
    finally:
        _listening.reset(token)


@contextmanager
def replaying(said: Said) -> Iterator[None]:
    """Have the same brought inside again, each once and in its order."""
    token = _replayed.set({kind: list(each) for kind, each in said.items()})
    try:
        yield
    finally:
        _replayed.reset(token)


def hear(kind: str, ask: Callable[[], T], keep: Callable[[T], Any], again: Callable[[Any], T]) -> T:
    """What `ask` brings, which `keep` puts into JSON and `again` reads; in a replay what was kept then.

    Raises outbound.Failed as `ask` does; in a replay also where nothing was kept.
    """
    if (replayed := _replayed.get()) is not None:
        left = replayed.get(kind)
        said = left.pop(0) if left else {"failed": How.LEFT_ALONE.value}
        if isinstance(said, dict) and "failed" in said:
            raise Failed(UNHEARD, How(said["failed"]))
        return again(said)
    try:
        brought = ask()
    except Failed as failed:
        _keep(kind, {"failed": failed.how.value})
        raise
    _keep(kind, keep(brought))
    return brought


def _keep(kind: str, said: Any) -> None:
    if (heard := _listening.get()) is not None:
        heard[kind].append(said)
