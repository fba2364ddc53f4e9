"""Bounded tools: default deny. What a release does not declare is refused; what writes waits for a person's approval.

A tool reads for a verified customer only, so often a minute and so long; what it says is fixed wording around
what it read, with the time of reading. Every call is kept, refused ones too. A guest is let in by what `guests` says.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from string import Template
from typing import Any, Protocol

from django.utils import timezone

from conversations.outcomes import Reason
from conversations.wording import Spoken
from sites.core import rate
from tools import arguments, guests, hearing, outbound, outcomes, reply, sentences, wire
from tools.arguments import Argument
from tools.calls import Called
from tools.connection import Connection
from tools.declaration import Tool
from tools.guests import PROOF, WANTED, Guest
from tools.identity import Identity
from tools.outbound import Failed
from tools.proving import Guest as Proving

Whom = tuple["ForSite", Identity | None, float | None, Guest | None, Collection[str]]
"""On which site, for whom, until when, the guest, and the tools that are paused."""
STALE = "no fresh sign-in"
"""Why a call is refused whose customer signed in too long ago."""
OFFERED = 4
"""Rows of an earlier call that are offered as buttons."""


class ForSite(Protocol):
    """The site a tool is used for: its slug, its fixed wording, and what its release declares."""

    @property
    def site(self) -> str: ...
    @property
    def spoken(self) -> Spoken: ...
    @property
    def tools(self) -> Mapping[str, Tool]: ...
    @property
    def connections(self) -> Mapping[str, Connection]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """How a call ended: `reason` answered with lines that were read at `read_at` from the system of that `title`,
    asking with a question, or why there is nothing to say. `asking`: what is asked for, and what is known already;
    `wanted`: a change that a person must approve; `proving`: the thing for which a guest is sent a code."""

    reason: Reason
    calls: tuple[Called, ...]
    lines: tuple[str, ...] = ()
    title: str = ""
    read_at: datetime | None = None
    suggestions: tuple[str, ...] = ()
    asking: Mapping[str, Any] | None = None
    wanted: Mapping[str, Any] | None = None
    proving: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {**asdict(self), "read_at": self.read_at.isoformat() if self.read_at else None}

    @property
    def stale(self) -> bool:
        """Whether all that lacks is that the customer signs in anew."""
        return self.reason is Reason.NEEDS_IDENTITY and (self.calls[-1].result or {}).get("why") == STALE

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Found":
        """The same again, from the record."""
        return cls(
            reason=Reason(said["reason"]),
            calls=tuple(Called(**call) for call in said["calls"]),
            lines=tuple(said["lines"]),
            title=said["title"],
            read_at=datetime.fromisoformat(said["read_at"]) if said["read_at"] else None,
            suggestions=tuple(said["suggestions"]),
            asking=said.get("asking"),
            wanted=said.get("wanted"),
            proving=said.get("proving"),
        )


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool: for whom, on which site, until when (time.monotonic), and the calls it has made.

    `guest`: who has no sign-in; `let_in`: they proved the very thing, which is `owner`'s in its system.
    """

    tool: Tool
    site: ForSite
    identity: Identity | None
    until: float | None
    guest: Guest | None = None
    stopped: Collection[str] = ()
    let_in: bool = False
    owner: str = ""
    calls: list[Called] = field(default_factory=list)

    @property
    def signed_in(self) -> bool:
        """Whether there is a verified customer at this moment."""
        return self.identity is not None and not self.identity.expired

    @property
    def claims(self) -> dict[str, str]:
        """The arguments that the verified identity gives, by name; of a guest, whose the thing is that was proved."""
        if self.let_in:
            return dict.fromkeys(self.tool.claims, self.owner)
        return {name: getattr(self.identity, each.claim) for name, each in self.tool.claims.items()}

    @property
    def title(self) -> str:
        """What it is cited as."""
        connection = self.site.connections.get(self.tool.request.connection)
        return self.tool.citation or (connection.title if connection else "")

    def of(self, tool: Tool) -> "Use":
        """The use of an earlier tool for this one; its calls are among these. A guest is let in to one thing alone."""
        return replace(self, tool=tool, let_in=False, owner="")

    def ended(self, reason: Reason, lines: Sequence[str] = (), **more: Any) -> Found:
        """How it ended, with what it is cited as where it read anything."""
        read = bool(self.calls and lines)
        title, read_at = (self.title, timezone.now()) if read else ("", None)
        return Found(reason, tuple(self.calls), tuple(lines), title, read_at, **more)


