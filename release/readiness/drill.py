"""The stop and the way back, rehearsed on the running data, with their own times. Nothing stays changed.

The pause is a real one, seen and seen lifted by another process. The rollback happens in a transaction that is never
committed: it moves what it would move, is looked at, and is undone. Both are refused while they could hurt somebody.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.models import Message, Turn
from knowledge.face.editing import approval
from knowledge.face.retrieval import search
from knowledge.models import Category, Passage, Revision, Source
from release.core.people import Actor, allow, name
from release.gate import gate
from release.live import pauses, permits, snapshot
from release.live.snapshot import Snapshot
from release.models import Incident, Release, Run
from release.models.proofs import Drill
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

QUIET = timedelta(seconds=60)  # nobody may have written for so long
PATIENCE = 30.0  # seconds until an observer that saw nothing is given up
LOOKS = 0.002  # seconds between two looks of the observer
REASON = "Drill: lifted again at once."


class Failed(Exception):
    """A rehearsal that did not do what it must; the sentence says what."""


@dataclass(frozen=True, slots=True)
class PauseTimes:
    """Seconds from the order until it was committed and until another process saw it, for both verbs."""

    committed: float
    seen: float
    lifted: float
    seen_lifted: float


@dataclass(frozen=True, slots=True)
class WayBack:
    """The rollback as rehearsed: its seconds, where it led, how much it moved, the article withdrawn before."""

    seconds: float
    number: int
    revisions: int
    passages: int
    withdrawn: str


def objections(site: Site, *, customers: bool = False) -> Iterator[str]:
    """What makes a drill dangerous now, each as a sentence; `customers`: they may be writing."""
    if snapshot.live(site.pk) is None:
        yield "Nothing is live, so there is nothing to rehearse."
    for switch in pauses.engaged(site.pk):
        yield f"{pauses.reach(switch).capitalize()} is paused; a drill would lift it."
    for incident in Incident.objects.filter(site=site, state=Incident.State.OPEN):
        yield f"Incident {incident.number} is open; those who would answer for the drill are needed there."
    if Run.objects.filter(release__site=site, finished_at=None, started_at__gt=timezone.now() - QUIET).exists():
        yield "The gate is running."
    if not customers and _somebody_writes(site):
        yield "Customers are writing: those who wrote during the pause would be handed to people. Wait, or say so."


def rehearse_pause(site: Site, *, actor: Actor) -> PauseTimes:
    """Pause the site, have another process see it, and lift it again. Raises Refused, Failed, NotAllowed."""
    allow(actor, site, Role.RELEASE_OWNER)
    with _Observer(site) as observer:
        began = time.time()
        pauses.pause(site=site, actor=actor, reason=REASON)
        try:
            committed = time.time()
            seen = observer.at("paused")
        finally:
            lifting = time.time()
            pauses.resume(site=site, actor=actor, reason=REASON)
        lifted = time.time()
        open_again = observer.at("open")
    return PauseTimes(committed - began, max(seen, began) - began, lifted - lifting, max(open_again, lifting) - lifting)


def rehearse_rollback(site: Site, *, actor: Actor) -> WayBack:
    """Roll back with an article withdrawn just before, look, and undo all of it. Raises Refused, Failed, NotAllowed.

    Answers that settle meanwhile wait for it, for as long as it says it took.
    """
    allow(actor, site, Role.RELEASE_OWNER)
    target = gate.previous(site)
    if target is None:
        raise Refused("There is no earlier release to go back to.")
    before = _visible(site)
    with transaction.atomic():
        ledger.hold(site.pk)
        way = _there(site, target)
        transaction.set_rollback(True)
    if _visible(site) != before:
        raise Failed("The rehearsal left something changed. Look at the release and the exposure of this site.")
    return way


def note(site: Site, pause: PauseTimes, rolled_back: float | None, *, actor: Actor) -> Drill:
    """Keep that a drill was held, and what it measured; `rolled_back`: seconds, None where there was no way back."""
    figures = {"paused": pause.seen, "lifted": pause.seen_lifted, "rolled_back": rolled_back}
    with transaction.atomic():
        ledger.append(site.pk, "drill", {"actor": name(actor), **figures})
        return Drill.objects.create(site=site, actor=name(actor), **figures)


def observe(site_id: int) -> None:
    """In a process of its own: say when the site is seen paused and when it is seen open again."""
    print("ready", flush=True)  # noqa: T201  read by the drill
    until = time.time() + PATIENCE
    for word, paused in (("paused", True), ("open", False)):
        while permits.of(site_id, "").paused is not paused:
            if time.time() > until:
                return
            time.sleep(LOOKS)
        print(word, time.time(), flush=True)  # noqa: T201


class _Observer:
    """Another process that reads permits, as a serving process does."""

    def __init__(self, site: Site) -> None:
        order = [sys.executable, "manage.py", "drill", "--observe", str(site.pk)]
        self.process = subprocess.Popen(order, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)  # noqa: S603

    def __enter__(self) -> "_Observer":
        self._line("ready")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()

    def at(self, word: str) -> float:
        """When it saw this, in seconds of the clock."""
        return float(self._line(word).split()[1])

    def _line(self, word: str) -> str:
        assert self.process.stdout is not None, "it was opened with a pipe"
        line = self.process.stdout.readline()
        if not line.startswith(word):
            raise Failed(f"Another process did not see the site {word} within {PATIENCE:.0f} seconds.")
        return line


def _there(site: Site, target: Release) -> WayBack:
    """The rollback itself, timed, inside a transaction that its caller undoes."""
    frozen = snapshot.of(target)
    article, category, passages = _article(site, frozen)
    if article is not None and article.withdrawn_at is None:
        approval.withdraw(article, actor="drill", reason=REASON)
    began = time.perf_counter()
    gate.rollback(site, target, actor="drill", reason=REASON)
    seconds = time.perf_counter() - began
    live = snapshot.live(site.pk)
    if live is None or live.fingerprint != target.fingerprint:
        raise Failed("The release that was to come back is not what is live.")
    if article is not None and search.citable(site.pk, category, {article.audience}, passages):
        raise Failed(f"{article.slug} was withdrawn and could be quoted after the rollback.")
    return WayBack(
        seconds=seconds,
        number=target.number,
        revisions=len(frozen.revisions),
        passages=Passage.objects.filter(revision__source__site=site, revision__live=True).count(),
        withdrawn=article.slug if article else "",
    )


def _article(site: Site, frozen: Snapshot) -> tuple[Source | None, str, list[int]]:
    """An article of a release that could be quoted, with a category of it and its passages."""
    usable = {pk: facts for pk, facts in frozen.revisions.items() if facts.categories and facts.audience == "public"}
    for pk, facts in sorted(usable.items()):
        source = Source.objects.filter(site=site, slug=facts.source).first()
        passages = list(Passage.objects.filter(revision=pk).values_list("pk", flat=True))
        category = sorted(facts.categories)[0]
        if source and search.citable(site.pk, category, {"public"}, passages):
            return source, category, passages
    return None, "", []


def _visible(site: Site) -> tuple[object, ...]:
    """Everything a customer could tell apart, as plain values."""
    live = snapshot.live(site.pk)
    levels = {c.slug: permits.of(site.pk, c.slug) for c in Category.objects.filter(site=site)}
    shown = Revision.objects.filter(source__site=site, live=True)
    withdrawn = Source.objects.filter(site=site).exclude(withdrawn_at=None)
    return (
        live.fingerprint if live else None,
        levels,
        set(shown.values_list("pk", flat=True)),
        set(withdrawn.values_list("pk", flat=True)),
    )


def _somebody_writes(site: Site) -> bool:
    under_way = Q(state__in=[Turn.State.QUEUED, Turn.State.RUNNING])
    if Turn.objects.filter(under_way, conversation__site=site).exists():
        return True
    written = Message.objects.filter(conversation__site=site, author=Message.Author.CUSTOMER)
    return written.filter(at__gt=timezone.now() - QUIET).exists()
