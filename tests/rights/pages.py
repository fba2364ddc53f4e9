"""Every page that is not a row's own, as requests that do the real thing on one site."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from escalation.models.talks import Tag
from escalation.web.views import VERBS as DESK
from release.web.incident_api import VERBS as INCIDENT
from tests.rights.ground import Ground
from tests.rights.probes import REASON, Probe, get, is_file, models_and_actions, post, resumed


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
    yield post("admin:conversations_export", page("admin:conversations_export"), taken, did=is_file)
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
        "admit": {"origin": "https://shop.example"},
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
    for name in ("chatbot:site_progress", "chatbot:site_look", "chatbot:site_seen"):
        yield get(name, page(name, ground.site.slug))
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
