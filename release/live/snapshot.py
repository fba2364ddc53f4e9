"""What decides, frozen: the candidate is what the rows say now, the live snapshot is what customers get.

A fingerprint covers everything in the body, the build that decides included. A live release whose body is not
what its fingerprint covers, or that has no passing run for exactly it, does not exist for customers.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, QuerySet

from conversations.wording import Spoken
from knowledge.face.retrieval import Scope
from knowledge.face.text import Synonyms
from knowledge.models import Category, Level
from release.core.bars import NOWHERE, Bar, about
from release.core.people import Actor, allow, name
from release.live import rows
from release.live.rows import Body as Body
from release.models import Release, Rules, Scenario
from sites.choices.signals import Signal
from sites.choices.signals import of as signals_of
from sites.core import ledger, sql
from sites.models import Role, Site
from tools import chat
from tools import rows as declared
from tools.chat import Models
from tools.connection import Connection
from tools.declaration import Tool

UNSAID = 2
"""The strictness of every release that was frozen before a site could choose one."""

UNRULED: Body = {"content": Rules.Content.PERSON.value, "bars": {}}
"""The rules of every release that was frozen before a site could write its own: everything had to pass."""


class Tampered(Exception):
    """A release's body does not match its fingerprint."""


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """One allowlisted subject as frozen; `level` is the level asked for (1-3), which grants nothing.

    `tool`: the names of its tools; `by_tool`: they take every message, so no article answers.
    """

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
    by_tool: bool = False

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of its tools."""
        return names_in(self.tool)


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """One published revision: its source's slug, the categories and audience it was evaluated with, its questions."""

    source: str
    digest: str
    categories: frozenset[str]
    audience: str
    questions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything `decide` may know of a site. Plain data; reading it touches no database.

    `body` is the JSON the fingerprint covers; the other fields are the same facts, typed. `routes`: those on which a
    person is wanted whatever an article says. `signals`, `synonyms`: the site's own, empty in older releases.
    """

    site_id: int
    site: str
    name: str
    locale: str
    fingerprint: str
    categories: tuple[CategoryFacts, ...]
    counterexamples: tuple[str, ...]
    strictness: float
    routes: frozenset[str]
    signals: tuple[Signal, ...]
    synonyms: Synonyms
    wording: Mapping[str, str]
    crisis: str
    contact: Mapping[str, str]
    disclosure: str
    revisions: Mapping[int, RevisionFacts]
    scenarios: tuple[Body, ...]
    bars: Mapping[str, Bar]
    content: str
    build: Mapping[str, Any]
    tools: Mapping[str, Tool]
    connections: Mapping[str, Connection]
    models: Models
    body: Body
    _scopes: dict[tuple[frozenset[str], frozenset[str]], Scope] = field(default_factory=dict, repr=False)

    @property
    def matches_build(self) -> bool:
        """Whether this process decides with exactly the code, model and tools frozen here."""
        return dict(self.build) == running_build()

    @property
    def hears_a_model(self) -> bool:
        """Whether a language model is asked in it."""
        named = str(self.build.get("model", ""))
        return self.models.asks if named and self.models.said.connections else named not in ("", chat.DECLARED)

    @cached_property
    def spoken(self) -> Spoken:
        """Its fixed wording."""
        return Spoken(self.locale, self.wording, self.disclosure)

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
        return self.across(frozenset({category}), audiences)

    def across(self, categories: frozenset[str], audiences: frozenset[str]) -> Scope:
        """The most a search in several categories at once may use."""
        key = (categories, audiences)
        if key not in self._scopes:
            usable = {
                pk: facts
                for pk, facts in self.revisions.items()
                if categories & facts.categories and facts.audience in audiences
            }
            published = {pk: categories & facts.categories for pk, facts in usable.items()}
            held = [[pk, facts.digest, sorted(published[pk])] for pk, facts in sorted(usable.items())]
            content = canonical([self.site_id, sorted(categories), sorted(audiences), held])
            name = hashlib.sha256(content.encode()).hexdigest()
            self._scopes[key] = Scope(self.site_id, published, audiences, name, self.synonyms)
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
            "gate": rows.gate(site),
            "categories": rows.categories(site),
            "counterexamples": rows.counterexamples(site),
            "revisions": rows.revisions(site),
            "scenarios": [scenario.body for scenario in Scenario.objects.filter(site=site)],
            "tools": declared.tools(site),
            "connections": declared.connections(site),
        }
    )


def nothing(site: Site) -> Snapshot:
    """A snapshot that allows no category: a site without a live release decides on it, so a person is reached."""
    empty: Body = {"categories": [], "counterexamples": [], "revisions": [], "scenarios": []}
    return parse(_frame(site) | empty | {"gate": rows.gate(site)})


def _frame(site: Site) -> Body:
    return {
        "format": 1,
        "site": {"id": site.pk, "slug": site.slug, "name": site.name, "locale": site.locale},
        "wording": site.wording,
        "crisis": site.crisis,
        "contact": site.contact,
        "disclosure": site.disclosure,
        "strictness": site.strictness,
        "routes": site.routes,
        "signals": site.signals,
        "synonyms": site.synonyms,
        "models": site.language_models,
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
    tools = declared.read_tools(body.get("tools", ()))
    written = frozenset(slug for facts in body["revisions"] for slug in facts["categories"])
    return Snapshot(
        site_id=site["id"],
        site=site["slug"],
        name=site["name"],
        locale=site["locale"],
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        categories=tuple(_category(facts, tools, written) for facts in body["categories"]),
        counterexamples=tuple(body["counterexamples"]),
        strictness=float(body.get("strictness", UNSAID)),
        routes=frozenset(route for route, who in body.get("routes", {}).items() if who == "person"),
        signals=signals_of(body.get("signals", ())),
        synonyms=Synonyms(body.get("synonyms", ())),
        wording=body["wording"],
        crisis=body["crisis"],
        contact=body["contact"],
        disclosure=body["disclosure"],
        revisions={facts["id"]: _revision(facts) for facts in body["revisions"]},
        scenarios=tuple(body["scenarios"]),
        bars={slug: Bar(**gate["bars"].get(slug, {})) for slug in [*(c["slug"] for c in body["categories"]), NOWHERE]},
        content=gate["content"],
        build=body["build"],
        tools=tools,
        connections=declared.read_connections(body.get("connections", ())),
        models=chat.read(body.get("models", {})),
        body=body,
    )


def canonical(value: Any) -> str:
    """The one JSON text of a value: what is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def names_in(tool: str) -> tuple[str, ...]:
    """The names of tools that a category holds in one text."""
    return tuple(name.strip() for name in tool.split(",") if name.strip())


def _category(facts: Body, tools: Mapping[str, Tool], written: frozenset[str]) -> CategoryFacts:
    """A tool without examples of its own, or that nobody declares, takes every message of its category; so do the tools
    of a category that no article is about."""
    examples, counterexamples = tuple(facts["examples"]), tuple(facts["counterexamples"])
    names = names_in(facts["tool"])
    takes_all = any(name not in tools or not tools[name].examples for name in names)
    takes_all = takes_all or bool(names and facts["slug"] not in written)
    texts = {"examples": examples, "counterexamples": counterexamples}
    return CategoryFacts(**{**facts, **texts}, by_tool=takes_all)


def _revision(facts: Body) -> RevisionFacts:
    categories, questions = frozenset(facts["categories"]), tuple(facts.get("questions", ()))
    return RevisionFacts(facts["source"], facts["digest"], categories, facts["audience"], questions)
