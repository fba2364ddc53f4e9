"""What the tests of the sign-in share: a site, people with passwords, how they type them, and what was kept of it."""

import json

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.core.cache import cache

from sites.access.roles import grant
from sites.models import LedgerEntry, Role, Site

LOGIN = "/admin/login/"
GOOD = "seven-green-herons"


def site(slug="shop"):
    return Site.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def person(name, *roles, at=None, password=GOOD):
    """Somebody with an account, and with roles on a site (the shop)."""
    user = User.objects.create_user(name, f"{name}@example.com", password)
    for role in roles or (Role.AGENT,):
        grant(user, at or site(), role)
    return user


def knock(client, name, password=GOOD, address="203.0.113.7", **more):
    """Type a name and a password at the door."""
    return client.post(LOGIN, {"login": name, "password": password, **more}, REMOTE_ADDR=address)


def inside(client):
    """Whether the client reaches the admin's front page."""
    return client.get("/admin/").status_code == 200


def kept(*kinds, at=None):
    """The bodies of a site's entries of some kinds, oldest first."""
    rows = LedgerEntry.objects.filter(site=at or site(), kind__in=kinds).order_by("number")
    return [{"kind": row.kind, **json.loads(row.body)} for row in rows]


def app_of(user):
    """Give somebody an app and recovery codes; returns its secret and the codes."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).get_unused_codes()


def code(secret):
    """What the app shows now; a test may show it twice."""
    cache.clear()
    return totp.format_hotp_value(totp.hotp_value(secret, list(totp.yield_hotp_counters_from_time())[1]))
