"""What decides, frozen: the candidate is what the rows say now, the live snapshot is what customers get.

A fingerprint covers everything in the body, the build that decides included. A live release whose body is not
what its fingerprint covers, or that has no passing run for exactly it, does not exist for customers.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, QuerySet

from knowledge.models import Category, Example, Level, Revision
from knowledge.search import Scope
from release.bars import NOWHERE, STANDARD, Bar, about
from release.models import Exposure, Release, Rules, Scenario
from release.people import Actor, allow, name
from sites import ledger, sql
from sites.models import Role, Site

Body = dict[str, Any]

UNSAID = 2
"""The strictness of every release that was frozen before a site could choose one."""

UNRULED: Body = {"content": Rules.Content.PERSON.value, "bars": {}}
"""The rules of every release that was frozen before a site could write its own: everything had to pass."""


class Tampered(Exception):
    """A release's body does not match its fingerprint."""


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """One allowlisted subject as frozen; `level` is the level asked for (1-3), which grants nothing."""

    id: int
    slug: str
    title: str
    description: str
    owner: str
    risk: str
    route: str
    mode: str
    tool: str
    level: int
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """One published revision: its source's slug, and the categories and audience it was evaluated with."""

    source: str
    digest: str
    categories: frozenset[str]
    audience: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything `decide` may know of a site. Plain data; reading it touches no database.

    `body` is the JSON the fingerprint covers; the other fields are the same facts, typed.
    """

    site_id: int
    site: str
    name: str
    locale: str
    fingerprint: str
    categories: tuple[CategoryFacts, ...]
    counterexamples: tuple[str, ...]
    strictness: float
    wording: Mapping[str, str]
    crisis: str
    contact: Mapping[str, str]
    disclosure: str
    revisions: Mapping[int, RevisionFacts]
    scenarios: tuple[Body, ...]
    bars: Mapping[str, Bar]
    content: str
    build: Mapping[str, Any]
    body: Body
    _scopes: dict[tuple[str, frozenset[str]], Scope] = field(default_factory=dict, repr=False)

    @property
    def matches_build(self) -> bool:
        """Whether this process decides with exactly the code, model and tools frozen here."""
        return dict(self.build) == running_build()

    @cached_property
    def by_slug(self) -> Mapping[str, CategoryFacts]:
        """The categories by slug."""
        return MappingProxyType({category.slug: category for category in self.categories})

    def category(self, slug: str) -> CategoryFacts:
        """One category. Raises KeyError."""
        return self.by_slug[slug]

    @cached_property
    def sources(self) -> Mapping[str, frozenset[str]]:
        """The categories of each article by its slug."""
        return {facts.source: facts.categories for facts in self.revisions.values()}

    @cached_property
    def short(self) -> Mapping[str, int]:
        """How many scenarios each category has that has fewer than level 3 needs. What people answer needs none."""
        counts = Counter(slug for scenario in self.scenarios for slug in about(scenario, self.sources))
        answering = (category.slug for category in self.categories if category.route == "answer")
        return {slug: counts[slug] for slug in answering if counts[slug] < self.bars[slug].scenarios}

    def ceiling(self, category: str) -> int:
        """The highest level a category may have: the one asked for, but not 3 with too few scenarios."""
        level = self.by_slug[category].level
        return min(level, Level.REVIEWED.value) if category in self.short else level

    def scope(self, category: str, audiences: frozenset[str]) -> Scope:
        """The most a search may use: the category's published revisions as evaluated, for these audiences."""
        key = (category, audiences)
        if key not in self._scopes:
            usable = {
                pk: facts.digest
                for pk, facts in self.revisions.items()
                if category in facts.categories and facts.audience in audiences
            }
            content = canonical([self.site_id, category, sorted(audiences), sorted(usable.items())])
            name = hashlib.sha256(content.encode()).hexdigest()
            self._scopes[key] = Scope(self.site_id, category, frozenset(usable), audiences, name)
        return self._scopes[key]


def running_build() -> Body:
    """What this process decides with, as the bot names it: code, model, parameters, embedder, tools."""
    parts: Body = json.loads(canonical(import_module(settings.BOT).fingerprint_parts()))
    return parts


def candidate(site: Site) -> Snapshot:
    """What would be frozen now: unretired categories, the newest approved revision of each usable source."""
    return parse(
        _frame(site)
        | {
            "gate": _gate(site),
            "categories": _categories(site),
            "counterexamples": _texts(Example.objects.filter(site=site, category=None)),
            "revisions": _revisions(site),
            "scenarios": [scenario.body for scenario in Scenario.objects.filter(site=site)],
        }
    )


