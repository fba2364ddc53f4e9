"""What of the questions handed in the articles answer: in numbers, article by article, and what is left over.

Law of the room: it proposes and counts. A question becomes one of an article's when a person says so, in a revision
that somebody else approves; what the site is tested with never does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from knowledge.face.editing import approval, ingest, ownership
from knowledge.face.insights import gaps, wordings
from knowledge.face.text import asked
from knowledge.models import Revision, Source
from release.core.people import Actor, allow, name
from release.models import Scenario
from release.models.started import Start, Suggestion
from release.onboarding.starts import MAY
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Site

SHOWN = 10  # questions proposed for one article at a time
WHY = "questions that customers asked"
Kind, State = Suggestion.Kind, Suggestion.State


@dataclass(frozen=True, slots=True)
class Coverage:
    """So many questions were sorted, so many of them to an article that would answer; the others, with their start."""

    total: int
    answered: int
    left: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Proposed:
    """Questions of customers that an article answers, and that it does not name yet."""

    source: Source
    title: str
    questions: Sequence[Suggestion]


def of(site: Site) -> Coverage:
    """Over all questions that were ever sorted by articles; what was put on the gap list is left no more."""
    starts = Start.objects.filter(site=site).exclude(answered=None)
    total = sum(start.total for start in starts)
    answered = sum(start.answered or 0 for start in starts)
    return Coverage(total, answered, [(start.pk, text) for start in starts for text in start.unanswered])


def proposed(site: Site) -> list[Proposed]:
    """For each article the examples it answers; what a scenario asks is left out, and what it names already."""
    rows = Suggestion.objects.filter(start__site=site, kind=Kind.EXAMPLE, state=State.ACCEPTED, body__has_key="answers")
    by_slug: dict[str, list[Suggestion]] = {}
    for row in rows:
        by_slug.setdefault(row.body["answers"], []).append(row)
    tested = _tested(site)
    held = [_missing(revision, by_slug[slug], tested) for slug, revision in _newest(site, by_slug).items()]
    return [each for each in held if each.questions]


def take(site: Site, keys: Sequence[int], *, actor: Actor) -> int:
    """Make these questions some of the articles that answer them; each changed article waits for approval. How many.

    Raises Refused, NotAllowed.
    """
    approval.allow(actor, site.pk)
    chosen = [(each, [q for q in each.questions if q.pk in keys]) for each in proposed(site)]
    chosen = [(each, questions) for each, questions in chosen if questions]
    if not chosen:
        raise Refused("Tick the questions that their article answers.")
    ownership.require_sources(actor, site.pk, [each.source.pk for each, _ in chosen])
    for each, questions in chosen:
        newest = _latest(each.source)
        whole = [*newest.questions, *(question.text for question in questions)][: asked.MOST]
        saved = ingest.revise(
            each.source, title=newest.title, text=newest.text, actor=actor, warnings=newest.warnings, questions=whole,
            later=True,
        )  # fmt: skip
        if saved.revision.state == Revision.State.DRAFT:
            approval.submit(saved.revision, actor=actor, reason=WHY)
    return sum(len(questions) for _, questions in chosen)


def missing(site: Site, *, actor: Actor) -> int:
    """Put what no article answers on the list of what to write about; how many. Raises Refused, NotAllowed."""
    allow(actor, site, *MAY)
    left = of(site).left
    if not left:
        raise Refused("No question is left over.")
    with transaction.atomic():
        head = ledger.hold(site.pk)
        Start.objects.filter(pk__in={pk for pk, _ in left}).update(unanswered=[])
        for _, text in left:
            gaps.note(site.pk, None, text, "past_question")
        ledger.append(site.pk, "questions_missing", {"actor": name(actor), "questions": len(left)}, head=head)
    return len(left)


def _missing(newest: Revision, rows: Sequence[Suggestion], tested: frozenset[str]) -> Proposed:
    known = wordings.said_by(newest.questions)
    room = asked.MOST - len(newest.questions)
    fresh = {row.text: row for row in rows if not wordings.said(row.text) & (tested | known)}
    fitting = [row for row in fresh.values() if len(row.text) <= asked.LONGEST]
    return Proposed(newest.source, newest.title, fitting[: max(0, min(SHOWN, room))])


def _newest(site: Site, slugs: Mapping[str, object]) -> dict[str, Revision]:
    """The newest text of articles that are there, which is approved: what waits for somebody is let be."""
    rows = Revision.objects.filter(source__site=site, source__slug__in=slugs, source__retired=False)
    newest = {row.source.slug: row for row in rows.order_by("number").select_related("source")}
    return {slug: row for slug, row in sorted(newest.items()) if row.state == Revision.State.APPROVED}


def _latest(source: Source) -> Revision:
    return source.revisions.order_by("-number")[0]


def _tested(site: Site) -> frozenset[str]:
    bodies = Scenario.objects.filter(site=site).values_list("body", flat=True)
    trials = site.trials.values_list("text", flat=True)
    return wordings.said_by([*(turn for body in bodies for turn in body["turns"]), *trials])
