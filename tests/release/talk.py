"""Conversations as rows, for tests that need many: what RECORD and SETTLE would have written, without the bot."""

import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from conversations.models import Citation, Conversation, Message, State, Turn
from knowledge.models import Category, Revision, Source
from release.models import Incident
from sites.models import Site

BATCH = 2000


@dataclass(frozen=True)
class Said:
    """One exchange to be written: what it cites (revision, start, end), how it ended, and when."""

    cites: tuple[tuple[Revision, int, int], ...]
    outcome: str = "answer"
    reason: str = "answered"
    days_ago: float = 1.0
    state: str = Turn.State.SETTLED
    category: Category | None = None
    question: str = "What does it cost?"


def write(site: Site, talks: list[list[Said]], *, release: str = "f" * 64, **fields: Any) -> list[Conversation]:
    """Conversations with these exchanges, in few queries. A discarded turn has no message."""
    now = timezone.now()
    made = [Conversation(site=site, token_digest=uuid.uuid4().hex, last_seq=2 * len(t), **fields) for t in talks]
    Conversation.objects.bulk_create(made, BATCH)
    pairs = [(c, n, said) for c, talk in zip(made, talks, strict=True) for n, said in enumerate(talk)]
    asked = [
        Message(conversation=c, seq=2 * n + 1, author="customer", client_id=f"ask-{n}", text=said.question)
        for c, n, said in pairs
    ]
    Message.objects.bulk_create(asked, BATCH)
    sent: list[Message | None] = [
        None
        if said.state == Turn.State.DISCARDED
        else Message(
            conversation=c,
            seq=2 * n + 2,
            author="bot",
            reply_to=f"ask-{n}",
            outcome=said.outcome,
            generated="quote" if said.cites else "fixed",
            text=" ".join(r.text[a:b] for r, a, b in said.cites) or "A person can help.",
            parts=[{"text": r.text[a:b], "cites": [k]} for k, (r, a, b) in enumerate(said.cites, 1)],
        )
        for c, n, said in pairs
    ]
    Message.objects.bulk_create([m for m in sent if m], BATCH)
    for message, (_, _, said) in zip(sent, pairs, strict=True):
        if message:
            message.at = now - timedelta(days=said.days_ago)
    Message.objects.bulk_update([m for m in sent if m], ["at"], BATCH)
    Turn.objects.bulk_create(
        [
            Turn(
                conversation=c,
                question=q,
                answer=m,
                state=said.state,
                outcome=said.outcome,
                reason=said.reason,
                category=said.category,
                release=release,
                settled_at=now - timedelta(days=said.days_ago),
            )
            for (c, _, said), q, m in zip(pairs, asked, sent, strict=True)
        ],
        BATCH,
    )
    Citation.objects.bulk_create(
        [
            Citation(
                message=m,
                n=k,
                source=r.source,
                revision=r,
                start=a,
                end=b,
                title=r.title,
                quote=r.text[a:b],
                updated=now,
            )
            for (_, _, said), m in zip(pairs, sent, strict=True)
            if m
            for k, (r, a, b) in enumerate(said.cites, 1)
        ],
        BATCH,
    )
    return made


def sentences(revision: Revision) -> list[tuple[int, int]]:
    """The spans of a revision's sentences, as its passages hold them."""
    return [(a, b) for passage in revision.passages.all() for a, b in passage.sentences]


def many(site: Site, turns: int, seed: int = 7) -> list[Conversation]:
    """About `turns` exchanges in conversations of one to five: mixed texts, outcomes, states and days."""
    rng = random.Random(seed)
    revisions = list(Revision.objects.filter(source__site=site).select_related("source"))
    spans = {revision.pk: sentences(revision) for revision in revisions}
    categories = list(Category.objects.filter(site=site))
    talks: list[list[Said]] = []
    left = turns
    while left > 0:
        talk = [_some(rng, revisions, spans, categories) for _ in range(min(left, rng.randint(1, 5)))]
        left -= len(talk)
        talks.append(talk)
    states = [State.BOT, State.CLOSED, State.HUMAN, State.WAITING]
    made = write(site, talks)
    for conversation in made:
        conversation.state = rng.choice(states)
    Conversation.objects.bulk_update(made, ["state"], BATCH)
    return made


def _some(rng: random.Random, revisions: list, spans: dict, categories: list) -> Said:
    days, state = rng.uniform(0, 30), rng.choice([Turn.State.SETTLED] * 9 + [Turn.State.DISCARDED])
    if rng.random() < 0.3:
        return Said((), "decline", "out_of_scope", days, state)
    picked = rng.sample(revisions, rng.randint(1, 2))
    cites = tuple((r, *rng.choice(spans[r.pk])) for r in picked)
    return Said(cites, "answer", "answered", days, state, rng.choice(categories))


WRONG = "A single ticket to the island costs 9 euros for an adult."


def text_of(source: Source) -> Revision:
    """The first text of an article."""
    return source.revisions.select_related("source").get(number=1)


def span(revision: Revision, words: str) -> tuple[Revision, int, int]:
    """Some words of a text as a citation."""
    at = revision.text.index(words)
    return revision, at, at + len(words)


def told(site: Site, source: Source, **fields: Any) -> Conversation:
    """One conversation that was shown the wrong price."""
    cites = (span(text_of(source), WRONG),)
    return write(site, [[Said(cites, category=Category.objects.get(slug="tickets"))]], **fields)[0]


def touched(incident: Incident) -> set[uuid.UUID]:
    """The conversations an incident reaches."""
    return set(incident.affected.values_list("conversation", flat=True))
