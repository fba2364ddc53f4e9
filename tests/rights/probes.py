"""Every page, action and route as a request that does the real thing on one site."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.views import APIView

from escalation.models import ServiceLevel
from escalation.models.talks import Tag
from escalation.web.views import VERBS as DESK
from release.web.incident_api import VERBS as INCIDENT
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


def _is_file(response: HttpResponse) -> bool:
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


def pages(ground: Ground) -> Iterator[Probe]:
    """Every page that is not a row's own."""
    site, slug = ground.site, ground.site.slug
    key = {label.split(".")[1]: row.pk for label, row in ground.rows.items() if "." in label}
    talk = ground["conversations.conversation"].pk
    yield from _actions(ground)
    yield from _people(ground, key)
    yield get("chatbot:again", reverse("chatbot:again", args=[ground["conversations.turn"].pk]))
    yield from _knowledge(ground, slug, key)

    def page(name: str, *args: Any) -> str:
        return reverse(name, args=args)

    yield from _tools(ground, key)
    yield get("admin:conversations_used", page("admin:conversations_used", "source", key["source"]), shows=True)
    yield get("admin:transcript", page("admin:transcript", talk))
    taken = {"site": slug, "what": "csv", "since": "2026-01-01", "until": "2026-01-02"}
    yield post("admin:conversations_export", page("admin:conversations_export"), taken, did=_is_file)
    yield post("admin:conversations_erase", page("admin:conversations_erase", talk), REASON)
    for name in ("monitoring", "bars", "crisis"):
        yield get(f"admin:release_{name}", page(f"admin:release_{name}"), shows=True)
        yield get(f"admin:release_{name}", page(f"admin:release_{name}"), shows=True, site=slug)
    yield get("admin:release_monitoring_site", page("admin:release_monitoring_site", slug))
    yield get("admin:release_judge", page("admin:release_judge"), shows=True)
    yield get("admin:release_offered", page("admin:release_offered", key["release"]))
    yield get("admin:release_run_progress", page("admin:release_run_progress", key["run"]))
    yield get("admin:release_run_report", page("admin:release_run_report", key["run"]))
    yield get("admin:release_category", page("admin:release_category", key["category"]))
    yield get("admin:release_checklist", page("admin:release_checklist", slug))
    yield get("admin:release_statement_signed", page("admin:release_statement_signed"), shows=True)
    yield get("admin:release_incident_print", page("admin:release_incident_print", key["incident"]))
    yield get("admin:release_incident_export", page("admin:release_incident_export", key["incident"]))
    bar = {"category": "", "percent": "90", "scenarios": "12", **REASON}
    yield post("admin:release_bars set", f"{page('admin:release_bars')}?site={slug}", bar)
    yield post("admin:release_freeze", page("admin:release_freeze", site.pk))
    yield post("admin:release_crisis_draft", page("admin:release_crisis_draft", slug))
    yield post("admin:release_crisis_confirm", page("admin:release_crisis_confirm", slug, "GB"))
    for verb in ("run", "propose", "first", "rollback", "again"):
        yield post(f"admin:release_release_act {verb}", page("admin:release_release_act", key["release"], verb), REASON)
    for verb in ("raise", "lower"):
        path = page("admin:release_category_act", key["category"], verb)
        yield post(f"admin:release_category_act {verb}", path, {"to": 1, **REASON})
    for verb in ("confirm", "decline"):
        yield post(f"admin:release_proposal_act {verb}", page("admin:release_proposal_act", key["proposal"], verb))
    yield post("admin:release_offer_act", page("admin:release_offer_act", key["offer"]), {"mark": "right"})
    signed = {"text": "It is so.", "days": 1}
    yield post("admin:release_checklist_sign", page("admin:release_checklist_sign", slug, "legal"), signed)
    yield post("admin:release_pause", page("admin:release_pause"), {"site": slug, **REASON})
    yield resumed(ground, "admin:release_resume", page("admin:release_resume", key["killswitch"]), REASON)
    new = {"kind": "release", "key": "1", "site": slug, "severity": "minor", "owner": "vera-quoxel", **REASON}
    yield post("admin:release_incident_new", page("admin:release_incident_new"), new)
    yield get("admin:release_incident_new", page("admin:release_incident_new"), kind="release", key="1", site=slug)
    for verb in INCIDENT:
        yield post(
            f"admin:release_incident_act {verb}", page("admin:release_incident_act", key["incident"], verb), _moved()
        )
    yield from _desk(ground, page, talk)


