"""How a turn can end, as data: the table of outcomes, and the Decision that carries one of them.

DESIGN: a reason leads to exactly one outcome; only an accepted, exposed and grounded question leads to an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conversations.outcomes import Outcome, Reason

OUTCOMES: Mapping[Reason, Outcome] = {
    Reason.ANSWERED: Outcome.ANSWER,
    Reason.DRAFT_REVIEW: Outcome.DRAFT,
    Reason.COURTESY: Outcome.COURTESY,
    Reason.AMBIGUOUS: Outcome.CLARIFY,
    Reason.OUT_OF_SCOPE: Outcome.DECLINE,
    Reason.INJECTION: Outcome.DECLINE,
    Reason.LANGUAGE: Outcome.DECLINE,
    Reason.NOT_GROUNDED: Outcome.DECLINE,
    Reason.NOT_EXPOSED: Outcome.DECLINE,
    Reason.NEEDS_IDENTITY: Outcome.DECLINE,
    Reason.NEEDS_APPROVAL: Outcome.HANDOFF,
    Reason.TOOL_FAILED: Outcome.HANDOFF,
    Reason.ASKED_FOR_HUMAN: Outcome.HANDOFF,
    Reason.DISTRESS: Outcome.HANDOFF,
    Reason.COMPLAINT: Outcome.HANDOFF,
    Reason.SECURITY: Outcome.HANDOFF,
    Reason.PRIVACY_REQUEST: Outcome.HANDOFF,
    Reason.FRUSTRATION: Outcome.HANDOFF,
    Reason.SENSITIVE: Outcome.HANDOFF,
    Reason.REPEATED_DECLINE: Outcome.HANDOFF,
    Reason.PAUSED: Outcome.HANDOFF,
    Reason.ERROR: Outcome.HANDOFF,
}
URGENT = frozenset({Reason.DISTRESS, Reason.SECURITY})
UNHELPFUL = frozenset({Reason.OUT_OF_SCOPE, Reason.INJECTION, Reason.LANGUAGE, Reason.NOT_GROUNDED, Reason.NOT_EXPOSED})
"""Declines of which a second one in a row becomes a handoff."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn: what the customer wrote, what became of it, and the thumb (+1, -1) if one was given."""

    customer: str
    outcome: Outcome | None = None
    reason: Reason | None = None
    category: str | None = None
    feedback: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A run of the message's text with the numbers of the citations it rests on."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation: a contiguous slice of a stored text, or the line of a tool with the time it was read."""

    n: int
    title: str
    quote: str
    url: str
    updated: datetime
    audience: str = "public"
    source: str = ""
    revision_id: int | None = None
    passage_id: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Called:
    """One tool call as it is kept in the record."""

    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    state: str
    ms: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything DECIDE found: what to say, on what, and why. It is data; nothing has been written or sent."""

    reason: Reason
    text: str
    parts: tuple[Part, ...] = ()
    citations: tuple[Cited, ...] = ()
    generated: str = "fixed"
    suggestions: tuple[str, ...] = ()
    category: str | None = None
    category_id: int | None = None
    confidence: float = 0.0
    threshold: float = 1.0
    accepted: bool = False
    retrieved: tuple[tuple[str, float], ...] = ()
    tool_calls: tuple[Called, ...] = ()
    draft: "Decision | None" = None
    kind: str = ""
    release: str = ""
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """The one outcome of this reason."""
        return OUTCOMES[self.reason]

    @property
    def urgent(self) -> bool:
        """Whether a person should see it before others."""
        return self.reason in URGENT
