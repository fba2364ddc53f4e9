"""How far a site is on its way to the first answer: what is done, what is missing in numbers, what is next. It reads.

Law of the room: every figure is read from the rows that count; nothing is remembered of a step that was once done.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from knowledge.face.editing import approval, indexing
from knowledge.models import Category, Level, Revision
from release.core import bars, people
from release.core.bars import MIN_EXAMPLES
from release.exposure import levels, proposals
from release.gate import gate
from release.live import permits, snapshot
from release.models import Proposal, Release, Run
from release.models.crawled import Crawl
from release.models.started import Start, Suggestion, Trial
from release.onboarding import starts, together
from release.onboarding.trials import MOST
from sites.models import OutboxItem, Site

MEANT: Mapping[int, str] = {
    Level.INTERNAL: "agents alone see what it would say",
    Level.REVIEWED: "an agent reads each answer before a customer does",
    Level.SELF_SERVICE: "customers are answered at once",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One category on its way: what it has, and what customers' level needs of each."""

    category: Category
    examples: int
    scenarios: int
    needed: int  # scenarios
    level: int

    @property
    def lacks(self) -> list[str]:
        """What it is short of for self-service, each in numbers."""
        short = (
            (MIN_EXAMPLES - self.examples, "example", "examples"),
            (self.needed - self.scenarios, "question that came out right", "questions that came out right"),
        )
        return [f"{lack} more {one if lack == 1 else more}" for lack, one, more in short if lack > 0]


@dataclass(frozen=True, slots=True)
class Standing:
    """A site on its way: texts by state, starts that wait for a person, questions asked and not marked, questions held
    back, what goes on in the background."""

    site: Site
    staff: int
    missing: Sequence[str]
    texts: Mapping[str, int]
    plain: int
    doubtful: Sequence[Revision]
    starts: Sequence[Start]
    crawls: Sequence[Crawl]
    subjects: Sequence[Subject]
    asked: Sequence[Trial]
    held: int
    tried: Mapping[str, int]
    release: Release | None
    run: Run | None
    proposal: Proposal | None
    live: Release | None
    silent: str
    busy: Sequence[str]

    @property
    def answering(self) -> bool:
        """Whether customers get answers now."""
        return self.live is not None and not self.silent

    @property
    def next(self) -> str:
        """The step that comes next, by its name."""
        steps = (
            ("who", bool(self.missing) or (self.staff < 2 and not self.site.alone)),
            ("say", not self.texts.get("approved")),
            ("ask", not self.subjects or any(each.examples < MIN_EXAMPLES for each in self.subjects)),
            ("try", not any(each.scenarios for each in self.subjects)),
            ("open", not self.answering),
        )
        return next((name for name, due in steps if due), "page")


def of(site: Site) -> Standing:
    """How a site stands now."""
    plain, doubtful = approval.waiting(site.pk)
    texts = Revision.objects.filter(source__site=site, source__retired=False)
    release = Release.objects.filter(site=site).defer("body").order_by("-number").first()
    run = release.runs.first() if release else None
    trials = Trial.objects.filter(site=site)
    return Standing(
        site=site,
        staff=site.memberships.filter(user__is_active=True).values("user").distinct().count(),
        missing=people.missing_owners(site),
        texts=dict(texts.values_list("state").annotate(n=Count("pk")).order_by("state")),
        plain=len(plain),
        doubtful=doubtful,
        starts=[start for start in Start.objects.filter(site=site)[:20] if _waits(start)],
        crawls=list(Crawl.objects.filter(site=site)[:20]),
        subjects=subjects(site),
        asked=list(trials.filter(mark="").exclude(outcome="")[:MOST]),
        held=trials.filter(mark="", outcome="").count(),
        tried=Counter(trials.exclude(mark="").values_list("mark", flat=True)),
        release=release,
        run=run,
        proposal=proposals.waiting(site).exclude(kind=Proposal.Kind.SCENARIO).first(),
        live=snapshot.live_release(site.pk).defer("body").first(),
        silent=silence(site),
        busy=list(_busy(site, run)),
    )


def subjects(site: Site) -> list[Subject]:
    """The categories of the candidate that are answered from articles, with what each has and needs."""
    frozen = snapshot.candidate(site)
    asked = Counter(slug for each in frozen.scenarios for slug in bars.about(each, frozen.sources))
    return [
        Subject(
            each,
            len(frozen.by_slug[each.slug].examples),
            asked[each.slug],
            frozen.bars[each.slug].scenarios,
            levels.level_of(each),
        )
        for each in Category.objects.filter(site=site, retired=False, route="answer")
    ]


def silence(site: Site) -> str:
    """Why a live release answers nobody, in a sentence; empty where it answers, or nothing is live."""
    live = snapshot.live(site.pk)
    if live is None:
        return ""
    if not live.matches_build:
        return "It was evaluated on another build or model, so every category is at level 1: run the gate on this one."
    allowed = [permits.of(site.pk, category.slug, live) for category in live.categories]
    if any(permit.level > Level.INTERNAL and not permit.paused for permit in allowed):
        return ""
    if any(permit.paused for permit in allowed):
        return "It is paused."
    asking = [category.slug for category in live.categories if live.ceiling(category.slug) > Level.INTERNAL]
    if not asking:
        return "No category of it asks for more than level 1, at which agents alone see what it would say."
    return "Every category is at level 1: two people have not opened one to customers yet."


def _waits(start: Start) -> bool:
    """Whether a person is needed for a start, or it is still being read."""
    return start.state == Start.State.READING or bool(together.open_(start))


def _busy(site: Site, run: Run | None) -> Iterator[str]:
    """What goes on in the background, each in words; the page is shown again when it is over."""
    going = OutboxItem.objects.filter(state__in=[OutboxItem.State.DUE, OutboxItem.State.LEASED])
    if Start.objects.filter(site=site, state=Start.State.READING).exists():
        yield "What you handed in is being read."
    for crawl in Crawl.objects.filter(site=site).exclude(state=Crawl.State.READY):
        named = crawl.pages.filter(named_at__gte=crawl.begun_at)
        done = named.filter(read_at__gte=crawl.begun_at).count()
        yield f"Pages of {crawl} are being read: {done} of {named.count()} so far."
    parts = [part for item in going.filter(kind=starts.ARTICLES) for part in item.payload["parts"]]
    if Suggestion.objects.filter(start__site=site, pk__in=parts).exists():
        yield "Articles are being saved."
    texts = [item.payload["revision"] for item in going.filter(kind=indexing.KIND)]
    if left := Revision.objects.filter(source__site=site, pk__in=texts).count():
        yield f"Articles are being prepared for the search: {left} to go."
    if run is not None and run.finished_at is None:
        yield f"The release is being asked {run.total} questions: {run.verdicts.count()} so far."


def opens(run: Run | None) -> list[tuple[Category, int, str]]:
    """What one confirmation would raise on a run: each category, how far, and who reads an answer first there."""
    if run is None or not run.passed:
        return []
    steps = dict(levels.first_steps(run))
    return [(category, level, MEANT[level]) for category, level in steps.items()]


def due(site: Site) -> Run | None:
    """The passing run of the newest release, where that is not live yet."""
    newest = Release.objects.filter(site=site).order_by("-number").first()
    return gate.passing(newest) if newest is not None and newest.state == Release.State.PASSED else None
