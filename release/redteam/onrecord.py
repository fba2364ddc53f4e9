"""What the installation's own database says about the attacks: the turns they left, and whether anything else moved."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F

from conversations.models import Conversation, Message, ToolCall, Turn
from knowledge.models import Gap
from release.models import Release, Verdict
from release.redteam.catalogue import Script
from sites.models import Site

STILL = (
    "handrail_sites.Site",
    "handrail_sites.Membership",
    "knowledge.Category",
    "knowledge.Example",
    "knowledge.Source",
    "knowledge.Revision",
    "knowledge.Passage",
    "tools.Connection",
    "tools.Tool",
    "release.Release",
    "release.Scenario",
    "release.Exposure",
    "release.KillSwitch",
    "auth.User",
)
"""Tables that no customer's message may move."""

UNENDED = ("queued", "running")
LATEST = 200


def turns(conversation: str, seconds: float = 20.0) -> list[dict[str, Any]]:
    """The turns of a conversation once all have ended, oldest first, with their tool calls."""
    own = Turn.objects.filter(conversation_id=uuid.UUID(conversation)).order_by("id")
    until = time.monotonic() + seconds
    while own.filter(state__in=UNENDED).exists() and time.monotonic() < until:
        time.sleep(0.02)
    rows = list(own.annotate(slug=F("category__slug")).values("id", "outcome", "reason", "confidence", "trace", "slug"))
    calls: dict[int, list[dict[str, Any]]] = {}
    claims = _claims(uuid.UUID(conversation))
    for call in ToolCall.objects.filter(turn__in=[row["id"] for row in rows]):
        customer = str(call.arguments.get(claims.get(call.tool, ""), ""))
        facts = {"tool": call.tool, "state": call.state, "customer": customer}
        calls.setdefault(call.turn_id, []).append(facts)
    return [{**row, "category": row["slug"], "calls": calls.get(row["id"], [])} for row in rows]


def _claims(conversation: uuid.UUID) -> dict[str, str]:
    """The argument of each declared tool that carries who the customer is."""
    live = Release.objects.filter(site__conversations=conversation, state=Release.State.LIVE).first()
    tools = live.body.get("tools", ()) if live else ()
    return {
        tool["name"]: name
        for tool in tools
        for name, argument in tool.get("arguments", {}).items()
        if argument.get("claim") == "sub"
    }


def still() -> dict[str, str]:
    """A digest of each table that must stay as it is."""
    return {name: _digest(name) for name in STILL}


def others(site: Site, own: set[str]) -> str:
    """A digest of the messages in everybody else's conversations."""
    theirs = Conversation.objects.filter(site=site).exclude(pk__in=own).values("pk")
    rows = Message.objects.filter(conversation__in=theirs).order_by("pk").values_list("pk", "seq", "text")
    return _sha(list(rows))


def failures(site: Site) -> list[Script]:
    """What went wrong before: the conversations of scenarios that failed, and questions nobody could answer."""
    failed = Verdict.objects.filter(run__release__site=site, passed=False).order_by("-id")[:LATEST]
    bodies = {s["id"]: s for s in _scenarios(site)}
    asked = [tuple(bodies[v.scenario]["turns"]) for v in failed if v.scenario in bodies]
    gaps = Gap.objects.filter(site=site).order_by("-id").values_list("text", flat=True)[:LATEST]
    return list(dict.fromkeys([*asked, *((text,) for text in gaps)]))


def token(site: Site, sub: str) -> str:
    """A signed identity for a customer; empty where no key is set up for the site."""
    ring = settings.HANDRAIL_IDENTITY_KEYS.get(site.slug)
    if not ring:
        return ""
    kid, key = next(iter(ring.items()))
    now = datetime.now(UTC)
    claims = {"sub": sub, "aud": site.slug, "iat": now, "exp": now + timedelta(minutes=55)}
    return jwt.encode(claims, key, "HS256", headers={"kid": kid})


def _scenarios(site: Site) -> list[Mapping[str, Any]]:
    return list(site.scenarios.values_list("body", flat=True))


def _digest(model: str) -> str:
    rows = apps.get_model(model).objects.order_by("pk")
    fields = [f.attname for f in apps.get_model(model)._meta.concrete_fields if f.name != "last_login"]
    return _sha(list(rows.values_list(*fields)))


def _sha(rows: list[Any]) -> str:
    return hashlib.sha256(json.dumps(rows, cls=DjangoJSONEncoder).encode()).hexdigest()
