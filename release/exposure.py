"""How far each category may go towards customers. Up one step, on evidence, by two people; down at once.

It fails closed: what no live release holds, or one that was evaluated on another build, is at level 1.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from knowledge.models import Category, Level, Risk
from release import people, snapshot
from release.evidence import MIN_EXAMPLES, gather
from release.models import Exposure, ExposureMove, KillSwitch, Release, Run
from release.people import Actor, Refused, name, reasoned
from release.snapshot import Snapshot
from sites import ledger, sql
from sites.models import LedgerHead, Role, Site

MAY_LOWER = (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER)


_SWITCHES = """
    SELECT k.what FROM release_killswitch k LEFT JOIN knowledge_category c ON c.id = k.category_id
    WHERE k.lifted_at IS NULL AND (k.site_id IS NULL OR k.site_id = %s)
      AND (k.category_id IS NULL OR (c.slug = %s AND c.site_id = %s))
"""
_EARNED = """
    SELECT e.level FROM release_exposure e JOIN knowledge_category c ON c.id = e.category_id
    WHERE c.site_id = %s AND c.slug = %s
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """What a category may do now: its level (1-3), whether it is paused, may use the model and the tools."""

    level: int = Level.INTERNAL
    paused: bool = False
    model: bool = True
    tools: bool = True

    @property
    def tools_paused(self) -> bool:
        """Whether a switch stops the tools."""
        return not self.tools


def permit(site_id: int, category: str | None, live: Snapshot | None = None) -> Permit:
    """The permit of one category (by slug; empty: of the site), read now, never remembered.

    `live` is the live snapshot where the caller has just read it; without it, it is read too.
    """
    switches = {row[0] for row in sql.rows(_SWITCHES, site_id, category or "", site_id)}
    What = KillSwitch.What
    return Permit(
        level=_level(site_id, category, live) if category else Level.INTERNAL,
        paused=What.ALL in switches,
        model=What.MODEL not in switches,
        tools=What.TOOLS not in switches,
    )


def reader(site_id: int, live: Snapshot | None = None) -> Callable[[str], Permit]:
    """`permit` of one site, to be asked by category slug during one turn."""
    return lambda category: permit(site_id, category, live)


def asked(frozen: Snapshot) -> Callable[[str], Permit]:
    """The permits as if every category had the level it asks for and nothing were paused: for evaluations."""
    levels = {category.slug: category.level for category in frozen.categories}
    return lambda category: Permit(level=levels.get(category, Level.INTERNAL))


def _level(site_id: int, category: str, live: Snapshot | None) -> int:
    """What was earned, as far as the live release asks for it and this build was evaluated with it."""
    live = live or snapshot.live(site_id)
    if live is None or live.site_id != site_id or not live.matches_build or category not in live.by_slug:
        return Level.INTERNAL
    earned = sql.row(_EARNED, site_id, category)
    return min(earned[0] if earned else Level.INTERNAL, live.ceiling(category))


def level_of(category: Category) -> int:
    """The level a category has earned; no row is level 1."""
    return Exposure.objects.filter(category=category).values_list("level", flat=True).first() or Level.INTERNAL


def raise_level(
    category: Category, *, actor: User, second: User, reason: str, evidence: Mapping[str, Any] | None = None
) -> ExposureMove:
    """One step up; `evidence` adds to what the record shows. Raises Refused with what lacks, NotAllowed."""
    why = reasoned(reason)
    people.two(actor, second, category.site, category.owner or str(category.site.owners.get("release", "")))
    with transaction.atomic():
        head = ledger.hold(category.site_id)
        target = level_of(category) + 1
        if target > Level.SELF_SERVICE:
            raise Refused(f"{category} is at the highest level already.")
        shown = gather(category, target)
        if shown.lacking:
            raise Refused(f"{category} cannot go up: {'; '.join(shown.lacking)}.")
        facts = {**dict(evidence or {}), **shown.facts}
        return _move(head, category, target, actor=name(actor), second=name(second), reason=why, evidence=facts)


def lower_level(
    category: Category, to: int, *, actor: Actor, reason: str, evidence: Mapping[str, Any] | None = None
) -> ExposureMove:
    """Any number of steps down, effective on the next message; kept with its evidence. Raises Refused, NotAllowed."""
    why = reasoned(reason)
    people.allow(actor, category.site, *MAY_LOWER)
    with transaction.atomic():
        head = ledger.hold(category.site_id)
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
    people.two(actor, second, site, str(site.owners.get("release", "")))
    if missing := people.missing_owners(site):
        raise Refused(f"Owners are missing: {', '.join(missing)}.")
    with transaction.atomic():
        head = ledger.hold(site.pk)
        frozen = _bound(site, run)
        facts = {"first_release": True, "run": run.pk, "scenarios": run.total, "release": frozen.fingerprint}
        return [
            _move(head, category, level, actor=name(actor), second=name(second), reason=why, evidence=facts)
            for category in Category.objects.filter(site=site, slug__in=frozen.by_slug)
            for level in _first_steps(category, frozen)
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
    Exposure.objects.update_or_create(category=category, defaults={"level": after})
    facts = {"category": category.slug, "before": before, "after": after, "actor": actor, "second": second}
    ledger.append(category.site_id, "exposure", {**facts, "reason": reason, "evidence": dict(evidence)}, head=head)
    return ExposureMove.objects.create(
        category=category,
        before=before,
        after=after,
        actor=actor,
        second=second,
        reason=reason,
        evidence=dict(evidence),
    )
