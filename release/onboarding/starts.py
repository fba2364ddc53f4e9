"""A first category in an hour: from past questions or articles to proposals that a person accepts or throws away.

Law of the room: a start proposes and decides nothing. What is accepted becomes a category at level 1, drafts and
proposed scenarios, all of which still take an approval and a release. It lives here because it needs the masking of the
record and the scenarios of this room.
"""

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from knowledge.face.editing import approval, ingest, ownership
from knowledge.face.embedding import embedder
from knowledge.face.insights import gaps, wordings
from knowledge.face.text import fitting
from knowledge.models import Category, Example, Revision
from release.core.people import Actor, allow, name
from release.exposure import proposals
from release.models import Scenario
from release.models.started import Start, Suggestion, Ticket
from release.onboarding import folders, sorting, tickets
from release.onboarding.grouping import Grouped, Subject, grouped
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role, Site

KIND, ARTICLES = "start", "start_articles"
MAY = (Role.CONTENT_OWNER, Role.RELEASE_OWNER)
LEFT = 200  # questions that nothing answers, kept by their words
STEP = 32  # messages embedded at a time
TOGETHER = "handed in together with others"
WHY = "proposed from past questions"
WHY_ARTICLES = "proposed from a question that an article asks and answers"
Kind, State = Suggestion.Kind, Suggestion.State


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages of a start are read by now."""

    done: int
    total: int


def begin(site: Site, file: "File[bytes]", *, actor: Actor) -> Start:
    """Keep the masked messages of a file and promise the rest. Raises Refused, NotAllowed."""
    allow(actor, site, *MAY)
    asked, warnings = tickets.read(file, site.locale)
    by = name(actor)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        label = _label(file)
        start = Start.objects.create(site=site, name=label, warnings=warnings, total=len(asked), created_by=by)
        Ticket.objects.bulk_create(
            [Ticket(start=start, text=a.text, label=a.label, answer=a.answer) for a in asked], batch_size=200
        )
        outbox.put(KIND, {"start": start.pk}, bulk=True)
        ledger.append(site.pk, "start_begun", {"actor": by, "start": start.pk, "messages": len(asked)}, head=head)
    return start


def begin_folder(site: Site, files: Sequence["File[bytes]"], paths: Sequence[str] = (), *, actor: Actor) -> Start:
    """Keep the articles in files or archives as proposals, and promise to put them in order.

    `paths`: where each file stands in its folder, if that is known. Raises Refused, NotAllowed.
    """
    allow(actor, site, *MAY)
    found = folders.read(files, paths, site.locale)
    top = paths[0].partition("/")[0] if paths and "/" in paths[0] else f"{len(files)} files"
    label = _label(files[0]) if len(files) == 1 else top[:200]
    with transaction.atomic():
        head = ledger.hold(site.pk)
        start = begin_articles(site, found.articles, found.warnings, label, name(actor), head)
    start.refresh_from_db()
    return start


def begin_articles(
    site: Site, articles: Sequence[folders.Article], warnings: Sequence[str], label: str, by: str, head: LedgerHead
) -> Start:
    """Keep articles as proposals, and promise to put them in order; in a transaction that holds the site's chain."""
    count = len(articles)
    start = Start.objects.create(site=site, name=label, warnings=[*warnings], articles=count, created_by=by)
    folders.keep(start, articles)
    Start.objects.filter(pk=start.pk).update(total=start.tickets.count())
    outbox.put(KIND, {"start": start.pk}, bulk=True)
    ledger.append(site.pk, "start_begun", {"actor": by, "start": start.pk, "articles": count}, head=head)
    return start


def progress(start: Start) -> Progress:
    """How far a start is."""
    if start.state == Start.State.READY:
        return Progress(start.total, start.total)
    return Progress(start.tickets.filter(model=embedder().model_id).count(), start.total)


def advance(start: Start, *, seconds: float) -> bool:
    """Embed more messages for about so long, and propose once all are; whether it is done. Killed, it goes on."""
    if start.state == Start.State.READY:
        return True
    model, until = embedder(), time.monotonic() + seconds
    while some := list(start.tickets.exclude(model=model.model_id)[:STEP]):
        if time.monotonic() >= until:
            return False
        for ticket, row in zip(some, model.encode([ticket.text for ticket in some]), strict=True):
            Ticket.objects.filter(pk=ticket.pk).update(vector=row.tobytes(), model=model.model_id)
    _propose(start)
    return True


