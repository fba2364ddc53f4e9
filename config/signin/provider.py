"""The sign-in provider (OpenID Connect): its word is checked by its signature, then it counts who may come in.

allauth leaves the signature of an id token unread that it fetched itself; we read it. The userinfo may only add to what
was signed, about the same person.
"""

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from config.signin import address
from sites.core.refusal import Refused
from sites.people import groups, signins

LINKING = "An account here is linked by its address as you sign in; there is nothing to connect."


class SignedAdapter(OpenIDConnectOAuth2Adapter):
    """The flow with one provider, whose id tokens are verified with its published keys."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Who came back. Raises OAuth2Error without a signed id token."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("The provider sent no id token.")
        came: SocialLogin = super().complete_login(request, app, token, **kwargs)
        return came

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return claims


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to."""
    if not settings.HANDRAIL_OIDC_ISSUER:
        raise Http404
    view = OAuth2CallbackView.adapter_view(SignedAdapter(request, provider_id))  # type: ignore[no-untyped-call]
    answer: HttpResponse = view(request)
    return answer


class ProviderAdapter(DefaultSocialAccountAdapter):
    """What allauth asks about people who come by the provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in who is mapped, invited or one of the people; anybody else reads why not."""
        user = sociallogin.user
        known = user if isinstance(user, User) and sociallogin.is_existing else None
        try:
            if sociallogin.state.get("process") != AuthProcess.LOGIN:
                raise Refused(LINKING)
            user = groups.admitted(known, claims_of(sociallogin.account.extra_data))
        except Refused as refusal:
            signins.refused(known, address.of(request), str(refusal))
            page = render(request, "signin/refused.html", {"said": str(refusal)}, status=403)
            raise ImmediateHttpResponse(page) from refusal
        if known is None:
            sociallogin.connect(request, user)
        sociallogin.user = user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Keep that the provider's answer was none; what it was, the log says."""
        why = exception or error or "no answer"
        signins.refused(None, address.of(request), f"the sign-in provider: {why!r}"[:300])


def claims_of(data: dict[str, Any]) -> groups.Claims:
    """What the provider says of somebody. Raises Refused where its two answers are about two people."""
    signed, added = data.get("id_token") or {}, data.get("userinfo") or {}
    if added and added.get("sub") != signed.get("sub"):
        raise Refused("The sign-in provider spoke of two people at once. Try again.")
    both = {**added, **signed}
    held = both.get(settings.HANDRAIL_OIDC_CLAIM) or ()
    verified = both.get("email_verified") in (True, "true")
    return groups.Claims(
        email=str(both.get("email") or "").lower() if verified else "",
        name=str(both.get("name") or both.get("given_name") or ""),
        groups=(held,) if isinstance(held, str) else tuple(str(each) for each in held),
    )
