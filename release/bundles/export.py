"""A site's candidate as a bundle again: loading it changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import yaml

from knowledge.models import Level, Revision, Source
from release.core.manifest import LEVELS
from release.live import snapshot
from release.live.snapshot import CategoryFacts
from release.models import Rules, Scenario
from sites.core.refusal import Refused
from sites.models import Site, Strictness
from tools.rows import body_of

PLAIN = ".txt"  # a text file stays one: Markdown would read its marks
ASKED = {level: word for word, level in LEVELS.items()}


def export(site: Site, folder: Path) -> int:
    """Write the candidate of a site into `folder`, which must be empty or new; returns the number of files.

    Withdrawn, retired and never approved sources are left out. Raises Refused.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty.")
    files = {"site.yaml": _yaml(_site(site)), **dict(_tools(site)), **dict(_articles(site)), **_scenarios(site)}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return len(files)


def _site(site: Site) -> dict[str, Any]:
    frozen, rules = snapshot.candidate(site), Rules.objects.filter(site=site).first() or Rules(site=site)
    return {
        "version": 1,
        "site": site.slug,
        "name": site.name,
        "locale": site.locale,
        "timezone": site.timezone,
        **_given(
            origins=site.origins,
            disclosure=site.disclosure,
            contact=site.contact,
            hours=site.hours,
            wording=site.wording,
            crisis=site.crisis,
            countries=site.countries,
            owners=site.owners,
        ),
        "strictness": Strictness(site.strictness).name.lower(),
        **_given(routes=site.routes, signals=[_given(**each) for each in site.signals], bar=rules.bar),
        "content": str(rules.content),
        "categories": [_category(category, rules, site) for category in frozen.categories],
        **_given(counterexamples=list(frozen.counterexamples), synonyms=site.synonyms, models=_models(site)),
    }


def _models(site: Site) -> dict[str, Any]:
    return dict(site.language_models.get("site", {}))


def _own(site: Site) -> dict[str, Any]:
    """What each category says of its models, by slug."""
    return dict(site.language_models.get("categories", {}))


def _category(c: CategoryFacts, rules: Rules, site: Site) -> dict[str, Any]:
    return {
        "slug": c.slug,
        "title": c.title,
        **_given(description=c.description, owner=c.owner),
        "risk": c.risk,
        "exposure": ASKED[Level(c.level)],
        "answer": c.mode,
        "route": c.route,
        **_given(**_named(c), bar=rules.bars.get(c.slug), models=_own(site).get(c.slug)),
        "examples": list(c.examples),
        **_given(counterexamples=list(c.counterexamples)),
    }


def _named(category: CategoryFacts) -> dict[str, Any]:
    """How a category names its tools: one, or several."""
    return {"tool": category.tool} if len(category.tools) < 2 else {"tools": list(category.tools)}


def _tools(site: Site) -> Iterator[tuple[str, str]]:
    """The file of each connection, with its tools."""
    frozen = snapshot.candidate(site)
    for connection in frozen.connections.values():
        held = [each for each in frozen.tools.values() if each.request.connection == connection.name]
        bodies = {"connections": [body_of(connection)], "tools": [body_of(each) for each in held]}
        yield f"tools/{connection.name}.yaml", _yaml(_given(**bodies))


def _articles(site: Site) -> Iterator[tuple[str, str]]:
    """(file, text) of each article in the candidate."""
    frozen = snapshot.candidate(site)
    revisions = (
        Revision.objects.filter(source__site=site).select_related("source").prefetch_related("source__categories")
    )
    for revision in revisions.order_by("source__slug"):
        if revision.pk in frozen.revisions:
            yield _file(revision.source), f"---\n{_yaml(_front(revision))}---\n\n{revision.text}\n"


def _front(revision: Revision) -> dict[str, Any]:
    source = revision.source
    return {
        "title": revision.title,
        "categories": sorted(category.slug for category in source.categories.all() if not category.retired),
        "audience": source.audience,
        **_given(url=source.url, review_by=source.review_by, expires=source.expires, owner=source.owner),
        **_given(questions=revision.questions),
    }


def _file(source: Source) -> str:
    """Where the article goes: where it came from in a bundle, as the Markdown or plain text it is now."""
    suffix = PLAIN if PurePath(source.origin).suffix == PLAIN else ".md"
    came = PurePath(source.origin)
    inside = came.parts[:1] == ("knowledge",) and ".." not in came.parts
    folder = came.parent if inside else PurePath("knowledge")
    return f"{folder.as_posix()}/{source.slug}{suffix}"


def _scenarios(site: Site) -> dict[str, str]:
    files: dict[str, list[str]] = {}
    for scenario in Scenario.objects.filter(site=site):
        name = PurePath(scenario.file or "scenarios.jsonl").name
        files.setdefault(f"scenarios/{name}", []).append(json.dumps(scenario.body, ensure_ascii=False))
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def _given(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)
