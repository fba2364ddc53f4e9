"""The rooms of the admin as a person walks through them: which pages belong together, as tabs on each of them.

A page of the rooms above Django's own lists says its tab itself (`tab`); of the others the address tells it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import template
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from chatbot.web import gap_pages
from release.judged import verdicts
from sites.access.roles import sites_of
from sites.models import Role

register = template.Library()


@dataclass(frozen=True, slots=True)
class Tab:
    """One page: its name, its address by name, whom it is shown (a model permission, or roles of which one is asked
    for), and whether the first page names it only among what is less often wanted."""

    label: str
    address: str
    permission: str | tuple[Role, ...]
    more: bool = False


def _list(label: str, model: str, *, more: bool = False) -> Tab:
    app, _, name = model.partition(".")
    return Tab(label, f"admin:{app}_{name}_changelist", f"{app}.view_{name}", more)


ROOMS: Mapping[str, tuple[Tab, ...]] = {
    "Desk": (
        Tab("Desk", "admin:desk", "escalation.change_handoff"),
        _list("Handoffs", "escalation.handoff"),
        _list("Drafts", "escalation.draft", more=True),
        _list("Complaints", "escalation.complaint"),
        _list("Ready-made replies", "escalation.cannedreply", more=True),
        _list("Teams", "escalation.team", more=True),
        _list("Promised times", "escalation.servicelevel", more=True),
        _list("Blocks", "escalation.block", more=True),
        _list("Drafts with planted errors", "escalation.seeded", more=True),
    ),
    "Knowledge": (
        _list("Sources", "knowledge.source"),
        _list("Revisions", "knowledge.revision"),
        _list("Categories", "knowledge.category"),
        _list("Counterexamples", "knowledge.example", more=True),
        Tab("Gaps", "chatbot:gaps", gap_pages.READERS),
        _list("Every gap", "knowledge.gap", more=True),
        Tab("Health", "admin:knowledge_source_health", "knowledge.view_source", more=True),
        _list("Index", "knowledge.shelf", more=True),
    ),
    "Release": (
        _list("Releases", "release.release"),
        Tab("Bars", "admin:release_bars", "release.view_release"),
        _list("Checklist", "release.statement", more=True),
        _list("Exposure", "release.exposure"),
        _list("Incidents", "release.incident", more=True),
        _list("Scenarios", "release.scenario", more=True),
        _list("Runs", "release.run", more=True),
        _list("Verdicts", "release.verdict", more=True),
        Tab("Pauses", "admin:release_killswitch_changelist", "release.view_release"),
        Tab("In a crisis", "admin:release_crisis", "release.view_release"),
        Tab("Monitoring", "admin:release_monitoring", "release.view_release"),
        Tab("Judge answers", "admin:release_judge", verdicts.JUDGES, more=True),
        _list("Attacks tried", "release.redteamrun", more=True),
        _list("Rollbacks rehearsed", "release.drill", more=True),
    ),
    "Tools": (
        _list("Tools", "tools.tool"),
        _list("Connections", "tools.connection"),
        Tab("How they do", "admin:tools_health", "tools.view_connection"),
    ),
    "Record": (
        _list("Conversations", "conversations.conversation"),
        _list("Ratings", "conversations.rating"),
        _list("Ledger", "handrail_sites.ledgerentry"),
    ),
    "Site": (
        _list("Sites", "handrail_sites.site"),
        Tab("People", "admin:people", "handrail_sites.change_membership"),
        _list("Roles", "handrail_sites.membership"),
        _list("Content owners", "knowledge.remit"),
        _list("What is kept", "handrail_sites.datapolicy", more=True),
        _list("Alerts", "handrail_sites.alert", more=True),
        _list("When to alert", "handrail_sites.thresholds", more=True),
        _list("Webhooks", "handrail_sites.endpoint"),
        _list("Deliveries", "handrail_sites.delivery", more=True),
        _list("Integrations", "handrail_sites.integration"),
        _list("API tokens", "handrail_sites.apitoken"),
    ),
    "Installation": (
        _list("Accounts", "auth.user"),
        _list("Groups", "auth.group"),
        _list("Work in the background", "handrail_sites.outboxitem"),
    ),
}
WHOLE = ("/handoff/desk/",)
"""Pages that fill the window: what stands beside a conversation leaves no room for tabs."""


@register.inclusion_tag("admin/tabs.html", takes_context=True)
def room_tabs(context: dict[str, Any]) -> dict[str, Any]:
    """The tabs of the room that a page is in; none on Home and where a page fills the window."""
    request = context.get("request")
    if request is None or not context.get("has_permission") or context.get("is_popup"):
        return {}
    if any(part in request.path for part in WHOLE):
        return {}
    room, here = (context["room"], context.get("tab", "")) if "room" in context else _here(request.path)
    shown = [tab for tab in ROOMS.get(room, ()) if _may(request, tab)]
    return {"room": room, "tabs": [(tab.label, _at(tab.address), tab.label == here) for tab in shown if len(shown) > 1]}


@register.inclusion_tag("admin/more.html", takes_context=True)
def room_more(context: dict[str, Any], room: str) -> dict[str, Any]:
    """What else is in a room, for its card on the first page."""
    return {"more": [*_more(context["request"], room)]}


@register.simple_tag(takes_context=True)
def room_of(context: dict[str, Any], room: str) -> list[tuple[str, str]]:
    """All of a room that the person may open: names and addresses."""
    request = context["request"]
    return [(tab.label, _at(tab.address)) for tab in ROOMS[room] if _may(request, tab)]


def _more(request: HttpRequest, room: str) -> Iterator[tuple[str, str]]:
    for tab in ROOMS[room]:
        if tab.more and _may(request, tab):
            yield tab.label, _at(tab.address)


def _here(path: str) -> tuple[str, str]:
    """The room and the tab of an address: those whose own address it begins with, the longest first."""
    places = ((_at(tab.address), room, tab.label) for room, tabs in ROOMS.items() for tab in tabs)
    fitting = [(len(address), room, label) for address, room, label in places if path.startswith(address)]
    return max(fitting)[1:] if fitting else ("", "")


@cache
def _at(address: str) -> str:
    """Where a page is; the addresses of a process do not change."""
    return reverse(address)


def _may(request: HttpRequest, tab: Tab) -> bool:
    """Whether a tab leads somewhere for this person."""
    if isinstance(tab.permission, tuple):
        return sites_of(request.user, *tab.permission).exists()
    if not tab.address.endswith("_changelist") or ".view_" not in tab.permission:
        return bool(request.user.has_perm(tab.permission))
    table = _table(tab.permission)
    return (
        table is not None and bool(table.has_view_permission(request)) and bool(request.user.has_perm(tab.permission))
    )


@cache
def _table(permission: str) -> "admin.ModelAdmin[Any] | None":
    """The admin of the table that a permission is about, which may ask for more than the permission."""
    app, _, name = permission.partition(".view_")
    found = (a for m, a in admin.site._registry.items() if (m._meta.app_label, m._meta.model_name) == (app, name))
    return next(found, None)
