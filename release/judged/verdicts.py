"""Judging: one answer at a time, by a person who sees what was asked and said, and nothing that anybody thought of it.

Law of the room: who judges is shown no verdict, rating, decision or level; nobody judges where they decided on a
draft or a suggestion themselves. A judgement is made once and never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from conversations.models import Conversation, Event, Message
from release.models.judged import Judgement, Sampled
from sites.access.roles import require, sites_of
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

JUDGES = (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER)
A_DAY = 12  # answers that take about two minutes
OPEN_FOR = timedelta(days=28)  # from then on a week's answers are no longer put before anybody
ENOUGH = 2
"""How many people are asked of one answer at most: a second one shows how far judges agree."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a judge sees: what the customer wrote before, the question, and the answer with its sources."""

    sampled: Sampled
    before: str
    question: str
    text: str
    parts: Sequence[Mapping[str, Any]]
    citations: Sequence[Mapping[str, Any]]


def waiting(user: User) -> QuerySet[Sampled]:
    """What this person may still judge: first what nobody has, the oldest week first; no answer of their own."""
    since = timezone.localdate() - OPEN_FOR
    theirs = Judgement.objects.filter(sampled=OuterRef("pk"), by=user.get_username())
    mine = Sampled.objects.filter(site__in=sites_of(user, *JUDGES), week__gte=since)
    rows = (
        mine.filter(~Exists(theirs), ~Exists(_decided(user, OuterRef("turn__conversation"))))
        .annotate(n=Count("judgements"))
        .filter(n__lt=ENOUGH)
    )
    return rows.order_by("n", "week", "pk")


def next_for(user: User, after: int = 0) -> Sampled | None:
    """The next one to judge; `after` puts one off that the person left alone."""
    rows = waiting(user).select_related("site", "category", "turn__question", "turn__answer")
    return rows.exclude(pk=after).first() or rows.first()


def shown(sampled: Sampled, *, actor: User) -> Shown:
    """The answer as its judge reads it; reading it is an entry in the chain. Raises NotAllowed."""
    require(actor, sampled.site_id, *JUDGES)
    turn = sampled.turn
    talk = str(turn.conversation_id)
    ledger.note(sampled.site_id, "read", actor=actor.get_username(), conversation=talk, why="sample")
    held = turn.trace.get("suggestion")
    if held:
        text, parts, cites = held["text"], held.get("parts") or [], held.get("citations") or held.get("quotes", [])
    else:
        answer = turn.answer
        text, parts = (answer.text, answer.parts) if answer else ("", [])
        cites = list(answer.citations.values("n", "title", "quote", "url", "updated")) if answer else []
    numbered = [{"n": n, **cite} for n, cite in enumerate(cites, 1)]
    return Shown(sampled, _before(turn.conversation, turn.question), turn.question.text, text, list(parts), numbered)


def judge(sampled: Sampled, verdict: str, *, actor: User) -> Judgement:
    """Keep one person's word on one answer. Raises Refused for a second word or none, NotAllowed."""
    if verdict not in Judgement.Verdict.values:
        raise Refused("Say that the answer is right, beside the point or misleading.")
    with kept.writing(sampled.site_id) as head:
        require(actor, sampled.site_id, *JUDGES)
        by = actor.get_username()
        if not Sampled.objects.filter(pk=sampled.pk).exists():
            raise Refused("This answer has been erased meanwhile.")
        if Judgement.objects.filter(sampled=sampled, by=by).exists():
            raise Refused("You have judged this answer already; the first word stays.")
        if _decided(actor, sampled.turn.conversation_id).exists():
            raise Refused("You decided on what was said here: somebody else judges it.")
        made = Judgement.objects.create(sampled=sampled, by=by, verdict=verdict, at=timezone.now())
        facts = {"actor": by, "sampled": sampled.pk, "turn": sampled.turn_id, "verdict": verdict}
        kept.append(sampled.site_id, "judged", facts, made, head=head)
    return made


def unjudged(site: Site) -> int:
    """How many drawn answers of a site nobody has judged yet."""
    since = timezone.localdate() - OPEN_FOR
    return Sampled.objects.filter(site=site, week__gte=since, judgements=None).count()


def made_today(user: User) -> int:
    """How many answers a person has judged today."""
    begun = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Judgement.objects.filter(by=user.get_username(), at__gte=begun).count()


def _before(conversation: Conversation, question: Message) -> str:
    """What the customer wrote before, for a follow-up says little by itself."""
    said = Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER, seq__lt=question.seq)
    return said.order_by("-seq").values_list("text", flat=True).first() or ""


def _decided(user: User, conversation: Any) -> QuerySet[Event]:
    """A person's own decisions on drafts and suggestions of a conversation."""
    made = Q(kind__startswith="draft.") | Q(kind__startswith="suggestion.")
    return Event.objects.filter(made, conversation=conversation, actor=user.get_username())
