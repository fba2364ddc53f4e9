"""A site as a folder of reviewable files: checked as a whole, loaded into the candidate. It grants nothing.

Everything is read and checked before the first row is written. Then rows are written in short transactions,
the embedding outside of them, so that sites being served do not notice; a kill is mended by loading again.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from knowledge.face.documents import cause
from knowledge.face.editing import approval, ingest, ownership
from knowledge.face.embedding import vectors
from knowledge.models import Category, Example, Level, Source
from release.bundles import articles, declared
from release.bundles.articles import Article
from release.bundles.declared import Declarations
from release.core import bars, manifest, people
from release.core.manifest import LEVELS, STRICTNESS, CategoryPlan, Manifest
from release.core.people import Actor, allow, name
from release.core.progress import Bar
from release.gate import false_alarms
from release.models import Rules, Scenario
from release.scenarios import repeats, written
from release.scenarios.repeats import Examples
from release.scenarios.written import Written
from sites.access.roles import NotAllowed
from sites.choices import on_record, signals
from sites.core import ledger
from sites.core.problems import BadInput, Problem, gathered
from sites.models import Role, Site
from tools import chat
from tools import rows as tool_rows

APPROVER = "bundle"  # see docs/decisions/0003-loading-a-bundle.md
ORIGIN = "knowledge/"  # how the origin of a source that came with a bundle begins


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder, read and found right."""

    manifest: Manifest
    articles: Sequence[Article]
    scenarios: Sequence[Written]
    declared: Declarations
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did; the warnings are for the people who own the bundle."""

    site: Site
    created: bool
    articles: int
    changed: int
    retired: int
    scenarios: int
    warnings: tuple[Problem, ...]

    def __str__(self) -> str:
        told = f"{self.site.slug}: {self.articles} articles ({self.changed} new or changed"
        told += f", {self.retired} retired)" if self.retired else ")"
        return f"{told}, {self.scenarios} scenarios, {len(self.warnings)} warnings"


def read(folder: Path) -> Bundle:
    """Everything in a bundle's folder. Raises BadInput with all that is wrong, each with file and line."""
    if not (folder / "site.yaml").is_file():
        raise BadInput([Problem(str(folder), 0, "is no bundle: it has no site.yaml")])
    problems: list[Problem] = []
    plan = _tried(problems, lambda: manifest.load(folder / "site.yaml"))
    files = sorted((folder / "scenarios").glob("*.jsonl"))
    names = [f"scenarios/{file.name}" for file in files]
    scenarios = _tried(problems, lambda: written.read(files, names)) or []
    said = _tried(problems, lambda: declared.load(folder / "tools"))
    if plan is None:
        raise BadInput(problems)
    known = [category.slug for category in plan.categories]
    texts, warnings = _tried(problems, lambda: articles.load(folder / "knowledge", known, plan.locale)) or ([], [])
    problems += [
        *(_strange_tools(plan, said) if said else ()),
        *_strange_categories(scenarios, known),
        *_copied(plan, scenarios),
    ]
    problems += [Problem(each.file, 0, why) for each in texts if (why := ingest.why_not(_item(each)))]
    if problems:
        raise BadInput(problems)
    return Bundle(
        plan,
        texts,
        scenarios,
        said,
        (
            *plan.warnings,
            *warnings,
            *said.warnings,
            *_short(plan, texts, scenarios),
            *_slips(scenarios),
            *_asked(texts, scenarios),
        ),
    )


def load(folder: Path, *, actor: Actor, progress: bool = False) -> Loaded:
    """Load a bundle into its site's candidate, making the site if need be; loading it again changes nothing.

    What customers get stays as it is until a release goes live, except what takes away: a source's narrower
    audience or categories count at once. Raises BadInput before anything is written, NotAllowed.
    """
    bundle = read(folder)
    known = Site.objects.filter(slug=bundle.manifest.site).first()
    _permit(actor, known)
    with Bar("examples", show=progress):
        own = [example for tool in bundle.declared.tools.values() for example in tool.examples]
        vectors.of_texts([*own, *(example for _, _, example in _examples(bundle.manifest))])
    site = _write_site(bundle, known, name(actor))
    with Bar("articles", show=progress) as bar:
        items = [_item(article) for article in bundle.articles]
        saved = ingest.save_many(site, items, author=name(actor), progress=bar.at, threads=2)
    approval.approve_many([s.revision for s in saved], actor=APPROVER, reason=f"Loaded by {name(actor)}.")
    gone = _retire(site, {article.slug for article in bundle.articles})
    _write_scenarios(site, bundle.scenarios)
    counts = {"articles": len(saved), "changed": sum(s.changed for s in saved), "retired": len(gone)}
    ledger.note(site.pk, "bundle_loaded", actor=name(actor), **counts, scenarios=len(bundle.scenarios))
    return Loaded(
        site=site,
        created=known is None,
        scenarios=len(bundle.scenarios),
        warnings=(*bundle.warnings, *_no_accounts(bundle), *gathered(gone, cause), *_false_alarms(bundle)),
        **counts,
    )


