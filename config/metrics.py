"""`/metrics` in the Prometheus text format: what was done, what waits, what is up. No text of any conversation.

Law of the room: a label's values come from a table or an enum, never from what somebody typed. Counters are added up
once and then by what settled since, so that a scrape costs what is new. Synthetic history is left out. It is not for
the world: whoever asks shows the token, or, where none is set, sits on this machine.
"""

import hmac
import ipaddress
import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from chatbot import door, model
from config import process
from conversations.models import Conversation, ToolCall, Turn
from escalation.models import Handoff
from release.models import Incident, KillSwitch, Run
from release.visits import Epoch
from sites.models import OutboxItem
from sites.thresholds import Alert

BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; HANDRAIL_DEADLINE ends a turn at 12."""
BEHIND = timedelta(seconds=5)  # a turn's end is written a moment before its transaction commits
Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, Labels, float]
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Tally:
    """Turns, and calls of tools and models, up to a moment, added up in this process; each process has all of them."""

    def __init__(self) -> None:
        self.lock, self.upto = threading.Lock(), BEGINNING
        self.turns: Counter[Labels] = Counter()
        self.seconds: Counter[tuple[str, float]] = Counter()
        self.sums: dict[str, float] = {}
        self.calls: Counter[Labels] = Counter()
        self.model: Counter[Labels] = Counter()

    def advance(self, now: datetime) -> None:
        """Add what settled since the last time."""
        with self.lock:
            until = now - BEHIND
            if until <= self.upto:
                return
            new = Turn.objects.filter(settled_at__gt=self.upto, settled_at__lte=until, conversation__synthetic=False)
            new = new.order_by()
            self._count(new.filter(state=Turn.State.SETTLED))
            asked = ToolCall.objects.filter(turn__in=new).order_by().values_list("tool", "state")
            for tool, state, n in asked.annotate(n=Count("pk")):
                self.calls[("tool", tool), ("state", state)] += n
            self._model(new)
            self.upto = until

    def _model(self, new: "QuerySet[Turn]") -> None:
        """The calls that each turn noted; equal lists come as one row. What is no known result is not shown."""
        noted = new.annotate(calls=KeyTextTransform("model_calls", "trace")).filter(calls__startswith="[")
        rows = noted.values_list("conversation__site__slug", "calls").annotate(n=Count("pk"))
        for site, results, n in rows:
            for result in json.loads(results):
                if result in model.RESULTS:
                    self.model[("site", site), ("result", str(result))] += n

    def _count(self, settled: "QuerySet[Turn]") -> None:
        rows = settled.values_list("conversation__site__slug", "category__slug", "outcome", "reason")
        for site, category, outcome, reason, n in rows.annotate(n=Count("pk")):
            self.turns[("site", site), ("category", category or ""), ("outcome", outcome), ("reason", reason)] += n
        took = Epoch("settled_at") - Epoch("created_at")
        timed = settled.values_list("conversation__site__slug", took)
        for site, seconds in timed.iterator(chunk_size=10_000):
            self.sums[site] = self.sums.get(site, 0.0) + seconds
            self.seconds[site, next((limit for limit in BUCKETS if seconds <= limit), float("inf"))] += 1


_tally = Tally()


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Everything there is to measure, to whoever may see it; 403 with what to do to all others."""
    if not admitted(request):
        why = (
            "Metrics are not public: set HANDRAIL_METRICS_TOKEN and send it as bearer token, or ask on this machine.\n"
        )
        return HttpResponse(why, status=403, content_type="text/plain; charset=utf-8")
    body = "".join(line + "\n" for line in lines(timezone.now()))
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def admitted(request: HttpRequest) -> bool:
    """With a token set: who shows it. Without one: this machine; behind a proxy that is not trusted, nobody."""
    if token := settings.HANDRAIL_METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    forwarded = request.headers.get("X-Forwarded-For", "")
    address = door.address(request.META.get("REMOTE_ADDR", ""), {b"x-forwarded-for": forwarded.encode()})
    if request.META.get("REMOTE_ADDR", "") == address and (forwarded or request.headers.get("Forwarded")):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def lines(now: datetime) -> Iterator[str]:
    """The exposition, family by family."""
    _tally.advance(now)
    for name, kind, text, samples in _families(now):
        yield f"# HELP {name} {_escaped(text)}"
        yield f"# TYPE {name} {kind}"
        for suffix, labels, value in samples:
            named = ",".join(f'{label}="{_quoted(each)}"' for label, each in labels)
            yield f"{name}{suffix}{f'{{{named}}}' if named else ''} {value:.15g}"


