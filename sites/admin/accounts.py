"""The page of a site's people: who has a role, how they sign in, who is invited; and the accounts themselves.

Nobody types a password for somebody else here: people are invited, and choose their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from sites.access.roles import NotAllowed, account, sites_of
from sites.admin.scoped import superuser
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.models.invitations import Invitation
from sites.people import invitations, second_factor, standing


class InviteForm(forms.Form):
    """Whom to ask in."""

    site = forms.ModelChoiceField(Site.objects.none())
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=Role.choices)

    def __init__(self, sites: "QuerySet[Site]", *args: Any) -> None:
        super().__init__(*args)
        choice = self.fields["site"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = sites
        choice.initial = sites.first()


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a site as the page shows them."""

    user: User
    roles: list[str]
    factor: bool
    asked: bool
    may: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One site with its people and whom it has invited."""

    site: Site
    lines: list[Line]
    invited: "QuerySet[Invitation]"


def people(request: HttpRequest) -> HttpResponse:
    """The people of the sites one administers; invitations and mends are posted here."""
    user = account(request.user)
    sites = sites_of(user, Role.ADMIN).order_by("name")
    if not sites:
        raise PermissionDenied("Administrators of a site see its people.")
    form = InviteForm(sites, request.POST if request.POST.get("verb") == "invite" else None)
    if request.method == "POST":
        try:
            if said := _done(request, user, form):
                messages.success(request, said)
                return HttpResponseRedirect(request.path)
        except (Refused, NotAllowed) as refusal:
            messages.error(request, str(refusal))
    groups = [_group(site, user) for site in sites]
    context = {**admin_site.each_context(request), "title": "People", "form": form, "groups": groups}
    return render(request, "sites/people.html", {**context, "now": timezone.now()})


def _done(request: HttpRequest, user: User, form: InviteForm) -> str:
    """Do what was posted; what to say of it, or nothing when the form was not filled in well."""
    verb, key = request.POST.get("verb", ""), request.POST.get("key", "")
    if verb == "invite":
        if not form.is_valid():
            return ""
        typed = form.cleaned_data
        made = invitations.invite(typed["site"], typed["email"], Role(typed["role"]), actor=user)
        return f"A link is on its way to {made.email}. It works once, for three days."
    if not key.isdecimal():
        return ""
    if verb in ("resend", "withdraw"):
        return _of_invitation(verb, get_object_or_404(Invitation, pk=int(key)), user)
    return _of_person(verb, get_object_or_404(User, pk=int(key)), user, request.POST.get("reason", ""))


def _of_invitation(verb: str, invited: Invitation, user: User) -> str:
    if verb == "resend":
        invitations.resend(invited, actor=user)
        return f"A new link is on its way to {invited.email}; the old one is void."
    invitations.withdraw(invited, actor=user)
    return f"The invitation of {invited.email} is withdrawn."


def _of_person(verb: str, person: User, user: User, reason: str) -> str:
    """Mend how somebody signs in."""
    said = reason.replace("\x00", "")[:300]
    moves: Mapping[str, Callable[[], object]] = {
        "reset": lambda: second_factor.reset(person, actor=user, reason=said),
        "end": lambda: second_factor.end_sessions(person, actor=user, reason=said),
    }
    if verb not in moves:
        return ""
    moves[verb]()
    name = person.get_username()
    return f"Done: {name} sets up a new one." if verb == "reset" else f"Done: {name} is signed out everywhere."


def _group(site: Site, user: User) -> Group:
    held: dict[int, list[str]] = {}
    accounts: dict[int, User] = {}
    rows = site.memberships.select_related("user").filter(user__is_active=True, user__integration=None)
    for row in rows.order_by("user__username", "role"):
        accounts[row.user_id] = row.user
        held.setdefault(row.user_id, []).append(row.get_role_display())
    return Group(site, [_line(accounts[key], held[key], user) for key in held], invitations.opened(site))


def _line(person: User, roles: list[str], user: User) -> Line:
    may = not second_factor.refused(user, person)
    return Line(person, roles, second_factor.held(person), second_factor.required(person), may)


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts of the whole installation, for superusers: names, addresses and whether they are open. No passwords."""

    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        ("May sign in", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("username", "last_login", "date_joined")
    filter_horizontal = ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Nobody chooses a password for somebody else."""
        messages.error(request, "People choose their own password: invite them, or have them ask for a link.")
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """What is kept; whoever may no longer sign in is signed out."""
        standing.write(obj, actor=account(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: people are invited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the record names them. An account is closed."""
        return False
