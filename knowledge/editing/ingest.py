"""How text comes in: always as a new draft revision with its passages, never over an old one.

Splitting and embedding happen before any transaction; rows are written a few articles at a time, so that
customers' turns are never kept waiting. A kill in between repeats only what was not written yet.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from knowledge.editing import approval, indexing, ownership
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.index import sync
from knowledge.index.eligibility import INTERNAL
from knowledge.index.throttle import gently, patient
from knowledge.models import Category, Passage, Revision, Source
from knowledge.readers.documents import Document, says_something
from knowledge.text import asked
from knowledge.text.passages import Piece, split
from sites.core import kept, ledger
from sites.models import Site

ARTICLES = 4  # written in one transaction: about 15 ms on SQLite
PASSAGES = 40  # and no more passages than this, unless one article has more
_SLUG = re.compile(r"[^\s/\\][^/\\\x00-\x1f]{0,159}")
_URL = re.compile(r"https?://[^\s<>\"]+")


class Rejected(ValueError):
    """A document that cannot become a source. The message names it and says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document on its way in, with the policies of its source; `categories` are slugs of the site.

    `questions`: what customers ask that it answers; None: those of its newest revision.
    """

    slug: str
    document: Document
    categories: Sequence[str]
    audience: str = "public"
    url: str = ""
    owner: str = ""
    review_by: date | None = None
    expires: date | None = None
    origin: str = ""
    questions: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a document: the newest revision of its source, and whether it was made now."""

    source: Source
    revision: Revision
    changed: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    item: Item
    title: str
    digest: str
    questions: tuple[str, ...]
    pieces: Sequence[Piece]
    contents: Sequence[vectors.Content]


def save(
    site: Site,
    slug: str,
    document: Document,
    *,
    categories: Sequence[str],
    audience: str = "public",
    author: approval.Actor,
    url: str = "",
    owner: str = "",
    review_by: date | None = None,
    expires: date | None = None,
    origin: str = "",
    questions: Sequence[str] | None = None,
    later: bool = False,
) -> Saved:
    """Save one document as a source: policies at once, its text as a draft if it is new.

    `author`: a person, whose roles are checked, or a name. Raises Rejected, NotAllowed.

    `later`: its passages are embedded in the background, and shown on the way (`indexing`).
    """
    item = Item(slug, document, categories, audience, url, owner, review_by, expires, origin, questions)
    return save_many(site, [item], author=author, later=later)[0]


def save_many(
    site: Site,
    items: Sequence[Item],
    *,
    author: approval.Actor,
    progress: vectors.Progress | None = None,
    threads: int = 1,
    later: bool = False,
) -> list[Saved]:
    """Save documents, embedding only what has changed; results in the order of the items.

    Everything is checked before anything is written (raises Rejected, NotAllowed). `progress` counts passages embedded;
    internal articles are never searched, so never embedded. `later`: that is promised, and done in the background.
    """
    approval.allow(author, site.pk)
    categories = _checked(site, items)
    _permit(site, items, author)
    patient()
    newest = _newest(site, [item.slug for item in items])
    prepared = [_prepared(item, newest.get(item.slug)) for item in items]
    shown = [p for p in prepared if p.item.audience != INTERNAL and not later]
    vectors.ensure((each for p in shown for each in p.contents), progress=progress, threads=threads)
    vectors.ensure_texts(question for p in shown for question in p.questions)
    saved: list[Saved] = []
    for some in _batches(prepared):
        with gently():
            saved += _write(site, some, categories, author, later)
    return saved


def revise(
    source: Source,
    *,
    title: str,
    text: str,
    actor: approval.Actor,
    warnings: Sequence[str] = (),
    questions: Sequence[str] | None = None,
    later: bool = False,
) -> Saved:
    """Give a source a new draft, its policies as they are; nothing changes if text and questions are the newest ones.

    `questions`: None leaves them. `later`: its passages are embedded in the background.

    Raises Rejected, NotAllowed.
    """
    approval.allow(actor, source.site_id)
    author = approval.name_of(actor)
    item = Item(source.slug, Document(title, text, {}, tuple(warnings)), (), questions=questions)
    if why := _without_text(item.document) or _strange_questions(item):
        raise Rejected(f"{item.slug}: {why}")
    newest = _newest(source.site, [source.slug]).get(source.slug)
    prepared = _prepared(item, newest)
    if source.audience != INTERNAL and not later:
        vectors.ensure(prepared.contents)
        vectors.ensure_texts(prepared.questions)
    with transaction.atomic():
        head = ledger.hold(source.site_id)
        ownership.require_sources(actor, source.site_id, [source.pk])
        saved = _add_revision(source, prepared, author)
        if saved.changed:
            kept.append(source.site_id, "knowledge_saved", _facts([saved], author), saved.revision, head=head)
        if saved.changed and later:
            indexing.promise(saved.revision)
    return saved