def _tools(ground: Ground, key: dict[str, Any]) -> Iterator[Probe]:
    yield get("admin:tools_health", reverse("admin:tools_health"), shows=True)
    yield get("chatbot:model", reverse("chatbot:model"), shows=True)
    yield get("admin:tools_openapi", reverse("admin:tools_openapi"), site=ground.site.slug)
    asked = {"person": "ada", "message": "mine"}
    yield post("admin:tools_test", reverse("admin:tools_test", args=[key["tool"]]), asked)
    gone = lambda response: response.status_code == 302  # noqa: E731
    for label, pk in (("connection", ground["spare"].pk), ("tool", key["tool"])):
        path = reverse(f"admin:tools_{label}_remove", args=[pk])
        yield post(f"admin:tools_{label}_remove", path, REASON, did=gone)


def _of_site(ground: Ground) -> dict[str, dict[str, Any]]:
    """What the buttons of "Your site" post."""
    return {
        "let-in": {"who": "mia@shop.example", "role": "agent"},
        "hand-in": {"file": SimpleUploadedFile("fees.md", b"# Fees\n\nThere are none."), "kind": "articles"},
        "crawl": {"addresses": "https://help.shop.example/", "every": "7"},
        "crawl-again": {"crawl": ground["release.crawl"].pk},
        "crawl-every": {"crawl": ground["release.crawl"].pk, "every": "1"},
        "questions": {"lines": "Is it free?\nWhat are the fees?"},
        "answers": {"question": "1"},
        "missing": {},
        "try": {"lines": "Is it free?"},
        "mark": {"mark-1": "right"},
        "take": {"start": ground["release.start"].pk},
        "approve": {},
        "prepare": {},
        "propose": REASON,
        "confirm": {"proposal": ground["release.proposal"].pk},
    }


def _people(ground: Ground, key: dict[str, Any]) -> Iterator[Probe]:
    path, vera = reverse("admin:people"), ground["handrail_sites.membership"].user_id
    yield get("admin:people", path, shows=True)
    invited = {"site": ground.site.pk, "email": "mia@shop.example", "role": "agent"}
    verbs = {"invite": invited, "resend": {"key": key["invitation"]}, "withdraw": {"key": key["invitation"]}}
    for verb, data in {**verbs, "reset": {"key": vera}, "end": {"key": vera}}.items():
        done = lambda response: response.status_code == 302  # noqa: E731
        yield post(f"admin:people {verb}", path, {"verb": verb, **data, **REASON}, did=done)


def _actions(ground: Ground) -> Iterator[Probe]:
    for what in models_and_actions():
        label, _, action = what.partition("!")
        if action:
            app, _, model = label.partition(".")
            data = {"action": action, "_selected_action": [ground[label].pk], "post": "yes"}
            row, before = ground[label], _state(ground[label])
            done = lambda response, row=row, before=before: _state(row) != before  # noqa: E731
            yield post(what, reverse(f"admin:{app}_{model}_changelist"), data, did=done)


def _state(row: models.Model) -> Any:
    return type(row)._default_manager.filter(pk=row.pk).values().first()


def _moved() -> dict[str, Any]:
    return {
        "measure": ["pause_site"],
        "text": "We were wrong.",
        "state": "honoured",
        "lesson": "Look.",
        "body": "{}",
        **REASON,
    }


