"""The only way to customers: a release whose own scenarios passed on this very build, taken by two people.

No setting switches this off; that content alone may go live by itself is a rule two people took live (`content`).
What was withdrawn, expired, lowered or paused lives outside releases and wins over every go-live and rollback.
"""

import time
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from knowledge.face.editing import sync
from knowledge.models import Revision
from release.core import bars, people
from release.core.people import Actor, allow, name, reasoned
from release.gate import content, crisis, heard
from release.live import alarms, snapshot
from release.live.snapshot import Snapshot, Tampered
from release.models import Release, Run, Verdict
from release.scenarios import offered, repeats
from release.scenarios.evals import Case, evaluate
from sites.core import kept, outbox
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role, Site

Progress = Callable[[int, int], None]  # (done, total)
CHUNK = 20  # verdicts written at a time: how often progress moves, and all that a killed run repeats
SLICE = 500  # rows in one IN (…)
AGAIN = 3
"""How often a case is asked that may flicker; it must pass every time. What fails one time in three is so caught in
seven runs of ten (1 - (2/3)³), and each try costs a model's answer."""
ITSELF = "the gate"
"""Who stands as the second person of a change of content that went live by itself: no username holds a space."""


def run(release: Release, *, actor: Actor, progress: Progress | None = None) -> Run:
    """Evaluate a release's frozen scenarios at the levels it asks for, and check what can be suggested at once.

    Raises Refused, NotAllowed.
    """
    begun = begin(release, actor=actor)
    while not advance(begun, progress=progress):
        pass
    offered.ahead(release)
    return begun


