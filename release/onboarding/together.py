"""Everything a start proposes, taken in one act by the person who has looked at it; her rights are asked each time.

Law of the room: it makes no move that the single buttons do not make. What was held back is kept to be tried, and what
no article answers is left for a person: no category is opened for questions alone.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from knowledge.face.editing import approval
from knowledge.models import Category, Level
from release.core.people import Actor, name
from release.models.started import Start, Suggestion
from release.onboarding import starts, trials
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Site

Kind, State = Suggestion.Kind, Suggestion.State
SOON = 60
"""Articles in one heap up to which a single category opens soonest: each needs ten examples and ten questions that came
out right, and a company that begins has about two past questions an article, most of them about a few."""
TAKEN = (Kind.EXAMPLE, Kind.COUNTEREXAMPLE, Kind.ARTICLE)


def open_(start: Start) -> list[Suggestion]:
    """The proposals of a start that may be taken together: of a folder all, of questions those for a category there."""
    found = start.suggestions.filter(kind=Kind.CATEGORY, state=State.OPEN).prefetch_related("parts")
    return [each for each in found if start.articles or each.body.get("into")]


def as_one(start: Start, proposed: Sequence[Suggestion]) -> bool:
    """Whether what lies in one heap is better taken as one category first, whatever lots it falls into."""
    return start.articles <= SOON and any(each.body.get("lot") for each in proposed)


def take(
    start: Start, *, actor: Actor, title: str = "", titles: Mapping[int, str] | None = None, whole: bool = False
) -> list[Category]:
    """Accept all of it: each sub-folder a category, all other articles one of this title; questions where they belong.

    `titles`: what proposals are to be called, by their key; two of one title become one category. `whole`: all of it
    becomes the one of this title.

    Articles are submitted as they are saved. Raises Refused, NotAllowed.
    """
    approval.allow(actor, start.site_id)
    subjects = open_(start)
    if not subjects:
        raise Refused("Nothing is proposed that could be taken together.")
    made: dict[int, Category] = {}
    named = {} if whole else dict(titles or {})
    with transaction.atomic():
        ledger.hold(start.site_id)
        for subject in subjects:
            others = title.strip() or f"Help with {start.site}"
            own = subject.text if subject.body.get("named") and not whole else others
            if category := _taken(subject, named.get(subject.pk, "").strip() or own, actor):
                made[category.pk] = category
    return list(made.values())


def _taken(subject: Suggestion, own: str, actor: Actor) -> Category | None:
    """One proposal, accepted as it is ticked; None where there is nothing in it to accept."""
    parts = [part for part in subject.parts.all() if part.state == State.OPEN]
    keep = [part for part in parts if part.kind in TAKEN and not part.body.get("unticked")]
    if not any(part.kind != Kind.COUNTEREXAMPLE for part in keep):
        return None
    site = subject.start.site
    into = _known(site, str(subject.body.get("into", "")) or starts.slug_of(own))
    category = starts.accept(subject, title=own, keep=[part.pk for part in keep], actor=actor, into=into, submit=True)
    if into is None:
        _ask_for(category, Level.SELF_SERVICE, actor)
    if held := _texts(parts, Kind.SCENARIO):
        trials.put(site, held, actor=actor)
    return category


def _known(site: Site, slug: str) -> Category | None:
    return Category.objects.filter(site=site, slug=slug, retired=False).first()


def _texts(parts: Sequence[Suggestion], kind: str) -> list[str]:
    return [part.text for part in parts if part.kind == kind]


def _ask_for(category: Category, level: Level, actor: Actor) -> None:
    """What a new category is meant for; asking grants nothing."""
    Category.objects.filter(pk=category.pk).update(asked_level=level)
    facts = {"actor": name(actor), "category": category.slug, "changed": ["asked_level"], "asked": int(level)}
    ledger.append(category.site_id, "category_written", facts)
