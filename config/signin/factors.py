"""Second factors, as allauth is told of them: their secrets are kept encrypted."""

import base64
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import transaction

from sites.core import keys

KEPT = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
SECRET = frozenset({"secret", "seed"})
"""What of their data is encrypted: an app's secret, and the seed of recovery codes."""


class FactorAdapter(DefaultMFAAdapter):
    """What allauth asks about second factors."""

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a new passkey is called until somebody says better."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret of the database; under another SECRET_KEY one that no code fits."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


def bring_over() -> tuple[int, int]:
    """Encrypt every kept secret under the first key; returns how many, and how many fit none of the keys."""
    brought = lost = 0
    for each in Authenticator.objects.filter(type__in=KEPT):
        held = {name: text for name, text in each.data.items() if name in SECRET and isinstance(text, str)}
        try:
            fresh = {name: _box().rotate(text.encode()).decode() for name, text in held.items()}
        except InvalidToken:
            lost += 1
            continue
        with transaction.atomic():
            same = Authenticator.objects.select_for_update().filter(pk=each.pk, data=each.data)
            brought += same.update(data={**each.data, **fresh}) if fresh else 0
    return brought, lost


def _box() -> MultiFernet:
    """The keys of the second factors, which follow from SECRET_KEY and its fallbacks; the first one encrypts."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys.derived("handrail.factors", "secrets")])
