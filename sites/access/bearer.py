"""`Authorization: Bearer …`: how a program proves itself over REST.

`hrt_…` is an integration's, and only views that name it take it; `hra_…` is a token of scopes, taken where they lead.
"""

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from sites.access import integrations, tokens
from sites.models.endpoints import ApiToken, Integration


class IntegrationToken(BaseAuthentication):
    """The account of the integration a token belongs to; 401 for a token that is none or was revoked."""

    def authenticate(self, request: Request) -> tuple[User, Integration] | None:
        """None when the request carries no bearer token: another class may know it."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        integration = integrations.of_token(token.strip())
        if integration is None:
            raise AuthenticationFailed("This token is unknown or was revoked. Ask the site's administrator for one.")
        return integration.user, integration

    def authenticate_header(self, request: Request) -> str:
        """What a request without any token is told to bring."""
        return "Bearer"


class IntegrationTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token in the published schema."""

    target_class = IntegrationToken
    name = "integrationToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class ScopedToken(BaseAuthentication):
    """The account of a token of scopes; 401 for one that is none, has ended or was revoked, 403 outside its scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """None when the request carries no bearer token: another class may know who asks."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.of_text(text.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown, has ended or was revoked.")
        if not tokens.opens(token, str(request.method), request.path):
            raise PermissionDenied(f"This token is for {', '.join(token.scopes)}; this is another matter.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a request without any token is told to bring."""
        return "Bearer"


class ScopedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token in the published schema."""

    target_class = ScopedToken
    name = "scopedToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}
