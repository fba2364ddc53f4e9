"""A first category from a folder of articles: what they say of themselves, put in order for a person. No model writes.

Law of the room: every proposal names the file it was taken from, and nothing is called a customer's question that is
the house's own. Articles wait as proposals from the first; their headings and questions are embedded like messages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from django.core.files import File
from django.db.models import Q

from knowledge.face.documents import Document, DocumentError, FrontMatterError, folder, policies
from knowledge.face.embedding import Matrix
from knowledge.face.insights import by_centrality, wordings
from knowledge.face.text import asked, subject_words
from release.models.started import Start, Suggestion, Ticket
from release.onboarding import tickets
from release.onboarding.grouping import HEAP, Parts, alike, drawn, parted
from sites.core.refusal import Refused

Kind = Suggestion.Kind
SUBJECT = 500  # characters of title and headings that an article is placed by
QUESTIONS = 40  # of one article
SHARED = 3  # titles that may name a category by a word of theirs
LINE = 7  # deeper than any heading
DAYS = ("review_by", "expires")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_ASKED = re.compile(r"^(?:#{1,6}\s+|\*\*|__|Q[:.]\s*)+(.+?\?)(?:\*\*|__|\s|#)*$")


@dataclass(frozen=True, slots=True)
class Folder:
    """The articles of a folder as proposals are made of them, and what its owner should know."""

    articles: Sequence["Article"]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Article:
    """One article: what is kept of it, the questions it answers, and those it asks and leaves open."""

    title: str
    body: dict[str, Any]
    subject: str
    answered: Sequence[str]
    unanswered: Sequence[str]


def is_folder(files: Sequence["File[bytes]"]) -> bool:
    """Whether what was handed in is several files or an archive, rather than one file of questions."""
    return len(files) > 1 or any((file.name or "").lower().endswith(folder.ARCHIVE) for file in files)


def read(files: Sequence["File[bytes]"], paths: Sequence[str], locale: str = "") -> Folder:
    """The articles in a folder; `locale`: of their site. Raises Refused with the cause and what mends it."""
    try:
        found = folder.read(files, paths, locale=locale)
    except DocumentError as why:
        raise Refused(str(why)) from why
    articles, warnings = [], [*found.refused]
    for paper in found.papers:
        try:
            articles.append(article(paper))
        except (Refused, FrontMatterError) as why:
            warnings.append(f"{paper.path}: {why}")
    if not articles:
        raise Refused(f"There is no article in it that can be read. {' '.join(f'{each}.' for each in warnings[:20])}")
    return Folder(articles, warnings)


def keep(start: Start, articles: Sequence[Article]) -> None:
    """The articles as proposals that belong to no category yet, and what is to be embedded of them."""
    seen: set[str] = set()
    for article in articles:
        kept = Suggestion.objects.create(start=start, kind=Kind.ARTICLE, text=article.title, body=article.body)
        rows = [Ticket(start=start, article=kept, question=False, text=article.subject)]
        for text in article.answered:
            if (bare := " ".join(text.casefold().split())) not in seen:
                seen.add(bare)
                rows.append(Ticket(start=start, article=kept, text=text))
        Ticket.objects.bulk_create(rows)
        Suggestion.objects.bulk_create(
            Suggestion(start=start, kind=Kind.GAP, text=text, body={"from": article.body["file"]})
            for text in article.unanswered
        )


def propose(start: Start, taught: frozenset[str], tested: frozenset[str]) -> None:
    """A category for each sub-folder, and for each lot of the other articles that say similar things."""
    rows = list(start.tickets.select_related("article"))
    vectors = np.array([np.frombuffer(row.vector or b"", np.float32) for row in rows])
    groups = _groups(rows, vectors)
    held = {group[0]: {rows[place].article_id for place in group} for group in groups}
    asked = [[n for n, row in enumerate(rows) if row.question and row.article_id in held[g[0]]] for g in groups]
    messages = [tickets.Asked(row.text) for row in rows]
    for group, parts, against in zip(groups, *drawn(messages, vectors, asked), strict=True):
        _write(start, rows, group, parts, against, taught, tested)


def document_of(part: Suggestion) -> tuple[Document, dict[str, Any]]:
    """The text of an accepted article, the policies it stated about itself, and the questions it answers."""
    front = part.body.get("front", {})
    fields = {key: date.fromisoformat(value) if key in DAYS else value for key, value in front.items()}
    fields["questions"] = part.body.get("questions")
    return Document(part.text[:300], str(part.body["text"]), {}, tuple(part.body.get("warnings", ()))), fields


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────


def article(paper: folder.Paper) -> Article:
    """What is kept of one article. Raises Refused, FrontMatterError."""
    text, title = paper.document.text, paper.document.title
    pairs = paper.path.lower().endswith(".csv")
    if pairs and text.startswith("|"):
        raise Refused("a table of past questions is no article; hand it in by itself, or name a column answer")
    answered, unanswered = _questions(text, pairs)
    if pairs:
        text = tickets.without_persons(text)
    front = policies(paper.document.front)
    questions = front.pop("questions", ())
    if paper.url:
        front.setdefault("url", paper.url[:500])
    if len(front.get("audience", "public")) > 60 or not front.get("audience", "public"):
        raise Refused("audience: expected a name of 1 to 60 characters")
    if (url := front.get("url")) and not re.fullmatch(r"https?://[^\s<>\"]{1,490}", url):
        raise Refused(f"url: {url[:80]!r} is not a web address")
    body = {
        "text": text,
        "file": paper.path,
        "group": paper.section or (PurePosixPath(paper.path).parts[0] if "/" in paper.path else ""),
        "section": bool(paper.section),
        "front": {key: value.isoformat() if key in DAYS else value for key, value in front.items()},
        "questions": questions or asked.fitting(answered),
        "warnings": list(paper.document.warnings),
    }
    return _whole(title, body, answered, unanswered)


def again(title: str, body: dict[str, Any]) -> Article:
    """The same from what was kept of it."""
    return _whole(title, body, *_questions(body["text"], pairs=False))


def _whole(title: str, body: dict[str, Any], answered: Sequence[str], unanswered: Sequence[str]) -> Article:
    headings = [match[1] for line in body["text"].splitlines() if (match := _HEADING.match(line))]
    return Article(title, body, ". ".join([title, *headings])[:SUBJECT], answered[:QUESTIONS], unanswered[:QUESTIONS])


def _questions(text: str, pairs: bool) -> tuple[list[str], list[str]]:
    """The questions that an article asks in a heading, a bold line or a list of pairs: answered by it, and not."""
    found: list[tuple[str, int, list[str]]] = []
    answering = False
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip("#")) if _HEADING.match(line) else LINE
        if match := (_HEADING if pairs else _ASKED).match(line):
            asked = tickets.masked(match[1])
            if answering and depth > found[-1][1]:  # the sections below a question belong to its answer
                found[-1][2].append(asked)
            found.append((asked, depth, []))
            answering = True
        elif depth < LINE:
            answering = answering and depth > found[-1][1]
        elif answering:
            found[-1][2].append(line)
    said = [(asked, bool(re.search(r"\w", " ".join(lines)))) for asked, _, lines in found]
    return [asked for asked, answered in said if answered], [asked for asked, answered in said if not answered]


# ── Proposing ─────────────────────────────────────────────────────────────────────────────────────────────────


def _groups(rows: Sequence[Ticket], vectors: Matrix) -> list[list[int]]:
    """The rows that stand for articles: those of one sub-folder together, the others by what they are about."""
    by_folder: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if not row.question and row.article:
            by_folder.setdefault(row.article.body["group"], []).append(number)
    loose = by_folder.pop("", [])
    if by_folder or len(loose) < HEAP:
        return [by_centrality(vectors, group) for group in by_folder.values()] + alike(vectors, loose)
    lots, left = parted(vectors, loose)
    for number in (number for lot in lots for number in lot):
        if article := rows[number].article:
            article.body["lot"] = True
    return [*lots, left] if left else lots


def _write(
    start: Start,
    rows: Sequence[Ticket],
    group: Sequence[int],
    parts: Parts,
    against: Sequence[int],
    taught: frozenset[str],
    tested: frozenset[str],
) -> None:
    """One proposed category; what the site is taught or tested with already stays on its own side."""
    articles = [article for number in group if (article := rows[number].article)]
    title, origin = _named(articles)
    lot = bool(articles[0].body.get("lot"))
    body = {"articles": len(articles), "from": origin, "named": lot or bool(articles[0].body["group"]), "lot": lot}
    whole = Suggestion.objects.create(start=start, kind=Kind.CATEGORY, text=title[:120], body=body)
    examples, scenarios = parts
    chosen = [(Kind.EXAMPLE, n, tested) for n in examples] + [(Kind.COUNTEREXAMPLE, n, tested) for n in against]
    chosen += [(Kind.SCENARIO, n, taught) for n in scenarios]
    Suggestion.objects.bulk_create(
        Suggestion(start=start, subject=whole, kind=kind, text=rows[n].text, body={"from": _file(rows[n])})
        for kind, n, elsewhere in chosen
        if not wordings.said(rows[n].text) & elsewhere
    )
    questions = wordings.said_by(row.text for row in rows if row.question)
    Suggestion.objects.bulk_create(
        Suggestion(start=start, subject=whole, kind=Kind.EXAMPLE, text=tickets.masked(article.text), body=body)
        for article in articles
        if not wordings.said(tickets.masked(article.text)) & (questions | tested)
        for body in [{"from": f"the title of {article.body['file']}, which nobody asked", "unticked": True}]
    )
    _keep_apart(articles, tested | wordings.said_by(rows[n].text for n in scenarios))
    mine = Q(pk__in=[article.pk for article in articles])
    Suggestion.objects.filter(mine, state=Suggestion.State.OPEN).update(subject=whole)


def _named(articles: Sequence[Suggestion]) -> tuple[str, str]:
    """What a category of these is called, and where that comes from."""
    group, first = articles[0].body["group"], articles[0]
    if first.body.get("section"):
        return group, f"the section {group}"
    if group:
        return re.sub(r"[-_]+", " ", group).strip().capitalize(), f"the folder {group}"
    return _in_common(articles), "articles that say similar things" if articles[1:] else "one article"


def _in_common(articles: Sequence[Suggestion]) -> str:
    """The word that most of several titles share, as it is written first; else the most typical title."""
    written: dict[str, list[str]] = {}
    for article in articles:
        words = {key: word for word in re.findall(r"[^\W\d_]{3,}", article.text) for key in subject_words(word)}
        for key, word in words.items():
            written.setdefault(key, []).append(word)
    best = max(written.values(), key=len, default=[])
    if len(articles) >= SHARED and 2 * len(best) > len(articles):
        return best[0].capitalize()
    return articles[0].text


def _keep_apart(articles: Sequence[Suggestion], tested: frozenset[str]) -> None:
    """Take from the questions of proposed articles what the site is tested with."""
    for article in articles:
        article.body["questions"] = [q for q in article.body["questions"] if not wordings.said(q) & tested]
        article.save(update_fields=["body"])


def _file(row: Ticket) -> str:
    return str(row.article.body["file"]) if row.article else ""
