"""The queue's screen: a row for each customer who waits or is with a person, as one agent sees it.

A screen is known by the signatures of its rows; whatever differs is sent, so a lost hint mends itself. What is the same
for all who work the same sites is read once for all of them; who may see what is read anew for each.
"""

import hashlib
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.template.loader import render_to_string
from django.utils import timezone

from conversations.models import Message
from conversations.outcomes import Reason
from escalation.desk import desk
from escalation.drafts import review
from escalation.models import Draft, Handoff, Team
from escalation.packet import labels, packet
from escalation.queue import teams, waiting
from escalation.queue.waiting import target_of
from knowledge.models import Category
from sites.access.roles import sites_of
from sites.choices import data_policy
from sites.core.together import Together
from sites.models import Role, Site

FIRST, MINE, OPEN, TAKEN, DRAFTS = "first", "mine", "open", "taken", "drafts"
LISTS = {
    FIRST: ("Waiting with priority", "Nobody is waiting with priority."),
    MINE: ("Yours", "You have no conversation at the moment."),
    DRAFTS: ("Drafts to check", "No answer waits for your approval."),
    OPEN: ("Waiting for a person", "Nobody is waiting."),
    TAKEN: ("With colleagues", "No colleague has a conversation at the moment."),
}
PREVIEW = 140
BESIDE = 12
"""Rows of each list that stand beside a conversation."""
SHOWN = (
    "pk", "site_id", "conversation_id", "state", "reason", "urgent", "category", "agent_id", "opened_at",
    "claimed_at", "team_id", "conversation__identity", "conversation__locale", "words", "wrote_at", "wrote_seq",
    "answered_seq",
)  # fmt: skip
ROW_ID = re.compile(r"[hd]-\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue; `since` is when this customer began to wait for what the row is about.

    `target`: seconds within which the site wants that wait to end. `slug`, `why`: category and reason, for filters.
    """

    id: str
    pk: int
    list: str
    order: str
    conversation: uuid.UUID
    site: str
    customer: str
    verified: bool
    reason: str
    category: str
    urgent: bool
    agent: str
    since: datetime
    waits: bool
    preview: str
    locale: str
    foreign: bool
    slug: str
    why: str
    team: str
    ours: bool
    target: int

    @property
    def signature(self) -> str:
        """Changes whenever the row would look different."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def rows(user: User) -> list[Row]:
    """Everything on the queue screen of one person, in order: only sites on which they are an agent."""
    return _look(user, None, None)[0]


@dataclass(frozen=True, slots=True)
class News:
    """Fragments to swap in (empty: nothing is new), and what the screen holds afterwards."""

    html: str
    held: Mapping[str, Any]


def news(
    user: User, held: Mapping[str, Any], only: Collection[uuid.UUID] | None = None, asked: float | None = None
) -> News:
    """Bring a queue screen up to date that holds `{"rows": {row id: signature}}`.

    `only`: the conversations where something has changed; without it everything is read and compared. `asked`: a
    monotonic moment; a reading of the same rows that another screen began after it will do.
    """
    before: Mapping[str, str] = held.get("rows") or {}
    found, ever = _look(user, only, asked)
    now = {row.id: row for row in found}
    signatures = {row.id: row.signature for row in found}
    changed = [row for row in found if before.get(row.id) != signatures[row.id]]
    looked_at = before if only is None else ever & before.keys()
    gone = [row_id for row_id in looked_at if row_id not in now and ROW_ID.fullmatch(row_id)]
    if not changed and not gone:
        return News("", held)
    kept = {row_id: before[row_id] for row_id in before if row_id not in gone} if only is not None else {}
    html = render_to_string("escalation/queue_news.html", {"changed": changed, "gone": gone})
    return News(html, {"rows": kept | signatures})


def counted(found: Iterable[Row]) -> list[tuple[str, str, str, list[Row]]]:
    """The lists of the queue screen: each one's key, heading, what it says when empty, and its rows."""
    by_list: dict[str, list[Row]] = {key: [] for key in LISTS}
    for row in found:
        by_list[row.list].append(row)
    return [(key, *LISTS[key], by_list[key]) for key in LISTS]


def _rank(h: Mapping[str, Any]) -> int:
    """0 for distress, 1 for whatever else is urgent, 2 for the others."""
    return 2 if not h["urgent"] else 0 if h["reason"] == Reason.DISTRESS else 1


def _last_words() -> dict[str, Subquery]:
    """The customer's last message, and the last one a person wrote: who waits for whom."""
    said = Message.objects.filter(conversation=OuterRef("conversation")).order_by("-seq")
    customer, agent = said.filter(author=Message.Author.CUSTOMER), said.filter(author=Message.Author.AGENT)
    return {
        "words": Subquery(customer.values("text")[:1]),
        "wrote_at": Subquery(customer.values("at")[:1]),
        "wrote_seq": Subquery(customer.values("seq")[:1]),
        "answered_seq": Subquery(agent.values("seq")[:1]),
    }


@dataclass(frozen=True, slots=True)
class _Queues:
    """What the database says of some sites' queues: the same for whoever works exactly these sites.

    `ever`: the ids of every row that the conversations looked at may have had; empty where all were looked at.
    """

    handoffs: list[dict[str, Any]]
    drafts: list[Draft]
    ever: frozenset[str]
    titles: Mapping[tuple[int, str], str]
    agents: Mapping[int, str]
    teams: Mapping[int, str]
    masks: data_policy.Masks

    @classmethod
    def read(cls, sites: Collection[int], only: Collection[uuid.UUID] | None) -> "_Queues":
        """Read them now; `only` narrows the rows to some conversations."""
        queued, drafts = waiting.queue(sites), review.pending(sites)
        if only is not None:
            queued, drafts = queued.filter(conversation__in=only), drafts.filter(conversation__in=only)
        return cls(
            list(queued.select_related(None).annotate(**_last_words()).values(*SHOWN).iterator()),
            list(drafts),
            frozenset() if only is None else _ever(only),
            titles(sites),
            _agents(sites),
            dict(Team.objects.filter(site__in=list(sites)).values_list("pk", "name")),
            data_policy.Masks(data_policy.LISTS),
        )


_READINGS: Together[_Queues] = Together()


def _look(user: User, only: Collection[uuid.UUID] | None, asked: float | None) -> tuple[list[Row], frozenset[str]]:
    """A person's rows in order, and the ids of all that these conversations ever had."""
    sites = {site.pk: site for site in sites_of(user, Role.AGENT).select_related("service_level")}
    read = partial(_Queues.read, sorted(sites), only)
    which = frozenset(sites), None if only is None else frozenset(only)
    queues = read() if asked is None else _READINGS.since(asked, which, read)
    desk_of = _Desk(user, sites, queues, teams.of_person(user), timezone.now())
    found = [desk_of.handoff(h) for h in queues.handoffs] + [desk_of.draft(d) for d in queues.drafts]
    return sorted(found, key=lambda row: row.order), queues.ever


def _ever(conversations: Collection[uuid.UUID]) -> frozenset[str]:
    handoffs = Handoff.objects.filter(conversation__in=conversations).values_list("pk", flat=True)
    drafts = Draft.objects.filter(conversation__in=conversations).values_list("pk", flat=True)
    return frozenset({*(f"h-{pk}" for pk in handoffs), *(f"d-{pk}" for pk in drafts)})


def titles(sites: Iterable[int]) -> dict[tuple[int, str], str]:
    categories = Category.objects.filter(site__in=list(sites)).values_list("site_id", "slug", "title")
    return {(site, slug): title for site, slug, title in categories}


def _agents(sites: Iterable[int]) -> dict[int, str]:
    claimed = Handoff.objects.filter(site__in=list(sites), state=Handoff.State.CLAIMED)
    return {user.pk: desk.name_of(user) for user in User.objects.filter(pk__in=claimed.values("agent"))}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What turns rows of the database into rows of one person's screen."""

    user: User
    sites: Mapping[int, Site]
    queues: _Queues
    own: frozenset[int]
    now: datetime

    def handoff(self, h: Mapping[str, Any]) -> Row:
        """One handoff, from the columns SHOWN."""
        claimed = h["state"] == Handoff.State.CLAIMED
        unanswered = (h["wrote_seq"] or 0) > (h["answered_seq"] or 0)
        target = target_of(self.sites[h["site_id"]], h["urgent"])
        late = (self.now - h["opened_at"]).total_seconds() > target
        ours = h["urgent"] or h["team_id"] is None or not self.own or h["team_id"] in self.own or late
        return Row(
            id=f"h-{h['pk']}",
            pk=h["pk"],
            list=(MINE if h["agent_id"] == self.user.pk else TAKEN) if claimed else FIRST if h["urgent"] else OPEN,
            order=f"{_rank(h)}{0 if ours else 1}{h['opened_at']:%Y%m%d%H%M%S%f}{h['pk']:012}",
            conversation=h["conversation_id"],
            site=self._named(h["site_id"]),
            customer=packet.name_in(h["conversation__identity"]),
            verified=bool(h["conversation__identity"]),
            reason=labels.REASONS.get(h["reason"], h["reason"]),
            category=self.queues.titles.get((h["site_id"], h["category"]), h["category"]),
            urgent=h["urgent"],
            agent=self.queues.agents.get(h["agent_id"], "") if claimed else "",
            since=max(h["claimed_at"], h["wrote_at"] or h["claimed_at"]) if claimed else h["opened_at"],
            waits=not claimed or unanswered,
            preview=self.queues.masks(h["words"] or "", h["site_id"])[:PREVIEW],
            **self._language(h["site_id"], h["conversation__locale"]),
            slug=h["category"],
            why=h["reason"],
            team=self.queues.teams.get(h["team_id"], ""),
            ours=ours,
            target=target,
        )

    def draft(self, draft: Draft) -> Row:
        """One draft that waits for a decision."""
        conversation = draft.conversation
        return Row(
            id=f"d-{draft.pk}",
            pk=draft.pk,
            list=DRAFTS,
            order=f"20{draft.created_at:%Y%m%d%H%M%S%f}{draft.pk:012}",
            conversation=draft.conversation_id,
            site=self._named(conversation.site_id),
            customer=packet.customer_of(conversation),
            verified=bool(conversation.identity),
            reason=labels.REASONS["draft_review"],
            category=draft.turn.category.title if draft.turn.category else "",
            urgent=False,
            agent="",
            since=draft.created_at,
            waits=True,
            preview=self.queues.masks(draft.turn.question.text, conversation.site_id)[:PREVIEW],
            **self._language(conversation.site_id, conversation.locale),
            slug=draft.turn.category.slug if draft.turn.category else "",
            why="draft_review",
            team="",
            ours=True,
            target=target_of(self.sites[conversation.site_id], False),
        )

    def _named(self, site_id: int) -> str:
        """The site's name, where the person works more than one."""
        return self.sites[site_id].name if len(self.sites) > 1 else ""

    def _language(self, site_id: int, locale: str) -> dict[str, Any]:
        """The customer's language, and whether it is another than the site's."""
        language = locale[:2].lower()
        return {"locale": language.upper(), "foreign": language != self.sites[site_id].locale[:2].lower()}