def _permit(actor: Actor, site: Site | None) -> None:
    if site is not None:
        allow(actor, site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
        ownership.require_whole(actor, site.pk, Role.RELEASE_OWNER)
    elif not isinstance(actor, str) and not actor.is_superuser:
        raise NotAllowed("Only a superuser makes a new site.")


def _write_site(bundle: Bundle, known: Site | None, actor: str) -> Site:
    """The site's own fields, its categories and examples, in one transaction of a few milliseconds."""
    plan = bundle.manifest
    fields: dict[str, Any] = {
        "name": plan.name,
        "locale": plan.locale,
        "timezone": plan.timezone,
        "origins": list(plan.origins),
        "disclosure": plan.disclosure,
        "contact": dict(plan.contact),
        "hours": dict(plan.hours),
        "wording": dict(plan.wording),
        "crisis": plan.crisis,
        "countries": list(plan.countries),
        "strictness": STRICTNESS[plan.strictness],
        "routes": dict(plan.routes),
        "signals": signals.rows(signals.texts(plan.signals)),
        "synonyms": [list(group) for group in plan.synonyms],
        "owners": dict(plan.owners),
        "language_models": chat.kept(plan.models, {each.slug: each.models for each in plan.categories}),
    }
    with transaction.atomic():
        if known is not None:
            ledger.hold(known.pk)
        before = _settings(known)
        site, created = Site.objects.update_or_create(slug=plan.site, defaults=fields)
        if created:
            ledger.append(site.pk, "site_created", {"actor": actor, "site": site.slug})
        rows = {
            c.slug: Category.objects.update_or_create(site=site, slug=c.slug, defaults=_category(c, position))[0]
            for position, c in enumerate(plan.categories)
        }
        Category.objects.filter(site=site).exclude(slug__in=rows).update(retired=True)
        _write_examples(site, rows, plan)
        own = {category.slug: dict(category.bar) for category in plan.categories if category.bar}
        rules = {"bar": dict(plan.bar), "bars": own, "content": plan.content}
        Rules.objects.update_or_create(site=site, defaults=rules)
        tools, connections = bundle.declared.tools.values(), bundle.declared.connections.values()
        tool_rows.replace(site, list(tools), list(connections), actor=actor)
        if known is not None:
            on_record.note(site.pk, "site_changed", before, _settings(site), actor=actor)
    return site


def _settings(site: Site | None) -> dict[str, Any]:
    """What the chain keeps of a site's own settings, bars and rules included, as the database has them."""
    if site is None:
        return {}
    own = on_record.values(Site.objects.get(pk=site.pk))
    rules = on_record.values(Rules.objects.filter(site=site).first(), ("bar", "bars", "content"))
    return own | {f"rules.{name}": value for name, value in rules.items()}


def _category(plan: CategoryPlan, position: int) -> dict[str, Any]:
    return {
        "title": plan.title,
        "description": plan.description,
        "owner": plan.owner,
        "risk": plan.risk,
        "route": plan.route,
        "mode": plan.answer,
        "tool": ", ".join(plan.named_tools),
        "asked_level": LEVELS[plan.exposure],
        "position": position,
        "retired": False,
    }


def _write_examples(site: Site, rows: dict[str, Category], plan: Manifest) -> None:
    """Replace the site's examples, if they are not exactly these already."""
    wanted = [(rows[slug].pk if slug else None, counter, text) for slug, counter, text in _examples(plan)]
    present = Example.objects.filter(site=site, category__retired=False) | Example.objects.filter(
        site=site, category=None
    )
    if Counter(present.values_list("category_id", "counter", "text")) == Counter(wanted):
        return
    present.delete()
    Example.objects.bulk_create(
        Example(site=site, category_id=category, counter=counter, text=text) for category, counter, text in wanted
    )


def _examples(plan: Manifest) -> Iterator[tuple[str, bool, str]]:
    """(category slug or "" for the whole site, whether a counterexample, text) of every example."""
    for category in plan.categories:
        yield from ((category.slug, False, text) for text in category.examples)
        yield from ((category.slug, True, text) for text in category.counterexamples)
    yield from (("", True, text) for text in plan.counterexamples)


def _item(article: Article) -> ingest.Item:
    return ingest.Item(
        slug=article.slug,
        document=article.document,
        categories=article.categories,
        audience=article.audience,
        url=article.url,
        owner=article.owner,
        review_by=article.review_by,
        expires=article.expires,
        origin=article.file,
        questions=article.questions,
    )


def _retire(site: Site, slugs: Collection[str]) -> list[Problem]:
    """Take sources whose files are gone out of the candidate; what is live of them stays until a release."""
    came = Source.objects.filter(site=site, origin__startswith=ORIGIN)
    gone = [pk_slug for pk_slug in came.filter(retired=False).values_list("pk", "slug") if pk_slug[1] not in slugs]
    back = [pk for pk, slug in came.filter(retired=True).values_list("pk", "slug") if slug in slugs]
    with transaction.atomic():
        for some in vectors.slices([pk for pk, _ in gone], vectors.PARAMETERS):
            Source.objects.filter(pk__in=some).update(retired=True)
        for some in vectors.slices(back, vectors.PARAMETERS):
            Source.objects.filter(pk__in=some).update(retired=False)
    text = "is not in the bundle any more: retired from the candidate, live until the next release"
    return [Problem(f"{ORIGIN}{slug}", 0, text) for _, slug in gone]


def _write_scenarios(site: Site, scenarios: Sequence[Written]) -> None:
    """Make the site's scenarios exactly these, in their order, touching only what differs."""
    wanted = [(each.id, Path(each.file).name, each.body) for each in scenarios]
    present = list(Scenario.objects.filter(site=site).values_list("slug", "file", "body"))
    if present == wanted:
        return
    with transaction.atomic():
        Scenario.objects.filter(site=site).delete()
        Scenario.objects.bulk_create(
            Scenario(site=site, slug=slug, file=file, body=body) for slug, file, body in wanted
        )


def _tried(problems: list[Problem], work: Any) -> Any:
    """The result of `work`, or None with its problems noted."""
    try:
        return work()
    except BadInput as error:
        problems += error.problems
        return None


def _strange_tools(plan: Manifest, said: Declarations) -> Iterator[Problem]:
    listed = ", ".join(sorted(said.tools)) or "none"
    for category in plan.categories:
        for tool in category.named_tools:
            if tool not in said.tools:
                text = f"there is no tool “{tool}” for “{category.slug}”; declared in tools/: {listed}"
                yield Problem("site.yaml", category.line, text)


def _strange_categories(scenarios: Sequence[Written], known: Collection[str]) -> Iterator[Problem]:
    for each in scenarios:
        category = each.body.get("expect", {}).get("category")
        if category is not None and category not in known:
            yield Problem(each.file, each.line, f"expects the category “{category}”, which site.yaml does not have")


def _copied(plan: Manifest, scenarios: Sequence[Written]) -> Iterator[Problem]:
    examples = Examples(text for _, _, text in _examples(plan))
    for each in scenarios:
        if text := repeats.problem(each.body, examples):
            yield Problem(each.file, each.line, text)


def _asked(texts: Sequence[Article], scenarios: Sequence[Written]) -> Iterator[Problem]:
    """Warnings: scenarios that ask what an article is written to answer, in its own words."""
    questions = Examples(question for article in texts for question in article.questions)
    for each in scenarios:
        if said := questions.repeated(str(each.body["turns"][-1])):
            text = f"“{each.id}” asks an article's own question “{said}”, so it shows little; ask it in other words"
            yield Problem(each.file, each.line, text)


def _short(plan: Manifest, texts: Sequence[Article], scenarios: Sequence[Written]) -> Iterator[Problem]:
    """Warnings: categories that ask for level 3 and have too few scenarios for it."""
    sources = {article.slug: article.categories for article in texts}
    counts = Counter(slug for each in scenarios for slug in bars.about(each.body, sources))
    for category in plan.categories:
        least = bars.Bar(**{**plan.bar, **category.bar}).scenarios
        asks = LEVELS[category.exposure] == Level.SELF_SERVICE and category.route == "answer"
        if asks and counts[category.slug] < least:
            text = f"“{category.slug}” has {counts[category.slug]} scenarios; level 3 needs {least}"
            yield Problem("site.yaml", category.line, text)


def _slips(scenarios: Sequence[Written]) -> Iterator[Problem]:
    """Warnings: tags that look like a class in which nothing may fail."""
    for each in scenarios:
        for tag, near in bars.nearly(each.body):
            yield Problem(
                each.file, each.line, f"“{tag}” is no class in which nothing may fail; did you mean “{near}”?"
            )


def _false_alarms(bundle: Bundle) -> list[Problem]:
    """What the bundle's signals would hand to a person besides what they are for."""
    plan = bundle.manifest
    asked = false_alarms.written(plan.categories, bundle.scenarios)
    return [Problem(each.file, each.line, str(each)) for each in false_alarms.found(plan.signals, asked)]


def _no_accounts(bundle: Bundle) -> list[Problem]:
    plan = bundle.manifest
    named = {*plan.owners.values(), *(c.owner for c in plan.categories), *(a.owner for a in bundle.articles)}
    return [
        Problem("site.yaml", 0, f"the owner {username} has no active account here")
        for username in people.unknown(named)
    ]
