"""The judged sample: each week some answers of every category are drawn at random, for people to judge.

Law of the room: nobody chooses what is judged. A week is drawn once, when it is over, from a seed that rests on the
site's chain at that moment: who knows the entry can draw the same again, and nobody could know it before.
"""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from conversations.models import Turn
from conversations.outcomes import Outcome, Reason
from release.models.judged import Sampled
from sites.core import kept
from sites.models import Site

WEEK = timedelta(days=7)
MOST = 20
"""Answers of a category in a week: two minutes a day of one person; two weeks of them can show a rate under 10 %."""
_HELD = Q(outcome=Outcome.DRAFT) | Q(reason=Reason.NOT_EXPOSED)
SHOWN = Q(outcome=Outcome.ANSWER) | (_HELD & Q(trace__has_key="suggestion"))
"""What the assistant said, or would have said: at level 3 its answers, at 2 its drafts, at 1 what it held back. Drafts
that were seeded to test reviewers hold nothing back, and are not among them."""


def monday(moment: datetime) -> date:
    """The Monday (UTC) of a moment's week."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def draw(site: Site, week: date | None = None, now: datetime | None = None) -> list[Sampled]:
    """Draw the week that begins on this Monday (the last whole one) unless it has been drawn; what is new.

    Raises ValueError for a week that is not over.
    """
    now = now or timezone.now()
    week = week or monday(now) - WEEK
    if monday(now) <= week:
        raise ValueError(f"The week of {week} is not over.")
    if Sampled.objects.filter(site=site, week=week).exists():
        return []
    with kept.writing(site.pk) as head:
        answered = _answered(site, week)
        if not answered or Sampled.objects.filter(site=site, week=week).exists():
            return []
        seed = hashlib.sha256(f"{site.slug} {week.isoformat()} {head.digest}".encode()).hexdigest()
        chosen = {slug: drawn(seed, slug, list(turns)) for slug, turns in answered.items()}
        rows = [
            Sampled(site=site, category_id=category, week=week, turn_id=turn, answered_at=at)
            for slug, turns in answered.items()
            for turn, (category, at) in turns.items()
            if turn in chosen[slug]
        ]
        made = Sampled.objects.bulk_create(rows)
        facts = {"week": week.isoformat(), "seed": seed, "of": {slug: len(turns) for slug, turns in answered.items()}}
        kept.append(site.pk, "sample.drawn", {"actor": "Handrail", **facts, "most": MOST}, *made, head=head)
    return made


def drawn(seed: str, slug: str, turns: Sequence[int]) -> frozenset[int]:
    """Which of a category's turns a seed draws: the same for everybody who has the entry."""
    source = random.Random(f"{seed} {slug}")  # noqa: S311  a sample to be drawn again, not a secret
    return frozenset(source.sample(sorted(turns), min(MOST, len(turns))))


def _answered(site: Site, week: date) -> dict[str, dict[int, tuple[int, datetime]]]:
    """The turns of a week by category, each with the category's key and the time of its answer."""
    since = datetime.combine(week, time(), UTC)
    settled = Turn.objects.filter(conversation__site=site, state=Turn.State.SETTLED, conversation__synthetic=False)
    mine = settled.filter(SHOWN, category__isnull=False, settled_at__gte=since, settled_at__lt=since + WEEK)
    found: dict[str, dict[int, tuple[int, datetime]]] = {}
    for turn, slug, category, at in mine.values_list("pk", "category__slug", "category", "settled_at").order_by("pk"):
        if category is not None and at is not None:
            found.setdefault(slug, {})[turn] = (category, at)
    return found
