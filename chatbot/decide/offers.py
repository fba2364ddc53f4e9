"""Sections offered where the bot is not sure: which, what choosing one shows, and which one was meant.

Law of the room: an offer is words of a live approved article, assembled and verified as an answer is. It is shown only
where an answer of its category could be shown; what it may show is read again when it is chosen.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chatbot.decide import reply
from chatbot.decide.answer import compose, verify
from chatbot.decide.answer.choosing import Section
from chatbot.decide.answer.compose import Draft, Quote
from chatbot.outcome import Exchange, Offer
from knowledge.face.retrieval import search
from knowledge.face.text import words
from knowledge.models import Level, Risk
from release.live.permits import Permit
from release.live.snapshot import CategoryFacts, Snapshot

Vector = NDArray[np.float32]

MOST = 3
WORDS = 120
"""Of what choosing a section shows; conditions and lead-ins apart."""
LEAST = 0.04
"""Share of the question's pull that a section must have to be offered beside better ones."""
LOOKED_AT = 8
"""Sections looked at for three that may be offered."""
GONE = "the section may no longer be shown"


def offerable(category: CategoryFacts, permit: Permit) -> bool:
    """Whether sections of a category may be offered now: exposed, unpaused, and `from_articles`."""
    return from_articles(category) and permit.level > Level.INTERNAL and not permit.paused


def from_articles(category: CategoryFacts) -> bool:
    """Whether a category is a low-risk one that is answered from articles only."""
    return category.route == "answer" and not category.by_tool and category.risk == Risk.LOW


def offers(
    question: str, vector: Vector, sections: Sequence[Section], categories: Collection[str], snapshot: Snapshot
) -> tuple[Offer, ...]:
    """Up to three sections to choose from, best first.

    `vector`: (dims,) the question's row; `sections`: best first; `categories`: those that are `offerable`.
    """
    likely = [each for each in sections[:LOOKED_AT] if each.share >= LEAST]
    made = (_offer(question, vector, each, categories, snapshot) for each in likely)
    return tuple(offer for _, offer in zip(range(MOST), filter(None, made), strict=False))


def draft(offer: Offer, snapshot: Snapshot, audiences: frozenset[str]) -> Draft:
    """What choosing an offer shows, its passages read again; not grounded where a part of it may not be shown now.

    `audiences`: whose articles this customer may see.
    """
    scope = snapshot.scope(offer.category, audiences)
    held = {hit.passage_id: hit for hit in search.again(scope, {passage for passage, _, _ in offer.spans})}
    if not offer.spans or any(passage not in held for passage, _, _ in offer.spans):
        return Draft((), 0.0, False, GONE)
    quotes = tuple(Quote(held[pk], start, end, held[pk].slice(start, end)) for pk, start, end in offer.spans)
    objections = verify.check(Draft(quotes, 1.0, True, ""))
    return Draft(quotes, 1.0, not objections, "; ".join(objections))


def typed(text: str, before: Exchange, none: str) -> tuple[Offer | None] | None:
    """The offer whose title, heading or both a message says after these were offered, in a tuple; (None,) for the
    words of `none`; None for any other message."""
    said = words(text)
    if not said or not before.offers:
        return None
    if said == words(none):
        return (None,)
    return next(((each,) for each in before.offers if said in _names(each)), None)


def besides(sections: Sequence[Section], passed: Collection[Offer]) -> Sequence[Section]:
    """The sections to offer to who passed over offers, also of earlier revisions, and asked once more: where the best
    is one of those, the others."""
    known = {(each.source, each.heading) for each in passed}
    others = [each for each in sections if (each.source, each.heading) not in known]
    return others if sections and sections[0] not in others else sections


def label(offer: Offer) -> str:
    """How an offer is named in one line."""
    return f"{offer.title}: {offer.heading}" if offer.heading else offer.title


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _names(offer: Offer) -> list[list[str]]:
    last = offer.heading.rpartition(" > ")[2]
    return [words(each) for each in (offer.title, offer.heading, last, label(offer)) if each]


def _offer(
    question: str, vector: Vector, section: Section, categories: Collection[str], snapshot: Snapshot
) -> Offer | None:
    """The offer of a section; None when nothing of it may be said, or in none of the categories."""
    category = next((slug for slug in section.categories if slug in categories), None)
    if category is None:
        return None
    found = compose.quote(question, vector, section.hits, 1.0, synonyms=snapshot.synonyms, room=WORDS)
    made = replace(found, quotes=tuple(sorted(found.quotes, key=lambda quote: quote.start)))
    if verify.check(made):
        return None
    hit = made.quotes[0].hit
    bare = Offer(
        title=hit.title,
        heading=section.heading,
        source=section.source,
        category=category,
        revision_id=hit.revision_id,
        spans=tuple((quote.hit.passage_id, quote.start, quote.end) for quote in made.quotes),
        audience=hit.audience,
    )
    return replace(bare, text=reply.quoted(snapshot, made)[0])
