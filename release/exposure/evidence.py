"""What speaks for the next step of a category, from the record alone, and what is still lacking."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from conversations.models import Event
from knowledge.models import Category, Level
from release.core import people
from release.core.bars import MIN_EXAMPLES
from release.judged import advice, shares
from release.live import alarms, snapshot
from release.live.snapshot import Snapshot
from release.models import Run

MIN_ACCEPTED = 20  # drafts agents sent before answers go out unread; none rejected bounds the error at 3/20
MAX_REJECTED = 0.1
SENT = {"accepted": "accepted", "edited": "edited"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts of one possible step up; `lacking` says what is missing and is empty when it may be taken."""

    facts: dict[str, Any]
    lacking: tuple[str, ...]


def gather(category: Category, target: int) -> Evidence:
    """The evidence for raising a category to `target`: live release, its run, examples, drafts decided."""
    live = snapshot.live(category.site_id)
    frozen = live.by_slug.get(category.slug) if live else None
    run = _passing_run(live)
    drafts = _drafts(category)
    examples = len(frozen.examples) if frozen else 0
    judged = shares.for_raising(category, timezone.now())
    facts = {
        "release": live.fingerprint if live else None,
        "run": run.pk if run else None,
        "scenarios": run.total if run else 0,
        "examples": examples,
        "drafts": drafts,
        "suggestions": _counts(category, "suggestion", {**SENT, "flagged": "rejected", "rejected": "rejected"}),
        "advice": advice.counts(category),
        "judged": judged.as_json(),
        "seeded": _counts(category, "training", {"caught": "caught", "missed": "missed"}),
        "handoffs": _needs(category),
    }
    lacking = [*_lacking_release(live, category, target), *_lacking_owners(category)]
    lacking += [*alarms.against_raising(category), *shares.lacking(category, judged, target)]
    if live and run is None:
        lacking.append("the live release was not asked all of its scenarios yet")
    if target == Level.SELF_SERVICE:
        lacking += _lacking_scenarios(live, category.slug)
        lacking += [*_lacking_examples(examples), *_lacking_drafts(drafts)]
    return Evidence(facts, tuple(lacking))


def _passing_run(live: Snapshot | None) -> Run | None:
    """The run that asked everything; one that asked only what a change of content touches proves less."""
    return Run.objects.filter(passed=True, base=None, fingerprint=live.fingerprint).first() if live else None


def _lacking_release(live: Snapshot | None, category: Category, target: int) -> Iterator[str]:
    if live is None:
        yield "no release is live"
    elif not live.matches_build:
        yield "the live release was evaluated on another build"
    elif category.slug not in live.by_slug:
        yield "the live release does not contain it"
    elif live.by_slug[category.slug].level < target:
        yield f"the live release asks for level {live.by_slug[category.slug].level} only"


def _lacking_owners(category: Category) -> Iterator[str]:
    if missing := people.missing_owners(category.site):
        yield f"owners are missing: {', '.join(missing)}"
    if category.owner and people.unknown([category.owner]):
        yield f"its owner {category.owner} has no active account"


def _lacking_scenarios(live: Snapshot | None, slug: str) -> Iterator[str]:
    if live and slug in live.short:
        yield f"it has {live.short[slug]} scenarios, level 3 needs {live.bars[slug].scenarios}"


def _lacking_examples(count: int) -> Iterator[str]:
    if count < MIN_EXAMPLES:
        yield f"it has {count} examples, level 3 needs {MIN_EXAMPLES}"


def _lacking_drafts(drafts: Mapping[str, int]) -> Iterator[str]:
    accepted = drafts["approved"] + drafts["edited"]
    if accepted < MIN_ACCEPTED:
        yield f"{accepted} drafts were accepted, level 3 needs {MIN_ACCEPTED}"
    if drafts["rejected"] > MAX_REJECTED * (accepted + drafts["rejected"]):
        yield f"{drafts['rejected']} drafts were rejected, more than one in ten"


def _drafts(category: Category) -> dict[str, int]:
    """How agents decided on the category's drafts; a flagged one was rejected."""
    ends = {"approved": "approved", "edited": "edited", "rejected": "rejected", "flagged": "rejected"}
    return _counts(category, "draft", ends)


def _counts(category: Category, what: str, ends: Mapping[str, str]) -> dict[str, int]:
    """Decisions of one kind about a category, from the events of its conversations, by how they count."""
    found = Event.objects.filter(
        kind__in=[f"{what}.{end}" for end in ends],
        conversation__site=category.site_id,
        conversation__synthetic=False,
        body__category=category.slug,
    ).values_list("kind", flat=True)
    counts = dict.fromkeys(ends.values(), 0)
    for kind in found:
        counts[ends[kind.removeprefix(f"{what}.")]] += 1
    return counts


def _needs(category: Category) -> dict[str, int]:
    """What agents said of the category's handoffs when they closed them."""
    closed = Event.objects.filter(kind="handoff.closed", conversation__site=category.site_id)
    said = closed.filter(conversation__synthetic=False, body__category=category.slug).values_list(
        "body__need", flat=True
    )
    return dict(Counter(need for need in said if need))
