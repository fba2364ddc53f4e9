"""Long work of this room, promised in the outbox and done in slices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import close_old_connections, transaction
from django.utils import timezone

from release.core.people import Actor
from release.gate import gate
from release.incidents import lifecycle
from release.judged import sample
from release.live import snapshot
from release.live.alarms import SCHEDULE
from release.live.snapshot import Tampered
from release.models import Incident, Release, Run
from release.models.crawled import Crawl
from release.models.started import Start
from release.monitoring import alerts, watch
from release.onboarding import crawling, crawls, starts
from release.scenarios import offered
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem, Site

SLICE = 0.8  # seconds of work before others get their turn


def promise_run(release: Release, *, actor: Actor) -> Run:
    """Begin a run of the gate and have it done in the background. Raises Refused, NotAllowed."""
    with transaction.atomic():
        run = gate.begin(release, actor=actor)
        outbox.put("gate_run", {"run": run.pk}, bulk=True)
    return run


def under_way(run: Run) -> bool:
    """Whether somebody is promised to go on with a run; one from a shell that was killed waits to be taken up."""
    promised = OutboxItem.objects.filter(kind="gate_run", payload__run=run.pk)
    return promised.filter(state__in=[OutboxItem.State.DUE, OutboxItem.State.LEASED]).exists()


@outbox.handler("gate_run")
def gate_run(item: OutboxItem) -> dict[str, Any]:
    """Advance a run by a slice; its verdicts are the progress."""
    run = Run.objects.select_related("release").get(pk=item.payload["run"])
    if run.finished_at is None and not gate.advance(run, seconds=SLICE):
        raise outbox.Again
    return {"run": run.pk, "passed": run.passed}


@outbox.handler(offered.KIND)
def check_offered(item: OutboxItem) -> dict[str, Any]:
    """Ask a release some more of what its owners wrote down."""
    release = Release.objects.get(pk=item.payload["release"])
    try:
        finished = offered.advance(release, seconds=SLICE)
    except Tampered as error:
        raise Refused(str(error)) from error
    if not finished:
        raise outbox.Again
    return {"release": release.pk}


@outbox.handler(starts.KIND)
def start(item: OutboxItem) -> dict[str, Any]:
    """Read some more messages of a guided start, and propose when all are read."""
    found = Start.objects.filter(pk=item.payload["start"]).first()
    if found is not None and not starts.advance(found, seconds=SLICE):
        raise outbox.Again
    return {"start": item.payload["start"]}


@outbox.handler(starts.ARTICLES)
def start_articles(item: OutboxItem) -> dict[str, Any]:
    """Save the accepted articles of a guided start as drafts."""
    return {"articles": starts.save_articles(**item.payload)}


@outbox.handler(crawls.KIND)
def crawl(item: OutboxItem) -> dict[str, Any]:
    """Read some more pages of a crawl. Raises Again while there is more; where a server wants a pause, it has it."""
    found = Crawl.objects.filter(pk=item.payload["crawl"]).select_related("site").first()
    if found is not None and not crawling.advance(found, seconds=SLICE):
        if not (pause := crawling.pause(found)):
            raise outbox.Again
        outbox.put(crawls.KIND, item.payload, bulk=True, due_at=timezone.now() + timedelta(seconds=pause))
    return {"crawl": item.payload["crawl"]}


@outbox.handler("incident_survey")
def incident_survey(item: OutboxItem) -> dict[str, Any]:
    """Look once more who was told, when the answers that were under way at the report have ended."""
    return {"new": lifecycle.survey(Incident.objects.get(pk=item.payload["incident"]))}


@outbox.handler("watch")
def watch_site(item: OutboxItem) -> dict[str, Any]:
    """Look at one site at once, because something was reported."""
    return {"moves": [move.pk for move in watch.look(Site.objects.get(pk=item.payload["site"]))]}


@shared_task  # type: ignore[untyped-decorator]
def look() -> int:
    """Have the watch look at every site."""
    return _clean(look_everywhere)


@shared_task  # type: ignore[untyped-decorator]
def recheck() -> int:
    """Run the gate again on what is live, for a model that changed behind its name."""
    return _clean(recheck_everywhere)


def look_everywhere() -> int:
    """Look at every site; returns how many categories were lowered."""
    return sum(len(watch.look(site)) for site in Site.objects.all())


def recheck_everywhere() -> int:
    """Promise a run of each live release, unless this build could not run it or one is under way; how many."""
    begun = 0
    for site in Site.objects.all():
        live = snapshot.live_release(site.pk).first()
        if live and snapshot.of(live).matches_build and not live.runs.filter(finished_at=None).exists():
            promise_run(live, actor=SCHEDULE)
            begun += 1
    return begun


@shared_task  # type: ignore[untyped-decorator]
def draw() -> int:
    """Draw last week's answers to be judged, on every site where they are not drawn yet; returns how many."""
    return _clean(lambda: sum(len(sample.draw(site)) for site in Site.objects.all()))


@shared_task  # type: ignore[untyped-decorator]
def alarm() -> int:
    """Apply the alert rules of the record, the gate and the outbox to every site; returns how many alerts went up."""
    return _clean(lambda: sum(len(alerts.look(site)) for site in Site.objects.all()))


@shared_task  # type: ignore[untyped-decorator]
def crawl_due() -> int:
    """Look again at the pages that are due."""
    return _clean(crawls.begin_due)


def _clean(work: Callable[[], int]) -> int:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