def _knowledge(ground: Ground, slug: str, key: dict[str, Any]) -> Iterator[Probe]:
    def page(name: str, *args: Any) -> str:
        return reverse(name, args=args)

    why = {**REASON, "kind": "duplicate", "pair": "1-2"}
    yield get("admin:knowledge_source_health", page("admin:knowledge_source_health"), shows=True, site=slug)
    yield get("admin:knowledge_revision_progress", page("admin:knowledge_revision_progress", key["revision"]))
    yield get("admin:knowledge_source_revise", page("admin:knowledge_source_revise", key["source"]))
    yield get("admin:knowledge_source_restore", page("admin:knowledge_source_restore", key["source"]))
    yield post("admin:knowledge_health_dismiss", page("admin:knowledge_health_dismiss", ground.site.pk), why)
    yield post("admin:knowledge_health_bring_back", page("admin:knowledge_health_bring_back", key["dismissal"]))
    for verb in ("withdraw", "restore"):
        yield post(
            f"admin:knowledge_source_act {verb}", page("admin:knowledge_source_act", key["source"], verb), REASON
        )
    for verb in ("submit", "approve", "reject", "stop", "go-on"):
        path = page("admin:knowledge_revision_act", key["revision"], verb)
        yield post(f"admin:knowledge_revision_act {verb}", path, REASON)
    yield get("chatbot:test_question", page("chatbot:test_question"), shows=True, site=slug)
    yield get("chatbot:strictness", page("chatbot:strictness"), shows=True, site=slug)
    yield post("chatbot:choose_strictness", page("chatbot:choose_strictness", slug), {"strictness": "open", **REASON})
    words = {"word": "lorry", "other": "parcels", **REASON}
    yield post("chatbot:join_words", page("chatbot:join_words", slug), words)
    counter = {"category": "delivery"}
    yield post("chatbot:add_counterexample", page("chatbot:add_counterexample", key["gap"]), counter)
    yield get("chatbot:sites", page("chatbot:sites"), shows=True)
    yield get("chatbot:site", page("chatbot:site", ground.site.slug))
    yield get("chatbot:site_progress", page("chatbot:site_progress", ground.site.slug))
    for verb, data in _of_site(ground).items():
        yield post(f"chatbot:site_act {verb}", page("chatbot:site_act", ground.site.slug, verb), data)
    yield get("chatbot:starts", page("chatbot:starts"), shows=True)
    yield post("chatbot:starts begin", page("chatbot:starts"), {"site": ground.site.pk, "file": _questions()})
    yield get("chatbot:start", page("chatbot:start", ground["release.start"].pk))
    yield get("chatbot:start_progress", page("chatbot:start_progress", ground["release.start"].pk))
    yield post("chatbot:start_act", page("chatbot:start_act", ground["release.suggestion"].pk, "drop"))
    yield get("chatbot:gaps", page("chatbot:gaps"), shows=True, site=slug)
    yield get("chatbot:gap_cluster", page("chatbot:gap_cluster", key["gap"]))
    gap = {"move": "close", "gap": [key["gap"]], **REASON}
    yield post("chatbot:gap_act", page("chatbot:gap_act", key["gap"]), gap)


def _questions() -> SimpleUploadedFile:
    return SimpleUploadedFile("asked.csv", b"question\nWhere is my parcel?\nIs it free?\n", "text/csv")


def _desk(ground: Ground, page: Callable[..., str], talk: Any) -> Iterator[Probe]:
    slug = ground.site.slug
    yield get("admin:desk", page("admin:desk"), shows=True)
    yield get("admin:desk_closing", page("admin:desk_closing"), shows=True)
    yield post("admin:desk_closing", page("admin:desk_closing"), {"site": slug, "close": "1", **REASON})
    yield get("admin:desk_search", page("admin:desk_search"), shows=True, q="parcel")
    yield get("admin:desk_reports", page("admin:desk_reports"), site=slug)
    yield get("admin:desk_person", page("admin:desk_person", talk))
    yield get("admin:desk_beside", page("admin:desk_beside", talk), shows=True)
    many = {"conversation": [str(talk)], "verb": "tag", "tag": "recall"}
    tagged = lambda _: Tag.objects.filter(name="recall").exists()  # noqa: E731
    yield post("admin:desk_bulk", page("admin:desk_bulk"), many, did=tagged)
    yield get("admin:desk_conversation", page("admin:desk_conversation", talk))
    yield post("admin:desk_keep", page("admin:desk_keep", talk), {"kind": "reply", "text": "Hello"})
    yield get("admin:desk_articles", page("admin:desk_articles", talk), q="parcels")
    told = {"text": "Hello.", "need": "needed", "scope": "conversation", "length": "hour", "note": "Hm.", **REASON}
    keys = {"turn": ground["conversations.turn"].pk, "draft": ground["escalation.draft"].pk}
    keys |= {"block": ground["escalation.block"].pk, "to": f"team:{ground['escalation.team'].pk}"}
    keys |= {"approval": ground["approval"].pk, "tag": "recall", "shortcut": "late", "title": "It is late"}
    for verb in DESK:
        yield post(f"admin:desk_act {verb}", page("admin:desk_act", talk, verb), {**told, **keys})


def resumed(ground: Ground, what: str, path: str, data: Any, **more: Any) -> Probe:
    """Lift a pause that is engaged only meanwhile: everybody of the site is shown one on every page."""

    def ask(client: Client) -> HttpResponse:
        type(ground["release.killswitch"]).objects.update(lifted_at=None)
        return client.post(path, data, **more)

    return Probe(what, ask)


def newcomer(ground: Ground) -> None:
    """Somebody who has an account and no role yet."""
    ground.rows["user.new"] = User.objects.create_user("newcomer")
