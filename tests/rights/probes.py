"""Every page, action and route as a request that does the real thing on one site."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.views import APIView

from escalation.models import ServiceLevel
from sites.models.policy import DataPolicy
from sites.models.thresholds import Thresholds
from tests.declared import SAMPLE
from tests.rights.ground import Ground
from tools.declaration import Tool
from tools.forms import Declaring

JSON = "application/json"
WORKS = ("changelist", "add", "change", "delete", "history")
REASON = {"reason": "to see"}


@dataclass(frozen=True)
class Probe:
    """One request; `letter` is what the table must hold for it, `shows` whether it is a page of many rows.

    `did`: from the response, whether it was done; without it, whatever was not refused.
    """

    what: str
    ask: Callable[[Client], HttpResponse]
    letter: str = "x"
    shows: bool = False
    did: Callable[[HttpResponse], bool] | None = None

    def __str__(self) -> str:
        return f"{self.what} {self.letter}"


def get(what: str, path: str, *, letter: str = "x", shows: bool = False, **query: Any) -> Probe:
    return Probe(what, lambda client: client.get(path, query), letter, shows)


def post(what: str, path: str, data: Any = None, *, letter: str = "x", **more: Any) -> Probe:
    return Probe(what, lambda client: client.post(path, data or {}), letter, **more)


def sent(what: str, method: str, path: str, data: Any = None, *, shows: bool = False) -> Probe:
    """Over REST."""
    call = method.lower()
    return Probe(what, lambda client: getattr(client, call)(path, data or {}, content_type=JSON), shows=shows)


# ── What there is ─────────────────────────────────────────────────────────────────────────────────────────────


def named(resolver: URLResolver | None = None, above: str = "") -> Iterator[str]:
    """The names of all pages, with the namespace; of routes under `/api/v1/`, which have none, the method and path."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        path = f"{above}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from named(entry, path)
        elif path.startswith("api/v1/"):
            yield from _routes(entry, path)
        elif name := _name(entry, path):
            yield name


def _routes(entry: URLPattern, path: str) -> Iterator[str]:
    view: type[APIView] = entry.callback.view_class
    for method in ("get", "post", "put", "patch", "delete"):
        if hasattr(view, method):
            yield f"{method.upper()} {_bare(path.removeprefix('api/v1'))}"


def _bare(path: str) -> str:
    for kind in ("int", "uuid", "slug", "str", "path"):
        path = path.replace(f"<{kind}:", "<")
    return path


def _name(entry: URLPattern, path: str) -> str:
    if not entry.name:
        return "" if path.startswith("admin/") else f"/{path}"  # Django's redirects and its 404
    if path.startswith("admin/"):
        known = {f"{m._meta.app_label}_{m._meta.model_name}_{work}" for m in admin.site._registry for work in WORKS}
        if entry.name in known:
            return ""  # asked for by model
        room = "chatbot" if entry.callback.__module__.startswith("chatbot.") else "admin"
        return f"{room}:{entry.name}"
    return entry.name


def models_and_actions() -> Iterator[str]:
    for model, page in admin.site._registry.items():
        yield model._meta.label_lower
        may_go = type(page).has_delete_permission is not admin.ModelAdmin.has_delete_permission
        for action in page.actions:
            yield f"{model._meta.label_lower}!{action if isinstance(action, str) else action.__name__}"
        if may_go and model._meta.label_lower == "knowledge.example":
            yield f"{model._meta.label_lower}!delete_selected"


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(ground: Ground) -> Iterator[Probe]:
    """List, read, history, add, change and delete of a row of every model."""
    for model in admin.site._registry:
        label, row = model._meta.label_lower, ground.rows.get(model._meta.label_lower)
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        key = [row.pk if row is not None else 1]
        yield get(label, reverse(f"{base}changelist"), letter="r", shows=True)
        yield get(label, reverse(f"{base}change", args=key), letter="r")
        yield get(label, reverse(f"{base}history", args=key), letter="r")
        yield _add(ground, model, reverse(f"{base}add"))
        yield _change(ground, model, reverse(f"{base}change", args=key))
        yield _delete(model, reverse(f"{base}delete", args=key), key[0])


def _add(ground: Ground, model: type[models.Model], path: str) -> Probe:
    data = added(ground).get(model._meta.label_lower, {})
    count: list[int] = []

    def ask(client: Client) -> HttpResponse:
        if model in (Thresholds, ServiceLevel, DataPolicy):
            model._default_manager.filter(site=ground.site).delete()
        count[:] = [model._default_manager.count()]
        return client.post(path, data)

    return Probe(model._meta.label_lower, ask, "a", did=lambda response: model._default_manager.count() > count[0])


def _change(ground: Ground, model: type[models.Model], path: str) -> Probe:
    data = changed(ground).get(model._meta.label_lower, {})
    return post(
        model._meta.label_lower,
        path,
        data,
        letter="c",
        did=lambda response: response.status_code == 302 and not home(response),
    )


def _delete(model: type[models.Model], path: str, key: Any) -> Probe:
    gone = lambda response: not model._default_manager.filter(pk=key).exists()  # noqa: E731
    return post(model._meta.label_lower, path, {"post": "yes"}, letter="d", did=gone)


