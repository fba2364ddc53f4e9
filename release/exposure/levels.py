"""How far each category may go towards customers. Up one step, on evidence, by two people; down at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F

from knowledge.models import Category, Level, Risk
from release.core import people
from release.core.bars import MIN_EXAMPLES
from release.core.people import Actor, name, reasoned
from release.exposure.evidence import gather
from release.live import snapshot
from release.live.snapshot import Snapshot
from release.models import Exposure, ExposureMove, Release, Run
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role, Site

ALONE_AT_MOST = Level.REVIEWED
"""How far a team of one takes a category by itself: an agent still reads each answer before a customer does."""
MAY_LOWER = (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER)


def level_of(category: Category) -> int:
    """The level a category has earned; no row is level 1."""
    return Exposure.objects.filter(category=category).values_list("level", flat=True).first() or Level.INTERNAL


def raise_level(
    category: Category, *, actor: User, second: User, reason: str, evidence: Mapping[str, Any] | None = None
) -> ExposureMove:
    """One step up; `evidence` adds to what the record shows. Raises Refused with what lacks, NotAllowed."""
    why = reasoned(reason)
    other = people.two(actor, second, category.site, category.owner or str(category.site.owners.get("release", "")))
    with kept.writing(category.site_id) as head:
        target = level_of(category) + 1
        if target > Level.SELF_SERVICE:
            raise Refused(f"{category} is at the highest level already.")
        if other == people.ALONE and target > ALONE_AT_MOST:
            raise Refused(f"{category} stays at level {ALONE_AT_MOST} until somebody else has confirmed.")
        shown = gather(category, target)
        if shown.lacking:
            raise Refused(f"{category} cannot go up: {'; '.join(shown.lacking)}.")
        facts = {**dict(evidence or {}), **shown.facts}
        return _move(head, category, target, actor=name(actor), second=other, reason=why, evidence=facts)


def lower_level(
    category: Category, to: int, *, actor: Actor, reason: str, evidence: Mapping[str, Any] | None = None
) -> ExposureMove:
    """Any number of steps down, effective on the next message; kept with its evidence. Raises Refused, NotAllowed."""
    why = reasoned(reason)
    people.allow(actor, category.site, *MAY_LOWER)
    with kept.writing(category.site_id) as head:
        if not Level.INTERNAL <= to < level_of(category):
            raise Refused(f"{category} is at level {level_of(category)}; {to} is not below it.")
        return _move(head, category, to, actor=name(actor), second="", reason=why, evidence=evidence or {})


def first_release(site: Site, *, actor: User, second: User, run: Run, reason: str) -> list[ExposureMove]:
    """Raise a fresh site's categories to the levels asked for, on one passing run instead of accepted drafts.

    The run must be for exactly the fingerprint of its release, on this build, and the release passed or live.
    A category that was ever lowered is left where it is; one with fewer than 10 examples, too few scenarios or a
    high risk does not get level 3 this way. Raises Refused, NotAllowed.
    """
    why = reasoned(reason)
    other = people.two(actor, second, site, str(site.owners.get("release", "")))
    if missing := people.missing_owners(site):
        raise Refused(f"Owners are missing: {', '.join(missing)}.")
    with kept.writing(site.pk) as head:
        frozen = _bound(site, run)
        facts = {"first_release": True, "run": run.pk, "scenarios": run.total, "release": frozen.fingerprint}
        return [
            _move(head, category, level, actor=name(actor), second=other, reason=why, evidence=facts)
            for category in Category.objects.filter(site=site, slug__in=frozen.by_slug)
            for level in _first_steps(category, frozen)
            if other != people.ALONE or level <= ALONE_AT_MOST
        ]


def first_steps(run: Run) -> list[tuple[Category, int]]:
    """What a first-release approval on this run would raise, step by step."""
    frozen = snapshot.of(run.release)
    categories = Category.objects.filter(site=run.release.site_id, slug__in=frozen.by_slug)
    return [(category, level) for category in categories for level in _first_steps(category, frozen)]


def _first_steps(category: Category, frozen: Snapshot) -> Iterator[int]:
    if ExposureMove.objects.filter(category=category, after__lt=F("before")).exists():
        return
    facts = frozen.by_slug[category.slug]
    earned_by_drafts = facts.risk == Risk.HIGH or len(facts.examples) < MIN_EXAMPLES
    top = min(frozen.ceiling(category.slug), Level.REVIEWED if earned_by_drafts else Level.SELF_SERVICE)
    yield from range(level_of(category) + 1, top + 1)


def _bound(site: Site, run: Run) -> Snapshot:
    """The snapshot a passing run was made for. Raises Refused when it does not prove that, on this build."""
    release = run.release
    if release.site_id != site.pk:
        raise Refused(f"Run {run.pk} belongs to another site.")
    if not run.passed or run.fingerprint != release.fingerprint:
        raise Refused(f"Run {run.pk} did not pass for exactly release {release.number}.")
    if run.base_id is not None:
        raise Refused(f"Run {run.pk} asked only what a change of content touches; run the gate on all of it.")
    if release.state not in (Release.State.PASSED, Release.State.LIVE):
        raise Refused(f"Release {release.number} is {release.state}; it must have passed or be live.")
    frozen = snapshot.of(release)
    if not frozen.matches_build:
        raise Refused(f"Release {release.number} was evaluated on another build. Freeze and run the gate on this one.")
    return frozen


def _move(
    head: LedgerHead,
    category: Category,
    after: int,
    *,
    actor: str,
    second: str,
    reason: str,
    evidence: Mapping[str, Any],
) -> ExposureMove:
    """One step, its row and its ledger entry; inside a transaction that holds the ledger."""
    before = level_of(category)
    earned, _ = Exposure.objects.update_or_create(category=category, defaults={"level": after})
    made = ExposureMove.objects.create(
        category=category,
        before=before,
        after=after,
        actor=actor,
        second=second,
        reason=reason,
        evidence=dict(evidence),
    )
    facts = {"category": category.slug, "before": before, "after": after, "actor": actor, "second": second}
    said = {**facts, "reason": reason, "evidence": dict(evidence)}
    kept.append(category.site_id, "exposure", said, earned, made, head=head)
    return made
