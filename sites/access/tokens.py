"""Tokens of programs over REST: named scopes of one site, until a day; shown once, kept as a digest, on the record.

Law of the room: a scope is a list of routes and methods, and what is on none is refused. A token is an account of its
own with the roles its scopes need, so that every move says which program made it; but a program is never a second
person: it approves no text, lifts no pause and erases nothing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from sites.access import programs
from sites.access.roles import require
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.models.endpoints import ApiToken

PREFIX, KIND = "hra_", "token"
ROOT = "/api/v1/"
LONGEST = 366
"""Days that a token may last."""


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
    called, wanted = programs.named(name, "the record and those who look after it know it by that"), sorted(set(scopes))
    if not wanted or set(wanted) - set(SCOPES):
        raise Refused(f"Choose what it may do: some of {', '.join(SCOPES)}.")
    if not 1 <= days <= LONGEST:
        raise Refused(f"Choose after how many days it ends, from 1 to {LONGEST}.")
    ends = timezone.now() + timedelta(days=days)
    token, shown = programs.fresh(PREFIX)
    with kept.writing(site.pk) as head:
        require(actor, site, Role.ADMIN)
        roles = sorted({SCOPES[scope].role for scope in wanted})
        user, held = programs.account(KIND, called, site, roles, staff=True)
        made = ApiToken.objects.create(
            site=site, name=called, user=user, scopes=wanted, created_by=actor.get_username(), expires_at=ends, **shown
        )
        facts = {"actor": actor.get_username(), "token": user.get_username(), "name": called, "scopes": wanted}
        kept.append(site.pk, "token.created", {**facts, "until": ends.isoformat()}, *held, head=head)
    return made, token


def revoke(token: ApiToken, *, actor: User, reason: str) -> None:
    """Refuse it from the next request on. Raises Refused without a reason or when it was revoked before."""
    programs.revoke(token, KIND, actor=actor, reason=reason)


def of_text(text: str) -> ApiToken | None:
    """The token whose text this is, while it counts; that it was used is noted to the minute."""
    now = timezone.now()
    return programs.of(ApiToken.objects.filter(expires_at__gt=now), text, now)


def opens(token: ApiToken, method: str, path: str) -> bool:
    """Whether one of its scopes opens this route with this method; reading includes HEAD and OPTIONS."""
    asked = "GET" if method in ("HEAD", "OPTIONS") else method
    route = path.removeprefix(ROOT)
    doors = (door for scope in token.scopes if scope in SCOPES for door in SCOPES[scope].doors)
    return path.startswith(ROOT) and any(asked == verb and re.fullmatch(form, route) for verb, form in doors)
