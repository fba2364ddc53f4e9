"""The desk in the admin: the queue and the conversation page, and the archive of handoffs and drafts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.drafts import training
from escalation.models import Block, CannedReply, Draft, Handoff, Seeded, ServiceLevel, Team
from escalation.packet import canned, labels, packet
from escalation.queue.waiting import duration
from escalation.web import closing_page, person_page, reports_page, search_page, transcript, views
from knowledge.models import Category
from sites.access.roles import account
from sites.admin.scoped import ReadOnlyAdmin, SiteScopedAdmin
from sites.choices import on_record
from sites.models import Membership, Role

READERS = (Role.AGENT, Role.RELEASE_OWNER, Role.AUDITOR)


@admin.register(Handoff)
class HandoffAdmin(ReadOnlyAdmin):
    """Every handoff there has been; the work itself is done on the desk."""

    list_display = (
        "customer",
        "reason_in_words",
        "state",
        "ending",
        "agent",
        "opened_at",
        "waited",
        "urgent",
    )
    list_filter = ("state", "ending", "reason", "urgent", ("site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("conversation", "agent", "site")
    ordering = ("-opened_at",)
    roles = READERS

    def get_urls(self) -> list[URLPattern]:
        """The desk's own pages, before the archive's."""
        wrap = self.admin_site.admin_view
        own = [
            path("desk/", wrap(views.queue_page), name="desk"),
            path("desk/closing/", wrap(closing_page.page), name="desk_closing"),
            path("desk/search/", wrap(search_page.page), name="desk_search"),
            path("desk/search/act/", wrap(search_page.act), name="desk_bulk"),
            path("desk/reports/", wrap(reports_page.page), name="desk_reports"),
            path("desk/presence/", wrap(views.choose_presence), name="desk_presence"),
            path("desk/<uuid:conversation_id>/", wrap(views.conversation_page), name="desk_conversation"),
            path("transcript/<uuid:conversation_id>/", wrap(transcript.page), name="transcript"),
            path("desk/<uuid:conversation_id>/person/", wrap(person_page.page), name="desk_person"),
            path("desk/<uuid:conversation_id>/beside/", wrap(views.beside), name="desk_beside"),
            path("desk/<uuid:conversation_id>/keep/", wrap(views.keep_unsent), name="desk_keep"),
            path("desk/<uuid:conversation_id>/articles/", wrap(views.articles), name="desk_articles"),
            path("desk/<uuid:conversation_id>/<slug:verb>/", wrap(views.act), name="desk_act"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A handoff is looked at in its conversation."""
        handoff = self.get_object(request, object_id)
        if handoff is None or request.method == "POST":
            return super().change_view(request, object_id, *args, **kwargs)
        return HttpResponseRedirect(reverse("admin:desk_conversation", args=[handoff.conversation_id]))

    @admin.display(description="Customer")
    def customer(self, handoff: Handoff) -> str:
        """The customer by verified name."""
        return packet.customer_of(handoff.conversation)

    @admin.display(description="Why", ordering="reason")
    def reason_in_words(self, handoff: Handoff) -> str:
        """The reason as a sentence."""
        return labels.REASONS.get(handoff.reason, handoff.reason)

    @admin.display(description="Waited")
    def waited(self, handoff: Handoff) -> str:
        """From opening until a person came, or until the end."""
        end = handoff.claimed_at or handoff.closed_at
        return duration((end - handoff.opened_at).total_seconds()) if end else "still waiting"


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin):
    """Every draft and what became of it; pending ones are decided on the desk."""

    site_path = "conversation__site"
    list_display = ("question", "state", "agent", "created_at", "decided_at", "reason")
    list_filter = ("state", ("conversation__site", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("turn__question", "agent")
    ordering = ("-created_at",)
    roles = READERS
    fields = ("question", "text", "state", "agent", "reason", "created_at", "decided_at", "where")
    readonly_fields = ("question", "where")

    @admin.display(description="Question")
    def question(self, draft: Draft) -> str:
        """What the customer asked."""
        return draft.turn.question.text[:120]

    @admin.display(description="Conversation")
    def where(self, draft: Draft) -> str:
        """A link to the conversation."""
        address = reverse("admin:desk_conversation", args=[draft.conversation_id])
        return format_html('<a href="{}">Open the conversation</a>', address)


class ManagedAdmin(SiteScopedAdmin):
    """What the people who run a site's desk set up, on the record, and agents only look at."""

    roles: tuple[Role, ...] = (Role.AGENT, Role.AUDITOR)
    writers: tuple[Role, ...] = (Role.ADMIN,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As seeing its rows."""
        return self.has_view_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: what is taken away in bulk would pass the chain by."""
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Its values before are kept until all of it is written."""
        form.before = on_record.values(self.model._default_manager.filter(pk=obj.pk).first())
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The chain says what it was and what it is, its people and categories included."""
        super().save_related(request, form, formsets, change)
        self._note(request, form.instance, form.before, on_record.values(form.instance))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The same of what is taken away."""
        self._note(request, obj, on_record.values(obj), {})
        super().delete_model(request, obj)

    def _note(self, request: HttpRequest, obj: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
        facts = {"actor": request.user.get_username(), "what": str(self.opts.model_name), "row": obj.pk}
        on_record.note(obj.site_id, "desk_set", before, after, **facts)


@admin.register(Team)
class TeamAdmin(ManagedAdmin):
    """Who takes which categories first."""

    list_display = ("name", "site", "subjects", "members")
    filter_horizontal = ("categories", "people")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Categories and agents of the person's own sites."""
        sites = self.sites(request, "change")
        if db_field.name == "categories":
            kwargs["queryset"] = Category.objects.filter(site__in=sites, retired=False)
        else:
            held = Membership.objects.filter(site__in=sites, role__in=[Role.AGENT, Role.ADMIN])
            kwargs["queryset"] = User.objects.filter(pk__in=held.values("user"), is_active=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="Takes first")
    def subjects(self, team: Team) -> str:
        """Its categories."""
        return ", ".join(category.title for category in team.categories.all()) or "–"

    @admin.display(description="People")
    def members(self, team: Team) -> str:
        """Its agents."""
        return ", ".join(desk.name_of(person) for person in team.people.all()) or "–"


@admin.register(ServiceLevel)
class ServiceLevelAdmin(ManagedAdmin):
    """How soon a person comes, and how long one may be missing."""

    list_display = ("site", "minutes", "urgent_minutes", "missing_minutes")


class CannedReplyForm(forms.ModelForm):
    """Refuses a variable that nothing fills."""

    def clean_text(self) -> str:
        """Text with known variables only."""
        text = str(self.cleaned_data["text"])
        if unknown := canned.unknown(text):
            known = ", ".join(f"{{{name}}}" for name in canned.VARIABLES)
            raise ValidationError(f"{{{unknown[0]}}} is not a variable; use {known}.")
        return text


@admin.register(CannedReply)
class CannedReplyAdmin(ManagedAdmin):
    """What agents find behind the slash."""

    form = CannedReplyForm
    roles = (Role.AGENT, Role.AUDITOR, Role.CONTENT_OWNER)
    writers = (Role.ADMIN, Role.CONTENT_OWNER)
    list_display = ("shortcut", "title", "site", "waits_for_approval")
    list_filter = (("site", admin.RelatedOnlyFieldListFilter),)
    fields = ("site", "shortcut", "title", "text")
    search_fields = ("shortcut", "title", "text")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Whoever may write replies and saves one approves it."""
        obj.proposed_by = ""
        super().save_model(request, obj, form, change)

    @admin.display(description="Waits for a yes")
    def waits_for_approval(self, reply: CannedReply) -> str:
        """Who proposed it; saving it approves it."""
        return f"proposed by {reply.proposed_by}: save it to approve" if reply.proposed_by else "–"


@admin.register(Seeded)
class SeededAdmin(ManagedAdmin):
    """Wrong drafts put before agents on purpose, and how many were caught. Agents do not see this list."""

    site_path = "category__site"
    roles = (Role.RELEASE_OWNER, Role.AUDITOR)
    writers = (Role.RELEASE_OWNER,)
    list_display = ("question", "category", "by", "created_at", "caught")
    list_filter = ("caught",)
    fields = ("category", "question", "text", "wrong", "source")
    change_list_template = "escalation/seeded.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it has been before agents."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Seed one; where it cannot be seeded now, say why."""
        try:
            return super().add_view(request, form_url, extra_context)
        except IllegalMove as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Seeded, form: Any, change: bool) -> None:
        """One call of the domain."""
        training.seed(obj, actor=account(request.user))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing more: the domain has recorded it."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list with the share that was caught."""
        share = training.caught_share(self.sites(request))
        return super().changelist_view(request, {"share": share, **(extra_context or {})})


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """Every block there has been; they are set and lifted on the desk."""

    list_display = ("created_at", "scope", "reason", "by", "until", "lifted_at", "lifted_by")
    list_filter = ("scope", ("site", admin.RelatedOnlyFieldListFilter))
    fields = ("site", "scope", "reason", "by", "created_at", "until", "lifted_at", "lifted_by", "lifted_because")
    roles = READERS


import escalation.web.complaints_admin  # noqa: E402, F401  registers the complaints' pages