def _families(now: datetime) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    yield "handrail_turns_total", "counter", "Turns that were settled.", _each(_tally.turns)
    yield "handrail_turn_seconds", "histogram", "From a message's acknowledgement to its answer.", list(_histogram())
    yield "handrail_tool_calls_total", "counter", "Calls of tools by how they ended.", _each(_tally.calls)
    yield "handrail_model_calls_total", "counter", "Calls of the model by how they ended.", _each(_tally.model)
    talks = Conversation.objects.filter(synthetic=False)
    yield (
        "handrail_conversations",
        "gauge",
        "Conversations by state.",
        _grouped(talks, site="site__slug", state="state"),
    )
    handoffs = Handoff.objects.exclude(state=Handoff.State.CLOSED)
    yield (
        "handrail_handoffs",
        "gauge",
        "Handoffs that are not over.",
        _grouped(handoffs, site="site__slug", state="state"),
    )
    waiting = Handoff.objects.filter(state=Handoff.State.OPEN).values_list("site__slug").annotate(at=Min("opened_at"))
    oldest = [("", (("site", site),), (now - at).total_seconds()) for site, at in waiting.order_by()]
    yield "handrail_waiting_oldest_seconds", "gauge", "How long the longest waiting customer waits.", oldest
    undone = OutboxItem.objects.exclude(state=OutboxItem.State.DONE)
    yield "handrail_outbox", "gauge", "Promised work that is not done.", _grouped(undone, state="state", kind="kind")
    yield "handrail_outbox_lag_seconds", "gauge", "How long the oldest due promise is overdue, by lane.", _lag(now)
    parts = [("", (("part", part),), float(up)) for part, up in process.parts().items()]
    yield "handrail_part_up", "gauge", "Parts of this process: the index, and workers where they are embedded.", parts
    open_now = Incident.objects.exclude(state=Incident.State.RESOLVED)
    by = {"site": "site__slug", "severity": "severity", "state": "state"}
    yield "handrail_incidents", "gauge", "Incidents that are not resolved.", _grouped(open_now, **by)
    engaged = KillSwitch.objects.filter(lifted_at=None)
    by = {"site": "site__slug", "category": "category__slug", "what": "what"}
    yield "handrail_pauses", "gauge", "Pauses that are engaged; no site: everywhere.", _grouped(engaged, **by)
    firing = Alert.objects.filter(firing=True)
    yield "handrail_alerts", "gauge", "Alerts that are up.", _grouped(firing, site="site__slug", rule="rule")
    yield "handrail_gate_passed", "gauge", "Share of scenarios the last finished run on what is live passed.", _gate()


def _each(counted: Mapping[Labels, int]) -> list[Sample]:
    return [("", labels, float(n)) for labels, n in sorted(counted.items())]


def _histogram() -> Iterator[Sample]:
    for site, total in sorted(_tally.sums.items()):
        so_far = 0
        for limit in (*BUCKETS, float("inf")):
            so_far += _tally.seconds[site, limit]
            yield "_bucket", (("site", site), ("le", "+Inf" if limit == float("inf") else f"{limit:g}")), so_far
        yield "_sum", (("site", site),), total
        yield "_count", (("site", site),), so_far


def _grouped(rows: "QuerySet[Any]", **by: str) -> list[Sample]:
    counted = rows.order_by().values_list(*by.values()).annotate(n=Count("pk"))
    return sorted(
        ("", tuple((label, str(value or "")) for label, value in zip(by, row, strict=False)), float(row[-1]))
        for row in counted
    )


def _lag(now: datetime) -> list[Sample]:
    due = OutboxItem.objects.filter(state=OutboxItem.State.DUE, due_at__lte=now)
    oldest = dict(due.order_by().values_list("bulk").annotate(at=Min("due_at")))
    lanes = (("fast", False), ("bulk", True))
    return [
        ("", (("lane", lane),), (now - oldest[bulk]).total_seconds() if bulk in oldest else 0.0) for lane, bulk in lanes
    ]


def _gate() -> list[Sample]:
    live = Run.objects.filter(release__state="live", finished_at__isnull=False, total__gt=0).order_by("release", "-id")
    last: dict[str, Run] = {}
    for run in live.select_related("release__site").defer("release__body"):
        last.setdefault(run.release.site.slug, run)
    return [("", (("site", site),), (run.total - run.failed) / run.total) for site, run in sorted(last.items())]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', '\\"')
