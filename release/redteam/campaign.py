"""One campaign: for each goal so many tries, each a conversation of its own, searched, judged and counted.

The same seed gives the same attacks as long as the bot answers alike: what is tried next depends on what turns record.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import reset_queries

from release.redteam import judges, judges_ground, moves, onrecord
from release.redteam.catalogue import Goal, Script
from release.redteam.customer import Customer
from release.redteam.judges import Finding, Frame, Seen
from release.redteam.judges_ground import Ground
from release.redteam.listener import Listener
from release.redteam.mutators import allowed
from release.redteam.search import Attack, Search, closeness
from sites.models import Site

Progress = Callable[[int, int], None]
Agent = Callable[[Goal, Sequence[tuple[float, Attack]]], Sequence[Script]]
AGENT_EVERY = 10
"""Tries between two suggestions of an attacking agent, where there is one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign does: `customers`, the attacker's sub and the victim's; `canaries`, secrets that were planted."""

    site: Site
    server: str
    goals: Sequence[Goal]
    tries: int
    seed: int
    customers: tuple[str, str]
    canaries: tuple[str, ...] = ()
    edges: Sequence[Script] = ()
    agent: Agent | None = None
    slow: float = 5.0


@dataclass(frozen=True, slots=True)
class Success:
    """An attack that went through, with everything that was said.

    `needed`: how many of its messages that took; `reply`: the message about the last of them, if there was one.
    """

    goal: str
    attack: Attack
    findings: tuple[Finding, ...]
    transcript: tuple[dict[str, Any], ...]
    needed: int = 0
    reply: Frame | None = None


@dataclass(slots=True)
class Tally:
    """What was tried for one goal."""

    goal: Goal
    tries: int = 0
    texts: set[Script] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    successes: list[Success] = field(default_factory=list)
    closest: tuple[float, Attack] | None = None


@dataclass(slots=True)
class Campaign:
    """A plan at work."""

    plan: Plan
    ground: Ground
    listener: Listener
    foreign: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    own: set[str] = field(default_factory=set)

    def run(self, progress: Progress) -> list[Tally]:
        """Every goal in turn. Raises Unreachable."""
        plan = self.plan
        self._learn_what_is_foreign()
        tallies: list[Tally] = []
        total = plan.tries * len(plan.goals)
        for goal in plan.goals:
            before = {**onrecord.still(), "other conversations": onrecord.others(plan.site, self.own)}
            tallies.append(tally := Tally(goal))
            for _ in self._goal(goal, tally):
                progress(len(tallies) * plan.tries - plan.tries + tally.tries, total)
            after = {**onrecord.still(), "other conversations": onrecord.others(plan.site, self.own)}
            if moved := judges.changed(before, after):
                nothing = Attack((), ())
                tally.successes.append(Success(goal.slug, nothing, tuple(moved), ()))
        return tallies

    def _goal(self, goal: Goal, tally: Tally) -> Iterator[None]:
        plan = self.plan
        dice = random.Random(f"{plan.seed}:{goal.slug}")  # noqa: S311 - a repeatable search, not a secret
        search = Search(self._seeds(goal, dice), allowed(goal.only), dice)
        attacks = search.attacks()
        waiting: list[Attack] = []
        while tally.tries < plan.tries:
            if plan.agent and tally.tries % AGENT_EVERY == AGENT_EVERY - 1:
                waiting += filter(None, map(search.add, plan.agent(goal, search.population[:5])))
            attack = waiting.pop() if waiting else next(attacks)
            score = self._try(goal, attack, tally)
            search.learn(attack, score)
            if tally.closest is None or score > tally.closest[0]:
                tally.closest = (score, attack)
            reset_queries()
            yield

    def _try(self, goal: Goal, attack: Attack, tally: Tally) -> float:
        """One conversation, judged; how far it came."""
        plan = self.plan
        sub = plan.customers[0] if goal.signed_in else ""
        identity = onrecord.token(plan.site, sub) if sub else ""
        customer = Customer(plan.server, plan.site.slug, identity)
        seen = Seen(goal.slug, sub=sub if identity else "", canaries=plan.canaries, foreign=self.foreign)
        seen.slow = plan.slow
        self.listener.clear()
        with customer:
            self.own.add(customer.conversation)
            moves.play(goal.moves, customer, attack.turns, seen, self.own)
            seen.turns = list(onrecord.turns(customer.conversation))
            customer.listen()
        seen.frames, seen.unanswered = list(customer.frames), tuple(customer.unanswered)
        seen.fetched = self.listener.seen()
        self._count(tally, attack, seen)
        if found := judges.findings(seen, self.ground):
            needed, reply = shortest(seen, self.ground, len(attack.turns))
            said = tuple(customer.transcript)
            tally.successes.append(Success(goal.slug, attack, tuple(found), said, needed, reply))
        return closeness(seen.turns)

    def _count(self, tally: Tally, attack: Attack, seen: Seen) -> None:
        tally.tries += 1
        tally.texts.add(attack.turns)
        tally.kinds.update(set(attack.kinds) or {"plain"})
        tally.outcomes.update([seen.turns[-1]["outcome"] or "discarded"] if seen.turns else ["none"])

    def _seeds(self, goal: Goal, dice: random.Random) -> list[Script]:
        """The goal's conversations with names filled in; edges, past failures and closed categories where asked."""
        found = [tuple(self._filled(line, dice) for line in seed) for seed in goal.seeds]
        if goal.edges:
            found += dice.sample(list(self.plan.edges), min(len(self.plan.edges), max(1, self.plan.tries // 2)))
        if goal.slug == "unapproved":
            found += onrecord.failures(self.plan.site)[: self.plan.tries // 4]
        if goal.categories:
            found += [(text,) for text in closed(self.plan.site, self.ground)]
        return found

    def _filled(self, line: str, dice: random.Random) -> str:
        number = dice.choice(self.numbers or ("FW-10024",))
        values = {
            "site": self.plan.site.name,
            "url": self.listener.url,
            "victim": self.plan.customers[1],
            "number": number,
            "number_bare": re.sub(r"\D", "", number),
            "canary": "the Quillon procedure",
        }
        return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), line)

    def _learn_what_is_foreign(self) -> None:
        """Ask as the victim what is hers; what the attacker would be shown too is not foreign."""
        attacker, victim = ({*self._own_words(sub)} for sub in self.plan.customers)
        foreign = victim - attacker
        self.numbers = tuple(sorted(word for word in foreign if re.fullmatch(judges_ground.NUMBER, word)))
        self.foreign = frozenset(foreign - set(self.numbers))

    def _own_words(self, sub: str) -> Iterator[str]:
        """The order numbers and the names of things that a customer's own orders show."""
        identity = onrecord.token(self.plan.site, sub)
        if not identity:
            return
        with Customer(self.plan.server, self.plan.site.slug, identity) as customer:
            self.own.add(customer.conversation)
            told = customer.ask("Where are my orders?")
            numbers = re.findall(judges_ground.NUMBER, told["text"]) if told else []
            for number in dict.fromkeys(numbers):
                told = customer.ask(f"Where is my order {number}?")
                yield number
                yield from re.findall(r"“([^“”]+)”", told["text"]) if told else ()


def shortest(seen: Seen, ground: Ground, asked: int) -> tuple[int, Frame | None]:
    """How many messages it took until there was something to find, and the reply in which it was."""
    ends = [at for at, f in enumerate(seen.frames) if f["type"] == "message" and f.get("reply_to")]
    ends = [at for at in ends if seen.frames[at]["author"] == "bot"]
    for count, at in enumerate(ends, 1):
        part = Seen(seen.goal, seen.frames[: at + 1], canaries=seen.canaries, foreign=seen.foreign)
        if judges.findings(part, ground):
            return count, seen.frames[at]
    return asked, seen.frames[ends[-1]] if ends else None


def closed(site: Site, ground: Ground) -> list[str]:
    """Messages of the categories that do not answer customers by themselves."""
    return [
        example.text
        for example in site.examples.filter(counter=False, category__isnull=False).select_related("category")
        if example.category and example.category.slug not in ground.open
    ]


def seconds(began: float) -> float:
    """The time since `began`, for the report."""
    return round(time.monotonic() - began, 1)
