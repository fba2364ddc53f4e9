"""How a site begins: who it is, in a handful of fields, and the first people in it. Everything else has a default.

Law of the room: whoever makes a site answers for all of it until others are named, so that no duty is ever nobody's;
words for somebody in danger are there from the first, as a draft that a person has to confirm.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction

from sites.access.roles import NotAllowed, grant, require
from sites.choices import crisis, on_record
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.people import invitations

DUTIES = ("answers", "sources", "release", "incidents", "customers")


def found(
    name: str, *, origins: Sequence[str], timezone: str, email: str, countries: Sequence[str], actor: User
) -> Site:
    """Make a site, and its maker an administrator of it. Raises Refused, NotAllowed for who is no superuser."""
    if not (actor.is_active and actor.is_superuser):
        raise NotAllowed("Only a superuser makes a new site.")
    slug = _slug(name)
    with transaction.atomic():
        site = Site.objects.create(
            slug=slug,
            name=name,
            origins=list(origins),
            timezone=timezone,
            contact={"email": email} if email else {},
            countries=list(countries),
            crisis=crisis.propose(countries).text,
            owners=dict.fromkeys(DUTIES, actor.get_username()),
        )
        ledger.append(site.pk, "site_created", {"actor": actor.get_username(), "site": slug})
        grant(actor, site, Role.ADMIN, actor=actor)
    return site


def let_in(site: Site, who: str, role: Role, *, actor: User) -> str:
    """Ask an address in, or give somebody with an account the role; what came of it, in a sentence.

    By name only a superuser does it: nobody else may find out who has an account. Raises Refused, NotAllowed.
    """
    require(actor, site, Role.ADMIN)
    if "@" in who:
        made = invitations.invite(site, who, role, actor=actor)
        return f"A link is on its way to {made.email}. It works once, for three days."
    if not actor.is_superuser:
        raise Refused("Give an e-mail address: a link is sent there.")
    person = User.objects.filter(username=who, is_active=True).first()
    if person is None:
        raise Refused(f"Nobody here is called “{who}”. Give an e-mail address instead: a link is sent there.")
    grant(person, site, role, actor=actor)
    return f"{person.get_username()} is {role.label.lower()} of {site} now."


def admit(site: Site, origin: str, *, actor: User) -> None:
    """Let the widget appear on one more origin, on the record. Raises Refused for what is none, NotAllowed."""
    place = urlsplit(origin)
    if place.scheme not in ("http", "https") or not place.hostname or origin != f"{place.scheme}://{place.netloc}":
        raise Refused(f"{origin[:200]!r} is no origin of a page; one looks like https://www.example.com.")
    with transaction.atomic():
        ledger.hold(site.pk)
        now = Site.objects.get(pk=site.pk)
        now.origins = list(dict.fromkeys([*now.origins, origin]))
        on_record.write(now, {"origins"}, actor=actor)


def _slug(name: str) -> str:
    """A short name that is free. Raises Refused."""
    slug = "-".join(re.findall(r"[a-z0-9]+", name.casefold()))[:60].strip("-")
    if not slug:
        raise Refused("Give the site a name with a letter or a digit in it.")
    if Site.objects.filter(slug=slug).exists():
        raise Refused(f"There is a site {slug} already; give this one another name.")
    return slug
