"""The page behind an invitation's link."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from sites.access.roles import account
from sites.core.refusal import Refused
from sites.models.invitations import Invitation
from sites.people import invitations


class NewcomerForm(forms.Form):
    """Who somebody is, and the password they choose."""

    name = forms.CharField(
        max_length=150, label="Your name", help_text="Customers read it when you answer them.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    password = forms.CharField(
        label="A password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="The same again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, invited: Invitation, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.invited = invited
        self.rules = password_validators_help_texts()

    def clean(self) -> dict[str, object]:
        """A password that is good, typed alike twice."""
        typed = dict(super().clean() or {})
        password = str(typed.get("password", ""))
        if password and password != typed.get("again"):
            self.add_error("again", "The two are not alike.")
        try:
            validate_password(password, invitations.account_named(self.invited.email, str(typed.get("name", ""))))
        except ValidationError as error:
            self.add_error("password", error)
        return typed


@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept it: with a new account, or signed in with the one that the address has."""
    try:
        invited = invitations.of_token(token)
        known = invitations.account_of(invited.email)
        if known is None:
            return newcomer(request, invited)
        return member(request, invited)
    except Refused as refusal:
        return render(request, "signin/refused.html", {"said": str(refusal)}, status=403)


def newcomer(request: HttpRequest, invited: Invitation) -> HttpResponse:
    """Choose a name and a password, and be signed in."""
    form = NewcomerForm(invited, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "signin/invitation.html", {"invited": invited, "form": form})
    typed = form.cleaned_data
    user = invitations.enrol(invited, name=typed["name"], password=typed["password"])
    return perform_password_login(request, {"email": user.email}, Login(user=user, email=user.email))


def member(request: HttpRequest, invited: Invitation) -> HttpResponse:
    """Take the role with the account that is signed in."""
    if request.user.is_authenticated and request.method == "POST":
        invitations.join(invited, user=account(request.user))
        messages.success(request, f"You are now {invited.get_role_display().lower()} of {invited.site}.")
        return HttpResponseRedirect(reverse("admin:index"))
    return render(request, "signin/invitation.html", {"invited": invited, "form": None})