def accept(
    subject: Suggestion,
    *,
    title: str,
    keep: Collection[int],
    actor: Actor,
    into: Category | None = None,
    submit: bool = False,
) -> Category:
    """Make a proposed category, or fill one that is there, with those parts that were kept; the others are dropped.

    Articles become drafts in the background, and are handed on to be approved if `submit`. Raises Refused, NotAllowed.
    """
    site = subject.start.site
    approval.allow(actor, site.pk)
    if into is None:
        ownership.require_whole(actor, site.pk)
    else:
        ownership.require(actor, site.pk, [into.slug])
    parts = list(subject.parts.filter(pk__in=keep))
    enough = (Kind.EXAMPLE, Kind.ARTICLE) if subject.start.articles else (Kind.EXAMPLE,)
    if not any(part.kind in enough for part in parts):
        raise Refused("Keep at least one example: without one the category accepts nothing.")
    if into is not None and into.site_id != site.pk:
        raise Refused(f"{into} is a category of another site.")
    by = name(actor)
    with transaction.atomic():
        ledger.hold(site.pk)
        _decide([subject.pk], State.ACCEPTED, by)
        category = into or _category(site, title.strip(), by)
        _decide([part.pk for part in parts], State.ACCEPTED, by)
        _drop_open(subject, by)
        _teach(category, parts)
        for part in parts:
            if part.kind == Kind.SCENARIO:
                why = WHY_ARTICLES if subject.start.articles else WHY
                proposals.propose_scenario(site, _scenario(part, category), actor=actor, reason=why)
        if articles := [part.pk for part in parts if part.kind == Kind.ARTICLE]:
            work = {"parts": articles, "category": category.slug, "author": by, "submit": submit}
            outbox.put(ARTICLES, work, bulk=True)
        facts = {"actor": by, "category": category.slug, "start": subject.start_id, "parts": len(parts)}
        ledger.append(site.pk, "start_accepted", facts)
    return category


def take_gap(suggestion: Suggestion, *, actor: Actor) -> None:
    """Put a proposed gap on the gap list. Raises Refused, NotAllowed."""
    site = suggestion.start.site
    approval.allow(actor, site.pk)
    ownership.require_whole(actor, site.pk)
    facts = {"actor": name(actor), "start": suggestion.start_id, "suggestion": suggestion.pk, "kind": suggestion.kind}
    with transaction.atomic():
        head = ledger.hold(site.pk)
        _decide([suggestion.pk], State.ACCEPTED, name(actor))
        gaps.note(site.pk, None, suggestion.text, "open_in_article" if suggestion.start.articles else "past_question")
        ledger.append(site.pk, "start_accepted", facts, head=head)


def drop(suggestion: Suggestion, *, actor: Actor) -> None:
    """Throw a proposal away, with all that belongs to it. Raises Refused, NotAllowed."""
    site, by = suggestion.start.site, name(actor)
    approval.allow(actor, site.pk)
    ownership.require_whole(actor, site.pk)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        _decide([suggestion.pk], State.DROPPED, by)
        _drop_open(suggestion, by)
        facts = {"actor": by, "start": suggestion.start_id, "suggestion": suggestion.pk, "kind": suggestion.kind}
        ledger.append(site.pk, "start_dropped", facts, head=head)


def save_articles(parts: Sequence[int], category: str, author: str, submit: bool = False) -> int:
    """The accepted articles as drafts, submitted if their author said so; doing it again changes nothing."""
    held = Suggestion.objects.filter(pk__in=parts, state=State.ACCEPTED).select_related("start__site")
    for part in held:
        document, fields = folders.document_of(part)
        slug = f"{category}-start-{part.pk}"
        origin = ": ".join(filter(None, (part.start.name, part.body.get("file", ""))))[:500]
        saved = ingest.save(
            part.start.site, slug, document, categories=[category], author=author, origin=origin, later=True, **fields
        )
        if submit and saved.revision.state == Revision.State.DRAFT:
            approval.submit(saved.revision, actor=author, reason=TOGETHER)
    return len(held)


# ── Proposing ─────────────────────────────────────────────────────────────────────────────────────────────────


def _propose(start: Start) -> None:
    """Make the proposals, once, and let the messages go."""
    if start.articles:
        _propose_folder(start)
        return
    rows = list(start.tickets.all())
    asked = [tickets.Asked(row.text, row.label, row.answer) for row in rows]
    vectors = np.array([np.frombuffer(row.vector or b"", np.float32) for row in rows])
    found_at = sorting.placed(start.site, asked)
    places = sorting.settled([each.category for each in found_at], vectors)
    left = [n for n, slug in enumerate(places) if not slug]
    others = [asked[n] for n in left]
    found = grouped(others, vectors[left]) if others else Grouped((), ())
    taught, tested = _wordings(start)
    with transaction.atomic():
        ledger.hold(start.site_id)
        if not Start.objects.filter(pk=start.pk, state=Start.State.READING).update(state=Start.State.READY):
            return
        _count(start, asked, places)
        for category in Category.objects.filter(site=start.site_id, slug__in=places):
            texts = {asked[n].text: found_at[n].article for n, slug in enumerate(places) if slug == category.slug}
            sorting.write(start, category.slug, category.title, texts, taught, tested)
        for subject in found.subjects:
            _write(start, others, subject, taught, tested)
        _write_gaps(start, others, found)
        start.tickets.all().delete()


