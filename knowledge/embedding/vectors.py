"""Vectors are kept by content: equal text is embedded once, whoever owns it, and any can be made again.

The model runs outside every transaction and rows are written in short ones: a kill costs repeated work only.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from django.db.models import QuerySet

from knowledge.embedding import worker
from knowledge.embedding.embedders import Matrix, embedder
from knowledge.models import PassageVectors, TextVector
from knowledge.text.passages import Span, passage_text, sentence_texts

Progress = Callable[[int, int], None]  # (done, total)
T = TypeVar("T")

SLICE = 32  # passages in one call: a second or two on one core, and enough for batches of equal length
TEXTS = 128  # short texts in one call
PARAMETERS = 500  # values in one IN (…); SQLite was built with 999 for long


@dataclass(frozen=True, slots=True)
class Content:
    """What is embedded for one passage: the whole, and each sentence. `digest` names exactly these texts."""

    digest: str
    text: str
    sentences: tuple[str, ...]


def content(title: str, heading: str, text: str, spans: Sequence[Span]) -> Content:
    """The content of a passage; `spans` are its sentences as offsets into `text`, the passage's own text."""
    whole = passage_text(title, heading, text)
    parts = tuple(sentence_texts(title, heading, text, spans))
    digest = hashlib.sha256("\0".join((whole, *parts)).encode("utf-8", "surrogatepass")).hexdigest()
    return Content(digest, whole, parts)


def ensure(contents: Iterable[Content], *, progress: Progress | None = None, threads: int = 1) -> int:
    """Embed and keep every content that has no vectors under the present model; returns how many those were.

    Call it outside transactions. `threads`: calls of the model at a time; commands may use 2, a server 1.
    """
    wanted = {content.digest: content for content in contents}
    todo = [wanted[digest] for digest in missing(wanted)]
    todo.sort(key=lambda content: -len(content.text))  # equal lengths share a batch, so little is padded
    done = 0
    pool = ThreadPoolExecutor(threads)
    try:
        for rows in pool.map(_embedded, slices(todo, SLICE)):
            PassageVectors.objects.bulk_create(rows, ignore_conflicts=True)
            done += len(rows)
            if progress:
                progress(done, len(todo))
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupted command must not embed the rest first
    return done


def _embedded(contents: Sequence[Content]) -> list[PassageVectors]:
    model = embedder()
    texts = [text for content in contents for text in (content.text, *content.sentences)]
    vectors = worker.encode(texts)
    rows, at = [], 0
    for each in contents:
        end = at + 1 + len(each.sentences)
        row = PassageVectors(model=model.model_id, digest=each.digest, dense=vectors[at].tobytes())
        row.sentences = vectors[at + 1 : end].tobytes()
        rows.append(row)
        at = end
    return rows


def missing(digests: Iterable[str]) -> list[str]:
    """Those of the digests, in their order and once each, that have no vectors under the present model."""
    wanted = list(dict.fromkeys(digests))
    kept: set[str] = set()
    for some in slices(wanted, PARAMETERS):
        kept.update(_rows(some).values_list("digest", flat=True))
    return [digest for digest in wanted if digest not in kept]


def dense(digests: Iterable[str]) -> dict[str, Matrix]:
    """digest → (dims,) unit row of the passage as a whole; digests without vectors are left out."""
    found: dict[str, Matrix] = {}
    for some in slices(list(dict.fromkeys(digests)), PARAMETERS):
        for digest, row in _rows(some).values_list("digest", "dense"):
            found[digest] = np.frombuffer(row, np.float32)
    return found


def sentences(digests: Iterable[str]) -> dict[str, Matrix]:
    """digest → (sentences, dims) unit rows of a passage's sentences; digests without vectors are left out."""
    dims = embedder().dims
    found: dict[str, Matrix] = {}
    for some in slices(list(dict.fromkeys(digests)), PARAMETERS):
        for digest, rows in _rows(some).values_list("digest", "sentences"):
            found[digest] = np.frombuffer(rows, np.float32).reshape(-1, dims)
    return found


def of_texts(texts: Iterable[str]) -> Matrix:
    """(n, dims) unit rows of short texts in their order, kept for the next time; (0, dims) for no text."""
    wanted = list(texts)
    found = kept_texts(wanted)
    for part in slices([text for text in dict.fromkeys(wanted) if text not in found], TEXTS):
        found |= _keep(part, embedder().encode(part))
    return np.array([found[text] for text in wanted], np.float32).reshape(-1, embedder().dims)


def ensure_texts(texts: Iterable[str]) -> None:
    """Embed and keep the short texts that have no vector yet, where passages are embedded: beside the turns."""
    wanted = list(dict.fromkeys(texts))
    found = kept_texts(wanted)
    for part in slices([text for text in wanted if text not in found], TEXTS):
        _keep(part, worker.encode(part))


def kept_texts(texts: Iterable[str]) -> dict[str, Matrix]:
    """text → (dims,) unit row, of those that have one under the present model; nothing is computed."""
    keys = {_key(text): text for text in texts}
    found: dict[str, Matrix] = {}
    for some in slices(list(keys), PARAMETERS):
        held = TextVector.objects.filter(model=embedder().model_id, digest__in=some)
        found |= {keys[key]: np.frombuffer(row, np.float32) for key, row in held.values_list("digest", "vector")}
    return found


def _keep(texts: Sequence[str], rows: Matrix) -> dict[str, Matrix]:
    made = dict(zip(texts, rows, strict=True))
    model = embedder().model_id
    TextVector.objects.bulk_create(
        [TextVector(model=model, digest=_key(text), vector=row.tobytes()) for text, row in made.items()],
        ignore_conflicts=True,
    )
    return made


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in runs of at most `size`, in their order."""
    return (items[at : at + size] for at in range(0, len(items), size))


def _rows(digests: Sequence[str]) -> QuerySet[PassageVectors]:
    return PassageVectors.objects.filter(model=embedder().model_id, digest__in=digests)
