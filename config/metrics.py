"""`/metrics` in the Prometheus text format: what was done, what waits, what is up. No text of any conversation.

Law of the room: a label's values come from a table or an enum, never from what somebody typed. Counters are added up
once and then by what settled since, so that a scrape costs what is new. Synthetic history is left out. It is not for
the world: whoever asks shows the token, or, where none is set, sits on this machine. What begins with
`handrail_process_` is this process's own, and is added up over processes; each process tells all the rest whole.
"""

import hmac
import ipaddress
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from chatbot import runner
from chatbot.decide import model, voting
from chatbot.web import door
from config import process
from conversations.models import Conversation, ToolCall, Turn
from escalation.models import Handoff
from release.live import fallen, permits
from release.models import Incident, KillSwitch, Run
from release.monitoring.sessions import Epoch
from sites.models import OutboxItem, Site
from sites.models.thresholds import Alert
from tools.chat import USES

BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))
"""Seconds; HANDRAIL_DEADLINE ends a turn at 12."""
_PASSED_ON = re.compile(r"forwarded|via|x-forwarded-.+|x-real-ip|x-client-ip|.+-connecting-ip|true-client-ip", re.I)
"""Headers by which a proxy tells that it asks for somebody else."""
BEHIND = timedelta(seconds=5)  # a turn's end is written a moment before its transaction commits
TURN = ("site", "category", "outcome", "reason")
VOTE = ("site", "use", "effect", "heard")
Labels = tuple[str, ...]
"""The values of a family's labels, in the order of their names."""
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
        self.votes: Counter[Labels] = Counter()

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
                self.calls[tool, state] += n
            self._model(new)
            self.upto = until

    def _model(self, new: "QuerySet[Turn]") -> None:
        """The calls that each turn noted; equal lists come as one row. What is no known result is not shown."""
        noted = new.annotate(calls=KeyTextTransform("model_calls", "trace")).filter(calls__startswith="[")
        rows = noted.values_list("conversation__site__slug", "calls").annotate(n=Count("pk"))
        for site, results, n in rows:
            for result in json.loads(results):
                if result in model.RESULTS:
                    self.model[site, str(result)] += n
        voted = new.annotate(votes=KeyTextTransform("model_votes", "trace")).filter(votes__startswith="[")
        for site, votes, n in voted.values_list("conversation__site__slug", "votes").annotate(n=Count("pk")):
            for vote in filter(_is_vote, json.loads(votes)):
                heard = "no" if vote.get("shadow") else "yes"
                self.votes[site, str(vote["use"]), str(vote["effect"]), heard] += n

    def _count(self, settled: "QuerySet[Turn]") -> None:
        rows = settled.values_list("conversation__site__slug", "category__slug", "outcome", "reason")
        for site, category, outcome, reason, n in rows.annotate(n=Count("pk")):
            self.turns[site, category or "", outcome, reason] += n
        took = Epoch("settled_at") - Epoch("created_at")
        timed = settled.values_list("conversation__site__slug", took)
        for site, seconds in timed.iterator(chunk_size=10_000):
            self.sums[site] = self.sums.get(site, 0.0) + seconds
            self.seconds[site, next(limit for limit in BUCKETS if seconds <= limit)] += 1


def _is_vote(vote: object) -> bool:
    known = isinstance(vote, dict) and vote.get("use") in USES
    return known and isinstance(vote, dict) and vote.get("effect") in tuple(voting.Effect)


