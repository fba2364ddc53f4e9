"""What stands outside, in the admin: endpoints with their delivery log, and integrations. Secrets are shown once."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import site as admin_site
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from sites.access import integrations, tokens
from sites.access.roles import account, roles_of, sites_of
from sites.admin.scoped import ReadOnlyAdmin
from sites.core.refusal import Refused
from sites.models import Role, Site
from sites.models.endpoints import ApiToken, Delivery, Endpoint, Integration
from sites.outside import webhooks

SHOWN = 50  # deliveries on an endpoint's page
READERS = (Role.AUDITOR,)  # besides administrators


class NewForm(forms.Form):
    """What is asked for to let something outside in, or be told."""

    site = forms.ModelChoiceField(Site.objects.none())

    def __init__(self, user: User, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["site"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = sites_of(user, Role.ADMIN).order_by("name")
        choice.initial = choice.queryset.first()
        self.fields["value"] = forms.CharField(label=label, max_length=500)


class OutsideAdmin(ReadOnlyAdmin):
    """A list, a page to add one, and a page of each with its verbs; subclasses say which."""

    roles = READERS
    label, template, help = "", "", ""

    def create(self, site: Site, value: str, actor: User) -> tuple[Any, str]:
        """Make one; returns it with the secret to show."""
        raise NotImplementedError

    def made(self, form: NewForm, user: User) -> tuple[Any, str]:
        """Make what the form says."""
        return self.create(form.cleaned_data["site"], form.cleaned_data["value"], user)

    def verbs(self, row: Any, user: User, reason: str) -> dict[str, Callable[[], str]]:
        """The verbs of one, each returning the secret to show or nothing."""
        raise NotImplementedError

    def more(self, row: Any) -> dict[str, Any]:
        """What its page shows besides."""
        return {}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators of a site; `create` asks for the very one."""
        return self.may(request, "add", None)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Name one; its secret is on the page that follows, and never again."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user = account(request.user)
        form = self.blank(user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row, secret = self.made(form, user)
                return self.page(request, row, secret)
            except Refused as refusal:
                form.add_error("value", str(refusal))
        context = {**self._context(request), "form": form, "help": self.help, "title": f"Add {self._named()}"}
        return render(request, "sites/outside_add.html", context)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One of them; its verbs are posted here, with a reason."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, *args, **kwargs)
        if request.method != "POST":
            return self.page(request, row)
        verbs = self.verbs(row, account(request.user), request.POST.get("reason", "")[:300])
        secret = ""
        try:
            if verb := verbs.get(request.POST.get("verb", "")):
                secret = verb()
        except (Refused, PermissionDenied) as refusal:
            messages.error(request, str(refusal))
        row.refresh_from_db()
        return self.page(request, row, secret) if secret else HttpResponseRedirect(request.path)

    def blank(self, user: User, data: Any) -> NewForm:
        """What is asked for."""
        return NewForm(user, self.label, data)

    def page(self, request: HttpRequest, row: Any, secret: str = "") -> HttpResponse:
        """The page of one, with its secret where it has just been made."""
        may = not roles_of(request.user, row.site).isdisjoint({Role.ADMIN})
        address = reverse(f"admin:handrail_sites_{self._model()}_change", args=[row.pk])
        context = {**self._context(request), "row": row, "secret": secret, "may": may, "address": address}
        response = render(request, self.template, {**context, "title": str(row), **self.more(row)})
        response["Cache-Control"] = "no-store"
        return response

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        back = reverse(f"admin:handrail_sites_{self._model()}_changelist")
        return {**admin_site.each_context(request), "back": back, "plural": self.opts.verbose_name_plural}

    def _named(self) -> str:
        return str(self.opts.verbose_name)

    def _model(self) -> str:
        return str(self.opts.model_name)


@admin.register(Endpoint)
class EndpointAdmin(OutsideAdmin):
    """Addresses that are told what happens, and whether they hear it."""

    label, template = "Address", "sites/endpoint.html"
    help = (
        "It is told of handoffs, messages with people, ratings and complaints. "
        "It must begin with https:// and be public."
    )
    list_display = ("url", "site", "state", "failures", "because")
    list_filter = ("state", ("site", admin.RelatedOnlyFieldListFilter))

    def create(self, site: Site, value: str, actor: User) -> tuple[Any, str]:
        """An endpoint and its secret."""
        return webhooks.add(site, value.strip(), actor=actor)

    def verbs(self, row: Any, user: User, reason: str) -> dict[str, Callable[[], str]]:
        """Rotate, disable, enable."""
        moves = {"disable": webhooks.disable, "enable": webhooks.enable}
        quiet = {name: _quietly(move, row, user, reason) for name, move in moves.items()}
        return {"rotate": lambda: webhooks.rotate(row, actor=user, reason=reason), **quiet}

    def more(self, row: Any) -> dict[str, Any]:
        """The log."""
        return {"deliveries": row.deliveries.all()[:SHOWN], "kinds": webhooks.KINDS}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The delivery log. What was said in a message is in the record, whose readings are logged; not here."""

    site_path = "endpoint__site"
    list_display = ("kind", "endpoint", "state", "attempts", "status", "error", "created_at", "attempted_at")
    list_display_links = None
    list_filter = ("state", "kind", ("endpoint", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("endpoint",)
    date_hierarchy = "created_at"
    actions = ("again",)
    roles = READERS

    @admin.action(description="Send failed ones again")
    def again(self, request: HttpRequest, queryset: "QuerySet[Delivery]") -> None:
        """Try each failed one once more from the beginning."""
        sent = 0
        for delivery in queryset.select_related("endpoint"):
            try:
                webhooks.send_again(delivery, actor=account(request.user))
                sent += 1
            except (Refused, PermissionDenied) as refusal:
                messages.error(request, f"{delivery}: {refusal}")
        messages.info(request, f"{sent} will be sent again.")


@admin.register(Integration)
class IntegrationAdmin(OutsideAdmin):
    """Programs that call in, each with a token of its own."""

    label, template = "Name", "sites/integration.html"
    help = (
        "It may list, claim, answer and close the handoffs of this one site. "
        "Customers read its name: “NAME has joined”."
    )
    list_display = ("name", "site", "hint", "created_by", "created_at", "used_at", "revoked_at")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)

    def create(self, site: Site, value: str, actor: User) -> tuple[Any, str]:
        """An integration and its token."""
        return integrations.create(site, value, actor=actor)

    def verbs(self, row: Any, user: User, reason: str) -> dict[str, Callable[[], str]]:
        """Revoke."""
        return {"revoke": _quietly(integrations.revoke, row, user, reason)}


class TokenForm(NewForm):
    """A token's name, what it may do, and for how long."""

    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(name, f"{name} ({scope.told})") for name, scope in tokens.SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label="Days until it ends", min_value=1, max_value=tokens.LONGEST, initial=90)


