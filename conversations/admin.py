"""The record in the admin: read only, by site, and every reading of a conversation is itself logged."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from conversations import erasing, replay, used
from conversations.models import Conversation, Event, Message, Rating, Turn
from conversations.outcomes import UNPLACED, Outcome
from knowledge.models import Revision
from sites import reporting
from sites.roles import sites_of

NOWHERE = Q(category=None) | Q(reason__in=UNPLACED)


class ReadOnly:
    """No adding, changing or deleting: the record has two writers, and this is neither."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class MessageInline(ReadOnly, admin.TabularInline):
    """What was said."""

    model = Message
    fields = ("seq", "author", "name", "outcome", "generated", "text", "at")
    readonly_fields = fields


class TurnInline(ReadOnly, admin.StackedInline):
    """How each answer came about."""

    model = Turn
    fields = ("question", "state", "outcome", "reason", "category", "confidence", "release", "trace")
    readonly_fields = (*fields, "report")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the way to an incident, for who may report one."""
        self.person = request.user
        may = obj is not None and reporting.address(request.user, obj.site, "turn", 0)
        return (*self.fields, "report") if may else self.fields

    @admin.display(description="Was it wrong?")
    def report(self, turn: Turn) -> str:
        """A link to the page on which an answer is reported and stopped."""
        if turn.answer_id is None:
            return "no answer was sent"
        address = reporting.address(self.person, turn.conversation.site, "turn", turn.pk)
        return format_html('<a href="{}">Report this answer</a>', address)


class EventInline(ReadOnly, admin.TabularInline):
    """What else happened."""

    model = Event
    fields = ("kind", "actor", "body", "at")
    readonly_fields = fields


class CitedSource(admin.SimpleListFilter):
    """ "Where was it used": the conversations that cited one source, by its slug in the address."""

    title = "cited source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only the one that was asked for: sources may be many."""
        asked = request.GET.get(self.parameter_name)
        return [(asked, asked)] if asked else []

    def has_output(self) -> bool:
        """Shown whenever the address names a source."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """The conversations with a citation of it."""
        if slug := self.value():
            return queryset.filter(messages__citations__source__slug=slug).distinct()
        return queryset


class Cited(admin.SimpleListFilter):
    """The same for exactly one source, revision or passage, as `revision-12`: what their own pages lead to."""

    title = "cited"
    parameter_name = "cited"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only what was asked for."""
        asked = request.GET.get(self.parameter_name)
        return [(asked, asked.replace("-", " "))] if asked else []

    def has_output(self) -> bool:
        """Shown whenever the address names something."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """The conversations that cited it; none for what names nothing."""
        kind, _, key = (self.value() or "").partition("-")
        if not kind:
            return queryset
        pk = int(key) if key.isdecimal() else 0
        return queryset.filter(pk__in=used.conversations(kind, pk, sites_of(request.user)).values("pk"))


class TurnEnded(admin.SimpleListFilter):
    """The conversations with a turn about one category (none when empty) that ended so: `slug:outcome` in the address.

    A handoff without a turn is one that the customer asked for with the button.
    """

    title = "turn"
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only the one that was asked for."""
        asked = request.GET.get(self.parameter_name)
        return [(asked, asked.replace(":", ", "))] if asked else []

    def has_output(self) -> bool:
        """Shown whenever the address names one."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """Category and outcome of the same turn, or the handoff's own event."""
        slug, _, outcome = (self.value() or ":").partition(":")
        if not outcome:
            return queryset
        if outcome == Outcome.HANDOFF:
            opened = Event.objects.filter(kind="handoff.opened", body__category=slug)
            return queryset.filter(pk__in=opened.values("conversation"))
        ended = Turn.objects.filter(outcome=outcome)
        ended = ended.filter(category__slug=slug).exclude(reason__in=UNPLACED) if slug else ended.filter(NOWHERE)
        return queryset.filter(pk__in=ended.values("conversation"))


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, admin.ModelAdmin):
    """Conversations by site and state; a page shows messages, turns with their traces, and events.

    The list says how each one went, and nothing that was said: whoever reads that is logged.
    """

    list_display = ("__str__", "created_at", "state", "subject", "last_outcome", "messages_so_far", "site")
    list_filter = (
        "state",
        ("turns__category", admin.RelatedOnlyFieldListFilter),
        "turns__reason",
        ("site", admin.RelatedOnlyFieldListFilter),
        CitedSource,
        Cited,
        TurnEnded,
        "synthetic",
    )
    search_fields = ("id", "messages__text")
    date_hierarchy = "created_at"
    inlines = (MessageInline, TurnInline, EventInline)
    fields = ("id", "site", "synthetic", "state", "locale", "page", "identity", "contact", "disclosure", "created_at")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """How often a text was used, for its own page in the room below."""
        wrap = self.admin_site.admin_view
        return [
            path("used/<slug:kind>/<int:pk>/", wrap(self.used), name="conversations_used"),
            path("<uuid:pk>/erase/", wrap(erasing.page), name="conversations_erase"),
            *super().get_urls(),
        ]

    def used(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        """A few words with a link: in how many conversations of the person's sites a text was cited."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sites = sites_of(request.user)
        context: dict[str, Any] = {"count": used.conversations(kind, pk, sites).count(), "address": _cited(kind, pk)}
        revision = Revision.objects.filter(pk=pk, source__site__in=sites).first() if kind == "revision" else None
        if revision is not None:
            counts = used.by_passage(revision, sites)
            held = revision.passages.filter(pk__in=counts).values_list("pk", "ordinal", "heading")
            context["passages"] = [
                {"number": n + 1, "heading": heading, "count": counts[key], "address": _cited("passage", key)}
                for key, n, heading in held
            ]
        return render(request, "conversations/used.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Never another site's; each with its last turn."""
        last = Turn.objects.filter(conversation=OuterRef("pk")).exclude(outcome="").order_by("-id")
        own: QuerySet[Conversation] = super().get_queryset(request).filter(site__in=sites_of(request.user))
        return own.annotate(
            last_category=Subquery(last.values("category__title")[:1]),
            last_outcome=Subquery(last.values("outcome")[:1]),
            last_reason=Subquery(last.values("reason")[:1]),
        )

    @admin.display(description="About", ordering="last_category")
    def subject(self, conversation: Any) -> str:
        """The category of the last turn."""
        return conversation.last_category or "–"

    @admin.display(description="Last turn", ordering="last_outcome")
    def last_outcome(self, conversation: Any) -> str:
        """How the last turn ended, and why."""
        outcome, reason = conversation.last_outcome, conversation.last_reason
        return f"{outcome}: {reason.replace('_', ' ')}" if outcome else "–"

    @admin.display(description="Messages", ordering="last_seq")
    def messages_so_far(self, conversation: Conversation) -> int:
        """How many messages it has."""
        return conversation.last_seq

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one conversation; the reading is an entry in the ledger."""
        more = dict(extra_context or {})
        if found := self.get_object(request, object_id):
            replay.log_reading(found, actor=request.user.get_username())
            more["may_erase"] = erasing.may(request.user, found)
        return super().change_view(request, object_id, form_url, more)


def _cited(kind: str, pk: int) -> str:
    """Where the conversations that cited something are listed."""
    return f"{reverse('admin:conversations_conversation_changelist')}?cited={kind}-{pk}"


@admin.register(Rating)
class RatingAdmin(ReadOnly, admin.ModelAdmin):
    """How customers found their conversations, the assistant's own included; one a conversation."""

    list_display = ("stars", "comment", "with_person", "at", "talk", "site")
    list_display_links = None
    list_filter = (
        "value",
        "with_person",
        "conversation__synthetic",
        ("conversation__site", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("conversation__site",)
    date_hierarchy = "at"
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        """Never another site's."""
        own: QuerySet[Rating] = super().get_queryset(request)
        return own.filter(conversation__site__in=sites_of(request.user))

    @admin.display(description="Rating", ordering="value")
    def stars(self, rating: Rating) -> str:
        """One to five, as a figure and as stars."""
        return f"{rating.value} {'★' * rating.value}{'☆' * (5 - rating.value)}"

    @admin.display(description="Conversation")
    def talk(self, rating: Rating) -> str:
        """A link to the record."""
        address = reverse("admin:conversations_conversation_change", args=[rating.conversation_id])
        return format_html('<a href="{}">{}</a>', address, rating.conversation)

    @admin.display(description="Site", ordering="conversation__site")
    def site(self, rating: Rating) -> str:
        """Whose it is."""
        return str(rating.conversation.site)
