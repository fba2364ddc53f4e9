"""One decision on its way: what was asked, what it may look at, the trace it leaves, and the forms it may take."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from chatbot.decide import reply
from chatbot.decide.gate import fitted
from chatbot.decide.gate.topic import Topic
from chatbot.outcome import Decision, Exchange
from conversations.outcomes import Reason
from release.live.permits import Permits
from release.live.snapshot import Snapshot
from tools.guests import Guest
from tools.identity import Identity

PUBLIC = frozenset({"public"})


@dataclass(frozen=True, slots=True)
class Question:
    """One customer message with what may be known about its sender.

    `conversation`: whose budget pays for a model's answer; `guest`: who writes there, where nobody is signed in.
    `own`: no customer's, but an example or an article's question, which is judged as if nobody had written it down.
    """

    text: str
    history: tuple[Exchange, ...] = ()
    identity: Identity | None = None
    locale: str = "en"
    own: bool = False
    conversation: str = ""
    guest: Guest | None = None

    @property
    def audiences(self) -> frozenset[str]:
        """Whose articles this customer may see."""
        return PUBLIC | (self.identity.audiences if self.identity else frozenset())


@dataclass(slots=True)
class Run:
    """What one decision has at hand, and the trace it leaves."""

    question: Question
    snapshot: Snapshot
    permit: Permits
    trace: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    began: float = field(default_factory=time.perf_counter)
    until: float = field(default_factory=lambda: time.monotonic() + settings.HANDRAIL_DEADLINE * 2 / 3)

    @property
    def before(self) -> Exchange | None:
        """The exchange before this one."""
        return self.question.history[-1] if self.question.history else None

    def mark(self, step: str) -> None:
        """Note the milliseconds since the decision began."""
        self.trace.setdefault("ms", {})[step] = round((time.perf_counter() - self.began) * 1000, 2)

    def fixed(self, reason: Reason, topic: Topic, kind: str = "") -> Decision:
        """A line of fixed wording."""
        text, suggestions = reply.line(self.snapshot, reason, kind, self.permit, topic.votes.keys())
        return self.decision(reason, text, topic, suggestions=suggestions, kind=kind)

    def decision(self, reason: Reason, text: str, topic: Topic, **fields: Any) -> Decision:
        """A decision with what the gate said of it."""
        return reply.decision(self.snapshot, reason, text, topic, fitted.gate(self.snapshot).threshold, **fields)
