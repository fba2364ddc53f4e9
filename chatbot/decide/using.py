"""Which tool of a category a message means, what using it comes to, and what it asks the customer for.

Law of the room: one question at a time. What was asked, and what is known already, is part of the turn that asked: a
reply continues it, anything else is a message like any other, and nothing is kept anywhere else.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chatbot.decide import reply
from chatbot.decide.gate.reading import Reading, Vector
from chatbot.decide.gate.topic import Topic
from chatbot.decide.run import Run
from chatbot.outcome import Decision
from conversations.outcomes import Reason
from knowledge.face.embedding import Matrix, vectors
from knowledge.face.text import words
from knowledge.models import Level
from release.live.permits import Permit
from release.live.snapshot import CategoryFacts
from tools import registry
from tools.declaration import Tool
from tools.guests import PROOF, TRIED, WAITING
from tools.rows import body_of

NEAR, APART = 0.7, 0.06
"""How near an example of a tool must be to a message (cosine) for it to mean that tool, and how much nearer than the
next for it to mean no other. On the sample no message that articles answer is nearer than 0.66 to an example of a tool
without being nearer to one of its category."""
LOST = frozenset({Reason.OUT_OF_SCOPE, Reason.UNSURE, Reason.AMBIGUOUS, Reason.LANGUAGE, Reason.NOT_GROUNDED})
"""Ends of a message that a question of a tool is asked again after, once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply to what a tool asked for: the tool, what is known now, and the message that holds the rest.

    `plainly`: it is a button's own words, or nothing but a code, so that nothing else can be meant by it.
    """

    category: CategoryFacts
    topic: Topic
    tool: str = ""
    message: str = ""
    filled: Mapping[str, Sequence[Any]] | None = None
    left: bool = False
    plainly: bool = False


def by_tool(run: Run, read: Reading, category: CategoryFacts, permit: Permit) -> Decision | None:
    """What the tool comes to that a message of a category means; None: let the articles answer."""
    means = meant(run, read, category)
    if not means:
        return None
    if permit.tools_paused:
        return run.fixed(Reason.PAUSED, read.topic)
    if len(means) > 1:
        return _which(run, read.topic, means)
    return used(run, means[0], read.topic, permit, run.message, read.text)


def used(
    run: Run,
    name: str,
    topic: Topic,
    permit: Permit,
    message: str,
    whole: str,
    filled: Mapping[str, Sequence[Any]] | None = None,
) -> Decision | None:
    """What using a tool comes to: what it found, what it asks for, or why not; None when the message is none for it."""
    if permit.pauses(name):
        return run.fixed(Reason.PAUSED, topic)
    # where a person reads every answer first, nobody is a guest: a code in a draft is no code
    guest = run.question.guest if permit.level >= Level.SELF_SERVICE else None
    found = registry.call(
        name,
        message,
        run.question.identity,
        run.snapshot,
        whole=whole,
        filled=filled,
        until=run.until,
        guest=guest,
        stopped=permit.stopped,
    )
    if found is None:
        return None
    run.mark("tool")
    if found.reason is Reason.ASKING:
        asked = _asking(run, topic, "\n".join(found.lines), found.suggestions, found.asking or {}, found)
        return replace(asked, proving=found.proving)
    if found.reason is Reason.NEEDS_IDENTITY and (found.asking or found.lines):
        return _unproven(run, topic, found)
    if found.reason is not Reason.ANSWERED:
        wanted = _declared(run, found.wanted) if found.wanted else None
        if found.stale:
            return run.decision(found.reason, run.snapshot.spoken.say("tool_fresh"), topic, tool_calls=found.calls)
        return replace(run.fixed(found.reason, topic), tool_calls=found.calls, wanted=wanted)
    return run.decision(Reason.ANSWERED, "\n".join(found.lines), topic, **reply.looked_up(found))


def meant(run: Run, read: Reading, category: CategoryFacts) -> tuple[str, ...]:
    """The tools of a category that a message may mean: none, one, or several that are as near.

    The one with the nearest example is meant; where no article answers before it, the one that finds its argument in
    the words, and else the one that takes every message, because it has no example.
    """
    tools = {name: run.snapshot.tools.get(name) for name in category.tools}
    if len(tools) < 2 and category.by_tool:
        return tuple(tools)
    named = tuple(n for n, tool in tools.items() if tool and any(a.typed(run.message) for a in tool.arguments.values()))
    if len(named) == 1 and category.by_tool:
        return named
    near = _near(read.vector, {name: tool for name, tool in tools.items() if tool and tool.examples}, category)
    others = [name for name, tool in tools.items() if tool is None or not tool.examples]
    return near or tuple(others[:1] if others or not category.by_tool else tools)


def asked(run: Run) -> Asked | None:
    """What a message says to the question of a tool before it; None when there is none, or it is no reply to it."""
    before, text = run.before, run.question.text
    asking = before.asking if before else None
    category = run.snapshot.by_slug.get(asking["category"]) if asking else None
    if before is None or asking is None or category is None:
        return None
    topic, spoken = _settled(category), run.snapshot.spoken
    if words(text) in [words(each) for each in (spoken.say("tool.leave"), *spoken.say("tool.leaves").split(","))]:
        return Asked(category, topic, left=True)
    if names := asking.get("tools"):
        tool = _chosen(text, [(each.title, name) for name in names if (each := run.snapshot.tools.get(name))])
        return Asked(category, topic, tool, before.customer) if tool else None
    values = _values(run, asking)
    filled = {**asking["filled"], asking["argument"]: values}
    tried = values == [TRIED] and not any(map(str.isalpha, text))
    plainly = tried or _chosen(text, asking["choices"]) is not None
    return Asked(category, topic, asking["tool"], text, filled, plainly=plainly) if values else None


def again(run: Run, decision: Decision) -> Decision:
    """The decision; where a question of a tool was met with what leads nowhere, that question once more, asked anew."""
    asking = run.before.asking if run.before else None
    if asking is None or asking.get("again") or asking.get("offered") or decision.reason not in LOST:
        return decision
    if (category := run.snapshot.by_slug.get(asking["category"])) is None or run.permit(category.slug).paused:
        return decision
    topic, known = _settled(category), [name for name in asking.get("tools", ()) if name in run.snapshot.tools]
    if known:
        repeated: Decision | None = _which(run, topic, known)
    else:
        filled = {**asking["filled"], **({PROOF: [WAITING]} if asking["argument"] == PROOF else {})}
        repeated = used(run, asking["tool"], topic, run.permit(category.slug), "", "", filled)
    if repeated is None or repeated.reason is not Reason.ASKING:
        return decision
    run.trace["asking"]["again"] = True
    return repeated


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _declared(run: Run, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A change with the declarations of this very release: what is approved is what was asked under them."""
    tool = run.snapshot.tools[wanted["tool"]]
    back, connection = run.snapshot.tools.get(tool.reversible), run.snapshot.connections[tool.request.connection]
    bodies = {"tool": body_of(tool), "connection": body_of(connection), "undo": body_of(back) if back else None}
    return {**wanted, "declared": bodies}


