"""`Authorization: Bearer hrt_…`: how an integration proves itself over REST. Only views that name it take it."""

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from sites.access import integrations
from sites.models.endpoints import Integration


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
