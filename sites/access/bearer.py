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

Program = ApiToken | Integration


class Bearer(BaseAuthentication):
    """The account of the program a token belongs to; 401 for a token that is none, in the words of its kind."""

    unknown = "This token is unknown."

    def of(self, token: str, request: Request) -> Program | None:
        """The program whose token this is, while it counts; raises PermissionDenied where it may not go there."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[User, Program] | None:
        """None when the request carries no bearer token: another class may know who asks."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        program = self.of(token.strip(), request)
        if program is None:
            raise AuthenticationFailed(self.unknown)
        return program.user, program

    def authenticate_header(self, request: Request) -> str:
        """What a request without any token is told to bring."""
        return "Bearer"


class IntegrationToken(Bearer):
    """An integration's."""

    unknown = "This token is unknown or was revoked. Ask the site's administrator for one."

    def of(self, token: str, request: Request) -> Integration | None:
        """Wherever a view takes it."""
        return integrations.of_token(token)


class ScopedToken(Bearer):
    """A token of scopes; 403 outside them."""

    unknown = "This token is unknown, has ended or was revoked."

    def of(self, token: str, request: Request) -> ApiToken | None:
        """Where its scopes lead."""
        found = tokens.of_text(token)
        if found is not None and not tokens.opens(found, str(request.method), request.path):
            raise PermissionDenied(f"This token is for {', '.join(found.scopes)}; this is another matter.")
        return found


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A bearer token in the published schema."""

    target_class: type[Bearer] | None = None

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """The same of every kind."""
        return {"type": "http", "scheme": "bearer"}


class IntegrationTokenScheme(BearerScheme):  # type: ignore[no-untyped-call]
    """An integration's."""

    target_class = IntegrationToken
    name = "integrationToken"


class ScopedTokenScheme(BearerScheme):  # type: ignore[no-untyped-call]
    """A token of scopes."""

    target_class = ScopedToken
    name = "scopedToken"
