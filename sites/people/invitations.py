"""How somebody becomes one of a site's people: an administrator asks an address in, and whoever reads there comes.

Law of the room: a link works once, for three days, for its site and role only. Who has an account already takes the
role with it, signed in; the link never changes how an account that exists signs in.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.utils import generate_unique_username
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from sites.access.roles import grant, require
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerHead, Membership, Role, Site
from sites.models.invitations import Invitation
from sites.outside import senders

LASTS = timedelta(days=3)
OVER = "This link has been used, was withdrawn, or is older than three days. Ask whoever invited you for a new one."


def invite(site: Site, email: str, role: Role, *, actor: User) -> Invitation:
    """Ask an address in by mail. Raises NotAllowed for who does not administer the site, Refused with the reason."""
    address = _address(email)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        require(actor, site, Role.ADMIN)
        if Membership.objects.filter(site=site, role=role, user__email__iexact=address, user__is_active=True).exists():
            raise Refused(f"{address} has this role already.")
        if opened(site).filter(email=address, role=role).exists():
            raise Refused(f"{address} has been invited already. Send the mail again, or withdraw it.")
        made = Invitation.objects.create(
            site=site, email=address, role=role, token_digest=_digest(token), invited_by=actor.get_username(),
            expires_at=timezone.now() + LASTS,
        )  # fmt: skip
        _tell(made, token, actor, "invitation.sent", head)
    return made


def resend(invitation: Invitation, *, actor: User) -> None:
    """Mail a new link, good for three days more; the old one is void. Raises NotAllowed; Refused when it is over."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        head = ledger.hold(invitation.site_id)
        require(actor, invitation.site_id, Role.ADMIN)
        fresh = {"token_digest": _digest(token), "expires_at": timezone.now() + LASTS}
        if not opened(invitation.site).filter(pk=invitation.pk).update(**fresh):
            raise Refused("It was accepted or withdrawn before.")
        _tell(invitation, token, actor, "invitation.sent", head)


def withdraw(invitation: Invitation, *, actor: User) -> None:
    """Void a link. Raises NotAllowed, and Refused when it was accepted or withdrawn before."""
    with transaction.atomic():
        head = ledger.hold(invitation.site_id)
        require(actor, invitation.site_id, Role.ADMIN)
        if not opened(invitation.site).filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
            raise Refused("It was accepted or withdrawn before.")
        _note(invitation, "invitation.withdrawn", actor.get_username(), head)


def opened(site: Site) -> "QuerySet[Invitation]":
    """The invitations of a site that were neither accepted nor withdrawn, expired ones too."""
    return Invitation.objects.filter(site=site, accepted_at=None, withdrawn_at=None)


def of_token(token: str) -> Invitation:
    """The invitation a link belongs to, while it may be accepted. Raises Refused."""
    found = _acceptable(timezone.now()).select_related("site").filter(token_digest=_digest(token)).first()
    if found is None:
        raise Refused(OVER)
    return found


def of_address(email: str) -> list[Invitation]:
    """The invitations that somebody may accept who has proved to read at an address."""
    return list(_acceptable(timezone.now()).select_related("site").filter(email=email.lower()))


def account_of(email: str) -> User | None:
    """The account of an address, closed ones too. Raises Refused where two have it: nobody knows whose it is."""
    found = list(User.objects.filter(email__iexact=email).order_by("pk")[:2])
    if len(found) > 1:
        raise Refused("Two accounts have this address. Ask whoever runs the installation to change one of them.")
    return found[0] if found else None


def account_named(email: str, name: str) -> User:
    """The account somebody new will have, not saved yet: with it a password is judged."""
    user = User(email=email.lower(), first_name=" ".join(name.split())[:150])
    user.username = generate_unique_username([email.partition("@")[0], name, "person"])
    return user


def enrol(invitation: Invitation, *, name: str, password: str) -> User:
    """Open an account for an address that has none, with its role. Raises Refused when the link is over."""
    with transaction.atomic():
        if account_of(invitation.email) is not None:
            raise Refused("This address has an account already: sign in with it first.")
        user = account_named(invitation.email, name)
        user.set_password(password)
        user.save()
        join(invitation, user=user)
    return user


def join(invitation: Invitation, *, user: User) -> None:
    """Take the role with the account of the address. Raises Refused for another account, or when it is over."""
    if not user.is_active or user.email.lower() != invitation.email:
        raise Refused(f"This invitation is for {invitation.email}. Sign in with the account of that address.")
    now = timezone.now()
    with transaction.atomic():
        head = ledger.hold(invitation.site_id)
        taken = _acceptable(now).filter(pk=invitation.pk, token_digest=invitation.token_digest)
        if not taken.update(accepted_at=now, accepted_by=user.get_username()):
            raise Refused(OVER)
        _note(invitation, "invitation.accepted", user.get_username(), head)
        grant(user, invitation.site, Role(invitation.role), actor=f"invitation {invitation.pk}")


def _acceptable(now: datetime) -> "QuerySet[Invitation]":
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refused("This is no e-mail address.") from error
    return address


def _tell(invitation: Invitation, token: str, actor: User, kind: str, head: LedgerHead) -> None:
    site, role = invitation.site, invitation.get_role_display().lower()
    who = actor.get_full_name() or actor.get_username()
    text = (
        f"{who} invites you to {site.name} on Handrail, as {role}.\n\n"
        f"{settings.HANDRAIL_BASE_URL}/admin/invitation/{token}/\n\n"
        "The link works once, for three days. If you did not expect this, do nothing.\n"
    )
    senders.mail(to=invitation.email, subject=f"{site.name}: you are invited", text=text)
    _note(invitation, kind, actor.get_username(), head)


def _note(invitation: Invitation, kind: str, actor: str, head: LedgerHead) -> None:
    facts = {"actor": actor, "invitation": invitation.pk, "role": invitation.role}
    ledger.append(invitation.site_id, kind, {**facts, "address": ledger.digest(invitation.email)}, head=head)


def _digest(token: str) -> str:
    """A token has 256 random bits: one hash keeps it, and needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