@admin.register(ApiToken)
class ApiTokenAdmin(OutsideAdmin):
    """Tokens of programs, each for some scopes of one site and until a day."""

    label, template = "Name", "sites/api_token.html"
    help = (
        "A program shows it over REST as a bearer token. It is never a second person: "
        "texts are approved and pauses lifted by people."
    )
    list_display = ("name", "site", "scopes", "hint", "created_by", "expires_at", "used_at", "revoked_at")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)

    def blank(self, user: User, data: Any) -> NewForm:
        """With scopes and days."""
        return TokenForm(user, self.label, data)

    def made(self, form: NewForm, user: User) -> tuple[Any, str]:
        """A token and its text."""
        asked = form.cleaned_data
        return tokens.create(asked["site"], asked["value"], asked["scopes"], asked["days"], actor=user)

    def verbs(self, row: Any, user: User, reason: str) -> dict[str, Callable[[], str]]:
        """Revoke."""
        return {"revoke": _quietly(tokens.revoke, row, user, reason)}

    def more(self, row: Any) -> dict[str, Any]:
        """Whether it has ended, and what it may do, in words."""
        told = [(name, tokens.SCOPES[name].told) for name in row.scopes if name in tokens.SCOPES]
        return {"ended": row.expires_at <= timezone.now(), "told": told}


def _quietly(move: Callable[..., Any], row: Any, user: User, reason: str) -> Callable[[], str]:
    """A verb that shows no secret."""

    def run() -> str:
        move(row, actor=user, reason=reason)
        return ""

    return run