def preview(title: str, text: str) -> list[Piece]:
    """The passages a text would be cut into, as the index would hold them; nothing is kept."""
    return split(text, title.strip()[:300], embedder().count_tokens)


def govern(
    source: Source,
    *,
    categories: Sequence[str],
    audience: str,
    url: str,
    owner: str,
    review_by: date | None,
    expires: date | None,
    actor: approval.Actor,
) -> None:
    """Change a source's policies; they act on the next read, whatever is live. Raises Rejected, NotAllowed.

    Nothing is opened by this alone: a release publishes text for the categories and audience it was gated with.
    """
    approval.allow(actor, source.site_id)
    document = Document(source.slug, source.slug, {})  # policies only: its text is not looked at
    item = Item(source.slug, document, categories, audience, url, owner, review_by, expires, source.origin)
    known = _checked(source.site, [item])
    with transaction.atomic():
        head = ledger.hold(source.site_id)
        ownership.require_sources(actor, source.site_id, [source.pk])
        ownership.require(actor, source.site_id, categories)
        _, moved = _policies(source.site, item, [known[slug] for slug in categories])
        facts = {
            "actor": approval.name_of(actor),
            "source": source.slug,
            "categories": sorted(categories),
            "audience": audience,
            "expires": expires.isoformat() if expires else None,
        }
        ledger.append(source.site_id, "source_governed", facts, head=head)
        if moved:
            sync.touch(source.site_id, moved)
    source.refresh_from_db()


def digest_of(title: str, text: str, questions: Sequence[str] = ()) -> str:
    """The name of an exact revision: sha256 of title, text and, where there are any, questions."""
    return hashlib.sha256("\0".join([f"{title}\n\n{text}", *questions]).encode()).hexdigest()


def _permit(site: Site, items: Sequence[Item], author: approval.Actor) -> None:
    """Raise NotAllowed unless the author answers for the documents, and for the sources that have their names."""
    if ownership.of(author, site.pk) is None:
        return
    for item in items:
        ownership.require(author, site.pk, item.categories)
        if known := Source.objects.filter(site=site, slug=item.slug).first():
            ownership.require_sources(author, site.pk, [known.pk])


def _checked(site: Site, items: Sequence[Item]) -> Mapping[str, Category]:
    """The categories named, by slug. Raises Rejected for the first item that cannot be saved."""
    known = {category.slug: category for category in Category.objects.filter(site=site)}
    seen: set[str] = set()
    for item in items:
        if item.slug in seen:
            raise Rejected(f"{item.slug}: two documents have this name")
        if unknown := [slug for slug in item.categories if slug not in known]:
            raise Rejected(f"{item.slug}: there is no category {', '.join(unknown)} on {site.slug}")
        if why := why_not(item):
            raise Rejected(f"{item.slug}: {why}")
        seen.add(item.slug)
    return known


def why_not(item: Item) -> str:
    """Why a document cannot become a source on any site; empty where it can."""
    if not _SLUG.fullmatch(item.slug):
        return f"{item.slug!r} cannot be the name of a source (1 to 160 characters, no slash)"
    if item.url and not _URL.fullmatch(item.url):
        return f"{item.url!r} is not a web address"
    if not item.audience.strip():
        return "an audience needs a name of 1 to 60 characters"
    for name in ("audience", "url", "owner", "origin"):
        longest = getattr(Source._meta.get_field(name), "max_length", 0)
        if len(getattr(item, name)) > longest:
            return f"“{name}” is longer than {longest} characters"
    return _without_text(item.document) or _strange_questions(item)


def _strange_questions(item: Item) -> str:
    try:
        asked.read(item.questions)
    except asked.QuestionsError as error:
        return str(error)
    return ""


def _without_text(document: Document) -> str:
    if not document.title.strip() or not re.search(r"\w", document.text):
        return "there is no text in it"
    return "" if says_something(document.text) else "there is no text in it, only headings"


def _newest(site: Site, slugs: Sequence[str]) -> dict[str, Revision]:
    """slug → its newest revision, without the text."""
    found: dict[str, Revision] = {}
    for some in vectors.slices(slugs, vectors.PARAMETERS):
        rows = Revision.objects.filter(source__site=site, source__slug__in=some).order_by("number")
        found |= {row.source.slug: row for row in rows.select_related("source").defer("text")}
    return found


