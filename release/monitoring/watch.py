"""Exposure falls by itself: at once on hard events, and on rates only when enough was seen to be sure.

Nobody is asked, and nothing goes up here. Each fall is a row with its evidence, by the verb that people use too. What
caused a fall holds the next step up until it is mended, or counts only from the last step on: so nothing falls twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q
from django.utils import timezone

from conversations.models import Citation, Message
from knowledge.face.retrieval import INTERNAL
from knowledge.models import Category, Level
from release.core import people
from release.exposure import levels, rates
from release.incidents import reach
from release.live import alarms
from release.models import ExposureMove, Incident, Lookout
from sites.core.refusal import Refused
from sites.models import Site

PERIOD = timedelta(days=7)
JUDGED = timedelta(days=28)
"""How far back judged answers count: they are drawn when their week is over, and judged in the weeks after."""
WATCH = "Handrail"  # who lowers it, in the record
CANARY = "handrail-canary-"
"""Owners put a word that begins so into internal articles; no customer must ever read it."""
PUBLIC = "public"
ANSWERS = (Message.Author.BOT, Message.Author.AGENT)


@dataclass(frozen=True, slots=True)
class Fall:
    """Why a category falls, and to which level."""

    to: int
    reason: str
    evidence: dict[str, Any]


def look(site: Site, now: datetime | None = None) -> list[ExposureMove]:
    """Look at every category of a site once, and lower what must fall; returns the moves."""
    now = now or timezone.now()
    leaks, upto = _leaks(site)
    moves = [
        move
        for category in Category.objects.filter(site=site).select_related("site")
        if levels.level_of(category) > Level.INTERNAL and (move := _lowered(category, leaks, now))
    ]
    Lookout.objects.update_or_create(site=site, defaults={"message": upto, "looked_at": now})
    return moves


def _lowered(category: Category, leaks: "list[Leak]", now: datetime) -> ExposureMove | None:
    """The lowest fall there is a reason for, made; None when there is none, or somebody was faster."""
    level = levels.level_of(category)
    falls = [fall for fall in (*_hard(category, leaks), *_soft(category, level, now)) if fall.to < level]
    if not falls:
        return None
    fall = min(falls, key=lambda each: each.to)
    why = "; ".join(each.reason for each in falls)
    evidence = {"watch": True, **{key: value for each in falls for key, value in each.evidence.items()}}
    try:
        return levels.lower_level(category, fall.to, actor=WATCH, reason=why, evidence=evidence)
    except Refused:
        return None


# ── Hard events ───────────────────────────────────────────────────────────────────────────────────────────────


def _hard(category: Category, leaks: "list[Leak]") -> Iterator[Fall]:
    severe = Incident.objects.filter(site=category.site_id, severity=Incident.Severity.SEVERE)
    severe = severe.exclude(state=Incident.State.RESOLVED).filter(Q(category=category) | Q(category=None))
    for incident in severe:
        yield Fall(1, f"incident {incident.number} is severe: {incident.reason}", {"incident": incident.number})
    if mine := [leak for leak in leaks if leak.category in (None, category.pk)]:
        shown = [leak.message for leak in mine]
        yield Fall(1, f"customers were shown what is not for them: {mine[0].why}", {"leaked": shown[:100]})
    if category.owner and people.unknown([category.owner]) and not people.has_deputy(category.site):
        yield Fall(
            1, f"its owner {category.owner} has no active account, and nobody stands in", {"gone": category.owner}
        )
    drift = alarms.drifted(category.site_id)
    if drift and (drift.everywhere or category.slug in drift.categories):
        why = f"the scheduled run of the gate failed: {', '.join(drift.scenarios[:5])}"
        yield Fall(2, why, {"run": drift.run, "scenarios": list(drift.scenarios)})


@dataclass(frozen=True, slots=True)
class Leak:
    """One message that showed what it must not; the category it was answered in, None when that is not known."""

    message: int
    category: int | None
    why: str


def _leaks(site: Site) -> tuple[list[Leak], int]:
    """What leaked since the last look, and the last message looked at."""
    seen = Lookout.objects.filter(site=site).values_list("message", flat=True).first() or 0
    # Answers are written under the site's ledger, so their keys are in the order of their commits.
    sent = Message.objects.filter(conversation__site=site, pk__gt=seen, author__in=ANSWERS)
    upto = sent.aggregate(last=Max("pk"))["last"] or seen
    sent = sent.filter(pk__lte=upto, conversation__synthetic=False)
    found = [
        Leak(message.pk, _about(message), "a word that marks internal texts")
        for message in sent.filter(author=Message.Author.BOT, text__icontains=CANARY)
    ]
    cited = Citation.objects.filter(message__in=sent).select_related("message__conversation")
    suspect = cited.exclude(audience=PUBLIC) | cited.exclude(source__site=F("message__conversation__site"))
    cases = ((citation, _foreign(citation)) for citation in suspect.exclude(source=None).select_related("source"))
    found += [Leak(citation.message_id, _about(citation.message), why) for citation, why in cases if why]
    return found, upto


def _foreign(citation: Citation) -> str:
    """Why this customer must not have been shown this; empty when they may have been."""
    conversation = citation.message.conversation
    if citation.source is not None and citation.source.site_id != conversation.site_id:
        return f"{citation.source.slug} is another site's"
    carried = conversation.identity.get("audiences", [])
    if citation.audience == INTERNAL or (citation.audience != PUBLIC and citation.audience not in carried):
        return f"“{citation.title}” is for {citation.audience}"
    return ""


def _about(message: Message) -> int | None:
    turn = reach.question(message)
    return turn.category_id if turn else None


# ── Rates ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _soft(category: Category, level: int, now: datetime) -> Iterator[Fall]:
    """One step down for each rate above its bar, seen in the last period and since the last move."""
    last = ExposureMove.objects.filter(category=category).aggregate(at=Max("at"))["at"]
    since, judged = (max(now - back, last) if last else now - back for back in (PERIOD, JUDGED))
    for rate in (*rates.of(category, since), rates.judged(category, judged)):
        if rate.above:
            why = f"{rate.bad} {rate.what} of {rate.n}, surely above {rate.bar:.0%}"
            yield Fall(level - 1, why, {rate.what: rate.as_json()})
