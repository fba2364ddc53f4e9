"""Tokens of programs over REST: named scopes of one site, until a day; shown once, kept as a digest, on the record.

Law of the room: a scope is a list of routes and methods, and what is on none is refused. A token is an account of its
own with the roles its scopes need, so that every move says which program made it; but a program is never a second
person: it approves no text, lifts no pause and erases nothing.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from sites.access.roles import require
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Membership, Role, Site
from sites.models.endpoints import ApiToken

PREFIX = "hra_"
ROOT = "/api/v1/"
LONGEST = 366
"""Days that a token may last."""
SEEN = timedelta(minutes=1)  # how exactly it is kept when a token was used last


@dataclass(frozen=True, slots=True)
class Scope:
    """What one scope opens: a role, and (method, route under `/api/v1/`) as regular expressions."""

    role: Role
    doors: tuple[tuple[str, str], ...]
    told: str


SCOPES: Mapping[str, Scope] = {
    "sources": Scope(
        Role.CONTENT_OWNER,
        (
            ("GET", r"(categories|sources|revisions)/.*"),
            ("POST", r"sources/(\d+/(revise|withdraw|restore)/)?"),
            ("POST", r"revisions/\d+/submit/"),
        ),
        "read articles, bring in, revise, submit, withdraw, restore; a person approves",
    ),
    "releases": Scope(
        Role.AUDITOR,
        (("GET", r"(releases|runs|exposure|sites)/.*"),),
        "read releases, runs, exposure and the checklist",
    ),
    "pauses": Scope(Role.AGENT, (("GET", r"pauses/"), ("POST", r"pauses/")), "read, pause; a person resumes"),
    "record": Scope(Role.AUDITOR, (("GET", r"record/.*"),), "read conversations as they were; each reading is logged"),
    "incidents": Scope(
        Role.AGENT,
        (("GET", r"incidents/.*"), ("POST", r"incidents/(\d+/(contain|survey|reopen)/)?")),
        "read, report, contain, survey, reopen",
    ),
}


def create(site: Site, name: str, scopes: Collection[str], days: int, *, actor: User) -> tuple[ApiToken, str]:
    """Make a token of one site that ends after so many days; with its text, shown this once. Raises Refused."""
    called, wanted = " ".join(name.split())[:60], sorted(set(scopes))
    if not called:
        raise Refused("Give it a name; the record and those who look after it know it by that.")
    if not wanted or set(wanted) - set(SCOPES):
        raise Refused(f"Choose what it may do: some of {', '.join(SCOPES)}.")
    if not 1 <= days <= LONGEST:
        raise Refused(f"Choose after how many days it ends, from 1 to {LONGEST}.")
    token, ends = PREFIX + secrets.token_urlsafe(32), timezone.now() + timedelta(days=days)
    with kept.writing(site.pk) as head:
        require(actor, site, Role.ADMIN)
        user = User(username=f"token-{uuid.uuid4().hex[:12]}", first_name=called, is_staff=True)
        user.set_unusable_password()
        user.save()
        roles = sorted({SCOPES[scope].role for scope in wanted})
        held = [Membership.objects.create(site=site, user=user, role=role) for role in roles]
        made = ApiToken.objects.create(
            site=site, name=called, user=user, scopes=wanted, token_digest=_digest(token), hint=token[:8],
            created_by=actor.get_username(), expires_at=ends,
        )  # fmt: skip
        facts = {"actor": actor.get_username(), "token": user.get_username(), "name": called, "scopes": wanted}
        kept.append(site.pk, "token.created", {**facts, "until": ends.isoformat()}, *held, head=head)
    return made, token


def revoke(token: ApiToken, *, actor: User, reason: str) -> None:
    """Refuse it from the next request on. Raises Refused without a reason or when it was revoked before."""
    if not reason.strip():
        raise Refused("Say in a few words why.")
    with kept.writing(token.site_id) as head:
        require(actor, token.site_id, Role.ADMIN)
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise Refused("It was revoked before.")
        User.objects.filter(pk=token.user_id).update(is_active=False)
        held = Membership.objects.filter(user=token.user_id)
        kept.note(token.site_id, Membership, *held.values_list("pk", flat=True))
        held.delete()
        facts = {"actor": actor.get_username(), "token": token.user.get_username(), "reason": reason.strip()}
        kept.append(token.site_id, "token.revoked", facts, head=head)


def of_text(text: str) -> ApiToken | None:
    """The token whose text this is, while it counts; that it was used is noted to the minute."""
    now = timezone.now()
    found = ApiToken.objects.select_related("user").filter(token_digest=_digest(text), revoked_at=None)
    token = found.filter(user__is_active=True, expires_at__gt=now).first()
    if token is not None:
        stale = Q(used_at=None) | Q(used_at__lt=now - SEEN)
        ApiToken.objects.filter(stale, pk=token.pk).update(used_at=now)
    return token


def opens(token: ApiToken, method: str, path: str) -> bool:
    """Whether one of its scopes opens this route with this method; reading includes HEAD and OPTIONS."""
    asked = "GET" if method in ("HEAD", "OPTIONS") else method
    route = path.removeprefix(ROOT)
    doors = (door for scope in token.scopes if scope in SCOPES for door in SCOPES[scope].doors)
    return path.startswith(ROOT) and any(asked == verb and re.fullmatch(form, route) for verb, form in doors)


def _digest(token: str) -> str:
    """A token has 256 random bits: one hash keeps it, and needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