def is_file(response: HttpResponse) -> bool:
    return "attachment" in response.get("Content-Disposition", "")


def home(response: HttpResponse) -> bool:
    """Whether the admin says that there is no such row, by sending to its first page, or asks to sign in."""
    return response.status_code == 302 and (response["Location"] == "/admin/" or "/login/" in response["Location"])


def _empty(*names: str) -> dict[str, str]:
    return {f"{name}-{count}": "0" for name in names for count in ("TOTAL_FORMS", "INITIAL_FORMS")}


def added(ground: Ground) -> dict[str, dict[str, Any]]:
    """What is posted to add a row of a model to the site."""
    site = {"site": ground.site.pk}
    asked = {"slug": "new-one", "turns": "Is it so?", "outcome": ["decline"]}
    words = {"title": "Fees", "text": "There are none.", "audience": "public"}
    return {
        "handrail_sites.membership": {**site, "user": ground["user.new"].username, "role": "agent"},
        "handrail_sites.thresholds": {**site, **_bars()},
        "handrail_sites.datapolicy": {**site, "anonymous": 1, "verified": 1, "with_people": 1, "unanswered": 1},
        "handrail_sites.endpoint": {**site, "value": "https://hook.example/in"},
        "handrail_sites.integration": {**site, "value": "Desk"},
        "handrail_sites.apitoken": {**site, "value": "Sync", "scopes": ["record"], "days": "30"},
        "knowledge.category": {**site, "slug": "fees", "title": "Fees", **_kind(), **_empty("examples", "examples-2")},
        "knowledge.example": {**site, "text": "Tell me a joke"},
        "knowledge.source": {**site, "slug": "fees", **words, "categories": [ground["knowledge.category"].pk]},
        "tools.connection": {"site": ground.site.slug, "name": "till", "title": "Till", "url": "https://till.example"},
        "tools.tool": {"site": ground.site.slug, **posted(SAMPLE.tools["orders"], ground)},
        "release.scenario": {**site, "file": "own.jsonl", **asked},
        "escalation.team": {**site, "name": "Night"},
        "escalation.servicelevel": {**site, "minutes": 5, "urgent_minutes": 2, "missing_minutes": 5},
        "escalation.cannedreply": {**site, "shortcut": "bye", "title": "Bye", "text": "Good bye."},
        "escalation.seeded": {
            "category": ground["knowledge.category"].pk,
            "question": "Is it free?",
            "text": "Yes.",
            "wrong": "It is not.",
        },
    }  # fmt: skip


def changed(ground: Ground) -> dict[str, dict[str, Any]]:
    """What is posted to change the site's row of a model."""
    site = {name: getattr(ground.site, name) for name in ("name", "locale", "timezone", "disclosure", "crisis")}
    site["origins"] = "https://shop.example"
    return added(ground) | {
        "handrail_sites.site": {**site, **_empty("memberships")},
        "handrail_sites.membership": {"role": "auditor"},
        "handrail_sites.endpoint": {"verb": "disable", **REASON},
        "handrail_sites.integration": {"verb": "revoke", **REASON},
        "handrail_sites.apitoken": {"verb": "revoke", **REASON},
        "knowledge.source": {"audience": "public", "categories": [ground["knowledge.category"].pk]},
        "tools.connection": {"name": ground["tools.connection"].name, "title": "Till", "url": "https://till.example"},
        "tools.tool": posted(SAMPLE.tools["orders"], ground),
        "knowledge.remit": {"categories": ["delivery"], **REASON},
        "escalation.complaint": {"text": "We are sorry.", "elsewhere": "on"},
    }


def posted(tool: Tool, ground: Ground) -> dict[str, Any]:
    """A tool as its form is posted."""
    forms = Declaring(None, tool.as_json())
    data = {name: value for name, value in forms.tool.initial.items() if name in forms.tool.fields}
    data["connection"] = ground["tools.connection"].name
    for formset in (forms.arguments, forms.keep, forms.outcomes):
        held = formset.initial
        data |= {f"{formset.prefix}-TOTAL_FORMS": len(held), f"{formset.prefix}-INITIAL_FORMS": len(held)}
        data |= {
            f"{formset.prefix}-{n}-{name}": value
            for n, row in enumerate(held)
            for name, value in row.items()
            if name in formset.form.base_fields and value not in (None, False)
        }
    return data


def _bars() -> dict[str, Any]:
    return {
        f.name: f.value_from_object(Thresholds())
        for f in Thresholds._meta.concrete_fields
        if f.name not in ("id", "site")
    }


def _kind() -> dict[str, Any]:
    return {"risk": "low", "route": "answer", "mode": "quote", "asked_level": 1, "position": 9}


# ── Pages and actions ─────────────────────────────────────────────────────────────────────────────────────────


def resumed(ground: Ground, what: str, path: str, data: Any, **more: Any) -> Probe:
    """Lift a pause that is engaged only meanwhile: everybody of the site is shown one on every page."""

    def ask(client: Client) -> HttpResponse:
        type(ground["release.killswitch"]).objects.update(lifted_at=None)
        return client.post(path, data, **more)

    return Probe(what, ask)


def newcomer(ground: Ground) -> None:
    """Somebody who has an account and no role yet."""
    ground.rows["user.new"] = User.objects.create_user("newcomer")