def begin(release: Release, *, actor: Actor) -> Run:
    """A run to be advanced: the unfinished one of this release, or a new one. Raises Refused, NotAllowed."""
    allow(actor, release.site_id, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    frozen = _whole(release)
    if not frozen.scenarios:
        raise Refused("The release has no scenarios, so nothing could show that it is right.")
    repeating = [] if release.state == Release.State.LIVE else list(repeats.within(frozen))
    if repeating:
        raise Refused(f"{'. '.join(repeating)}. Mend them and freeze a new release.")
    base = content.base(release, frozen)
    unfinished = Run.objects.filter(release=release, fingerprint=frozen.fingerprint, base=base, finished_at=None)
    if known := unfinished.first():
        return known
    run = Run(release=release, fingerprint=frozen.fingerprint, base=base, started_by=name(actor))
    run.total = len(asked(run))
    run.save()
    before = Run.objects.filter(release=release, fingerprint=frozen.fingerprint, base=base).exclude(pk=run.pk).first()
    Verdict.objects.bulk_create(heard.again(run, before))
    return run


def asked(run: Run) -> list[snapshot.Body]:
    """The scenarios of a run, in their order: all of its release, or those a change of content touches."""
    frozen = snapshot.of(run.release)
    return list(frozen.scenarios if run.base is None else content.asked(snapshot.of(run.base), frozen))


def times(frozen: Snapshot, suspects: Collection[str] = ()) -> Callable[[str], int]:
    """How often each scenario (by id) is asked: once, but again where a model decides, and for the suspects."""
    return lambda scenario: AGAIN if frozen.hears_a_model or scenario in suspects else 1


def advance(run: Run, *, seconds: float | None = None, progress: Progress | None = None) -> bool:
    """Evaluate on from where a run stands, for about `seconds` (None: to the end); True when it is finished.

    Every few verdicts are committed, so a run that was killed goes on, and two that meet do no harm.
    """
    frozen = _whole(run.release)
    judged = set(run.verdicts.values_list("scenario", flat=True))
    left = (scenario for scenario in asked(run) if scenario["id"] not in judged)
    cases = evaluate(frozen, left, times=times(frozen, _suspects(run)))
    until = None if seconds is None else time.monotonic() + seconds
    while some := list(islice(cases, CHUNK)):
        Verdict.objects.bulk_create([_verdict(run, case) for case in some], ignore_conflicts=True)
        judged.update(case.id for case in some)
        if progress:
            progress(len(judged), run.total)
        if any(heard.left_out(case.model) for case in some) and heard.gone(heard.of(run)):
            break
        if until is not None and time.monotonic() > until and len(judged) < run.total:
            return False
    _finish(run)
    return True


def go_live(release: Release, *, actor: User, second: User, reason: str) -> Release:
    """Publish a release that passed, in one short transaction. Raises Refused, NotAllowed.

    Two different people, one of them the site's release owner; every owner named and active; a passing run
    for exactly this fingerprint, on the build that runs now; words for somebody in danger; no severe incident open, and
    none's scenario left out. Of a team of one the record says that nobody else was there.
    """
    why, site = reasoned(reason), release.site
    other = people.two(actor, second, site, str(site.owners.get("release", "")))
    with kept.writing(site.pk) as head:
        _unopposed(release)
        _publish(release, Release.State.PASSED, live_by=name(actor), seconded_by=other, reason=why)
        _record(head, "release_live", release, actor=name(actor), second=other, reason=why)
    release.refresh_from_db()
    return release


def _unopposed(release: Release) -> None:
    """Raise Refused while an owner, the proof or words in a crisis are missing, or trouble is unfinished."""
    if missing := people.missing_owners(release.site):
        raise Refused(f"Owners are missing: {', '.join(missing)}.")
    run = _proven(release)
    if run.base is not None and run.base.state != Release.State.LIVE:
        raise Refused(
            f"The run of release {release.number} rests on release {run.base.number}, which is not live any more. "
            "Run the gate again."
        )
    frozen = snapshot.of(release)
    if objections := [*crisis.lacking(frozen), *alarms.against(frozen)]:
        raise Refused(" ".join(objections))


def rollback(site: Site, release: Release | None = None, *, actor: Actor, reason: str) -> Release:
    """Go back to a release that was live before (the last one, unless named), on the same build and model.

    One person may: two took it live when it was new. Withdrawals, expiries, lowered levels and pauses stay. A release
    of before words in a crisis were asked for may come back too: the way back is never barred by what is missing.
    Raises Refused, which says so when a passing run on this build is needed first; NotAllowed.
    """
    why = reasoned(reason)
    allow(actor, site, Role.RELEASE_OWNER)
    target = release or previous(site)
    if target is None or target.site_id != site.pk:
        raise Refused("There is no earlier release of this site to go back to.")
    with kept.writing(site.pk) as head:
        _proven(target)
        _publish(target, Release.State.RETIRED)
        _record(head, "release_rolled_back", target, actor=name(actor), reason=why)
    target.refresh_from_db()
    return target


def previous(site: Site) -> Release | None:
    """The release that was live last before the present one."""
    return Release.objects.filter(site=site, state=Release.State.RETIRED).order_by("-live_at").first()


def passing(release: Release, fingerprint: str = "") -> Run | None:
    """The passing run for exactly a release's fingerprint; one that asked everything, if there is one."""
    found = Run.objects.filter(release=release, passed=True, fingerprint=fingerprint or release.fingerprint)
    return found.order_by(F("base").asc(nulls_first=True), "-id").first()


def _whole(release: Release) -> Snapshot:
    """The release's snapshot, untouched and frozen on this build. Raises Refused."""
    try:
        frozen = snapshot.of(release)
    except Tampered as error:
        raise Refused(f"{error} It cannot be used; freeze a new release.") from error
    if not frozen.matches_build:
        raise Refused(
            f"Release {release.number} was frozen on another build or model (not the same: "
            f"{', '.join(snapshot.differing(frozen))}). It needs a passing run on what runs now: "
            "freeze it again, and run the gate on this one first."
        )
    return frozen


def _proven(release: Release) -> Run:
    """The passing run for exactly this release on this build. Raises Refused."""
    fingerprint = _whole(release).fingerprint
    if found := passing(release, fingerprint):
        return found
    raise Refused(f"Release {release.number} has no passing run. Run the gate first.")


def _publish(release: Release, before: str, **fields: str) -> None:
    """Move the one live release of a site, the live flags of its revisions and its words; the ledger is held."""
    frozen, State = snapshot.of(release), Release.State
    others = Release.objects.filter(site=release.site_id, state=State.LIVE).exclude(pk=release.pk)
    kept.note(release.site_id, Release, *others.values_list("pk", flat=True))
    others.update(state=State.RETIRED)
    moved = Release.objects.filter(pk=release.pk, state=before).update(
        state=State.LIVE, live_at=timezone.now(), **fields
    )
    if not moved:
        now = Release.objects.values_list("state", flat=True).get(pk=release.pk)
        raise Refused(f"Release {release.number} is {now}; it must be {before} for this.")
    revisions = Revision.objects.filter(source__site=release.site_id)
    marked = set(revisions.filter(live=True).values_list("pk", flat=True))
    for live, keys in ((False, marked - set(frozen.revisions)), (True, set(frozen.revisions) - marked)):
        for some in _slices(sorted(keys)):
            revisions.filter(pk__in=some).update(live=live)
    words = {name: getattr(frozen, name) for name in ("locale", "wording", "disclosure", "contact", "crisis")}
    Site.objects.filter(pk=release.site_id).update(published=words)
    sync.touch(release.site_id)


def cost(release: Release) -> heard.Cost | None:
    """What a run of a release will cost at most, told before it begins; None without a model. Raises Tampered."""
    frozen = snapshot.of(release)
    last = Run.objects.filter(release__site=release.site_id, passed=True, fingerprint=F("release__fingerprint")).first()
    again = times(frozen)("")
    return heard.cost(frozen, frozen.scenarios, again, heard.of(last) if last else None)


def tally(run: Run) -> bars.Tally:
    """How a run went so far, by category, class and tag."""
    frozen = snapshot.of(run.release)
    went = dict(run.verdicts.values_list("scenario", "passed"))
    return bars.tally(frozen.scenarios, went, frozen.sources, frozen.bars)


def _finish(run: Run) -> None:
    """Close a run once, and move its release out of `candidate` by what came out."""
    said = heard.of(run)
    away = said is not None and said.away
    objections = [heard.objection(run, said)] if said is not None and away else list(_objections(run))
    failed, passed = run.verdicts.filter(passed=False).count(), not objections
    release, State = run.release, Release.State
    with kept.writing(release.site_id) as head:
        closed = Run.objects.filter(pk=run.pk, finished_at=None).update(
            passed=passed, failed=failed, objections=objections, away=away, finished_at=timezone.now()
        )
        if closed:
            if not away:  # without its model a release was not tried, and waits
                Release.objects.filter(pk=release.pk, state=State.CANDIDATE).update(
                    state=State.PASSED if passed else State.FAILED
                )
            kept.note(release.site_id, Run, run.pk)
            facts = {"run": run.pk, "passed": passed, "failed": failed, "total": run.total}
            facts |= {"model_left_out": said.left_out, "model_asked": said.asked} if said is not None else {}
            _record(head, "gate_run", release, actor=run.started_by, **facts)
            offered.promise(release)
            release.refresh_from_db()
            run.refresh_from_db()
            if passed and run.base is not None:
                _by_itself(head, run)
    run.refresh_from_db()
    release.refresh_from_db()


def _objections(run: Run) -> Iterator[str]:
    """Why a run does not pass, each as a sentence; none: it passes."""
    if missing := run.total - run.verdicts.count():
        yield f"{missing} of {run.total} scenarios have no verdict."
    yield from bars.objections(tally(run), run.verdicts.filter(passed=False).values_list("case", flat=True))


def _by_itself(head: LedgerHead, run: Run) -> None:
    """Take a change of content live that passed, and have everything else asked right after; the ledger is held.

    Whatever stands against going live leaves it passed, for two people.
    """
    release = run.release
    why = f"Only content changed since release {run.base.number if run.base else 0}, and what it touches passed."
    try:
        with transaction.atomic():  # so that a refusal leaves what is live as it is
            _unopposed(release)
            _publish(release, Release.State.PASSED, live_by=run.started_by, seconded_by=ITSELF, reason=why)
    except Refused as refusal:
        _record(head, "release_waits", release, actor=ITSELF, reason=str(refusal))
        return
    _record(head, "release_live", release, actor=run.started_by, second=ITSELF, reason=why)
    whole = Run.objects.create(
        release=release,
        fingerprint=release.fingerprint,
        total=len(release.body["scenarios"]),
        started_by=alarms.SCHEDULE,
    )
    outbox.put("gate_run", {"run": whole.pk}, bulk=True)


def _suspects(run: Run) -> set[str]:
    """The scenarios that failed before under this fingerprint: if one passes now, it flickers."""
    earlier = Verdict.objects.filter(run__fingerprint=run.fingerprint, run__release__site=run.release.site_id)
    return set(earlier.filter(passed=False).exclude(run=run).values_list("scenario", flat=True))


def _verdict(run: Run, case: Case) -> Verdict:
    return Verdict(run=run, scenario=case.id, passed=case.passed, why=case.why, case=case.as_json())


def _record(head: LedgerHead, kind: str, release: Release, **facts: str | int | bool) -> None:
    entry = {"release": release.number, "fingerprint": release.fingerprint, **facts}
    kept.append(release.site_id, kind, entry, release, head=head)


def _slices(keys: list[int]) -> Iterator[list[int]]:
    return (keys[at : at + SLICE] for at in range(0, len(keys), SLICE))
