"""The desk's screens as server-rendered fragments: what a browser lacks, and nothing it may not see.

A screen is known by what it holds (rows by signature, the thread by its last seq); whatever differs is sent.
So a lost hint and a reconnect mend themselves, and a push never touches what the agent is typing.
"""

import hashlib
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.template.loader import render_to_string
from django.utils import timezone

from conversations.models import Conversation, Message, State
from conversations.outcomes import Reason
from escalation.desk import blocks, desk
from escalation.drafts import review, suggestions
from escalation.models import Block, Draft, Handoff, Presence, Receipt, Team
from escalation.packet import labels, packet
from escalation.queue import presence, teams, waiting
from escalation.queue.waiting import target_of
from knowledge.models import Category
from sites.access.roles import roles_of, sites_of
from sites.choices import data_policy
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


def rows(user: User, only: Collection[uuid.UUID] | None = None) -> list[Row]:
    """Everything on the queue screen of one person, in order: only sites on which they are an agent.

    `only` narrows it to some conversations.
    """
    sites = {site.pk: site for site in sites_of(user, Role.AGENT).select_related("service_level")}
    desk_of = _Desk.of(user, sites)
    queued, drafts = waiting.queue(sites), review.pending(sites)
    if only is not None:
        queued, drafts = queued.filter(conversation__in=only), drafts.filter(conversation__in=only)
    handoffs = queued.select_related(None).annotate(**_last_words()).values(*SHOWN)
    found = [desk_of.handoff(h) for h in handoffs.iterator()] + [desk_of.draft(d) for d in drafts]
    return sorted(found, key=lambda row: row.order)


@dataclass(frozen=True, slots=True)
class News:
    """Fragments to swap in (empty: nothing is new), and what the screen holds afterwards."""

    html: str
    held: Mapping[str, Any]


def queue_news(user: User, held: Mapping[str, Any], only: Collection[uuid.UUID] | None = None) -> News:
    """Bring a queue screen up to date that holds `{"rows": {row id: signature}}`.

    `only`: the conversations where something has changed; without it everything is read and compared.
    """
    before: Mapping[str, str] = held.get("rows") or {}
    now = {row.id: row for row in rows(user, only)}
    signatures = {row.id: row.signature for row in now.values()}
    changed = [row for row in now.values() if before.get(row.id) != signatures[row.id]]
    looked_at = before if only is None else _rows_of(only) & before.keys()
    gone = [row_id for row_id in looked_at if row_id not in now and ROW_ID.fullmatch(row_id)]
    if not changed and not gone:
        return News("", held)
    kept = {row_id: before[row_id] for row_id in before if row_id not in gone} if only is not None else {}
    html = render_to_string("escalation/queue_news.html", {"changed": changed, "gone": gone})
    return News(html, {"rows": kept | signatures})


def _rows_of(conversations: Collection[uuid.UUID]) -> set[str]:
    """The ids of every row these conversations may ever have had."""
    handoffs = Handoff.objects.filter(conversation__in=conversations).values_list("pk", flat=True)
    drafts = Draft.objects.filter(conversation__in=conversations).values_list("pk", flat=True)
    return {*(f"h-{pk}" for pk in handoffs), *(f"d-{pk}" for pk in drafts)}


def counted(found: Iterable[Row]) -> list[tuple[str, str, str, list[Row]]]:
    """The lists of the queue screen: each one's key, heading, what it says when empty, and its rows."""
    by_list: dict[str, list[Row]] = {key: [] for key in LISTS}
    for row in found:
        by_list[row.list].append(row)
    return [(key, *LISTS[key], by_list[key]) for key in LISTS]


def conversation_news(user: User, held: Mapping[str, Any]) -> News:
    """Bring a conversation screen up to date: new lines of the thread, and its head where that has changed.

    It holds `{"conversation": id, "seq": last seq, "event": last event's key, "head": signature}`.
    """
    conversation = seen_by(user, held["conversation"])
    if conversation is None:
        return News("", held)
    fresh = packet.thread(conversation, held["seq"], held["event"])
    head = head_of(conversation, user)
    if not fresh and head["signature"] == held["head"]:
        return News("", held)
    after = {
        **held,
        "seq": max([held["seq"], *(entry.seq for entry in fresh)]),
        "event": max([held["event"], *(entry.event for entry in fresh)]),
        "head": head["signature"],
    }
    changed = head["signature"] != held["head"]
    context = {"fresh": fresh, "changed": changed, **head}
    return News(render_to_string("escalation/conversation_news.html", context), after)


