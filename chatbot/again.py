"""Deciding a recorded turn again: on the release, the texts and the history it saw, hearing what it heard. It writes
nothing, sends nothing and asks nobody; on another release it shows what that would change.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from chatbot import history
from chatbot.decide import bot
from chatbot.heard import AsHeard, Heard, replaying
from chatbot.outcome import Decision
from conversations.models import Turn
from release.live import permits, snapshot
from release.live.snapshot import Snapshot
from release.models import Release
from sites.models import Site
from tools.identity import Identity


@dataclass(frozen=True, slots=True)
class Told:
    """What a turn came to, as far as it can be told twice: how it ended, its words, and what they rest on.

    `citations`: revision, start, end, quote; `offers`: title, heading, revision; `held`: an answer that was not sent.
    """

    outcome: str
    reason: str
    text: str
    citations: tuple[tuple[Any, ...], ...] = ()
    offers: tuple[tuple[Any, ...], ...] = ()
    held: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def differing(self, other: "Told") -> list[str]:
        """The names of what is not the same."""
        return [each.name for each in fields(self) if getattr(self, each.name) != getattr(other, each.name)]


@dataclass(frozen=True, slots=True)
class Again:
    """One turn decided again. `now` is None where it could not be, and `note` says why, or what was not as it was."""

    turn: Turn
    then: Told
    now: Told | None
    note: str = ""

    @property
    def differs(self) -> list[str]:
        """What came out otherwise; empty: the very same."""
        return self.then.differing(self.now) if self.now else []

    def as_json(self) -> dict[str, Any]:
        """For people and programs."""
        now = asdict(self.now) | {"digest": self.now.digest} if self.now else None
        then = asdict(self.then) | {"digest": self.then.digest}
        return {
            "turn": self.turn.pk,
            "conversation": str(self.turn.conversation_id),
            "same": self.now is not None and not self.differs,
            "differs": self.differs,
            "note": self.note,
            "then": then,
            "now": now,
        }


def decide(turn: Turn, against: Release | None = None) -> Again:
    """Decide a turn again that has ended, on its own release or against another of its site. Raises Tampered."""
    then, trace = recorded(turn), turn.trace
    if why := _why_not(turn):
        return Again(turn, then, None, why)
    frozen = _frozen(turn) if against is None else snapshot.of(against)
    if frozen is None:
        return Again(turn, then, None, "the release that decided it is not there any more")
    said = Heard(**trace.get("heard", {}))
    with replaying(said):
        decision = _decided(turn, frozen, said)
    now = told(decision)
    if overtaken := trace.get("overtaken"):  # what was said instead came from the moment of delivery
        now = replace(then, reason=then.reason if now.reason == overtaken else now.reason)
    return Again(turn, then, now, _note(frozen, "heard" in trace, against))


def over(site: Site, against: Release, since: datetime, until: datetime) -> Iterator[Again]:
    """The turns of a site that ended in a period, in order, each decided again against a release."""
    ended = Turn.objects.filter(conversation__site=site, conversation__synthetic=False, state=Turn.State.SETTLED)
    ended = ended.filter(settled_at__range=(since, until)).select_related("question", "answer", "conversation")
    for turn in ended.order_by("pk").iterator(chunk_size=200):
        yield decide(turn, against)


def recorded(turn: Turn) -> Told:
    """What the record holds of a turn."""
    held = str((turn.trace.get("suggestion") or {}).get("text", ""))
    if turn.answer is None:
        return Told(turn.outcome, turn.reason, "", held=held)
    cited = turn.answer.citations.order_by("n").values_list("revision_id", "start", "end", "quote")
    offers = turn.answer.offers.order_by("n").values_list("title", "heading", "revision_id")
    return Told(turn.outcome, turn.reason, turn.answer.text, tuple(cited), tuple(offers), held)


def told(decision: Decision) -> Told:
    """The same of a decision."""
    return Told(
        decision.outcome.value,
        decision.reason.value,
        decision.text,
        tuple((c.revision_id, c.start, c.end, c.quote) for c in decision.citations),
        tuple((o.title, o.heading[:400], o.revision_id) for o in decision.offers),
        decision.draft.text if decision.draft else "",
    )


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _why_not(turn: Turn) -> str:
    if turn.state != Turn.State.SETTLED:
        return f"it is {turn.state}: only a turn that was answered can be told again"
    if turn.trace.get("erased"):
        return "what the customer said was erased"
    if not turn.release:
        return "no release decided it: the bot failed, or its process died"
    return ""


def _frozen(turn: Turn) -> Snapshot | None:
    site = turn.conversation.site
    found = Release.objects.filter(site=site, fingerprint=turn.release).order_by("-number").first()
    if found is not None:
        return snapshot.of(found)
    empty = snapshot.nothing(site)
    return empty if empty.fingerprint == turn.release else None


def _decided(turn: Turn, frozen: Snapshot, said: Heard) -> Decision:
    asked = history.question(turn)
    if said.locale:
        who = Identity(f"replay-{turn.pk}", int(time.time()) + 3600, audiences=frozenset(said.audiences))
        heard = [*said.thumbs, *[None] * len(asked.history)]
        past = tuple(replace(each, feedback=thumb) for each, thumb in zip(asked.history, heard, strict=False))
        asked = replace(asked, locale=said.locale, identity=who if said.signed_in else None, history=past)
    permit = AsHeard(said, frozen, permits.AsAsked(frozen))
    if (choice := history.choice(turn)) is not None:
        return bot.choose(asked, frozen, *choice, permit)
    return bot.decide(asked, frozen, permit)


def _note(frozen: Snapshot, heard: bool, against: Release | None) -> str:
    notes = []
    if not heard:
        notes.append("it is older than the record of what it heard: levels are those asked for")
    if not frozen.matches_build:
        notes.append(f"decided on another build ({', '.join(snapshot.differing(frozen))})")
    return "; ".join(notes)
