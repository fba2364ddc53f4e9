"""What a decision heard from outside its release and the articles: recorded with the turn, and said again in a replay.

Law of the room: whatever could be otherwise next time passes through here, so that deciding a turn again needs nobody:
a model's choice, a tool's reply, levels and pauses, who asked. While a turn is replayed no model and no tool is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from release.live.permits import Permit, Permits
from release.live.snapshot import CategoryFacts, Snapshot
from tools import hearing


@dataclass(slots=True)
class Heard:
    """What one decision heard, as it is kept in the turn's trace. `permits`: category → level, paused, model, tools,
    and the single tools that are stopped, if any."""

    locale: str = ""
    audiences: list[str] = field(default_factory=list)
    signed_in: bool = False
    thumbs: list[int | None] = field(default_factory=list)
    permits: dict[str, list[Any]] = field(default_factory=dict)
    answering: list[list[Any]] | None = None
    model: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any] | None] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What is not empty."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", [], {}, False)}


_listening: ContextVar[Heard | None] = ContextVar("listening", default=None)


@contextmanager
def listening() -> Iterator[Heard]:
    """Keep what the decision made inside hears."""
    heard = Heard()
    token = _listening.set(heard)
    try:
        with hearing.listening({"model": heard.model, "tools": heard.tools}):
            yield heard
    finally:
        _listening.reset(token)


@contextmanager
def replaying(heard: Heard) -> Iterator[None]:
    """Have the decision made inside hear what was recorded of models and tools."""
    with hearing.replaying({"model": heard.model, "tools": heard.tools}):
        yield


@dataclass(frozen=True, slots=True)
class Kept:
    """The permits of a turn, each answer kept where somebody listens."""

    permits: Permits

    def __call__(self, category: str) -> Permit:
        """The permit of a category by its slug; empty: of the site."""
        found = self.permits(category)
        if (heard := _listening.get()) is not None:
            stopped = [list(found.stopped)] if found.stopped else []
            heard.permits[category] = [found.level, found.paused, found.model, found.tools, *stopped]
        return found

    def answering(self) -> tuple[CategoryFacts, ...]:
        """The subjects in which customers get answers from articles now."""
        found = self.permits.answering()
        if (heard := _listening.get()) is not None:
            heard.answering = [[each.slug, list(each.examples)] for each in found]
        return found


@dataclass(frozen=True, slots=True)
class AsHeard:
    """The permits as a turn heard them; `otherwise` answers what was not asked then."""

    heard: Heard
    frozen: Snapshot
    otherwise: Permits

    def __call__(self, category: str) -> Permit:
        """The permit of a category by its slug; empty: of the site."""
        held = self.heard.permits.get(category)
        return Permit(*held) if held else self.otherwise(category)

    def answering(self) -> tuple[CategoryFacts, ...]:
        """The subjects in which customers got answers then, as far as the release has them."""
        if self.heard.answering is None:
            return self.otherwise.answering()
        known = [(self.frozen.by_slug.get(slug), examples) for slug, examples in self.heard.answering]
        return tuple(replace(each, examples=tuple(examples)) for each, examples in known if each is not None)