def _count(start: Start, asked: Sequence[tickets.Asked], places: Sequence[str]) -> None:
    """Keep how many questions an article would answer, and those that none would; not where somebody answered them."""
    if any(places):
        left = [each.text for each, slug in zip(asked, places, strict=True) if not slug]
        Start.objects.filter(pk=start.pk).update(answered=len(asked) - len(left), unanswered=left[:LEFT])


def _propose_folder(start: Start) -> None:
    taught, tested = _wordings(start)
    with transaction.atomic():
        ledger.hold(start.site_id)
        if Start.objects.filter(pk=start.pk, state=Start.State.READING).update(state=Start.State.READY):
            folders.propose(start, taught, tested)
            start.tickets.all().delete()


def _wordings(start: Start) -> tuple[frozenset[str], frozenset[str]]:
    """What the site is taught and what it is tested with."""
    bodies = Scenario.objects.filter(site=start.site_id).values_list("body", flat=True)
    return wordings.taught(start.site_id), wordings.said_by(turn for body in bodies for turn in body["turns"])


def _label(file: "File[bytes]") -> str:
    return re.split(r"[/\\\\]", file.name or "")[-1][:200]


def _write(
    start: Start, asked: Sequence[tickets.Asked], subject: Subject, taught: frozenset[str], tested: frozenset[str]
) -> None:
    """One proposed category; what the site is taught or tested with already stays on its own side."""
    body = {"messages": len(subject.members)}
    whole = Suggestion.objects.create(start=start, kind=Kind.CATEGORY, text=subject.title, body=body)
    groups = (
        (Kind.EXAMPLE, subject.examples, tested),
        (Kind.COUNTEREXAMPLE, subject.counterexamples, tested),
        (Kind.SCENARIO, subject.scenarios, taught),
    )
    parts = [
        Suggestion(start=start, subject=whole, kind=kind, text=asked[row].text)
        for kind, held, elsewhere in groups
        for row in held
        if not wordings.said(asked[row].text) & elsewhere
    ]
    answered = [asked[row] for row in subject.members if asked[row].answer]
    if answered:
        text = "\n\n".join(f"## {each.text}\n\n{each.answer}" for each in answered)
        apart = tested | wordings.said_by(asked[row].text for row in subject.scenarios)
        questions = fitting(each.text for each in answered if not wordings.said(each.text) & apart)
        article = {"text": text, "questions": questions}
        parts.append(Suggestion(start=start, subject=whole, kind=Kind.ARTICLE, text=subject.title, body=article))
    Suggestion.objects.bulk_create(parts)


def _write_gaps(start: Start, asked: Sequence[tickets.Asked], found: Grouped) -> None:
    Suggestion.objects.bulk_create(
        Suggestion(start=start, kind=Kind.GAP, text=asked[row].text, body={"messages": size})
        for row, size in found.gaps
    )


# ── Deciding ──────────────────────────────────────────────────────────────────────────────────────────────────


def _decide(keys: Sequence[int], state: str, by: str) -> None:
    open_ = Suggestion.objects.filter(pk__in=keys, state=State.OPEN)
    if open_.update(state=state, decided_by=by, decided_at=timezone.now()) != len(keys):
        raise Refused("Somebody has decided on this already; load the page again.")


def _drop_open(subject: Suggestion, by: str) -> None:
    subject.parts.filter(state=State.OPEN).update(state=State.DROPPED, decided_by=by, decided_at=timezone.now())


def slug_of(title: str) -> str:
    """The slug of a category with this title; empty where it has no letter or digit."""
    return "-".join(re.findall(r"[a-z0-9]+", title.casefold()))[:60].strip("-")


def _category(site: Site, title: str, by: str) -> Category:
    slug = slug_of(title)
    if not slug:
        raise Refused("Give the category a title of its own, in a few words.")
    if Category.objects.filter(site=site, slug=slug).exists():
        raise Refused(f"There is a category {slug} already: give it another title, or add to the one that is there.")
    position = Category.objects.filter(site=site).count()
    ledger.append(site.pk, "category_written", {"actor": by, "category": slug, "changed": ["title", "owner"]})
    return Category.objects.create(site=site, slug=slug, title=title[:120], owner=by, position=position)


def _teach(category: Category, parts: Sequence[Suggestion]) -> None:
    """Write down examples and counterexamples. What is an example of the category is no counterexample of it: of lots
    that become one category each may have been held against the others, and few such would spoil its gate."""
    Example.objects.bulk_create(
        Example(site=category.site, category=category, text=part.text, counter=part.kind == Kind.COUNTEREXAMPLE)
        for part in parts
        if part.kind in (Kind.EXAMPLE, Kind.COUNTEREXAMPLE)
    )
    mine = wordings.said_by(category.examples.filter(counter=False).values_list("text", flat=True))
    held = category.examples.filter(counter=True).values_list("pk", "text")
    Example.objects.filter(pk__in=[pk for pk, text in held if wordings.said(text) & mine]).delete()


def _scenario(part: Suggestion, category: Category) -> dict[str, object]:
    return {"id": f"start-{part.pk}", "turns": [part.text], "expect": {"category": category.slug}, "tags": ["start"]}
