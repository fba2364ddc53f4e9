"""How the language model does, on one page: what is set up, what it cost, how calls ended, what votes did."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin import site as admin_site
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from chatbot.decide import asking, budget, condense, model, provider, voting
from conversations.models import Turn
from release.live import fallen, snapshot
from sites.access.roles import sites_where
from sites.models import Site
from tools.chat import USES, Chat, Mode

HOUR, SHOWN = timedelta(hours=1), 20
SHADOW = " (in shadow: the bot's own was shown)"
WORDS = {
    "chose": "chose sentences",
    "found_nothing": "found none that answers",
    "wrong_key": "wrong key: the server does not know us, or refuses us (401, 403)",
    "quota": "quota: too many calls, or nothing is left of what was paid for (402, 429)",
    "unsupported": "unsupported: the server does not understand this form of asking; a plainer one is tried",
    "refused": "refused with another error status",
    "timeout": "time-out: no answer in a third of a turn's deadline",
    "connection": "connection: no answer, one that broke off, or too large a one",
    "refusal": "refusal: the model declined to answer",
    "cut": "cut: the answer broke off at its limit of tokens",
    "malformed": "nonsense: no numbers, or others than it was shown",
    "left_alone": "not asked: three calls in a row had failed; tried again after 20 seconds",
    "busy": "not asked: as many ask and wait already as may",
    "over_budget": "not asked: nothing is left of a budget",
    "no_time": "not asked: the turn's time was up",
}
"""How a call may end, in words for people."""
EFFECTS = {
    voting.Effect.SAME: "chose what the bot chose",
    voting.Effect.CHANGED: "chose other sentences",
    voting.Effect.OVERRULED: "found none; the bot was sure, and its answer stayed",
    voting.Effect.UNFIT: "chose what may not be quoted; the bot's answer stayed",
    voting.Effect.DECLINED: "found none where the bot was not sure either",
    voting.Effect.LEFT_OUT: "left out; the bot answered alone",
}


SWITCHES = {Mode.ON: "on", Mode.SHADOW: "in shadow", Mode.OFF: "off"}
FORMS = {
    provider.Form.SCHEMA: "by JSON schema",
    provider.Form.TOOLS: "by tool call, for it understands no JSON schema",
    provider.Form.PLAIN: "plainly, for it understands neither JSON schema nor tool calls",
}


@dataclass(frozen=True, slots=True)
class Connected:
    """One model: the connection's name, how it is asked, whether it is left alone, and how many ask and wait."""

    chat: Chat
    form: str
    left_alone: bool
    queued: int

    @classmethod
    def of(cls, chat: Chat) -> "Connected":
        """What this process knows of it."""
        line = model.line_of(chat)
        queued = line.turnstile.queued if line.turnstile else 0
        return cls(chat, FORMS[provider.forms(chat)[0]], line.breaker.open, queued)


@dataclass(frozen=True, slots=True)
class Lately:
    """A site's own models, what its categories ask them, and its last hour: how calls ended, what votes did, and the
    newest failures with their conversations."""

    site: Site
    connected: list[Connected]
    switches: list[tuple[str, list[str]]]
    calls: list[tuple[str, int]]
    effects: list[tuple[str, int]]
    failures: list[tuple[datetime | None, object, str]]
    tokens: int
    price: float


@require_GET
@staff_member_required
def page(request: HttpRequest) -> HttpResponse:
    """The model, for whoever may see the releases of a site."""
    sites = sites_where(request.user, "release.view_release").order_by("name")
    if not sites:
        raise PermissionDenied("Who may see releases sees how the model does.")
    tokens, price = budget.today()
    context = {
        **admin_site.each_context(request),
        "title": "Language model",
        "plural": "releases",
        "back": reverse("admin:release_release_changelist"),
        "model": settings.HANDRAIL_MODEL,
        "own": [Connected.of(chat) for chat in asking.own()],
        "uses": USES,
        "refusal": condense.refusal(),
        "tokens": tokens,
        "price": price,
        "priced": any(settings.HANDRAIL_MODEL_PRICE),
        "budgets": _budgets(),
        "sites": [_lately(site) for site in sites],
        "fallen": [found for site in sites if (found := fallen.of(site))],
    }
    return render(request, "chatbot/model.html", context)


def _budgets() -> list[tuple[str, float]]:
    names = {
        "TOKENS_CONVERSATION": "tokens of a conversation",
        "TOKENS_SITE": "tokens of a site",
        "TOKENS_DAY": "tokens of the installation",
        "COST_SITE": "money of a site",
        "COST_DAY": "money of the installation",
    }
    return [(text, most) for name, text in names.items() if (most := getattr(settings, f"HANDRAIL_MODEL_{name}"))]


def _switches(site: Site) -> tuple[list[Connected], list[tuple[str, list[str]]]]:
    """The models of a site's live release, and how far each use goes in each category."""
    live = snapshot.live(site.pk)
    if live is None:
        return [], []
    rows = [
        (each.title, [SWITCHES[asking.of(live, [each.slug], use).mode] for use in USES])
        for each in live.categories
        if each.route == "answer"
    ]
    return [Connected.of(chat) for chat in live.models.said.connections], rows


def _lately(site: Site) -> Lately:
    calls, effects = Counter[str](), Counter[tuple[str, bool]]()
    failures = []
    for at, conversation, ended, votes in _turns(site):
        calls.update(each for each in ended if each in WORDS)
        effects.update((vote["effect"], bool(vote.get("shadow"))) for vote in votes if vote.get("effect") in EFFECTS)
        failed = [WORDS[each] for each in ended if each in WORDS and each not in (model.CHOSE, model.FOUND_NOTHING)]
        failures += [(at, conversation, "; ".join(dict.fromkeys(failed)))] if failed else []
    tokens, price = budget.today(site.slug)
    return Lately(
        site,
        *_switches(site),
        [(WORDS[each], n) for each, n in calls.most_common()],
        [(EFFECTS[voting.Effect(each)] + SHADOW * kept, n) for (each, kept), n in effects.most_common()],
        failures[:SHOWN],
        tokens,
        price,
    )


def _turns(site: Site) -> Iterator[tuple[datetime | None, object, list[str], list[dict[str, str]]]]:
    """The turns of the last hour in which a model was meant to be asked, the newest first."""
    rows: QuerySet[Turn] = Turn.objects.filter(
        conversation__site=site, conversation__synthetic=False, settled_at__gte=timezone.now() - HOUR
    )
    told = rows.annotate(
        calls=KeyTextTransform("model_calls", "trace"), votes=KeyTextTransform("model_votes", "trace")
    ).filter(calls__startswith="[")
    for at, conversation, calls, votes in told.order_by("-settled_at").values_list(
        "settled_at", "conversation_id", "calls", "votes"
    ):
        yield at, conversation, json.loads(calls), json.loads(votes or "[]")
