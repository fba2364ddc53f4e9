"""What a release answers to what its owners wrote down: every example and every question of an article is asked.

It is done beside the gate, for it decides nothing of it.
Law of the room: each is judged as if nobody had written it down, so that the share says what a customer who asks alike
may expect. What was asked of a fingerprint is asked once; a person's mark holds wherever the very answer comes again.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations.outcomes import Outcome, Reason
from knowledge.face.retrieval import INTERNAL
from release.core.people import Actor, allow, name
from release.live import snapshot
from release.live.snapshot import CategoryFacts, Snapshot
from release.models import Release
from release.models.offered import Offer
from release.scenarios import evals
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import Role

KIND = "check_offered"
MOST = 2000  # texts of a release that are asked: half a minute of one core
CHUNK = 10  # written at a time: a quarter of a second
AHEAD = 5  # first examples of a category that are tried at once, until one can be suggested
LONGEST = 240  # characters of an answer that are kept


@dataclass(frozen=True, slots=True)
class Text:
    """One example of a category (`about`: its slug) or question of an article (its source's slug)."""

    kind: str
    about: str
    text: str
    audience: str = evals.PUBLIC

    @property
    def key(self) -> str:
        """What names it within a fingerprint."""
        return hashlib.sha256("\0".join((self.kind, self.about, self.text)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the texts about one category or article came out as they should; `wrong`: marked so by a person."""

    kind: str
    about: str
    asked: int
    sound: int
    wrong: int

    @property
    def percent(self) -> int:
        """Of those asked."""
        return round(100 * self.sound / self.asked) if self.asked else 0


def texts(frozen: Snapshot) -> list[Text]:
    """Everything that is asked of a snapshot, examples first; what agents alone may read is left out."""
    examples = [Text(Offer.Kind.EXAMPLE, c.slug, text) for c in frozen.categories for text in dict.fromkeys(c.examples)]
    articles = sorted(frozen.revisions.values(), key=lambda facts: facts.source)
    questions = [
        Text(Offer.Kind.QUESTION, facts.source, text, facts.audience)
        for facts in articles
        if facts.categories and facts.audience != INTERNAL
        for text in facts.questions
    ]
    return [*examples, *questions][:MOST]


def promise(release: Release) -> None:
    """Have what is missing asked in the background, inside the caller's transaction."""
    outbox.put(KIND, {"release": release.pk}, bulk=True)


def advance(release: Release, *, seconds: float) -> bool:
    """Ask what was not asked of this fingerprint yet, for about so many seconds; whether nothing is left.

    A release that was frozen on another build is left alone.
    """
    frozen = snapshot.of(release)
    if not frozen.matches_build:
        return True
    until = time.monotonic() + seconds
    done = set(of(frozen).values_list("key", flat=True))
    left = iter([each for each in texts(frozen) if each.key not in done])
    while some := list(islice(left, CHUNK)):
        _keep(frozen, [_asked(frozen, each) for each in some])
        if time.monotonic() >= until:
            return next(left, None) is None
    return True


def ahead(release: Release) -> None:
    """Ask at once the first examples of each category, until one of each can be suggested."""
    frozen = snapshot.of(release)
    known = {offer.key: offer for offer in of(frozen)}
    for category in frozen.categories:
        for example in list(dict.fromkeys(category.examples))[:AHEAD]:
            each = Text(Offer.Kind.EXAMPLE, category.slug, example)
            if each.key not in known:
                known[each.key] = _asked(frozen, each)
                _keep(frozen, [known[each.key]])
            if known[each.key].sound:
                break


def of(frozen: Snapshot) -> QuerySet[Offer]:
    """What a snapshot was asked so far."""
    return Offer.objects.filter(site=frozen.site_id, fingerprint=frozen.fingerprint)


def answers(frozen: Snapshot) -> list[Offer]:
    """The same in the order in which it is written down."""
    place = {each.key: number for number, each in enumerate(texts(frozen))}
    return sorted(of(frozen), key=lambda offer: (place.get(offer.key, len(place)), offer.pk))


def shares(offers: Sequence[Offer]) -> list[Share]:
    """The shares of what was asked, by what it is about, in the order it was asked."""
    groups: dict[tuple[str, str], list[Offer]] = {}
    for offer in offers:
        groups.setdefault((offer.kind, offer.about), []).append(offer)
    return [
        Share(kind, about, len(group), sum(map(right, group)), sum(o.mark == Offer.Mark.WRONG for o in group))
        for (kind, about), group in groups.items()
    ]


def right(offer: Offer) -> bool:
    """Whether it came out as it should: by a person's mark where there is one."""
    return offer.mark == Offer.Mark.RIGHT if offer.mark else offer.sound


def mark(offer: Offer, value: str, *, actor: Actor) -> None:
    """Say that an answer is right or wrong, or take that back (empty). Raises NotAllowed, Refused."""
    allow(actor, offer.site, Role.RELEASE_OWNER, Role.CONTENT_OWNER)
    if value not in {"", *Offer.Mark.values}:
        raise Refused("Mark it right or wrong.")
    facts = {"actor": name(actor), "fingerprint": offer.fingerprint, "offer": offer.pk, "mark": value}
    with transaction.atomic():
        head = ledger.hold(offer.site_id)
        moved = Offer.objects.filter(pk=offer.pk).exclude(mark=value)
        if not moved.update(mark=value, marked_by=name(actor) if value else "", marked_at=timezone.now()):
            raise Refused("It is marked so already.")
        ledger.append(offer.site_id, "offer_marked", facts, head=head)
    offer.refresh_from_db()


def _asked(frozen: Snapshot, each: Text) -> Offer:
    decision = evals.answer(frozen, each.text, each.audience, own=True)
    said = decision.draft or decision  # at level 2 and 1 what would be said waits for a person
    source = next((cited.source for cited in said.citations if cited.source), "")
    return Offer(
        site_id=frozen.site_id,
        fingerprint=frozen.fingerprint,
        key=each.key,
        kind=each.kind,
        about=each.about,
        text=each.text,
        outcome=said.outcome.value,
        reason=said.reason.value,
        category=decision.category or "",
        source=source,
        words=said.text[:LONGEST],
        sound=_sound(frozen, each, decision),
    )


def _sound(frozen: Snapshot, each: Text, decision: Any) -> bool:
    """Whether it came out as it should: by the article, or as the category of the example is served."""
    said = decision.draft or decision
    cited = {citation.source for citation in said.citations}
    if each.kind == Offer.Kind.QUESTION:
        return said.outcome is Outcome.ANSWER and each.about in cited
    category: CategoryFacts = frozen.category(each.about)
    if decision.category != category.slug or not decision.accepted:
        return False
    if category.route == "human":
        return bool(said.outcome is Outcome.HANDOFF)
    if category.tools and said.reason is Reason.NEEDS_IDENTITY:
        return True
    return said.outcome is Outcome.ANSWER


def _keep(frozen: Snapshot, offers: Sequence[Offer]) -> None:
    """Write what was asked, with the mark that the very answer had in an earlier release."""
    for offer, marked in _marked(frozen, offers):
        offer.mark, offer.marked_by, offer.marked_at = marked.mark, marked.marked_by, marked.marked_at
    Offer.objects.bulk_create(offers, ignore_conflicts=True)


def _marked(frozen: Snapshot, offers: Sequence[Offer]) -> Iterator[tuple[Offer, Offer]]:
    earlier = Offer.objects.filter(site=frozen.site_id, key__in=[offer.key for offer in offers]).exclude(mark="")
    newest = {(offer.key, offer.source, offer.words): offer for offer in earlier.order_by("marked_at")}
    for offer in offers:
        if found := newest.get((offer.key, offer.source, offer.words)):
            yield offer, found