def nothing(site: Site) -> Snapshot:
    """A snapshot that allows no category: a site without a live release decides on it, so a person is reached."""
    empty: Body = {"categories": [], "counterexamples": [], "revisions": [], "scenarios": []}
    return parse(_frame(site) | empty | {"gate": _gate(site)})


def _frame(site: Site) -> Body:
    return {
        "format": 1,
        "site": {"id": site.pk, "slug": site.slug, "name": site.name, "locale": site.locale},
        "wording": site.wording,
        "crisis": site.crisis,
        "contact": site.contact,
        "disclosure": site.disclosure,
        "strictness": site.strictness,
        "build": running_build(),
    }


_LIVE = """
    SELECT r.id, r.fingerprint FROM release_release r
    WHERE r.site_id = %s AND r.state = 'live' AND EXISTS (
      SELECT 1 FROM release_run n WHERE n.release_id = r.id AND n.passed AND n.fingerprint = r.fingerprint)
"""


def live(site_id: int) -> Snapshot | None:
    """The snapshot customers of a site get, or None: one small query, the body is remembered."""
    row = sql.row(_LIVE, site_id)
    return None if row is None else published(*row)


def live_release(site_id: int) -> QuerySet[Release]:
    """The live release of a site as a query, if a run for exactly its fingerprint passed."""
    live = Release.objects.filter(site_id=site_id, state=Release.State.LIVE)
    return live.filter(runs__passed=True, runs__fingerprint=F("fingerprint"))


def category_id(site_id: int, slug: str | None) -> int | None:
    """The row of a category by its slug; None when there is none."""
    if slug is None:
        return None
    return Category.objects.filter(site=site_id, slug=slug).values_list("pk", flat=True).first()


def suggestions(site_id: int, limit: int = 4) -> list[str]:
    """Questions a visitor may start with: the first example of each category that answers customers now."""
    snapshot = live(site_id)
    if snapshot is None or not snapshot.matches_build:
        return []
    earned = Exposure.objects.filter(category__site=site_id, level=Level.SELF_SERVICE)
    open_now = set(earned.values_list("category__slug", flat=True))
    answering = [c for c in snapshot.categories if c.level == Level.SELF_SERVICE and c.route == "answer"]
    return [c.examples[0] for c in answering if c.slug in open_now and c.examples][:limit]


def published(release_id: int, fingerprint: str) -> Snapshot | None:
    """The remembered snapshot of a release; None when its body is not what the fingerprint says."""
    try:
        return _remembered(release_id, fingerprint)
    except Tampered:
        return None


def of(release: Release) -> Snapshot:
    """The snapshot of any release. Raises Tampered."""
    return _remembered(release.pk, release.fingerprint)


@lru_cache(maxsize=64)
def _remembered(release_id: int, fingerprint: str) -> Snapshot:
    snapshot = parse(Release.objects.values_list("body", flat=True).get(pk=release_id))
    if snapshot.fingerprint != fingerprint:
        raise Tampered(f"The body of release {release_id} is not what its fingerprint covers.")
    return snapshot


def forget() -> None:
    """Empty the memory of bodies (between tests, which use keys again)."""
    _remembered.cache_clear()


