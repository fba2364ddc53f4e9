"""Some weeks that a site might have had, from a seed: what `seed_history` writes, marked as synthetic.

Shapes, not measurements: quiet weekends, office hours, one category that has a bad week, one evening of attacks. The
figures below are invented for that and say nothing about how the assistant does.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from conversations import synthetic
from conversations.models import Conversation
from conversations.outcomes import Outcome, Reason
from conversations.synthetic import Exchange, Happening, Talk
from knowledge.models import Category
from sites.choices import hours
from sites.core.refusal import Refused
from sites.models import Site

A_DAY = 40
LONGEST = 26  # weeks
WEEKDAY = (1.25, 1.15, 1.05, 1.0, 0.95, 0.5, 0.4)  # Monday first
DECLINED = ((Reason.NOT_GROUNDED, 6), (Reason.OUT_OF_SCOPE, 3), (Reason.LANGUAGE, 1))
HANDED = ((Reason.ASKED_FOR_HUMAN, 7), (Reason.COMPLAINT, 1), (Reason.FRUSTRATION, 2))
NEEDS = (("needed", 14), ("unneeded", 3), ("too_late", 2), ("repeated", 2))
TARGET = 300  # seconds: the service level of a site that has set none


@dataclass(frozen=True, slots=True)
class Kind:
    """How a category does: the shares of answers and declines of its questions; the rest asks for a person."""

    answer: float
    decline: float
    happy: float


USUAL, POOR = Kind(0.78, 0.13, 0.82), Kind(0.4, 0.42, 0.3)


def seed(site: Site, *, weeks: int, seed: int, a_day: int, now: datetime, actor: str, demo: bool) -> int:
    """Write the weeks before today; returns the turns. Raises Refused where it could be taken for the real thing."""
    if not 1 <= weeks <= LONGEST:
        raise Refused(f"--weeks is {weeks}; use 1 to {LONGEST}.")
    if not 1 <= a_day <= 5000:
        raise Refused(f"--a-day is {a_day}; use 1 to 5000.")
    talks = Conversation.objects.filter(site=site)
    if talks.filter(synthetic=True).exists():
        raise Refused(f"{site.slug} has synthetic history already. Take it away first: --remove.")
    if not demo and (real := talks.count()):
        raise Refused(
            f"{site.slug} has {real} conversations of real people; synthetic ones do not belong beside them. "
            "Load the site under another slug, or, where this is a demo, set DEBUG=1."
        )
    categories = list(Category.objects.filter(site=site, retired=False))
    if not categories:
        raise Refused(f"{site.slug} has no categories yet. Load it first: manage.py load_site DIR.")
    made = list(weeks_of(site, categories, weeks=weeks, seed=seed, a_day=a_day, now=now))
    return synthetic.write(site, made, actor=actor, seed=seed)


def weeks_of(
    site: Site, categories: Sequence[Category], *, weeks: int, seed: int, a_day: int, now: datetime
) -> Iterator[Talk]:
    """The conversations of some weeks, in order, up to two days ago; the same seed and day make the same."""
    dice, where = random.Random(seed), hours.zone(site.timezone)  # noqa: S311  weeks that can be made again
    today = now.astimezone(where).date()
    weights = [dice.uniform(0.4, 1.6) for _ in categories]
    ill, bad_week, raid = dice.choice(categories), max(weeks - 2, 0), dice.randrange(weeks * 7)
    for day in range(weeks * 7):
        date = today - timedelta(days=weeks * 7 - day + 1)
        count = round(a_day * WEEKDAY[date.weekday()] * dice.uniform(0.85, 1.15) * (1 + day / (weeks * 28)))
        midnight = datetime.combine(date, time(), where)
        for minute in sorted(dice.triangular(7 * 60, 22 * 60, 13 * 60) for _ in range(count)):
            category = dice.choices(categories, weights)[0]
            kind = POOR if category == ill and day // 7 == bad_week else USUAL
            yield _talk(dice, midnight + timedelta(minutes=minute), category, kind)
        if day == raid:
            yield from (_attack(dice, midnight + timedelta(hours=21, seconds=40 * n)) for n in range(a_day // 3 + 3))


def _talk(dice: random.Random, at: datetime, category: Category, kind: Kind) -> Talk:
    """One conversation: one to three questions, then perhaps a person, a thumb, stars, a complaint, a return."""
    after, exchanges, happenings = 0.0, [], []
    handed = False
    for _ in range(dice.choices((1, 2, 3), (6, 3, 1))[0]):
        asked = _exchange(dice, after, category, kind)
        exchanges.append(asked)
        after += dice.uniform(30, 200)
        if asked.outcome == Outcome.HANDOFF:
            happenings += _handoff(dice, asked.after + 1, asked.reason, category)
            handed = True
            break
    answered = exchanges[-1].outcome == Outcome.ANSWER
    if answered and dice.random() < 0.22:
        value = 1 if dice.random() < kind.happy else -1
        happenings.append(Happening(after, "feedback", {"seq": 2 * len(exchanges), "value": value}))
    if not handed and dice.random() < (0.04 if answered else 0.12) / kind.happy:
        exchanges.append(_exchange(dice, after + dice.uniform(2, 20) * 3600, category, kind, again=True))
    if dice.random() < (0.004 if kind is USUAL else 0.03):
        happenings.append(Happening(after + 60, "complaint", {"text": "(Synthetic.)", "category": category.slug}))
    rating = (after + 90, _stars(dice, kind, answered or handed)) if dice.random() < 0.2 else None
    return Talk(at, tuple(exchanges), tuple(happenings), rating, with_person=handed)


def _exchange(dice: random.Random, after: float, category: Category, kind: Kind, *, again: bool = False) -> Exchange:
    lot = dice.random()
    if lot < kind.answer or again:
        return Exchange(after, Outcome.ANSWER, Reason.ANSWERED, category.pk, _ms(dice))
    if lot < kind.answer + kind.decline:
        reason = _pick(dice, DECLINED)
        return Exchange(after, Outcome.DECLINE, reason, category.pk, _ms(dice))
    return Exchange(after, Outcome.HANDOFF, _pick(dice, HANDED), category.pk, _ms(dice))


def _attack(dice: random.Random, at: datetime) -> Talk:
    tried = Exchange(0, Outcome.DECLINE, Reason.INJECTION, None, _ms(dice), signs=("override",))
    return Talk(at, (tried,))


def _handoff(dice: random.Random, after: float, reason: str, category: Category) -> list[Happening]:
    """Opened, claimed after a wait that is mostly short, and closed with what the agent thought of it."""
    opened = {"reason": reason, "urgent": False, "category": category.slug, "target_s": TARGET}
    wait = min(dice.lognormvariate(4.6, 0.9), 4 * 3600)
    if dice.random() < 0.06:
        return [Happening(after, "handoff.opened", opened), Happening(after + wait, "handoff.withdrawn", {})]
    done = after + wait + dice.uniform(120, 900)
    need = {"need": _pick(dice, NEEDS), "category": category.slug} if dice.random() < 0.8 else {}
    return [
        Happening(after, "handoff.opened", opened),
        Happening(after + wait, "handoff.claimed", {}),
        Happening(done, "handoff.closed", {"ending": "resolved", **need}),
    ]


def _ms(dice: random.Random) -> dict[str, float]:
    """Milliseconds since the decision began, as the bot marks them."""
    read = dice.lognormvariate(2.6, 0.35)
    quote = read + dice.lognormvariate(1.9, 0.5)
    return {"read": round(read, 2), "quote": round(quote, 2), "decided": round(quote + 0.4, 2)}


def _stars(dice: random.Random, kind: Kind, helped: bool) -> int:
    return dice.choices((1, 2, 3, 4, 5), (1, 1, 2, 5, 8) if helped and dice.random() < kind.happy else (6, 4, 3, 2, 1))[
        0
    ]


def _pick(dice: random.Random, table: Sequence[tuple[str, int]]) -> str:
    return str(dice.choices([name for name, _ in table], [weight for _, weight in table])[0])
