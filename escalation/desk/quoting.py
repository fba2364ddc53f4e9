"""Citations in an agent's own words: a sentence of a live article, found and put in, read again when it is sent.

Law of the room: the browser names a place, never a text; what is cited is cut from the stored passage. A quote whose
words are no longer in the reply is no citation; one that was withdrawn meanwhile stops the reply.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conversations.models import Conversation
from conversations.record import IllegalMove
from knowledge.face.embedding import embedder
from knowledge.face.retrieval import Hit, search
from knowledge.models import Passage, Revision

FOUND = 5
_PLACE = re.compile(r"([\w-]{1,60}):(\d{1,18}):(\d{1,9}):(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in an article: the category it was found in, the passage, and offsets in its revision's text."""

    category: str
    passage: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.category}:{self.passage}:{self.start}:{self.end}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that can be put into a reply, and its place."""

    text: str
    place: Quote
    best: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One passage an agent may quote from."""

    title: str
    heading: str
    url: str
    sentences: tuple[Sentence, ...]


def parse(places: Iterable[str]) -> list[Quote]:
    """Places as a form sends them; what cannot be read is left out."""
    found = (_PLACE.fullmatch(place) for place in list(places)[:20])
    return [Quote(m[1], int(m[2]), int(m[3]), int(m[4])) for m in found if m]


def citations(conversation: Conversation, quotes: Sequence[Quote], words: str) -> list[dict[str, Any]]:
    """The fields of the citations of a reply, read from the passages as they are now. Raises IllegalMove."""
    passages = Passage.objects.filter(revision__source__site=conversation.site_id).select_related("revision__source")
    known = passages.in_bulk({quote.passage for quote in quotes})
    cited: list[dict[str, Any]] = []
    for quote in dict.fromkeys(quotes):
        passage = known.get(quote.passage)
        text = passage.text[quote.start - passage.start : quote.end - passage.start].strip() if passage else ""
        if passage is None or not text or text not in words:
            continue
        audiences = audiences_of(conversation)
        if passage.pk not in search.citable(conversation.site_id, quote.category, audiences, [passage.pk]):
            title = passage.revision.title
            raise IllegalMove(f"“{title}” may not be quoted to this customer any more. Take its words out, then send.")
        cited.append(citation(len(cited) + 1, passage, quote.start, quote.end, text))
    return cited


def look_up(conversation: Conversation, text: str) -> list[Page]:
    """The passages of the site's live articles that say most about a few words, each category's own, best first."""
    vector = embedder().encode_one(text)
    site_id, audiences = conversation.site_id, audiences_of(conversation)
    rows = Revision.objects.filter(source__site=site_id, live=True, source__categories__retired=False)
    published: dict[int, frozenset[str]] = {}
    for pk, slug in rows.values_list("pk", "source__categories__slug"):
        published[pk] = published.get(pk, frozenset()) | {slug}
    held = repr((sorted((pk, sorted(slugs)) for pk, slugs in published.items()), sorted(audiences)))
    key = hashlib.sha256(held.encode()).hexdigest()[:16]
    scope = search.Scope(site_id, published, audiences, f"desk:{site_id}:{key}")
    hits = search.find(scope, text, vector, limit=FOUND)
    return [_page(hit, hit.categories[0], int((hit.vectors @ vector).argmax())) for hit in hits]


def sentences_of(passage: Passage, category: str) -> tuple[Sentence, ...]:
    """A passage the bot looked at, as sentences that can be put into a reply."""
    return tuple(
        Sentence(
            passage.text[start - passage.start : end - passage.start].strip(), Quote(category, passage.pk, start, end)
        )
        for start, end in passage.sentences
    )


def audiences_of(conversation: Conversation) -> frozenset[str]:
    """Whose articles this customer may see."""
    return frozenset({"public", *conversation.identity.get("audiences", ())})


def citation(n: int, passage: Passage, start: int, end: int, text: str) -> dict[str, Any]:
    """The fields of a citation of some words of a passage."""
    revision = passage.revision
    return {
        "n": n, "source_id": revision.source_id, "revision_id": revision.pk, "passage_id": passage.pk,
        "start": start, "end": end, "title": revision.title, "quote": text, "url": revision.source.url,
        "updated": revision.decided_at, "audience": revision.source.audience,
    }  # fmt: skip


def _page(hit: Hit, category: str, best: int) -> Page:
    sentences = tuple(
        Sentence(hit.slice(*span).strip(), Quote(category, hit.passage_id, *span), n == best)
        for n, span in enumerate(hit.sentences)
    )
    return Page(hit.title, hit.heading, hit.url, sentences)
