"""Past questions sorted into the categories that are there, by the article that would answer each. It proposes only.

Law of the room: a question no article comes near is sorted nowhere; some of each lot are held back, to be tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.face.embedding import Matrix, embedder
from knowledge.face.insights import linked, wordings
from knowledge.face.retrieval import search
from release.live import snapshot
from release.models.started import Start, Suggestion
from release.onboarding.grouping import LEAST
from release.onboarding.tickets import Asked
from sites.models import Site

NEAR = 0.5
"""How surely the best article answers (`search.chance`), from which on a question is taken for one about it."""
MOST = 400  # questions of one file that are sorted: each is a search
TAUGHT = 10  # examples below which no category is exposed: they come before what is held back
HELD, EXAMPLES = 20, 60
PUBLIC = frozenset({"public"})
Kind = Suggestion.Kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question belongs: its category, and the article that would answer it; empty: nowhere."""

    category: str = ""
    article: str = ""


NOWHERE = Place()


def placed(site: Site, asked: Sequence[Asked]) -> list[Place]:
    """For each question its place; nowhere too for what is labelled or answered by whoever wrote it down."""
    frozen = snapshot.candidate(site)
    slugs = frozenset(each.slug for each in frozen.categories if each.route == "answer" and not each.by_tool)
    if not slugs or not frozen.revisions:
        return [NOWHERE] * len(asked)
    scope = frozen.across(slugs, PUBLIC)
    return [
        NOWHERE if each.label or each.answer or place >= MOST else _nearest(scope, each.text)
        for place, each in enumerate(asked)
    ]


def settled(places: Sequence[str], rows: Matrix) -> list[str]:
    """The same, but a large lot of like questions stays together where most belong nowhere: it may be a category."""
    found = list(places)
    for lot in linked(rows):
        if len(lot) >= LEAST and 2 * sum(bool(places[n]) for n in lot) < len(lot):
            for n in lot:
                found[n] = ""
    return found


def write(
    start: Start, slug: str, title: str, found: Mapping[str, str], taught: frozenset[str], tested: frozenset[str]
) -> None:
    """The questions of one category, each with the article that answers it, as a proposal to add to it.

    What the site is taught or tested with already stays on its side.
    """
    texts = list(found)
    examples, held = parted(texts)
    body = {"messages": len(texts), "into": slug}
    whole = Suggestion.objects.create(start=start, kind=Kind.CATEGORY, text=title, body=body)
    chosen = [(Kind.EXAMPLE, text, tested) for text in examples] + [(Kind.SCENARIO, text, taught) for text in held]
    Suggestion.objects.bulk_create(
        Suggestion(start=start, subject=whole, kind=kind, text=text, body={"answers": found[text]})
        for kind, text, elsewhere in chosen
        if not wordings.said(text) & elsewhere
    )


def parted(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Examples, and what is held back evenly from among them: a third, or all that ten examples leave over."""
    back = min(HELD, max(len(texts) // 3, len(texts) - TAUGHT))
    places = {int((n + 0.5) * len(texts) / back) for n in range(back)} if back > 0 else set()
    examples = [text for place, text in enumerate(texts) if place not in places][:EXAMPLES]
    said = wordings.said_by(examples)
    return examples, [texts[place] for place in sorted(places) if not wordings.said(texts[place]) & said]


def _nearest(scope: search.Scope, text: str) -> Place:
    """The best article for a question and its category, or nowhere where it would hardly answer it."""
    hits = search.find(scope, text, embedder().encode_question(text))
    if not hits:
        return NOWHERE
    best: dict[int, float] = {}
    for hit in hits:
        best[hit.revision_id] = max(best.get(hit.revision_id, hit.strength), hit.strength)
    strengths = sorted(best.values(), reverse=True)
    sure = search.chance(strengths[0], search.shares(strengths)[0])
    return Place(hits[0].categories[0], hits[0].source) if sure >= NEAR else NOWHERE
