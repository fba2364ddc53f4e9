"""The addresses of the sign-in, below `/admin/`: allauth's pages, but none to let oneself in."""

from allauth.account import views
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect.views import login
from django.urls import include, path, re_path

from config.signin import pages, provider

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password_change/", views.password_change, name="account_change_password"),
    path("sign-in/again/", views.reauthenticate, name="account_reauthenticate"),
    path("sign-in/password/", views.password_reset, name="account_reset_password"),
    path("sign-in/password/sent/", views.password_reset_done, name="account_reset_password_done"),
    path("sign-in/password/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^sign-in/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("sign-in/sessions/", include("allauth.usersessions.urls")),
    path("sign-in/", include("allauth.mfa.urls")),
    path("oidc/error/", social.login_error, name="socialaccount_login_error"),
    path("oidc/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/<str:provider_id>/login/", login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/callback/", provider.callback, name="openid_connect_callback"),
    path("invitation/<str:token>/", pages.invitation, name="invitation"),
]