def head_of(conversation: Conversation, user: User) -> dict[str, Any]:
    """Who has the conversation, what this person may do with it now, and the draft that waits."""
    handoff = conversation.handoffs.select_related("agent").order_by("-pk").first()
    draft = conversation.drafts.filter(state=Draft.State.PENDING).first()
    mine = handoff is not None and handoff.state == Handoff.State.CLAIMED and handoff.agent_id == user.pk
    roles = roles_of(user, conversation.site_id)
    head: dict[str, Any] = {
        "conversation": conversation,
        "handoff": handoff,
        "draft": draft,
        "draft_entry": packet.draft_entry(draft) if draft else None,
        "suggestion": suggestions.waiting(conversation) if mine else None,
        "mine": mine,
        "manages": Role.ADMIN in roles,
        "works": not roles.isdisjoint({Role.AGENT, Role.ADMIN}),
        "needs": Handoff.Need.choices,
        "status": _status(conversation, handoff, mine),
        "address": desk.address_of(conversation),
        "customer": packet.customer_of(conversation),
        "blocks": blocks.over(conversation),
        "scopes": _scopes(conversation),
        "tags": [tag.name for tag in conversation.tags.all()],
        "reopens": handoff is not None and conversation.state == State.CLOSED and bool(conversation.token_digest),
        "receipt": _receipt(conversation),
    }
    if handoff is not None and handoff.state != Handoff.State.CLOSED:
        head["colleagues"] = presence.colleagues(conversation.site_id, user, timezone.now())
        head["teams"] = list(conversation.site.teams.all())
        head["target"] = target_of(conversation.site, handoff.urgent)
    decides = draft.turn_id if draft else head["suggestion"].turn.pk if head["suggestion"] else None
    if decides is not None and head["works"]:
        review.look(decides, user)
    shown = (
        head["status"], head["address"], handoff and (handoff.pk, handoff.state), decides,
        [block.pk for block in head["blocks"]], head["tags"], head.get("colleagues"), head["receipt"],
    )  # fmt: skip
    return head | {"signature": hashlib.sha256(repr(shown).encode()).hexdigest()[:12]}


def seen_by(user: User, conversation_id: uuid.UUID | str) -> Conversation | None:
    """The conversation, when it is of a site on which the person is an agent or may read the record."""
    sites = sites_of(user, Role.AGENT, Role.AUDITOR)
    return Conversation.objects.select_related("site").filter(pk=conversation_id, site__in=sites).first()


def filters_of(user: User) -> dict[str, Any]:
    """What the queue can be narrowed to on the person's sites: teams, categories and reasons, in words."""
    sites = [site.pk for site in desks(user)]
    return {
        "teams": sorted(set(Team.objects.filter(site__in=sites).values_list("name", flat=True))),
        "categories": sorted({(slug, title) for (_, slug), title in _titles(sites).items()}, key=lambda pair: pair[1]),
        "reasons": [(reason.value, labels.REASONS[reason]) for reason in labels.WAITS_FOR],
    }


def presence_of(user: User) -> dict[str, Any]:
    """What a person chose to be at the desk, with the choices there are."""
    row = Presence.objects.filter(user=user.pk).first()
    return {"chosen": row.chosen if row else Presence.State.AVAILABLE.value, "choices": Presence.State.choices}


def desks(user: User) -> list[Site]:
    """The sites whose queue the person works."""
    return list(sites_of(user, Role.AGENT))


def _receipt(conversation: Conversation) -> dict[str, Any] | None:
    """How far the last reply of a person has come: `at` when it was sent, `seen` whether it was on a screen."""
    replies = conversation.messages.filter(author=Message.Author.AGENT)
    last = replies.order_by("-seq").values("seq", "at").first()
    if last is None:
        return None
    seen = Receipt.objects.filter(conversation=conversation, seq__gte=last["seq"]).exists()
    return {"at": last["at"], "seen": seen}


def _scopes(conversation: Conversation) -> list[tuple[str, str]]:
    """Whom a block could stop here."""
    scopes = [Block.Scope.CONVERSATION, *([Block.Scope.PERSON] if conversation.identity.get("sub") else [])]
    return [(scope.value, str(scope.label)) for scope in (*scopes, Block.Scope.ADDRESS)]


def _status(conversation: Conversation, handoff: Handoff | None, mine: bool) -> str:
    if conversation.state == State.WAITING:
        return "waiting"
    if conversation.state == State.HUMAN:
        return "yours" if mine else f"with {desk.name_of(handoff.agent) if handoff and handoff.agent else 'a person'}"
    return "with the assistant" if conversation.state == State.BOT else "closed"


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


def _titles(sites: Iterable[int]) -> dict[tuple[int, str], str]:
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
    titles: Mapping[tuple[int, str], str]
    agents: Mapping[int, str]
    teams: Mapping[int, str]
    own: frozenset[int]
    now: datetime
    masks: data_policy.Masks

    @classmethod
    def of(cls, user: User, sites: Mapping[int, Site]) -> "_Desk":
        """All that the rows of one reading share."""
        named = dict(Team.objects.filter(site__in=list(sites)).values_list("pk", "name"))
        return cls(
            user,
            sites,
            _titles(sites),
            _agents(sites),
            named,
            teams.of_person(user),
            timezone.now(),
            data_policy.Masks(data_policy.LISTS),
        )

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
            category=self.titles.get((h["site_id"], h["category"]), h["category"]),
            urgent=h["urgent"],
            agent=self.agents.get(h["agent_id"], "") if claimed else "",
            since=max(h["claimed_at"], h["wrote_at"] or h["claimed_at"]) if claimed else h["opened_at"],
            waits=not claimed or unanswered,
            preview=self.masks(h["words"] or "", h["site_id"])[:PREVIEW],
            **self._language(h["site_id"], h["conversation__locale"]),
            slug=h["category"],
            why=h["reason"],
            team=self.teams.get(h["team_id"], ""),
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
            preview=self.masks(draft.turn.question.text, conversation.site_id)[:PREVIEW],
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