def freeze(site: Site, *, actor: Actor) -> Release:
    """The candidate as a Release; the same one while it is candidate, passed or live. Raises NotAllowed."""
    allow(actor, site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    return _keep(site, candidate(site), actor)


def freeze_again(release: Release, *, actor: Actor) -> Release:
    """What a release holds, frozen on the build that runs now: the way to a new build, and back from one.

    Raises NotAllowed, Tampered.
    """
    allow(actor, release.site_id, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    return _keep(release.site, parse(of(release).body | {"build": running_build()}), actor)


def differing(frozen: Snapshot) -> list[str]:
    """The parts of the running build that are not the ones a snapshot was frozen on, by name."""
    running = running_build()
    return sorted(key for key in running.keys() | frozen.build.keys() if running.get(key) != frozen.build.get(key))


def _keep(site: Site, snapshot: Snapshot, actor: Actor) -> Release:
    State = Release.State
    with transaction.atomic():
        head = ledger.hold(site.pk)
        releases = Release.objects.filter(site=site)
        same = releases.filter(
            fingerprint=snapshot.fingerprint, state__in=[State.CANDIDATE, State.PASSED, State.LIVE]
        ).first()
        if same is not None:
            return same
        number = (releases.aggregate(last=Max("number"))["last"] or 0) + 1
        release = Release.objects.create(
            site=site,
            number=number,
            fingerprint=snapshot.fingerprint,
            body=snapshot.body,
            created_by=name(actor),
        )
        facts = {"release": number, "fingerprint": snapshot.fingerprint, "actor": name(actor)}
        ledger.append(site.pk, "release_frozen", facts, head=head)
    return release


def parse(body: Body) -> Snapshot:
    """The typed snapshot of a body, which is taken through JSON: it is what a database gives back."""
    text = canonical(body)
    body = json.loads(text)
    site, gate = body["site"], body.get("gate", UNRULED)
    return Snapshot(
        site_id=site["id"],
        site=site["slug"],
        name=site["name"],
        locale=site["locale"],
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        categories=tuple(_category(facts) for facts in body["categories"]),
        counterexamples=tuple(body["counterexamples"]),
        strictness=float(body.get("strictness", UNSAID)),
        wording=body["wording"],
        crisis=body["crisis"],
        contact=body["contact"],
        disclosure=body["disclosure"],
        revisions={facts["id"]: _revision(facts) for facts in body["revisions"]},
        scenarios=tuple(body["scenarios"]),
        bars={slug: Bar(**gate["bars"].get(slug, {})) for slug in [*(c["slug"] for c in body["categories"]), NOWHERE]},
        content=gate["content"],
        build=body["build"],
        body=body,
    )


def canonical(value: Any) -> str:
    """The one JSON text of a value: what is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _category(facts: Body) -> CategoryFacts:
    examples, counterexamples = tuple(facts["examples"]), tuple(facts["counterexamples"])
    return CategoryFacts(**{**facts, "examples": examples, "counterexamples": counterexamples})


def _revision(facts: Body) -> RevisionFacts:
    return RevisionFacts(facts["source"], facts["digest"], frozenset(facts["categories"]), facts["audience"])


def _categories(site: Site) -> list[Body]:
    """The frozen facts of each unretired category, in its place."""
    examples: dict[tuple[int | None, bool], list[str]] = {}
    for pk, counter, text in Example.objects.filter(site=site).values_list("category_id", "counter", "text"):
        examples.setdefault((pk, counter), []).append(text)
    return [
        {
            "id": c.pk,
            "slug": c.slug,
            "title": c.title,
            "description": c.description,
            "owner": c.owner,
            "risk": c.risk,
            "route": c.route,
            "mode": c.mode,
            "tool": c.tool,
            "level": c.asked_level,
            "examples": examples.get((c.pk, False), []),
            "counterexamples": examples.get((c.pk, True), []),
        }
        for c in Category.objects.filter(site=site, retired=False)
    ]


def _gate(site: Site) -> Body:
    """The bar of each unretired category and of what is about none, and who takes a change of content live."""
    rules = Rules.objects.filter(site=site).first() or Rules(site=site)
    slugs = [*Category.objects.filter(site=site, retired=False).values_list("slug", flat=True), NOWHERE]
    standard = asdict(STANDARD) | rules.bar
    return {"content": rules.content, "bars": {slug: standard | rules.bars.get(slug, {}) for slug in slugs}}


def _texts(examples: Iterable[Example]) -> list[str]:
    return [example.text for example in examples]


def _revisions(site: Site) -> list[Body]:
    """The newest approved revision of each source in the candidate, by source slug."""
    approved = (
        Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
        .filter(state=Revision.State.APPROVED)
        .order_by("source__slug", "-number")
        .values("pk", "digest", "source_id", "source__slug", "source__audience")
    )
    categories: dict[int, list[str]] = {}
    allowlisted = Category.objects.filter(site=site, retired=False, sources__isnull=False)
    for source_id, slug in allowlisted.values_list("sources", "slug"):
        categories.setdefault(source_id, []).append(slug)
    newest: dict[int, Body] = {}
    for row in approved:
        newest.setdefault(
            row["source_id"],
            {
                "id": row["pk"],
                "source": row["source__slug"],
                "digest": row["digest"],
                "audience": row["source__audience"],
                "categories": sorted(categories.get(row["source_id"], [])),
            },
        )
    return list(newest.values())
