"""How long somebody stays signed in: so long after they last did something, and never longer than so many hours.

Both ends are written into the session itself, so that a socket, which asks the session again, ends with it.
"""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from sites.access import roles
from sites.access.roles import Person
from sites.models import Site

BEGAN, SEEN = "signed_in_at", "seen_at"
EXACT = 60
"""Seconds within which it is not written again that somebody is there."""


def begin(session: SessionBase, now: float) -> None:
    """Somebody has just signed in (`now` in seconds since 1970)."""
    session[BEGAN] = now
    session.pop(SEEN, None)


def keep(session: SessionBase, now: float) -> bool:
    """Note that the person is there; False when the session is over, whatever its cookie says."""
    idle, hours = settings.HANDRAIL_SESSION_IDLE * 60, settings.HANDRAIL_SESSION_HOURS
    left = session.setdefault(BEGAN, now) + hours * 3600 - now
    seen = session.get(SEEN)
    if left <= 0 or (seen is not None and now - seen > idle):
        return False
    if seen is None or now - seen >= EXACT:
        session[SEEN] = now
        session.set_expiry(max(1, int(min(idle, left))))
    return True


def end(user: User) -> int:
    """End every session of a person, on the next request or look of a socket; returns how many."""
    held = list(UserSession.objects.filter(user_id=user.pk))
    for each in held:
        each.end()
    return len(held)


def revoke(user: User, site: Site, role: str, *, actor: Person | str) -> None:
    """Take a role away, on the record; every session of the person ends. Raises NotAllowed."""
    roles.revoke(user, site, role, actor=actor)
    end(user)


def forget() -> int:
    """Forget sessions whose time is over; returns how many."""
    SessionStore.clear_expired()
    gone = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    return gone.delete()[0]
