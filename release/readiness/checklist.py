"""The checklist: ten questions to answer before customers see an agent, and three sign-offs. Red where open.

What the system knows it shows live; what is judgement is an owner's dated statement, which ends by itself, with the
release it was made for, and with the facts it spoke about. It shows and blocks nothing: the gate is elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from release.core import people
from release.models.proofs import Statement
from release.readiness import conduct, content, evidence
from release.readiness.look import FRESH, Fact, Look
from sites.access.roles import NotAllowed
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import Site

USUAL, LONGEST = FRESH.days, 366
"""Days a statement counts: unless its owner chooses others, and at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: what is asked, what only a person can say to it, whose duty that is, where the facts come from.

    `bound`: what is said holds for the release that was live, and for no other.
    """

    slug: str
    title: str
    asks: str
    duties: tuple[str, ...]
    facts: Callable[[Look], Iterator[Fact]] | None = None
    bound: bool = True


QUESTIONS = (
    Question(
        "scope", "What is the smallest scope that is useful?",
        "Why these categories, why each at its level, and why none could be left out.", ("release",), content.scope,
    ),
    Question(
        "data", "Which data, tools and permissions does it have, and why?",
        "Why it needs each article audience, each tool and each person's role; what was left out.",
        ("sources",), content.data,
    ),
    Question(
        "evaluation", "What was it evaluated on, and what was the bar?",
        "Why these scenarios stand for what customers ask, and what they leave out.", ("release",), evidence.evaluation,
    ),
    Question(
        "attacks", "Which attacks were tried, and which were not?",
        "Which attackers were thought of, and why what was not tried can wait.", ("security", "release"),
        evidence.attacks,
    ),
    Question(
        "grounding", "What does every answer rest on?",
        "Who has read the articles as customers will, and what is known to be missing in them.",
        ("sources", "answers"), evidence.grounding,
    ),
    Question(
        "escalation", "When does it go to a person?",
        "Whether the desk can take what comes, and what happens when it cannot.", ("customers", "answers"),
        conduct.escalation,
    ),
    Question(
        "audit", "What is kept, and who reads it?",
        "Who reads how much of the record, how often; where the head of the chain is kept besides.",
        ("incidents",), conduct.audit, False,
    ),
    Question(
        "rollback", "How is it stopped and taken back, and how fast?",
        "Who stops it at night and on a holiday, and how they hear of it.", ("incidents",), conduct.rollback, False,
    ),
    Question(
        "owner", "Who answers for it?",
        "Who answers for it to customers and to the company, by name, and who does when they are away.",
        ("release",), conduct.owners, False,
    ),
    Question(
        "disclosure", "What are customers told, and how do they reach a person?",
        "Whether customers understand that it is an AI, and that a person is one tap away; how that was tried.",
        ("customers",), conduct.honesty,
    ),
    Question("support", "Support signs off", "That customers may meet this release.", ("answers", "customers")),
    Question("legal", "Legal signs off", "That customers may meet this release.", ("legal",)),
    Question("security", "Security signs off", "That customers may meet this release.", ("security",)),
)  # fmt: skip
BY_SLUG: Mapping[str, Question] = {question.slug: question for question in QUESTIONS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One question as it stands now: its facts, the newest statement, and why that does not count (empty: it does)."""

    question: Question
    facts: tuple[Fact, ...]
    statement: Statement | None
    why: str
    owners: tuple[str, ...]

    @property
    def open(self) -> int:
        """How many things are open."""
        return sum(bool(fact.open) for fact in self.facts) + bool(self.why)

    def as_json(self) -> dict[str, Any]:
        """The entry as the REST interface gives it."""
        said = self.statement
        return {
            "question": self.question.slug,
            "title": self.question.title,
            "open": self.open,
            "facts": [{"label": f.label, "value": f.value, "open": f.open or None} for f in self.facts],
            "asks": self.question.asks,
            "owners": list(self.owners),
            "statement": said and {
                "text": said.text, "signed_by": said.signed_by, "signed_at": said.signed_at,
                "expires_at": said.expires_at, "release": said.fingerprint or None,
            },
            "lacks": self.why or None,
        }  # fmt: skip


