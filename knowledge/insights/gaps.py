"""Questions that could not be answered or whose answer was disliked: the owner's list of what to write next.

Law of the room: each is kept until a person handles it. Clusters are read off the questions when they are looked at;
what was done about one is written on its questions, so a new question of that kind brings the kind back, with a count.
A question's vector stands on its row and goes with it: these are customers' words.
"""

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from knowledge.editing import approval, ownership
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.insights import clusters
from knowledge.models import Category, Example, Gap, Revision, Source
from knowledge.text.asked import tidy as asked_as
from sites.choices import data_policy
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem, Site

KIND = "embed_gaps"
LOOKED_AT = 2000
"""Different questions that are put together at once, the newest: half a second on one core."""
ROWS = 20_000  # questions that are read for it, with those of the same words
WEEKS = 8  # back, on the list: two months
STEP = 32  # questions embedded at a time: a fifth of a second
LONGEST = 2000  # characters of a question that are read


@dataclass(frozen=True, slots=True)
class Cluster:
    """Open questions of one kind, the most typical first, and what was done about this kind before."""

    gaps: Sequence[Gap]  # open, each text once
    count: int  # open, each time it was asked
    weeks: Sequence[int]  # asked in each of the last `WEEKS`, the present one last; handled ones too
    before: Gap | None  # the one of this kind that was handled last
    since: int  # open ones that were asked after that

    @property
    def label(self) -> str:
        """Its most central question."""
        return self.gaps[0].told

    @property
    def this_week(self) -> int:
        """Asked in the last seven days."""
        return self.weeks[-1]

    @property
    def last_week(self) -> int:
        """Asked in the seven days before."""
        return self.weeks[-2]

    @property
    def peak(self) -> int:
        """The most that were asked in one week, at least 1."""
        return max(1, *self.weeks)

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why the questions are here, the commonest first."""
        return dict(Counter(gap.why for gap in self.gaps).most_common())

    @property
    def categories(self) -> Sequence[Category]:
        """The subjects they were taken for, the commonest first."""
        named = Counter(gap.category for gap in self.gaps if gap.category)
        return [category for category, _ in named.most_common()]


@dataclass(frozen=True, slots=True)
class Overview:
    """The clusters of a site, the most asked first; `waiting` questions have no vector yet, `left` are over the cap."""

    clusters: Sequence[Cluster]
    open: int
    waiting: int
    left: int


def note(site_id: int, category_id: int | None, text: str, reason: str, answered_with: Source | None = None) -> Gap:
    """Keep one question and why it is here; the text is as the record stores it, masked. Its vector is promised.

    `answered_with`: the article that a person answered it with.
    """
    with transaction.atomic():
        made = Gap.objects.create(
            site_id=site_id, category_id=category_id, text=text, reason=reason, answered_with=answered_with
        )
        promised = OutboxItem.objects.filter(kind=KIND, state=OutboxItem.State.DUE, payload={"site": site_id})
        if not promised.exists():
            outbox.put(KIND, {"site": site_id}, bulk=True)
    return made


def prepare(site_id: int, *, seconds: float) -> bool:
    """Embed questions of a site that have no vector of the present model, for about so long; whether all have one."""
    model, until = embedder(), time.monotonic() + seconds
    while True:
        lacking = Gap.objects.filter(site=site_id).exclude(model=model.model_id)
        some = list(lacking.order_by(F("handled_at").desc(nulls_first=True), "-pk").values_list("pk", "text")[:STEP])
        if not some:
            return True
        if time.monotonic() >= until:
            return False
        rows = model.encode([text[:LONGEST] for _, text in some])
        for (pk, _), row in zip(some, rows, strict=True):
            Gap.objects.filter(pk=pk).update(vector=row.tobytes(), model=model.model_id)


def overview(site: Site, *, now: datetime | None = None) -> Overview:
    """What is open on a site, clustered."""
    now = now or timezone.now()
    found = [_cluster(members, now) for members in _alike(_texts(site))]
    ranked = sorted((each for each in found if each), key=lambda each: (-each.count, each.gaps[0].pk))
    open_ = Gap.objects.filter(site=site, handled_at=None)
    total, waiting = open_.count(), open_.exclude(model=embedder().model_id).count()
    return Overview(ranked, total, waiting, total - waiting - sum(each.count for each in ranked))


def cluster_of(gap: Gap) -> Cluster | None:
    """The cluster an open question is in now; None when it is handled or has no vector yet."""
    return next((each for each in overview(gap.site).clusters if any(one.pk == gap.pk for one in each.gaps)), None)


def asked(keys: str, sites: QuerySet[Site]) -> list[Gap]:
    """The open questions named by their ids with commas between, on these sites; what is none of them is left out."""
    named = [int(key) for key in keys.split(",")[:LOOKED_AT] if key.isdecimal()]
    return list(Gap.objects.filter(pk__in=named, site__in=sites, handled_at=None).defer("vector").order_by("pk"))


def _texts(site: Site) -> list[list[Gap]]:
    """The questions that have a vector, those of the same words together, the newest open one first.

    The open ones come before those that were handled, the newest first; what is beyond the cap is left out.
    """
    rows = Gap.objects.filter(site=site, model=embedder().model_id).select_related("category").defer("vector")
    by_text: dict[str, list[Gap]] = {}
    for gap in rows.order_by(F("handled_at").desc(nulls_first=True), "-pk")[:ROWS]:
        by_text.setdefault(" ".join(gap.text.casefold().split()), []).append(gap)
    return list(by_text.values())[:LOOKED_AT]


def _alike(texts: Sequence[list[Gap]]) -> list[list[list[Gap]]]:
    """The questions by cluster, the most central first."""
    ordered = sorted(texts, key=lambda same: min(gap.pk for gap in same))  # equal distances are settled by age
    held: dict[int, bytes] = {}
    for some in vectors.slices([same[0].pk for same in ordered], vectors.PARAMETERS):
        rows = Gap.objects.filter(pk__in=some).values_list("pk", "vector")
        held |= {pk: bytes(vector) for pk, vector in rows if vector}
    if not held:
        return []
    ordered = [same for same in ordered if same[0].pk in held]
    matrix = np.array([np.frombuffer(held[same[0].pk], np.float32) for same in ordered])
    return [[ordered[row] for row in clusters.by_centrality(matrix, each)] for each in clusters.linked(matrix)]


def _cluster(members: Sequence[list[Gap]], now: datetime) -> Cluster | None:
    """One cluster as it is shown; None when nothing of it is open."""
    every = [gap for same in members for gap in same]
    shown = [same[0] for same in members if same[0].handled_at is None]
    if not shown:
        return None
    handled = [gap for gap in every if gap.handled_at]
    before = max(handled, key=lambda gap: (gap.handled_at or now, gap.pk), default=None)
    open_ = [gap for gap in every if gap.handled_at is None]
    since = [gap for gap in open_ if before and before.handled_at and gap.asked_at > before.handled_at]
    return Cluster(shown, len(open_), _by_week(every, now), before, len(since))


def _by_week(every: Sequence[Gap], now: datetime) -> list[int]:
    ages = Counter((now - gap.asked_at) // timedelta(weeks=1) for gap in every)
    return [ages[age] for age in reversed(range(WEEKS))]


# ── What is done about them ───────────────────────────────────────────────────────────────────────────────────


def handle(gaps: QuerySet[Gap], *, actor: approval.Actor) -> int:
    """Mark gaps as handled by a person, a link in the chain of each site; how many were open. Raises NotAllowed."""
    sites = sorted(set(gaps.order_by().values_list("site", flat=True)))
    for site_id in sites:
        allow(actor, site_id, gaps.filter(site=site_id))
    return sum(_one_site(gaps.filter(site=site_id), site_id, approval.name_of(actor)) for site_id in sites)


def close(site_id: int, keys: Collection[int], *, how: str, actor: approval.Actor, reason: str) -> int:
    """Mark questions of a site, wherever the same words were asked, as handled; how many were open.

    `how` is a word for what was done (article, question, counterexample, scenario, nothing), `reason` says it to the
    next reader. Raises NotAllowed, Refused.
    """
    allow(actor, site_id, Gap.objects.filter(site=site_id, pk__in=keys))
    if not reason.strip():
        raise Refused("Give a reason.")
    facts = {"actor": approval.name_of(actor), "how": how, "reason": reason.strip(), "gaps": sorted(keys)}
    with transaction.atomic():
        head = ledger.hold(site_id)
        done = _handled(_same_words(site_id, keys, actor), by=approval.name_of(actor), how=how, note=reason.strip())
        if not done:
            raise Refused("Somebody has handled these questions already.")
        ledger.append(site_id, "gaps_handled", {**facts, "handled": done}, head=head)
    return done


def deny(gap: Gap, category: Category, *, actor: approval.Actor) -> None:
    """Make a question a counterexample of a category in the candidate, and so handled wherever it was asked.

    The chain names the customer's words by their digest only. Raises NotAllowed, Refused.
    """
    deny_all([gap], category, actor=actor)


def deny_all(gaps: Sequence[Gap], category: Category, *, actor: approval.Actor) -> None:
    """The same for several questions of one site, all or none. Raises NotAllowed, Refused."""
    ownership.require(actor, category.site_id, [category.slug])
    allow(actor, category.site_id, Gap.objects.filter(pk__in=[gap.pk for gap in gaps]))
    if any(gap.site_id != category.site_id for gap in gaps):
        raise Refused(f"{category} is a category of another site.")
    by = approval.name_of(actor)
    with transaction.atomic():
        head = ledger.hold(category.site_id)
        for gap in gaps:
            same = _same_words(gap.site_id, [gap.pk], actor)
            if not _handled(same, by=by, how="counterexample", note=category.title):
                raise Refused("Somebody has handled this question already.")
            Example.objects.create(site_id=gap.site_id, category=category, text=gap.told, counter=True)
            facts = {"actor": by, "category": category.slug, "gap": gap.pk, "digest": ledger.digest(gap.text)}
            ledger.append(gap.site_id, "counterexample_written", facts, head=head)


def expire(site_id: int, before: datetime) -> int:
    """Forget the questions that were asked before a time, handled or not; returns how many."""
    return Gap.objects.filter(site=site_id, asked_at__lt=before).delete()[0]


def forget(site_id: int, texts: Collection[str]) -> list[str]:
    """Erase questions with exactly these words, handled or not, inside the caller's transaction.

    Returns what was left: an example, a counterexample or an article's question of the same words belongs to the site
    since a person made it.
    """
    Gap.objects.filter(site=site_id, text__in=texts).delete()
    texts = {*texts, *(data_policy.masked(text, site_id, data_policy.LISTS) for text in texts)}
    made = Example.objects.filter(site=site_id, text__in=texts).select_related("category")
    left = [f"An example of {each.category or 'the whole site'} has the same words: “{each.text}”." for each in made]
    same = set(asked_as(texts))
    held = Revision.objects.filter(source__site=site_id).exclude(questions=[]).select_related("source").defer("text")
    return left + [
        f"A question of {each.source}, revision {each.number}, has the same words: “{question}”."
        for each in held
        for question in each.questions
        if question in same
    ]


def allow(actor: approval.Actor, site_id: int, gaps: QuerySet[Gap]) -> None:
    """Raise NotAllowed unless the person answers for the subjects these questions were taken for."""
    approval.allow(actor, site_id)
    if ownership.of(actor, site_id) is not None and gaps.exists():
        named = gaps.order_by().values_list("category__slug", flat=True).distinct()
        ownership.require(actor, site_id, [slug or "" for slug in named])


def _one_site(gaps: QuerySet[Gap], site_id: int, by: str) -> int:
    with transaction.atomic():
        head = ledger.hold(site_id)
        numbers = list(gaps.filter(handled_at=None).values_list("pk", flat=True))
        if numbers:
            _handled(gaps, by=by)
            ledger.append(site_id, "gaps_handled", {"actor": by, "gaps": numbers}, head=head)
    return len(numbers)


def _handled(gaps: QuerySet[Gap], *, by: str, how: str = "", note: str = "") -> int:
    done = {"handled_at": timezone.now(), "handled_by": by, "handled_as": how, "handled_note": note}
    return gaps.filter(handled_at=None).update(**done)


def _same_words(site_id: int, keys: Collection[int], actor: approval.Actor) -> QuerySet[Gap]:
    """These questions wherever they were asked, as far as the person answers for it."""
    texts = list(Gap.objects.filter(site=site_id, pk__in=keys).values_list("text", flat=True))
    same, limit = Gap.objects.filter(site=site_id, text__in=texts), ownership.of(actor, site_id)
    return same if limit is None else same.filter(category__slug__in=limit)