def call(
    name: str,
    message: str,
    identity: Identity | None,
    site: ForSite,
    *,
    whole: str = "",
    filled: Mapping[str, Sequence[Any]] | None = None,
    until: float | None = None,
    guest: Guest | None = None,
    stopped: Collection[str] = (),
) -> Found | None:
    """Use a tool for a message; None when that is no question for it. Never raises for what the system does.

    `whole`: the message with the earlier ones it leans on; `filled`: arguments that are known already; `until`
    (time.monotonic): when it must be over; `guest`: who writes without a sign-in; `stopped`: tools that are paused.
    In a replay nothing is used: it is what was found then.
    """
    try:
        return hearing.hear(
            "tools",
            lambda: _called(name, message, (site, identity, until, guest, stopped), whole, filled or {}),
            keep=lambda found: found.as_json() if found else None,
            again=lambda said: Found.of(said) if said else None,
        )
    except outbound.Failed:  # a replay of a turn that heard nothing of it
        return None


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _called(name: str, message: str, whom: Whom, whole: str, filled: Mapping[str, Sequence[Any]]) -> Found | None:
    tool = whom[0].tools.get(name)
    if tool is None:
        return _refused(name, {}, Reason.TOOL_FAILED, "not a tool of this site")
    use = Use(tool, *whom)
    given = {**arguments.given(tool.arguments, message, whole), **{name: tuple(each) for name, each in filled.items()}}
    lacking = arguments.missing(tool.arguments, given)
    if any(not (tool.arguments[each].call or tool.arguments[each].ask) for each in lacking):
        return None
    if tool.guest and use.guest and not use.signed_in:
        let_in = _let_in(use, tool.guest, use.guest, given)
        if isinstance(let_in, Found):
            return let_in
        use, given = let_in, {**given, tool.guest.proves: given[tool.guest.proves][:1]}
    if refused := _refusal(use, given):
        return refused
    try:
        for argument in lacking:
            got = _got(use, argument, given)
            if isinstance(got, Found):
                return got
            given[argument] = got
        if tool.writes:
            return _wanted(use, given)
        return use.ended(Reason.ANSWERED, [line for bound in _bound(use, given) for line in _told(use, bound)[0]])
    except Failed:
        return use.ended(Reason.TOOL_FAILED)


def _let_in(use: Use, declared: Proving, guest: Guest, given: Mapping[str, Sequence[Any]]) -> Found | Use:
    """The use of a tool by a guest who has proved a thing; else what they are asked for, or that they may be."""
    spoken, tool = use.site.spoken, use.tool
    value, wish = str(next(iter(given.get(declared.proves, ())), "")), next(iter(given.get(PROOF, ())), "")
    if not wish and not (value and guests.proven(use.site.site, tool, value, guest)):
        return _may_prove(use, given)
    if not value:
        return _asking(use, declared.proves, {**given, PROOF: (WANTED,)}, declared.question, [])
    step = guests.step(use.site.site, tool, value, guest, wish)
    if step.proven:
        return replace(use, identity=None, let_in=True, owner=step.owner)
    line = spoken.say(step.say, thing=guests.in_words(tool, value, spoken), system=use.title)
    if step.over:
        return use.ended(Reason.NEEDS_IDENTITY, [line])
    proving = {"tool": tool.name, "value": value} if step.sends else None
    again = [(spoken.say("tool.guest_again"), WANTED)]
    found = _asking(use, PROOF, {**given, declared.proves: (value,)}, line, again)
    return replace(found, proving=proving, title="", read_at=None)


def _may_prove(use: Use, given: Mapping[str, Sequence[Any]]) -> Found:
    """Asking to sign in, with a button for who has no account."""
    refused = _refused(use.tool.name, _shown(given), Reason.NEEDS_IDENTITY, "no verified customer")
    button = use.site.spoken.say("tool.guest")
    asking = {"tool": use.tool.name, "argument": PROOF, "filled": _listed(given), "choices": [[button, WANTED]]}
    return replace(refused, suggestions=(button,), asking={**asking, "offered": True})


def _refusal(use: Use, given: Mapping[str, Sequence[Any]]) -> Found | None:
    """Why a tool is not used; None when it may be, once more."""
    tool, identity, site, shown = use.tool, use.identity, use.site, _shown(given)
    if tool.name in use.stopped:
        return _refused(tool.name, shown, Reason.PAUSED, "a switch stops it")
    verified = tool.identity != "none" and not use.let_in
    if verified and not use.signed_in:
        return _refused(tool.name, shown, Reason.NEEDS_IDENTITY, "no verified customer")
    if tool.fresh and identity is not None and not identity.fresh(tool.fresh):
        return _refused(tool.name, shown, Reason.NEEDS_IDENTITY, STALE)
    if tool.reroutes and identity is not None and not identity.email:
        return _refused(tool.name, shown, Reason.TOOL_FAILED, "the sign-in has no address that could be told")
    who = identity.sub if identity is not None and verified else ""
    who = use.guest.conversation if use.let_in and use.guest else who
    if verified and any(not getattr(identity, each.claim) for each in tool.claims.values()):
        return _refused(tool.name, shown, Reason.TOOL_FAILED, "the sign-in lacks a claim that it needs")
    if rate.count("tool", tool.name, site.site, who)[0] > tool.limits.person:
        return _refused(tool.name, shown, Reason.TOOL_FAILED, "too many calls in a minute")
    if rate.count("tools of a site", tool.name, site.site)[0] > tool.limits.site:
        return _refused(tool.name, shown, Reason.TOOL_FAILED, "too many calls of the whole site in a minute")
    return None


