"""Second factors, as allauth is told of them: their secrets are kept encrypted."""

import base64
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


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


def _box() -> Fernet:
    """The key of the second factors, which follows from SECRET_KEY."""
    return Fernet(base64.urlsafe_b64encode(salted_hmac("handrail.factors", "secrets", algorithm="sha256").digest()))
