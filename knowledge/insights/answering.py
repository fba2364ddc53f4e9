"""Which article answers what was asked in vain. An owner says so, and the question becomes one of the article's.

Law of the room: who says it writes a revision, so it is approved by somebody else wherever text is; where nobody else
is asked, it is approved with the same click. The next release publishes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.editing import approval, ingest
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.index.eligibility import INTERNAL
from knowledge.insights import gaps
from knowledge.models import Gap, Passage, Revision, Source
from knowledge.text import asked
from sites.core.refusal import Refused
from sites.models import Site

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Near:
    """An article that may answer, the cosine of its nearest passage, and whether an agent answered with it."""

    source: Source
    title: str
    nearness: float
    cited: bool


def nearest(site: Site, questions: Sequence[Gap], limit: int = SHOWN) -> list[Near]:
    """The articles that may answer these questions: what agents answered with, then the nearest in meaning."""
    cited = {gap.answered_with_id for gap in questions if gap.answered_with_id}
    revisions = _candidate(site)
    best: dict[int, float] = dict.fromkeys(cited & revisions.keys(), 0.0)
    if (vector := _vector(questions)) is not None:
        of = {revision.pk: source for source, revision in revisions.items()}
        for some in vectors.slices(sorted(of), vectors.PARAMETERS):
            rows = dict(Passage.objects.filter(revision__in=some).values_list("digest", "revision"))
            for digest, row in vectors.dense(rows).items():
                source = of[rows[digest]]
                best[source] = max(best.get(source, -1.0), float(row @ vector))
    order = sorted(best, key=lambda source: (source not in cited, -best[source]))[:limit]
    return [Near(revisions[pk].source, revisions[pk].title, best[pk], pk in cited) for pk in order]


def take(site: Site, questions: Sequence[Gap], source: Source, *, actor: approval.Actor, reason: str = "") -> Revision:
    """Make the questions some of an article's, and so handled wherever they were asked; the revision that has them.

    It is approved at once where the text is and the person may approve it; a draft stays one, and what waits for
    somebody else waits for them. Raises NotAllowed, Refused.
    """
    if not questions or source.site_id != site.pk:
        raise Refused("Tick questions, and choose the article that answers them.")
    gaps.allow(actor, site.pk, Gap.objects.filter(pk__in=[gap.pk for gap in questions]))
    newest = source.revisions.exclude(state=Revision.State.REJECTED).first()
    if newest is None:
        raise Refused(f"{source} has no text that could answer anything.")
    try:
        both = asked.with_more(newest.questions, (gap.told for gap in questions))
        made = ingest.revise(
            source, title=newest.title, text=newest.text, warnings=newest.warnings, questions=both, actor=actor,
            later=True,
        ).revision  # fmt: skip
    except (asked.QuestionsError, ingest.Rejected) as error:
        raise Refused(f"{source}: {error}.") from error
    why = reason.strip() or "Asked by customers."
    if newest.state != Revision.State.DRAFT and made.state == Revision.State.DRAFT:
        approval.submit(made, actor=actor, reason=why)
    if newest.state == Revision.State.APPROVED and made.pk != newest.pk and approval.may_approve(made, actor):
        approval.approve(made, actor=actor, reason=why)
    keys = [gap.pk for gap in questions]
    Gap.objects.filter(pk__in=keys).update(answered_with=source)
    gaps.close(site.pk, keys, how="question", actor=actor, reason=f"article {source.slug}")
    return made


def _candidate(site: Site) -> dict[int, Revision]:
    """source → the text that the next release would publish of it, or its newest draft; nothing that is internal."""
    rows = Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
    rows = rows.exclude(source__audience=INTERNAL).exclude(state=Revision.State.REJECTED)
    return {row.source_id: row for row in rows.order_by("number").select_related("source").defer("text")}


def _vector(questions: Sequence[Gap]) -> np.ndarray | None:
    """(dims,) the mean of the questions' vectors, as a unit row; None where none is prepared."""
    held = Gap.objects.filter(pk__in=[gap.pk for gap in questions], model=embedder().model_id)
    rows = [np.frombuffer(row, np.float32) for row in held.values_list("vector", flat=True) if row]
    if not rows:
        return None
    mean = np.mean(rows, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
