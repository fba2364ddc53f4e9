"""What a site's rows say now, as the parts of a snapshot's body: plain data that goes through JSON unchanged."""

from dataclasses import asdict
from typing import Any

from knowledge.models import Category, Example, Revision
from release.core.bars import NOWHERE, STANDARD
from release.models import Rules
from sites.models import Site

Body = dict[str, Any]


def categories(site: Site) -> list[Body]:
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


def gate(site: Site) -> Body:
    """The bar of each unretired category and of what is about none, and who takes a change of content live."""
    rules = Rules.objects.filter(site=site).first() or Rules(site=site)
    slugs = [*Category.objects.filter(site=site, retired=False).values_list("slug", flat=True), NOWHERE]
    standard = asdict(STANDARD) | rules.bar
    return {"content": rules.content, "bars": {slug: standard | rules.bars.get(slug, {}) for slug in slugs}}


def counterexamples(site: Site) -> list[str]:
    """What is never in scope, whatever the category."""
    return list(Example.objects.filter(site=site, category=None).values_list("text", flat=True))


def revisions(site: Site) -> list[Body]:
    """The newest approved revision of each source in the candidate, by source slug."""
    approved = (
        Revision.objects.filter(source__site=site, source__withdrawn_at=None, source__retired=False)
        .filter(state=Revision.State.APPROVED)
        .order_by("source__slug", "-number")
        .values("pk", "digest", "questions", "source_id", "source__slug", "source__audience")
    )
    held: dict[int, list[str]] = {}
    allowlisted = Category.objects.filter(site=site, retired=False, sources__isnull=False)
    for source_id, slug in allowlisted.values_list("sources", "slug"):
        held.setdefault(source_id, []).append(slug)
    newest: dict[int, Body] = {}
    for row in approved:
        newest.setdefault(
            row["source_id"],
            {
                "id": row["pk"],
                "source": row["source__slug"],
                "digest": row["digest"],
                "questions": row["questions"],
                "audience": row["source__audience"],
                "categories": sorted(held.get(row["source_id"], [])),
            },
        )
    return list(newest.values())