_tally = Tally()


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Everything there is to measure, to whoever may see it; 403 with what to do to all others."""
    if not admitted(request):
        why = (
            "Metrics are not public: set HANDRAIL_METRICS_TOKEN and send it as bearer token, or ask on this machine.\n"
        )
        return HttpResponse(why, status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(exposition(timezone.now()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def admitted(request: HttpRequest) -> bool:
    """With a token set: who shows it. Without one: who asks on this machine, and nobody that a proxy asks for."""
    if token := settings.HANDRAIL_METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    if any(_PASSED_ON.fullmatch(name) for name in request.headers):
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_loopback and not any(peer in ipaddress.ip_network(n) for n in settings.HANDRAIL_TRUSTED_PROXIES)


def exposition(now: datetime) -> bytes:
    """Every family at a moment, in the text format 0.0.4. The registry is made for one scrape: nothing is global."""
    _tally.advance(now)
    registry = CollectorRegistry()
    registry.register(_Families(now))
    return generate_latest(registry)


class _Families(Collector):
    """What one scrape collects."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """The families: first what is counted, then what stands now."""
        yield _counter("handrail_turns", "Turns that were settled.", TURN, _tally.turns)
        yield _histogram()
        yield _counter("handrail_tool_calls", "Calls of tools by how they ended.", ("tool", "state"), _tally.calls)
        yield _counter(
            "handrail_model_calls", "Calls of the model by how they ended.", ("site", "result"), _tally.model
        )
        yield _counter("handrail_model_votes", "What votes of the model did, or would have done.", VOTE, _tally.votes)
        yield from _customers(self.now)
        yield from _work(self.now)
        yield from _trouble()
        yield from _of_this_process()


def _customers(now: datetime) -> Iterator[Metric]:
    by_state = {"site": "site__slug", "state": "state"}
    talks = Conversation.objects.filter(synthetic=False)
    yield _grouped("handrail_conversations", "Conversations by state.", talks, **by_state)
    handoffs = Handoff.objects.exclude(state=Handoff.State.CLOSED)
    yield _grouped("handrail_handoffs", "Handoffs that are not over.", handoffs, **by_state)
    waiting = Handoff.objects.filter(state=Handoff.State.OPEN).values_list("site__slug").annotate(at=Min("opened_at"))
    oldest: dict[Labels, float] = {(site,): (now - at).total_seconds() for site, at in waiting.order_by()}
    text = "How long the longest waiting customer waits."
    yield _gauge("handrail_waiting_oldest_seconds", text, ("site",), oldest)


def _work(now: datetime) -> Iterator[Metric]:
    undone = OutboxItem.objects.exclude(state=OutboxItem.State.DONE)
    yield _grouped("handrail_outbox", "Promised work that is not done.", undone, state="state", kind="kind")
    text = "How long the oldest due promise is overdue, by lane."
    yield _gauge("handrail_outbox_lag_seconds", text, ("lane",), _lag(now))
    parts: dict[Labels, float] = {(part,): float(up) for part, up in process.parts().items()}
    text = "Parts of this process: the index, and workers where they are embedded."
    yield _gauge("handrail_part_up", text, ("part",), parts)


def _trouble() -> Iterator[Metric]:
    open_now = Incident.objects.exclude(state=Incident.State.RESOLVED)
    by = {"site": "site__slug", "severity": "severity", "state": "state"}
    yield _grouped("handrail_incidents", "Incidents that are not resolved.", open_now, **by)
    engaged = KillSwitch.objects.filter(lifted_at=None)
    by = {"site": "site__slug", "category": "category__slug", "what": "what"}
    yield _grouped("handrail_pauses", "Pauses that are engaged; no site: everywhere.", engaged, **by)
    firing = Alert.objects.filter(firing=True)
    yield _grouped("handrail_alerts", "Alerts that are up.", firing, site="site__slug", rule="rule")
    text = "The level customers have a category at: 1 internal, 2 reviewed, 3 self-service."
    sites = Site.objects.order_by("slug")
    shown: dict[Labels, float] = {
        (site.slug, slug): float(level) for site in sites for slug, level in permits.levels(site.pk).items()
    }
    yield _gauge("handrail_exposure", text, ("site", "category"), shown)
    text = "1 where every category is at level 1, for the live release was tried with another of these parts."
    fell: dict[Labels, float] = {(each.site.slug, part): 1.0 for each in fallen.everywhere() for part in each.differing}
    yield _gauge("handrail_fallen", text, ("site", "part"), fell)
    text = "Share of scenarios the last finished run on what is live passed."
    yield _gauge("handrail_gate_passed", text, ("site",), _gate())


def _of_this_process() -> Iterator[Metric]:
    """What only this process knows: add it up over all of them."""
    own = {
        "handrail_process_sockets": ("Open chat sockets.", door.sockets()),
        "handrail_process_turns_waiting": ("Turns that wait to be decided.", runner.waiting()),
        "handrail_process_overloaded": ("1 while new questions are answered with busy.", runner.overloaded()),
    }
    for name, (text, value) in own.items():
        yield _gauge(name, text, (), {(): float(value)})


def _counter(name: str, text: str, labels: tuple[str, ...], counted: Mapping[Labels, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, n in sorted(counted.items()):
        family.add_metric(values, n)
    return family


def _gauge(name: str, text: str, labels: tuple[str, ...], measured: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in sorted(measured.items()):
        family.add_metric(values, value)
    return family


def _grouped(name: str, text: str, rows: "QuerySet[Any]", **by: str) -> Metric:
    """A gauge of how many rows there are, by label: field."""
    counted = rows.order_by().values_list(*by.values()).annotate(n=Count("pk"))
    found = {tuple(str(value or "") for value in row[:-1]): float(row[-1]) for row in counted}
    return _gauge(name, text, tuple(by), found)


def _histogram() -> Metric:
    text = "From a message's acknowledgement to its answer."
    family = HistogramMetricFamily("handrail_turn_seconds", text, labels=("site",))
    for site, total in sorted(_tally.sums.items()):
        so_far = accumulate(_tally.seconds[site, limit] for limit in BUCKETS)
        family.add_metric((site,), [(_le(limit), n) for limit, n in zip(BUCKETS, so_far, strict=True)], total)
    return family


def _le(limit: float) -> str:
    return "+Inf" if limit == float("inf") else f"{limit:g}"


def _lag(now: datetime) -> dict[Labels, float]:
    due = OutboxItem.objects.filter(state=OutboxItem.State.DUE, due_at__lte=now)
    oldest = dict(due.order_by().values_list("bulk").annotate(at=Min("due_at")))
    lanes = (("fast", False), ("bulk", True))
    return {(lane,): (now - oldest[bulk]).total_seconds() if bulk in oldest else 0.0 for lane, bulk in lanes}


def _gate() -> dict[Labels, float]:
    live = Run.objects.filter(release__state="live", finished_at__isnull=False, total__gt=0, away=False)
    live = live.order_by("release", "-id")
    last: dict[str, Run] = {}
    for run in live.select_related("release__site").defer("release__body"):
        last.setdefault(run.release.site.slug, run)
    return {(site,): (run.total - run.failed) / run.total for site, run in last.items()}
