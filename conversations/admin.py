"""The record in the admin: read only, by site, and every reading of a conversation is itself logged."""

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from conversations import export_page, privacy_page, replay, used
from conversations.drawn import blocks
from conversations.models import Conversation, Event, Message, Rating, Turn
from conversations.outcomes import UNPLACED, Outcome
from knowledge.models import Revision
from sites.access import reporting
from sites.access.roles import sites_of
from sites.admin.scoped import ReadOnlyAdmin, SiteScopedInline
from sites.models import Role

NOWHERE = Q(category=None) | Q(reason__in=UNPLACED)


class ReadOnlyInline(SiteScopedInline):
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


class MessageInline(ReadOnlyInline):
    """What was said."""

    model = Message
    fields = ("seq", "author", "name", "outcome", "generated", "said", "offered", "at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With what each offered, and what was chosen."""
        return super().get_queryset(request).select_related("chosen").prefetch_related("offers")

    @admin.display(description="Text")
    def said(self, message: Message) -> str:
        """The words as they were drawn: lists, tables, and what could be opened."""
        return render_to_string("conversations/blocks.html", {"blocks": blocks(message.text, message.parts)})

    @admin.display(description="Offered")
    def offered(self, message: Message) -> str:
        """The sections it offered to choose from; the chosen one is marked."""
        return format_html_join("", "<div>{}</div>", ((line,) for line in replay.offered(message))) or "–"


class TurnInline(ReadOnlyInline):
    """How each answer came about."""

    template = admin.StackedInline.template
    model = Turn
    fields = ("question", "state", "outcome", "reason", "category", "confidence", "release", "kept")
    readonly_fields = (*fields, "again", "report")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the way to an incident, for who may report one."""
        self.person = request.user
        may = obj is not None and reporting.address(request.user, obj.site, "turn", 0)
        return (*self.fields, "again", "report") if may else (*self.fields, "again")

    @admin.display(description="Trace")
    def kept(self, turn: Turn) -> str:
        """What deciding wrote down; what was recognised about the customer only for who may know it."""
        known = replay.personal(self.person, turn.conversation.site)
        trace = turn.trace if known else replay.impersonal(turn.trace)
        return format_html("<pre>{}</pre>", json.dumps(trace, indent=2, ensure_ascii=False))

    @admin.display(description="Does it come out the same?")
    def again(self, turn: Turn) -> str:
        """The way to the page that decides it again, in the room that can."""
        return format_html('<a class="button" href="{}">Decide it again</a>', reverse("chatbot:again", args=[turn.pk]))

    @admin.display(description="Was it wrong?")
    def report(self, turn: Turn) -> str:
        """A link to the page on which an answer is reported and stopped."""
        if turn.answer_id is None:
            return "no answer was sent"
        address = reporting.address(self.person, turn.conversation.site, "turn", turn.pk)
        return format_html('<a href="{}">Report this answer</a>', address)


class EventInline(ReadOnlyInline):
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


class OfTheirSites(admin.RelatedFieldListFilter):
    """The rows of the person's own sites, used or not: which are used would be asked of every turn there is."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Key and name of each."""
        theirs = {"site__in": model_admin.sites(request)}
        return field.get_choices(include_blank=False, limit_choices_to=theirs)


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Conversations by site and state; a page shows messages, turns with their traces, and events.

    The list says how each one went, and nothing that was said: whoever reads that is logged.
    """

    list_display = ("talk", "created_at", "state", "subject", "last_outcome", "messages_so_far", "site")
    list_display_links = None
    list_filter = (
        "state",
        ("turns__category", OfTheirSites),
        "turns__reason",
        ("site", admin.RelatedOnlyFieldListFilter),
        CitedSource,
        Cited,
        TurnEnded,
        "synthetic",
    )
    search_fields = ("id", "messages__text")
    inlines = (MessageInline, TurnInline, EventInline)
    fields = ("id", "site", "synthetic", "state", "locale", "page", "identity", "contact", "disclosure", "created_at")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """How often a text was used, for its own page in the room below."""
        wrap = self.admin_site.admin_view
        return [
            path("used/<slug:kind>/<int:pk>/", wrap(self.used), name="conversations_used"),
            path("export/", wrap(export_page.page), name="conversations_export"),
            path("<uuid:pk>/erase/", wrap(privacy_page.page), name="conversations_erase"),
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
        """Each with its turns that ended, the last first: read for the page's own rows, and not to put all in order."""
        ended = Turn.objects.exclude(outcome="").select_related("category").order_by("-id")
        told = ended.only("conversation", "outcome", "reason", "category__title")
        own: QuerySet[Conversation] = super().get_queryset(request)
        return own.prefetch_related(Prefetch("turns", told, to_attr="ended"))

    @admin.display(description="Conversation", ordering="id")
    def talk(self, conversation: Conversation) -> str:
        """The way to its transcript, in the room that can put evidence into words."""
        return format_html('<a href="{}">{}</a>', reverse("admin:transcript", args=[conversation.pk]), conversation)

    @admin.display(description="About")
    def subject(self, conversation: Any) -> str:
        """The category of the last turn."""
        last = next(iter(conversation.ended), None)
        return last.category.title if last and last.category else "–"

    @admin.display(description="Last turn")
    def last_outcome(self, conversation: Any) -> str:
        """How the last turn ended, and why."""
        last = next(iter(conversation.ended), None)
        return f"{last.outcome}: {last.reason.replace('_', ' ')}" if last else "–"

    @admin.display(description="Messages", ordering="last_seq")
    def messages_so_far(self, conversation: Conversation) -> int:
        """How many messages it has."""
        return conversation.last_seq

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; a search reads what was said, so it is an entry in the ledger of each site that was searched."""
        if (words := request.GET.get("q", "").strip()) and self.has_view_permission(request):
            replay.log_search(self.sites(request), words, actor=request.user.get_username())
        may = sites_of(request.user, Role.AUDITOR).exists()
        return super().changelist_view(request, {**(extra_context or {}), "may_export": may})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one conversation; the reading is an entry in the ledger."""
        more = dict(extra_context or {})
        if found := self.get_object(request, object_id):
            replay.log_reading(found, actor=request.user.get_username())
            more["may_erase"] = privacy_page.may(request.user, found)
        return super().change_view(request, object_id, form_url, more)


def _cited(kind: str, pk: int) -> str:
    """Where the conversations that cited something are listed."""
    return f"{reverse('admin:conversations_conversation_changelist')}?cited={kind}-{pk}"


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    """How customers found their conversations, the assistant's own included; one a conversation."""

    site_path = "conversation__site"
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