def _settled(category: CategoryFacts) -> Topic:
    """What the gate would say of a message whose category is known from the question before it."""
    return Topic(category.slug, 1.0, True, None, False, {})


def _near(vector: Vector, tools: Mapping[str, Tool], category: CategoryFacts) -> tuple[str, ...]:
    """The tools whose examples are nearest to a message, if those of the category are not nearer."""
    if not tools:
        return ()
    scores = {name: _nearest(vector, tool.examples) for name, tool in tools.items()}
    best, other = max(scores.values()), _nearest(vector, category.examples)
    if best < NEAR or best < other:
        return ()
    return tuple(name for name, score in scores.items() if score >= best - APART)


def _nearest(vector: Vector, texts: Sequence[str]) -> float:
    return float(np.max(_rows(tuple(texts)) @ vector, initial=0.0))


@functools.lru_cache(maxsize=64)
def _rows(texts: tuple[str, ...]) -> Matrix:
    return vectors.of_texts(texts)


def _which(run: Run, topic: Topic, names: Sequence[str]) -> Decision:
    titles = [run.snapshot.tools[name].title for name in names]
    spoken = run.snapshot.spoken
    asking = {"tools": list(names), "choices": [[title, title] for title in titles]}
    return _asking(run, topic, spoken.say("tool_which", choices=spoken.join("or", titles)), titles, asking)


def _asking(
    run: Run,
    topic: Topic,
    text: str,
    choices: Sequence[str],
    asking: Mapping[str, Any],
    found: registry.Found | None = None,
) -> Decision:
    """A question, with a button for each choice and one to leave it; what it needs to go on is in the trace."""
    shown = reply.looked_up(found) if found and found.calls else {}
    run.trace["asking"] = {**asking, "category": topic.category}
    buttons = (*choices, run.snapshot.spoken.say("tool.leave"))
    return run.decision(Reason.ASKING, text, topic, **{**shown, "suggestions": buttons})


def _unproven(run: Run, topic: Topic, found: registry.Found) -> Decision:
    """A sign-in is needed: what a guest hears instead, or a button to prove by a code what they ask about."""
    text = "\n".join(found.lines) or run.snapshot.spoken.say(Reason.NEEDS_IDENTITY.value)
    if found.asking:
        run.trace["asking"] = {**found.asking, "category": topic.category}
    return run.decision(found.reason, text, topic, tool_calls=found.calls, suggestions=found.suggestions)


def _values(run: Run, asking: Mapping[str, Any]) -> list[Any]:
    """The value of the argument that was asked for: of a button, or what its pattern finds in the words.

    What a code proved is known by now: only that there was one counts here.
    """
    tool, text = run.snapshot.tools.get(asking["tool"]), run.question.text
    value = _chosen(text, asking["choices"])
    if tool is not None and asking["argument"] == PROOF:
        tried = run.question.guest is not None and run.question.guest.tried
        return [TRIED] if tried else [value] if value is not None else []
    argument = tool.arguments.get(asking["argument"]) if tool else None
    if argument is None:
        return []
    return [value] if value is not None else list(argument.typed(text))


def _chosen(text: str, choices: Sequence[Sequence[Any]]) -> Any:
    """The value of the button that a text says, or of the value that it is; None when it is neither."""
    said = words(text)
    return next((value for say, value in choices if said and said in (words(say), words(str(value)))), None)
