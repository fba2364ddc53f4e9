"""A site as a folder of reviewable files: checked as a whole, loaded into the candidate. It grants nothing.

Everything is read and checked before the first row is written. Then rows are written in short transactions,
the embedding outside of them, so that sites being served do not notice; a kill is mended by loading again.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from knowledge import approval, ingest, remit, vectors
from knowledge.models import Category, Example, Level, Source
from release import articles, bars, manifest, people, repeats, scenarios
from release.articles import Article
from release.manifest import LEVELS, STRICTNESS, CategoryPlan, Manifest
from release.models import Rules, Scenario
from release.people import Actor, allow, name
from release.problems import BadInput, Problem
from release.progress import Bar
from release.repeats import Examples
from release.scenarios import Written
from sites import ledger
from sites.models import Role, Site
from sites.roles import NotAllowed

APPROVER = "bundle"  # see docs/decisions/0003-loading-a-bundle.md
ORIGIN = "knowledge/"  # how the origin of a source that came with a bundle begins


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder, read and found right."""

    manifest: Manifest
    articles: Sequence[Article]
    scenarios: Sequence[Written]
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
    written = _tried(problems, lambda: scenarios.read(files, names)) or []
    if plan is None:
        raise BadInput(problems)
    known = [category.slug for category in plan.categories]
    texts, warnings = _tried(problems, lambda: articles.load(folder / "knowledge", known)) or ([], [])
    problems += [*_strange_tools(plan), *_strange_categories(written, known), *_copied(plan, written)]
    if problems:
        raise BadInput(problems)
    return Bundle(plan, texts, written, (*plan.warnings, *warnings, *_short(plan, texts, written), *_slips(written)))


def load(folder: Path, *, actor: Actor, progress: bool = False) -> Loaded:
    """Load a bundle into its site's candidate, making the site if need be; loading it again changes nothing.

    What customers get stays as it is until a release goes live, except what takes away: a source's narrower
    audience or categories count at once. Raises BadInput before anything is written, NotAllowed.
    """
    bundle = read(folder)
    known = Site.objects.filter(slug=bundle.manifest.site).first()
    _permit(actor, known)
    site = _write_site(bundle, known, name(actor))
    with Bar("examples", show=progress):
        vectors.of_texts(example for _, _, example in _examples(bundle.manifest))
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
        warnings=(*bundle.warnings, *_no_accounts(bundle), *gone),
        **counts,
    )


def _permit(actor: Actor, site: Site | None) -> None:
    if site is not None:
        allow(actor, site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
        remit.require_whole(actor, site.pk, Role.RELEASE_OWNER)
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
        "strictness": STRICTNESS[plan.strictness],
        "owners": dict(plan.owners),
    }
    with transaction.atomic():
        if known is not None:
            ledger.hold(known.pk)
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
    return site


def _category(plan: CategoryPlan, position: int) -> dict[str, Any]:
    return {
        "title": plan.title,
        "description": plan.description,
        "owner": plan.owner,
        "risk": plan.risk,
        "route": plan.route,
        "mode": plan.answer,
        "tool": plan.tool,
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


def _write_scenarios(site: Site, written: Sequence[Written]) -> None:
    """Make the site's scenarios exactly these, in their order, touching only what differs."""
    wanted = [(each.id, Path(each.file).name, each.body) for each in written]
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


def _strange_tools(plan: Manifest) -> Iterator[Problem]:
    known = set(import_module(settings.BOT).describe()["tools"])
    listed = ", ".join(sorted(known)) or "none"
    for category in plan.categories:
        if category.tool and category.tool not in known:
            text = f"there is no tool “{category.tool}” for “{category.slug}”; known: {listed}"
            yield Problem("site.yaml", category.line, text)


def _strange_categories(written: Sequence[Written], known: Collection[str]) -> Iterator[Problem]:
    for each in written:
        category = each.body.get("expect", {}).get("category")
        if category is not None and category not in known:
            yield Problem(each.file, each.line, f"expects the category “{category}”, which site.yaml does not have")


def _copied(plan: Manifest, written: Sequence[Written]) -> Iterator[Problem]:
    examples = Examples(text for _, _, text in _examples(plan))
    for each in written:
        if text := repeats.problem(each.body, examples):
            yield Problem(each.file, each.line, text)


def _short(plan: Manifest, texts: Sequence[Article], written: Sequence[Written]) -> Iterator[Problem]:
    """Warnings: categories that ask for level 3 and have too few scenarios for it."""
    sources = {article.slug: article.categories for article in texts}
    counts = Counter(slug for each in written for slug in bars.about(each.body, sources))
    for category in plan.categories:
        least = bars.Bar(**{**plan.bar, **category.bar}).scenarios
        asks = LEVELS[category.exposure] == Level.SELF_SERVICE and category.route == "answer"
        if asks and counts[category.slug] < least:
            text = f"“{category.slug}” has {counts[category.slug]} scenarios; level 3 needs {least}"
            yield Problem("site.yaml", category.line, text)


def _slips(written: Sequence[Written]) -> Iterator[Problem]:
    """Warnings: tags that look like a class in which nothing may fail."""
    for each in written:
        for tag, near in bars.nearly(each.body):
            yield Problem(
                each.file, each.line, f"“{tag}” is no class in which nothing may fail; did you mean “{near}”?"
            )


def _no_accounts(bundle: Bundle) -> list[Problem]:
    plan = bundle.manifest
    named = {*plan.owners.values(), *(c.owner for c in plan.categories), *(a.owner for a in bundle.articles)}
    return [
        Problem("site.yaml", 0, f"the owner {username} has no active account here")
        for username in people.unknown(named)
    ]
