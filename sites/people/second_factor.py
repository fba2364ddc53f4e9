"""Who must show a second thing besides a password: an app's code, or a key. Asked of the rows at each request.

Law of the room: a role asks for it (HANDRAIL_SECOND_FACTOR), or a site for everybody on it. Whoever lacks one is led to
set it up and reaches nothing else. A lost one is taken away by somebody who administers every site of the person.
"""

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q

from sites.access.roles import NotAllowed, Person, sites_of
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Membership, Role, Site
from sites.people import sessions, signins

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts; recovery codes only stand in for one of them."""


def required(user: Person) -> bool:
    """Whether a role of this person, or a site they have a role on, asks for one."""
    if not user.is_active:
        return False  # and signs in nowhere
    asked = settings.HANDRAIL_SECOND_FACTOR
    if getattr(user, "is_superuser", False):
        return bool(asked) or Site.objects.filter(second_factor=True).exists()
    mine = Membership.objects.filter(user_id=user.pk)
    return mine.filter(Q(role__in=asked) | Q(site__second_factor=True)).exists()


def held(user: Person) -> bool:
    """Whether they have one."""
    return user.pk is not None and Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists()


def missing(user: Person, session: SessionBase) -> bool:
    """Whether this person, in this session, has to set one up before anything else."""
    return required(user) and not held(user) and not _vouched(session)


def reset(user: User, *, actor: User, reason: str) -> None:
    """Take a person's lost second factors and recovery codes away, and end their sessions.

    Raises NotAllowed for whoever does not administer every site of the person, Refused without a reason or a factor.
    """
    said = _reason(reason)
    _require(actor, user)
    forget(user, by=actor.get_username(), reason=said)


def forget(user: User, *, by: str, reason: str) -> None:
    """What `reset` does, for whoever runs the machine. Raises Refused when there is none."""
    with transaction.atomic():
        heads = [ledger.hold(site_id) for site_id in signins.sites_of_account(user)]
        if not Authenticator.objects.filter(user_id=user.pk).delete()[0]:
            raise Refused(f"{user.get_username()} has no second factor.")
        for head in heads:
            facts = {"actor": by, "account": user.get_username(), "reason": reason}
            ledger.append(head.site_id, "second_factor.reset", facts, head=head)
    signins.log.warning("second_factor.reset: %s by %s: %s", user.get_username(), by, reason)
    sessions.end(user)


def end_sessions(user: User, *, actor: User, reason: str) -> int:
    """Sign a person out everywhere; returns of how many sessions. Raises as `reset` does."""
    said = _reason(reason)
    _require(actor, user)
    ended = sessions.end(user)
    for site_id in signins.sites_of_account(user):
        ledger.note(site_id, "sessions.ended", actor=actor.get_username(), account=user.get_username(), reason=said)
    return ended


def refused(actor: User, user: User) -> str:
    """Why `actor` may not change how `user` signs in; empty: they may."""
    if actor.is_superuser:
        return ""
    if actor.pk == user.pk:
        return "Your own you change under Your sign-in, or with a recovery code."
    if user.is_superuser:
        return "Only somebody who runs the whole installation does this for one who does."
    theirs = set(signins.sites_of_account(user))
    if not theirs or theirs - set(sites_of(actor, Role.ADMIN).values_list("pk", flat=True)):
        return f"{user.get_username()} has a role on a site that you do not administer: ask who does."
    return ""


def _require(actor: User, user: User) -> None:
    if why := refused(actor, user):
        raise NotAllowed(why)


def _reason(reason: str) -> str:
    if not (said := reason.strip()):
        raise Refused("Say in a few words why.")
    return said


def _vouched(session: SessionBase) -> bool:
    """Whether the sign-in provider has asked for the second factor, where the settings leave that to it."""
    if settings.HANDRAIL_OIDC_SECOND_FACTOR != "provider":
        return False
    shown = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or ()
    return any(each.get("method") == "socialaccount" for each in shown)