def _got(use: Use, argument: str, given: Mapping[str, Sequence[Any]]) -> tuple[Any, ...] | Found:
    """The value of an argument that the message did not give: from an earlier call, or the question for it."""
    each = use.tool.arguments[argument]
    if not each.call:
        assert each.ask is not None
        choices = [(choice.say, choice.value) for choice in each.ask.choices]
        return _asking(use, argument, given, each.ask.question, choices)
    name, rows, value = each.of_call
    earlier = use.of(use.site.tools[name])
    if refused := _refusal(earlier, {}):
        return refused
    lines, values = _told(earlier, earlier.claims)
    held = values.get(rows) or []
    if not held:
        return earlier.ended(Reason.ANSWERED, lines)
    if len(held) == 1 or each.ask is None:
        return (held[0][value],)
    return _asking(use, argument, given, *_offered(use, each, held))


def _wanted(use: Use, given: Mapping[str, Sequence[Any]]) -> Found:
    """A change is never made here: what is wanted, in words, for a person to approve."""
    bound = _bound(use, given)[0]
    words = sentences.fill(use.tool.change, bound, {}, use.site.spoken)
    why = {"why": "a person must approve what writes"}
    use.calls.append(Called(use.tool.name, dict(bound), why, "refused", 0.0))
    wanted = {"tool": use.tool.name, "words": words, "arguments": bound}
    if use.tool.reroutes and use.identity is not None:
        wanted["contact"] = use.identity.email
    return use.ended(Reason.NEEDS_APPROVAL, wanted=wanted)


def _offered(use: Use, argument: Argument, held: Sequence[Mapping[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    """The question that names the rows of an earlier call, and a button for each: what it says, and its value."""
    name, rows, value = argument.of_call
    declared, shown = use.site.tools[name].keep[rows], held[:OFFERED]
    assert argument.ask is not None
    named = ", ".join(sentences.row(declared, row, use.site.spoken) for row in shown)
    question = Template(argument.ask.question).safe_substitute(choices=named)
    button = argument.ask.button or f"${value}"
    return question, [
        (sentences.fill(button, row, declared.rows, use.site.spoken), reply.as_json(row)[value]) for row in shown
    ]


def _asking(
    use: Use, argument: str, given: Mapping[str, Sequence[Any]], question: str, choices: Sequence[tuple[str, Any]]
) -> Found:
    asking = {
        "tool": use.tool.name,
        "argument": argument,
        "filled": _listed(given),
        "choices": [list(each) for each in choices],
    }
    return use.ended(Reason.ASKING, [question], suggestions=tuple(say for say, _ in choices), asking=asking)


def _bound(use: Use, given: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The arguments of each request: one for every value of the argument that has several."""
    several = next((name for name, values in given.items() if len(values) > 1), None)
    alone = {name: values[0] for name, values in given.items() if name in use.tool.arguments}
    ways = [{several: each} for each in given[several]] if several else [{}]
    return [{**alone, **way, **use.claims} for way in ways]


def _told(use: Use, bound: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    """One request: the lines that its reply comes to, and what was read of it. Raises Failed; the call is kept."""
    began, shown = time.perf_counter(), dict(bound)
    try:
        lines, values = _heard(use, bound)
    except Failed as failed:
        use.calls.append(Called(use.tool.name, shown, {"why": str(failed)}, "failed", _ms(began)))
        raise
    use.calls.append(Called(use.tool.name, shown, reply.as_json(values), "ok", _ms(began)))
    return lines, values


def _heard(use: Use, bound: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    tool, connection = use.tool, use.site.connections.get(use.tool.request.connection)
    if connection is None:
        raise Failed("no such connection")
    left = tool.timeout if use.until is None else min(tool.timeout, use.until - time.monotonic())
    came = wire.send(use.site.site, connection, wire.request(tool, connection, bound), left)
    said = outcomes.of(tool, came, bound, use.site.spoken)
    return list(said.lines), said.values


def _listed(given: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in given.items()}


def _shown(given: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The arguments as the record keeps them."""
    return {name: each[0] if len(each) == 1 else list(each) for name, each in given.items() if name != PROOF}


def _refused(name: str, shown: Mapping[str, Any], reason: Reason, why: str) -> Found:
    return Found(reason, (Called(name, dict(shown), {"why": why}, "refused", 0.0),))


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
