"""Sites and people in the admin: who a site is, when people are there, who may do what."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.module_loading import import_string

from sites.access import roles
from sites.admin import accounts, switch
from sites.admin.forms import FirstWordForm
from sites.admin.scoped import SiteScopedAdmin, SiteScopedInline, superuser
from sites.admin.typed import ContactField, OriginsField, OwnersField, PatienceField, WeekField, WordingField
from sites.choices import countries, hours, on_record
from sites.core import ledger
from sites.models import Membership, Role, Site
from sites.people import sessions


class CountriesField(forms.Field):
    """Codes of countries, typed with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """The codes in one line; what was typed and refused, as it was."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """The codes that were typed."""
        return [code for each in str(value or "").split(",") if (code := each.strip())]

    def validate(self, value: Any) -> None:
        """Refuse what is no country's code."""
        if wrong := [text for _, text in countries.problems(value)]:
            raise ValidationError(wrong)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other codes were typed, however they are spaced."""
        return list(initial or ()) != self.to_python(data)


class SiteForm(FirstWordForm):
    """Refuses hours, time zones, patience and countries that cannot be read, where they are typed."""

    countries = CountriesField(
        required=False, help_text="Whom it serves, as codes with commas between them: GB, IE. Counts at once."
    )
    origins = OriginsField(
        required=False, help_text="Pages the widget may open on, one a line: https://www.example.com"
    )
    contact = ContactField(help_text="How else customers reach you: said where nobody is there.")
    hours = WeekField(
        help_text="A day's times like 09:00-12:30, 13:30-18:00; an empty day is closed. All empty: always."
    )
    patience = PatienceField(help_text="Minutes in which people are meant to be there; empty: the number in brackets.")
    wording = WordingField(
        required=False,
        help_text="Lines of fixed wording in your own words, one a line: the line's name, a colon, the words.",
    )
    owners = OwnersField(help_text="By user name. Whoever is named needs a role here that can do it.")

    def clean_timezone(self) -> str:
        """A time zone that exists."""
        name = str(self.cleaned_data["timezone"])
        _readable(hours.zone, name)
        return name


class MembershipForm(forms.ModelForm):
    """A role given by user name: whoever gives one need not be shown everybody's names."""

    user = forms.CharField(label="User name", max_length=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["user"] = self.instance.user.get_username()
            if "user" in self.fields:
                self.fields["user"].disabled = True  # another person is another membership

    def clean_user(self) -> User:
        """The person of that name."""
        if self.instance.pk:
            given: User = self.instance.user
            return given
        person = User.objects.filter(username=self.cleaned_data["user"], is_active=True).first()
        if person is None:
            raise ValidationError("There is no active account of this name.")
        return person


class MembershipInline(SiteScopedInline):
    """Who has which role on the site."""

    parent_path = "pk"
    model = Membership
    form = MembershipForm
    fields = ("user", "role")
    extra = 0


COUNTS_LATER = "Who has the first word, and what is handed over besides. Of the candidate: it counts with a release."
RELEASED = "Of the candidate, as is the contact above: customers read the live release's words until another goes live."


@admin.register(Site)
class SiteAdmin(SiteScopedAdmin):
    """A site's own page: who it is, when people are there, who may do what."""

    form = SiteForm
    site_path = "pk"
    list_display = ("name", "slug", "timezone", "desk", "people")
    search_fields = ("name", "slug")
    ordering = ("name",)
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "locale", "countries", "origins")}),
        ("When people are there", {"fields": ("closed_now", "timezone", "hours", "contact", "patience")}),
        ("What is said", {"fields": ("disclosure", "crisis", "wording"), "description": RELEASED}),
        (
            "What a person answers",
            {"fields": (("legal", "privacy"), ("complaint", "notice"), "signals"), "description": COUNTS_LATER},
        ),
        (
            "What customers call it",
            {"fields": ("synonyms",), "description": "Of the candidate: it counts with a release."},
        ),
        ("Who answers for what", {"fields": ("owners", "alone")}),
        ("How its people sign in", {"fields": ("second_factor",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> tuple[str, ...]:
        """A slug is in addresses and bundles: it stays. The desk is closed with a reason, on a page of its own."""
        return ("slug", "closed_now") if obj else ("closed_now",)

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """One call; never what a release moves meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            ledger.note(obj.pk, "site_created", actor=request.user.get_username(), site=obj.slug)
            return
        held = {field.name for field in obj._meta.concrete_fields}
        on_record.write(obj, held.intersection(form.written), actor=request.user)
        if "signals" in form.written:
            for text in _doubts(obj):
                messages.warning(request, text)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who was given, changed or taken a role: one call for each."""
        formset.save(commit=False)
        for held in formset.deleted_objects:
            sessions.revoke(held.user, held.site, held.role, actor=request.user)
        for held, _ in formset.changed_objects:
            roles.change(held, held.role, actor=request.user)
        for new in formset.new_objects:
            roles.grant(new.user, form.instance, Role(new.role), actor=request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers: a new site belongs to nobody yet."""
        return superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Superusers."""
        return superuser(request)

    def get_urls(self) -> list[Any]:
        """The switch between sites beside the list of them."""
        wrapped = self.admin_site.admin_view(switch.switch)
        return [path("switch/", wrapped, name="switch_site"), *super().get_urls()]

    @admin.display(description="Closed by hand")
    def closed_now(self, site: Site) -> str:
        """Whether and why, and where that is changed."""
        said = site.closed_because or ("yes" if site.desk_closed else "no")
        return format_html('{} · <a href="{}">Open and close the desk</a>', said, reverse("admin:desk_closing"))

    @admin.display(description="Desk")
    def desk(self, site: Site) -> str:
        """Whether people are there now."""
        now = hours.availability(site)
        if now.open:
            return f"open until {now.until:%a %H:%M}" if now.until else "open"
        return f"closed until {now.next:%a %H:%M}" if now.next else "closed"

    @admin.display(description="People")
    def people(self, site: Site) -> int:
        """How many people have a role here."""
        return site.memberships.values("user").distinct().count()


@admin.register(Membership)
class MembershipAdmin(SiteScopedAdmin):
    """Roles across the person's sites; only an administrator of the site gives or takes them."""

    list_display = ("user", "site", "role", "limited")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter), "role")
    fields = ("user", "site", "role")
    roles = (Role.ADMIN, Role.AUDITOR)
    form = MembershipForm

    @admin.display(description="Limited to")
    def limited(self, membership: Membership) -> str:
        """The categories of a content owner who has not all; they are chosen under Content owners."""
        return ", ".join(membership.categories)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """One call; the person is let into the admin with a new role."""
        if not change:
            obj.pk = roles.grant(obj.user, obj.site, Role(obj.role), actor=request.user).pk
        elif "role" in form.changed_data:
            roles.change(obj, obj.role, actor=request.user)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """One call; all sessions of the person end."""
        sessions.revoke(obj.user, obj.site, obj.role, actor=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One by one, each recorded."""
        for held in queryset.select_related("user", "site").order_by("site", "pk"):
            self.delete_model(request, held)

    def get_urls(self) -> list[Any]:
        """The page of a site's people beside the list of roles."""
        return [path("people/", self.admin_site.admin_view(accounts.people), name="people"), *super().get_urls()]


def _doubts(site: Site) -> Iterator[str]:
    """What the rooms above find in a site's new signals: they know its questions."""
    for name in settings.SITE_DOUBTS:
        yield from import_string(name)(site)


def _readable(read: Callable[[Any], object], value: object) -> None:
    try:
        read(value)
    except hours.HoursError as error:
        raise ValidationError(str(error)) from error
