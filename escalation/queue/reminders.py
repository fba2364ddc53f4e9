"""No handoff ends in silence: what happens, and when, while nobody claims one.

    notify      the site's named people get a mail; the desk's screens and the webhook hear of it
    widen       everyone at the desk is asked, whatever team it went to
    call_back   the customer is offered an answer by e-mail; at once when the desk closes on them

Law of the room: each step happens once a wait, by one conditional UPDATE in the transaction that does the step, so that
a worker that dies in it has done nothing of it and the next look does it whole. Time is staffed time, but a day on the
wall is always too long.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Message
from conversations.wording import Spoken
from escalation.core.moves import address_of, announce
from escalation.models import Handoff
from escalation.models.customers import Wait
from escalation.queue.waiting import at_the_desk, duration, promise
from sites.choices import patience
from sites.choices.hours import staffed
from sites.core import kept
from sites.models import Role, Site
from sites.outside import senders

STEPS = ("notify", "widen", "call_back")
WALL = timedelta(days=1)
"""A step is also due when so much more than its time has passed on the wall, whatever the hours say."""
JUST_OPENED = timedelta(minutes=1)
OWNERS = ("customers", "answers")  # the duties whose people are told


def sweep(now: datetime | None = None) -> int:
    """Take every step that is due on handoffs nobody has claimed; returns how many were taken."""
    now = now or timezone.now()
    _begin(now)
    waits = Wait.objects.filter(handoff__state=Handoff.State.OPEN, since__isnull=False)
    waits = waits.filter(Q(notify_at=None) | Q(widen_at=None) | Q(call_back_at=None))
    there: dict[int, bool] = {}
    taken = 0
    for wait in waits.select_related("handoff__site", "handoff__conversation__site").order_by("since"):
        site = wait.handoff.site
        if site.pk not in there:
            there[site.pk] = at_the_desk(site, now).open
        taken += sum(take(wait, step, now) for step in _due(wait, now, there[site.pk]))
    return taken


def take(wait: Wait, step: str, now: datetime) -> bool:
    """Do one step of one wait, unless it was done or somebody has claimed the handoff: then False."""
    handoff = wait.handoff
    with kept.writing(handoff.site_id) as head:
        undone = Wait.objects.filter(pk=wait.pk, since=wait.since, handoff__state=Handoff.State.OPEN)
        if not undone.filter(**{f"{step}_at": None}).update(**{f"{step}_at": now}):
            return False
        DO[step](handoff, now)
        body = {"handoff": handoff.pk, "step": step, "waited_s": round((now - handoff.opened_at).total_seconds())}
        record.event(handoff.conversation_id, "handoff.escalated", body=body)
        proof = {"actor": "", "conversation": str(handoff.conversation_id), **body}
        kept.append(handoff.site_id, "handoff.escalated", proof, head=head)
        announce(handoff.site_id, handoff.conversation_id)
    return True


def named(site: Site) -> list[str]:
    """Where the site's named people are written to: its own list and its owners; else its administrators."""
    settled = patience.parse(site.patience or {}).mail
    owners = [name for duty, name in (site.owners or {}).items() if duty in OWNERS]
    found = [*settled, *_addresses(User.objects.filter(username__in=owners))]
    return list(dict.fromkeys(found)) or _addresses(_members(site, Role.ADMIN))


# ── The steps ─────────────────────────────────────────────────────────────────────────────────────────────────


def _notify(handoff: Handoff, now: datetime) -> None:
    for address in named(handoff.site):
        _write(handoff, address, now, "has been waiting for a person")


def _widen(handoff: Handoff, now: datetime) -> None:
    Handoff.objects.filter(pk=handoff.pk).update(team=None)
    for address in _addresses(_members(handoff.site, Role.AGENT, Role.ADMIN)):
        _write(handoff, address, now, "has been waiting, for anyone at the desk to claim,")


def _call_back(handoff: Handoff, now: datetime) -> None:
    conversation, site = handoff.conversation, handoff.site
    known = bool(address_of(conversation))
    if not at_the_desk(site, now).open and not known:
        text = promise(site)
    else:
        text = Spoken.of(site).say("call_back_known" if known else "call_back_offer")
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")


DO: Mapping[str, Callable[[Handoff, datetime], None]] = {
    "notify": _notify,
    "widen": _widen,
    "call_back": _call_back,
}


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _begin(now: datetime) -> None:
    """Know every wait: new handoffs, and those that a person had and put back."""
    Wait.objects.filter(handoff__state=Handoff.State.CLAIMED, since__isnull=False).update(
        since=None, notify_at=None, widen_at=None, call_back_at=None
    )
    Wait.objects.filter(handoff__state=Handoff.State.OPEN, since=None).update(since=now)
    new = Handoff.objects.filter(state=Handoff.State.OPEN, wait=None).select_related("site")
    rows = [Wait(handoff=handoff, since=handoff.opened_at, call_back_at=_offered(handoff, now)) for handoff in new]
    Wait.objects.bulk_create(rows, ignore_conflicts=True)


def _offered(handoff: Handoff, now: datetime) -> datetime | None:
    """When the customer was asked for an address as the handoff opened: a desk that was closed then did."""
    fresh = now - handoff.opened_at < JUST_OPENED
    return handoff.opened_at if fresh and not at_the_desk(handoff.site, handoff.opened_at).open else None


def _due(wait: Wait, now: datetime, there: bool) -> list[str]:
    """The steps of a wait that are due and undone; `there`: whether people are at the desk. None before it began."""
    if wait.since is None:
        return []
    site, share = wait.handoff.site, 2 if wait.handoff.urgent else 1
    limits = patience.parse(site.patience or {})
    waited, walled = staffed(site, wait.since, now), now - wait.since - WALL
    undone = [step for step in STEPS if getattr(wait, f"{step}_at") is None]
    return [
        step
        for step in undone
        if max(waited, walled) >= getattr(limits, step) / share or (step == "call_back" and not there)
    ]


def _write(handoff: Handoff, address: str, now: datetime, what: str) -> None:
    length = duration((now - handoff.opened_at).total_seconds())
    page = reverse("admin:desk_conversation", args=[handoff.conversation_id])
    senders.mail(
        to=address,
        subject=f"{handoff.site.name}: a customer {'with priority ' if handoff.urgent else ''}waits for a person",
        text=f"A customer of {handoff.site.name} {what} for {length}.\n\n{settings.HANDRAIL_BASE_URL}{page}\n",
    )


def _members(site: Site, *roles: Role) -> "QuerySet[User]":
    return User.objects.filter(memberships__site=site, memberships__role__in=roles)


def _addresses(people: "QuerySet[User]") -> list[str]:
    active = people.filter(is_active=True).exclude(email="").order_by("username").distinct()
    return list(active.values_list("email", flat=True))