def _same(newest: Revision | None, digest: str) -> bool:
    """Whether the newest revision is this very one; what was rejected may be handed in again."""
    return newest is not None and newest.digest == digest and newest.state != Revision.State.REJECTED


def _prepared(item: Item, newest: Revision | None) -> _Prepared:
    """The item cut into passages; none when it is the newest one already."""
    title, text = item.document.title.strip()[:300], item.document.text
    kept = newest.questions if newest else ()
    questions = asked.tidy(kept if item.questions is None else item.questions)
    digest = digest_of(title, text, questions)
    if _same(newest, digest):
        return _Prepared(item, title, digest, questions, (), ())
    pieces = split(text, title, embedder().count_tokens)
    if not pieces:
        raise Rejected(f"{item.slug}: there is no text in it")
    return _Prepared(item, title, digest, questions, pieces, [_content(title, text, piece) for piece in pieces])


def _content(title: str, text: str, piece: Piece) -> vectors.Content:
    spans = [(start - piece.start, end - piece.start) for start, end in piece.sentences]
    return vectors.content(title, piece.heading[:400], text[piece.start : piece.end], spans)


def _batches(prepared: Sequence[_Prepared]) -> Iterator[list[_Prepared]]:
    batch: list[_Prepared] = []
    for each in prepared:
        if batch and (len(batch) == ARTICLES or sum(len(p.pieces) for p in [*batch, each]) > PASSAGES):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _write(
    site: Site, some: Sequence[_Prepared], categories: Mapping[str, Category], author: approval.Actor, later: bool
) -> list[Saved]:
    """One short transaction: the site's chain first, as every move does, then the rows."""
    with transaction.atomic():
        head = ledger.hold(site.pk)
        _permit(site, [each.item for each in some], author)
        saved, moved, name = [], set[int](), approval.name_of(author)
        for each in some:
            source, touched = _policies(site, each.item, [categories[slug] for slug in each.item.categories])
            saved.append(_add_revision(source, each, name))
            moved |= touched
        if new := [each for each in saved if each.changed]:
            rows = [each.revision for each in new]
            kept.append(site.pk, "knowledge_saved", _facts(new, name), *rows, head=head)
        for one in new if later else ():
            indexing.promise(one.revision)
        if moved:
            sync.touch(site.pk, moved)
    return saved


def _policies(site: Site, item: Item, categories: Sequence[Category]) -> tuple[Source, set[int]]:
    """The source with the item's policies, and the categories whose shelves that changes."""
    fields = {
        "audience": item.audience,
        "url": item.url,
        "owner": item.owner,
        "review_by": item.review_by,
        "expires": item.expires,
        "origin": item.origin,
    }
    source, created = Source.objects.get_or_create(site=site, slug=item.slug, defaults=fields)
    after = {category.pk for category in categories}
    if created:
        source.categories.set(categories)
        return source, set()
    before = set(source.categories.values_list("pk", flat=True))
    opened = source.audience != item.audience
    if any(getattr(source, name) != value for name, value in fields.items()):
        Source.objects.filter(pk=source.pk).update(**fields)
        source.refresh_from_db()
    if before != after:
        source.categories.set(categories)
    return source, before | after if opened else before ^ after


def _add_revision(source: Source, prepared: _Prepared, author: str) -> Saved:
    """The next revision with its passages, or the newest when it is this very one; inside a transaction."""
    newest = Revision.objects.filter(source=source).order_by("-number").first()
    if newest and _same(newest, prepared.digest):
        return Saved(source, newest, False)
    if not prepared.pieces:  # the text it was compared with has been overtaken meanwhile
        raise Rejected(f"{source.slug}: somebody else saved it at the same time; save it again")
    text = prepared.item.document.text
    revision = Revision.objects.create(
        source=source,
        number=newest.number + 1 if newest else 1,
        title=prepared.title,
        text=text,
        questions=list(prepared.questions),
        digest=prepared.digest,
        author=author,
        warnings=list(prepared.item.document.warnings),
    )
    Passage.objects.bulk_create(
        Passage(
            revision=revision,
            ordinal=ordinal,
            heading=piece.heading[:400],
            text=text[piece.start : piece.end],
            start=piece.start,
            sentences=[list(span) for span in piece.sentences],
            page=piece.page,
            digest=content.digest,
        )
        for ordinal, (piece, content) in enumerate(zip(prepared.pieces, prepared.contents, strict=True))
    )
    return Saved(source, revision, True)


def _facts(saved: Sequence[Saved], author: str) -> dict[str, object]:
    return {
        "actor": author,
        "revisions": [[each.source.slug, each.revision.number, each.revision.digest] for each in saved],
    }
