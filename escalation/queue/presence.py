"""Who is at the desk. What an agent chose counts while a screen of theirs is open; without one they are offline.

Presence is a fact of the moment: it is kept in one row an agent, and no history is made of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from conversations.record import IllegalMove
from escalation.core.moves import announce, name_of
from escalation.models import Handoff, Presence, ServiceLevel
from sites.access.roles import require, sites_of
from sites.core import sql
from sites.models import Membership, Role, Site

AVAILABLE, AWAY, OFFLINE = Presence.State.AVAILABLE, Presence.State.AWAY, Presence.State.OFFLINE
BEAT = timedelta(seconds=15)  # how often an open screen says that it is open
GONE = timedelta(seconds=45)  # three beats missed: a reload or a short loss of connection is nobody's absence


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be given a customer."""

    pk: int
    name: str
    state: str


def choose(site: Site | None = None, *, actor: User, state: str) -> Presence:
    """Set one's own presence: available, away or offline. Raises IllegalMove on anything else."""
    if state not in Presence.State.values:
        raise IllegalMove(f"Choose one of {', '.join(Presence.State.values)}.")
    if site is not None:
        require(actor, site, Role.AGENT)
    now = timezone.now()
    row, _ = Presence.objects.update_or_create(
        user=actor, defaults={"chosen": state, "chosen_at": now}, create_defaults=_new(now, state)
    )
    for site_id in sites_of(actor, Role.AGENT).values_list("pk", flat=True):
        announce(site_id)
    return row


def beat(user: User) -> None:
    """A screen of the person is open: said by its socket, written at most once a beat."""
    now = timezone.now()
    if Presence.objects.filter(user=user.pk, seen_at__gt=now - BEAT / 2).exists():
        return
    if not Presence.objects.filter(user=user.pk).update(seen_at=now):
        Presence.objects.get_or_create(user=user, defaults=_new(now, AVAILABLE))


def of(user: User, now: datetime) -> str:
    """available, away or offline."""
    return of_many([user.pk], now)[user.pk]


def of_many(users: Iterable[int], now: datetime) -> dict[int, str]:
    """The same for several people, by key."""
    keys = list(users)
    known: Mapping[int, Presence] = Presence.objects.in_bulk(keys)
    return {key: _state(known.get(key), now) for key in keys}


def anybody(site_id: int, now: datetime) -> bool:
    """Whether at least one agent of the site is available."""
    here = Presence.objects.filter(chosen=AVAILABLE, seen_at__gt=now - GONE, user__in=_agents(site_id))
    return here.exists()


_LATELY = """
    SELECT MAX(p.seen_at), MAX(CASE WHEN p.chosen = 'available' THEN p.seen_at END)
    FROM escalation_presence p JOIN auth_user u ON u.id = p.user_id JOIN handrail_sites_membership m ON m.user_id = u.id
    WHERE m.site_id = %s AND m.role IN ('agent', 'admin') AND u.is_active
"""


def deserted(site_id: int, now: datetime) -> bool:
    """Whether a desk that people use has nobody at it who is available.

    A desk nobody has had open for two weeks says nothing: a site whose people answer from another help desk has none,
    and nobody is called absent for that.
    """
    found = sql.row(_LATELY, site_id)
    seen, available = (_moment(value) for value in found) if found else (None, None)
    used = seen is not None and seen > now - timedelta(days=14)
    return used and not (available is not None and available > now - GONE)


def _moment(value: datetime | str | None) -> datetime | None:
    """A time out of an aggregate, which SQLite returns as text."""
    return sql.moment(datetime.fromisoformat(value) if isinstance(value, str) else value) if value else None


def colleagues(site_id: int, but: User, now: datetime) -> list[Colleague]:
    """The other agents of a site: available ones first, then by name."""
    people = list(_agents(site_id).exclude(pk=but.pk))
    states = of_many([person.pk for person in people], now)
    order = list(Presence.State.values)
    found = [Colleague(person.pk, name_of(person), states[person.pk]) for person in people]
    return sorted(found, key=lambda one: (order.index(one.state), one.name))


def abandoned(now: datetime) -> list[Handoff]:
    """Claimed handoffs whose agent has been offline longer than their site allows.

    Only of agents whose screen was open when they claimed: another help desk that works over REST has no screen.
    """
    absent = Q(agent__presence__seen_at__lt=now - GONE) | Q(agent__presence__chosen=OFFLINE)
    claimed = Handoff.objects.filter(absent, state=Handoff.State.CLAIMED)
    claimed = claimed.filter(agent__presence__seen_at__gte=F("claimed_at") - GONE)
    found = list(claimed.select_related("agent__presence", "site__service_level", "conversation__site"))
    return [handoff for handoff in found if _missing_for(handoff, now) > _patience(handoff.site)]


def _missing_for(handoff: Handoff, now: datetime) -> timedelta:
    if handoff.agent is None:
        return timedelta()
    row = handoff.agent.presence
    since = [row.seen_at] if row.seen_at < now - GONE else []
    return now - min([*since, row.chosen_at] if row.chosen == OFFLINE else since)


def _patience(site: Site) -> timedelta:
    level = getattr(site, "service_level", None) or ServiceLevel(site=site)
    return timedelta(minutes=level.missing_minutes)


def _state(row: Presence | None, now: datetime) -> str:
    return row.chosen if row is not None and row.seen_at > now - GONE else OFFLINE.value


def _new(now: datetime, state: str) -> dict[str, object]:
    return {"chosen": state, "chosen_at": now, "seen_at": now}


def _agents(site_id: int) -> "QuerySet[User]":
    held = Membership.objects.filter(site=site_id, role__in=[Role.AGENT, Role.ADMIN])
    return User.objects.filter(pk__in=held.values("user"), is_active=True)
