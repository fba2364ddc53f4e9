"""How a turn can end, as data: the table of outcomes, and the Decision that carries one of them.

DESIGN: a reason leads to exactly one outcome; only an accepted, exposed and grounded question leads to an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from conversations.outcomes import Outcome, Reason
from tools.calls import Called

OUTCOMES: Mapping[Reason, Outcome] = {
    Reason.ANSWERED: Outcome.ANSWER,
    Reason.DRAFT_REVIEW: Outcome.DRAFT,
    Reason.COURTESY: Outcome.COURTESY,
    Reason.AMBIGUOUS: Outcome.CLARIFY,
    Reason.UNSURE: Outcome.CLARIFY,
    Reason.ASKING: Outcome.CLARIFY,
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
    Reason.REPEATED_DECLINE: Outcome.DECLINE,
    Reason.PAUSED: Outcome.HANDOFF,
    Reason.ERROR: Outcome.HANDOFF,
}
OFFERED: Mapping[Reason, Outcome] = {Reason.FRUSTRATION: Outcome.DECLINE, Reason.DISTRESS: Outcome.DECLINE}
"""How a need ends that is not sure enough to hand over: a person is offered first in the reply."""
URGENT = frozenset({Reason.DISTRESS, Reason.SECURITY})
UNHELPFUL = frozenset(
    {
        *(Reason.OUT_OF_SCOPE, Reason.INJECTION, Reason.LANGUAGE, Reason.NOT_GROUNDED, Reason.NOT_EXPOSED),
        Reason.REPEATED_DECLINE,
    }
)
"""Declines; a second one in a row offers a person first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A section that a customer may choose: what names it to them, and the very words that choosing it shows.

    `heading`: its path within the article, empty before the first heading. `spans`: slices of the revision's stored
    text, each (passage id, start, end). `text`: how they read; empty in an offer that comes from the record.
    `id`: opaque, and empty until the offer is kept.
    """

    title: str
    heading: str
    source: str
    category: str
    revision_id: int
    spans: tuple[tuple[int, int, int], ...]
    text: str = ""
    audience: str = "public"
    id: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn: what the customer wrote, what became of it, the thumb (+1, -1) if one was given, what was
    offered, and what a tool asked for."""

    customer: str
    outcome: Outcome | None = None
    reason: Reason | None = None
    category: str | None = None
    feedback: int | None = None
    offers: tuple[Offer, ...] = ()
    asking: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A run of the message's text with the numbers of the citations it rests on.

    `calls`: telephone numbers in it, as written, that a phone should dial at a tap. `kind`: text, steps, list or table.
    `items`: of steps and lists, without their numbers, what is nested on lines of its own; `start`: the first step's
    number. `rows`: of a table, its header first, each row its cells. `lead`: the words that open a list or table.
    `text` is the plain reading of all of it, the lead included. `more`: the rest of the section, shown on request and
    not in `text`; where that is of several shapes, they are its `parts`. `links`: words of it and the address they
    lead to, in the order they are read; each is the first place with its words after the one before. `label`: the
    heading it and what follows stand under, where that is named; it is the first line of `text` and in no shape.
    """

    text: str
    cites: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()
    kind: str = "text"
    items: tuple[str, ...] = ()
    start: int = 1
    rows: tuple[tuple[str, ...], ...] = ()
    lead: str = ""
    more: "Part | None" = None
    parts: tuple["Part", ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    label: str = ""

    def renumbered(self, numbers: Mapping[int, int]) -> "Part":
        """The same with other numbers for its citations."""
        cites = tuple(numbers[n] for n in self.cites)
        more = self.more and self.more.renumbered(numbers)
        return replace(self, cites=cites, more=more, parts=tuple(part.renumbered(numbers) for part in self.parts))

    def as_json(self) -> dict[str, Any]:
        """The part as it is stored and sent; what a plain part does not have is left out."""
        part: dict[str, Any] = {"text": self.text, "cites": list(self.cites)}
        part |= {"kind": self.kind} if self.kind != "text" else {}
        part |= {"calls": list(self.calls)} if self.calls else {}
        part |= {"items": list(self.items)} if self.items else {}
        part |= {"lead": self.lead} if self.lead else {}
        part |= {"label": self.label} if self.label else {}
        part |= {"start": self.start} if self.kind == "steps" else {}
        part |= {"rows": [list(row) for row in self.rows]} if self.rows else {}
        part |= {"links": [{"text": text, "url": url} for text, url in self.links]} if self.links else {}
        part |= {"parts": [each.as_json() for each in self.parts]} if self.parts else {}
        return part | ({"more": {"kind": "text"} | self.more.as_json()} if self.more else {})


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation: a contiguous slice of a stored text, or the line of a tool with the time it was read.

    `category`: the one it is shown under, where that is not the decision's own: of a second question's answer.
    """

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
    category: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything DECIDE found: what to say, on what, and why. It is data; nothing has been written or sent.

    `offers`: sections to choose from, best first. `offered`: the reply itself puts a person first. `life`: it carries
    the site's words for somebody in danger.
    `notice`: the kind of formal notice that the message is, which is kept as a case whatever is said. `wanted`: a
    change in another system that a person must approve; `proving`: the thing for which a guest is sent a code.
    """

    reason: Reason
    text: str
    parts: tuple[Part, ...] = ()
    citations: tuple[Cited, ...] = ()
    generated: str = "fixed"
    suggestions: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    category: str | None = None
    category_id: int | None = None
    confidence: float = 0.0
    threshold: float = 1.0
    accepted: bool = False
    retrieved: tuple[tuple[str, float], ...] = ()
    tool_calls: tuple[Called, ...] = ()
    draft: "Decision | None" = None
    wanted: Mapping[str, Any] | None = None
    proving: Mapping[str, Any] | None = None
    kind: str = ""
    offered: bool = False
    life: bool = False
    notice: str = ""
    release: str = ""
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """The one outcome of this reason; a need that is only offered a person is not handed over."""
        return OFFERED.get(self.reason, OUTCOMES[self.reason]) if self.offered else OUTCOMES[self.reason]

    @property
    def person(self) -> str | None:
        """`now`: handed to a person; `offered`: the reply puts a person first; None."""
        return "now" if self.outcome is Outcome.HANDOFF else "offered" if self.offered else None

    @property
    def urgent(self) -> bool:
        """Whether a person should see it before others."""
        return self.reason in URGENT
