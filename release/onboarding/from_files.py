"""Articles in a folder and past questions in a file, put in order for a bundle that somebody will read and change.

Law of the room: it reads and proposes; nothing of it is kept here. A sub-folder is a category, all else is one; a
question goes to the article nearest to it, and nowhere where none is near.
"""

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files import File

from knowledge.face.documents import FORMATS, DocumentError, Reader
from knowledge.face.embedding import embedder
from release.core.handed_in import HandedIn, Subject
from release.onboarding import tickets
from release.onboarding.sorting import parted
from release.onboarding.starts import slug_of
from sites.core.refusal import Refused

NEAR, SURELY = 0.3, 0.55
"""Cosine of a question and the nearest paragraph, from which on it is taken to be about that article; and from which on
so surely that a release may be held to answering it, though nobody has judged the question. Of messages to six invented
help centres that the reader of questions had not learnt from, .68 and .97 are about that article."""
LOOSE = "help"  # the category of what lies in no sub-folder


@dataclass(frozen=True, slots=True)
class Article:
    """One article: where it lies in the folder, what it says, and the categories it states or lies in, the first one
    leading."""

    place: str
    text: str
    subjects: Sequence[Subject]

    @property
    def slug(self) -> str:
        """The category that its customers' questions belong to."""
        return self.subjects[0].slug


def read(articles: Path, questions: Path | None, name: str) -> HandedIn:
    """The articles below a folder by subject, and the past questions of a file beside them.

    `name`: what customers know the company by, for the subject of what lies in no sub-folder. Raises Refused with the
    cause and what mends it.
    """
    found, left_out = _articles(articles, name)
    subjects: dict[str, Subject] = {}
    for article in found:
        for subject in article.subjects:
            known = subjects.setdefault(subject.slug, subject)
            subjects[subject.slug] = replace(known, matches=known.matches | subject.matches)
        first = subjects[article.slug]
        subjects[first.slug] = replace(first, articles={**first.articles, article.place: articles / article.place})
    asked = _asked(questions) if questions else []
    stopped = frozenset(import_module(settings.BOT).stopped(asked))
    near = _near([text for text in asked if text not in stopped], found)
    about = {text: article.slug if nearness >= NEAR else "" for text, (article, nearness) in near.items()}
    sure = frozenset(text for text, (_, nearness) in near.items() if nearness >= SURELY)
    return HandedIn(
        [
            _taught(each, [text for text, slug in about.items() if slug == each.slug], sure)
            for each in subjects.values()
        ],
        [text for text in asked if text in stopped],
        [text for text, slug in about.items() if not slug],
        left_out,
    )


def _articles(folder: Path, name: str) -> tuple[list[Article], list[str]]:
    """The articles below a folder, and what cannot be read. Raises Refused."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder; name the one your articles lie in.")
    found, left_out = [], []
    with Reader() as reader:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            place = path.relative_to(folder).as_posix()
            if path.suffix.lower() not in FORMATS:
                left_out.append(f"{place}: {path.suffix or 'no ending'} is no kind of article")
                continue
            try:
                document = reader.read(path.name, path.read_bytes())
            except DocumentError as error:
                left_out.append(f"{place}: {error.why}")
            else:
                text = f"{document.title}\n\n{document.text}"
                found.append(Article(place, text, _subjects(place, document.front.get("categories"), name)))
    if not found:
        told = f": {left_out[0]}" if left_out else ""
        raise Refused(f"{folder} holds no article that can be read{told}. Articles are {' '.join(sorted(FORMATS))}.")
    return found, left_out


def _subjects(place: str, stated: object, name: str) -> list[Subject]:
    """The categories of an article: those it states at its top, else that of its folder, else the one of all others."""
    named = [str(each) for each in (stated if isinstance(stated, list) else [stated]) if each]
    folder = place.partition("/")[0] if "/" in place and not named else ""
    found = [Subject(slug, _title(each)) for each in named if (slug := slug_of(_title(each)))]
    if slug := slug_of(_title(folder)):
        found = [Subject(slug, _title(folder), frozenset({f"{glob.escape(folder)}/*"}))]
    return found or [Subject(LOOSE, f"Help with {name}", frozenset({"*"}))]


def _title(named: str) -> str:
    return re.sub(r"[-_]+", " ", named).strip().capitalize()


def _asked(path: Path) -> list[str]:
    """The questions in a file, masked, each once. Raises Refused."""
    try:
        with path.open("rb") as file:
            found, _ = tickets.read(File(file, name=path.name))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; name the file with past questions.") from error
    return list(dict.fromkeys(each.text for each in found))


def _near(asked: Sequence[str], articles: Sequence[Article]) -> dict[str, tuple[Article, float]]:
    """For each question the article with the nearest paragraph, and the cosine of the two."""
    pieces = [(article, piece) for article in articles for piece in _pieces(article.text)]
    if not asked:
        return {}
    model = embedder()
    rows = np.stack([model.encode_question(text) for text in asked])
    likeness = rows @ model.encode([piece for _, piece in pieces]).T
    return {text: (pieces[int(row.argmax())][0], float(row.max())) for text, row in zip(asked, likeness, strict=True)}


def _pieces(text: str) -> list[str]:
    """The paragraphs of an article, each under its title."""
    title, *paragraphs = (each.strip() for each in re.split(r"\n\s*\n", text) if each.strip())
    return [f"{title}\n{each}" for each in paragraphs] or [title]


def _taught(subject: Subject, texts: Sequence[str], sure: frozenset[str]) -> Subject:
    """The subject with its questions; of those that are surely about it some are held back."""
    likely = [text for text in texts if text not in sure]
    examples, held = parted([text for text in texts if text in sure])
    return replace(subject, examples=[*examples, *likely], held=held)