def of(site: Site, now: datetime | None = None) -> list[Entry]:
    """Every question of a site as it stands now, the ten in their order and the three sign-offs."""
    look = Look(site, now or timezone.now())
    newest = {said.question: said for said in Statement.objects.filter(site=site).order_by("id")}
    return [_entry(look, question, newest.get(question.slug)) for question in QUESTIONS]


def sign(site: Site, question: str, *, text: str, actor: User, days: int = USUAL) -> Statement:
    """Keep an owner's statement for so many days; 0 takes back what was said. Raises Refused, NotAllowed."""
    asked = BY_SLUG.get(question)
    if asked is None:
        raise Refused(f"There is no question “{question}”. Questions: {', '.join(BY_SLUG)}.")
    if actor.get_username() not in _owners(site, asked):
        raise NotAllowed(f"{asked.title} Only {_whose(site, asked)} can sign this, in their own login.")
    if not text.strip():
        raise Refused("Write what you answer for; an empty statement says nothing.")
    if not 0 <= days <= LONGEST:
        raise Refused(f"A statement counts for 1 to {LONGEST} days; 0 takes back what was said.")
    now = timezone.now()
    with transaction.atomic():
        head = ledger.hold(site.pk)
        look = Look(site, now)
        said = Statement.objects.create(
            site=site, question=question, text=text.strip(), signed_by=actor.get_username(), signed_at=now,
            expires_at=now + timedelta(days=days), fingerprint=_fingerprint(look),
            facts=_settled(_facts(look, asked)),
        )  # fmt: skip
        facts = {"question": question, "actor": said.signed_by, "text": ledger.digest(said.text), "days": days}
        kept.append(site.pk, "statement_signed", {**facts, "release": said.fingerprint}, said, head=head)
    return said


def _entry(look: Look, question: Question, said: Statement | None) -> Entry:
    facts = _facts(look, question)
    owners = tuple(sorted(_owners(look.site, question)))
    return Entry(question, facts, said, _lacks(look, question, facts, said), owners)


def _lacks(look: Look, question: Question, facts: tuple[Fact, ...], said: Statement | None) -> str:
    """Why what was said does not count now, or what is missing; empty when it counts."""
    if said is None:
        return f"Not signed: {_whose(look.site, question)} has not said anything yet."
    if said.expires_at <= said.signed_at:
        return f"Taken back by {said.signed_by}."
    if said.expires_at <= look.now:
        return f"Expired on {said.expires_at:%d %b %Y}."
    if said.signed_by not in _owners(look.site, question):
        return f"{said.signed_by} no longer answers for this; {_whose(look.site, question)} does."
    if question.bound and said.fingerprint != _fingerprint(look):
        return "Needs a fresh look: another release is live."
    now = _settled(facts)
    if changed := sorted(label for label in now.keys() | said.facts.keys() if now.get(label) != said.facts.get(label)):
        return f"Needs a fresh look; changed since: {', '.join(changed)}."
    return ""


def _facts(look: Look, question: Question) -> tuple[Fact, ...]:
    return tuple(question.facts(look)) if question.facts else ()


def _settled(facts: Iterable[Fact]) -> dict[str, str]:
    """What a statement speaks about, by label."""
    said: dict[str, str] = {}
    for fact in facts:
        if fact.settled:
            said[fact.label] = f"{said[fact.label]} {fact.value}" if fact.label in said else fact.value
    return said


def _fingerprint(look: Look) -> str:
    return look.release.fingerprint if look.release else ""


def _owners(site: Site, question: Question) -> set[str]:
    return {name for duty in question.duties for name in people.answers_for(site, duty)}


def _whose(site: Site, question: Question) -> str:
    """Who may sign, in words."""
    named = sorted(_owners(site, question))
    duties = " or ".join(question.duties)
    return f"the owner of {duties} ({', '.join(named) or 'nobody is named, or they are gone'})"
