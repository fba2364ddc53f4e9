"""How long customers wait: for the assistant, by what its turns noted, and for a person, by the handoffs' events."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models.fields.json import KeyTextTransform, KeyTransform

from release.monitoring import sessions
from release.monitoring.monitor import Period, Share, percentile, spread
from release.monitoring.sessions import KEY, Epoch
from sites.choices.hours import staffed
from sites.models import Site

LATEST = 2000  # turns whose stages are read, newest first: a percentile of more is no better, and their notes are long
WAITS = 1000  # waits measured against the hours, newest first
THIN = 5  # values below which a bin of a line is left empty
DONE = ("handoff.withdrawn", "handoff.abandoned", "handoff.called_back")


@dataclass(frozen=True, slots=True)
class Latency:
    """One stage of deciding: milliseconds at the median, the 95th and the 99th of a hundred."""

    stage: str
    n: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the assistant was: by stage, and over time (None: too few)."""

    stages: Sequence[Latency]
    bins: Sequence[tuple[float, float, float] | None]
    n: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Staffed seconds until a person came, those who came in time, who gave up, and what it was over time."""

    n: int
    p50: float | None
    p90: float | None
    in_target: Share
    gave_up: Share
    bins: Sequence[tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class Quality:
    """What agents said of handoffs as they closed them."""

    counts: dict[str, int]
    n: int


def latency(site: Site, period: Period, *, synthetic: bool) -> Speed:
    """By stage, from the milliseconds the latest turns noted; a stage's own time, not the time since the beginning."""
    told = sessions.turns(site, period.since, period.now, synthetic=synthetic).order_by("-settled_at")
    rows = list(told.values_list(Epoch("settled_at"), KeyTransform("ms", "trace"))[:LATEST])
    stages: dict[str, list[float]] = defaultdict(list)
    whole = []
    for at, marks in rows:
        before = 0.0
        for stage, ms in sorted((marks or {}).items(), key=lambda mark: float(mark[1])):
            stages["rest" if stage == "decided" else stage].append(ms - before)
            before = ms
        if marks:
            whole.append((at, before))
    named = [*stages.items(), ("all", [ms for _, ms in whole])]
    found = [_latency(stage, sorted(values)) for stage, values in named if values]
    bins = [_three(values) for values in spread(whole, period)]
    return Speed(found, bins, len(whole))


def waits(site: Site, period: Period, *, synthetic: bool) -> Waits:
    """From the events: opened, claimed, and the ends without a person. Hours in which nobody is there do not count."""
    kinds = ("handoff.opened", "handoff.claimed", *DONE)
    made = sessions.events(site, kinds, period.since, period.now, synthetic=synthetic).order_by("-id")
    rows = made.values_list(KEY, "kind", KeyTextTransform("target_s", "body"), Epoch("at"))
    ended: dict[str, tuple[str, float]] = {}
    found: list[tuple[float, str, float, float | None]] = []
    for conversation, kind, target, at in rows[: 3 * WAITS]:
        if kind != "handoff.opened":
            ended[conversation] = (kind, at)
        elif conversation in ended:
            how, until = ended.pop(conversation)
            found.append((at, how, _staffed(site, at, until), float(target) if target else None))
    claimed = [(at, waited) for at, how, waited, _ in found if how == "handoff.claimed"]
    lengths = sorted(waited for _, waited in claimed)
    promised = [(waited <= target) for _, how, waited, target in found if how == "handoff.claimed" and target]
    return Waits(
        len(claimed),
        percentile(lengths, 0.5) if lengths else None,
        percentile(lengths, 0.9) if lengths else None,
        Share(sum(promised), len(promised)),
        Share(sum(how == "handoff.withdrawn" for _, how, _, _ in found), len(found)),
        [
            (percentile(values, 0.5), percentile(values, 0.9)) if len(values) >= THIN else None
            for values in spread(claimed, period)
        ],
    )


def quality(site: Site, period: Period, *, synthetic: bool) -> Quality:
    """Needed, unneeded, too late, or the customer had to repeat themselves; handoffs nobody said it of are left out."""
    made = sessions.events(site, ("handoff.closed",), period.since, period.now, synthetic=synthetic).order_by()
    counts = dict.fromkeys(("needed", "unneeded", "too_late", "repeated"), 0)
    for need in made.values_list(KeyTextTransform("need", "body"), flat=True):
        if need in counts:
            counts[need] += 1
    return Quality(counts, sum(counts.values()))


def _staffed(site: Site, since: float, until: float) -> float:
    moments = (datetime.fromtimestamp(at, UTC) for at in (since, until))
    return staffed(site, *moments).total_seconds()


def _latency(stage: str, values: Sequence[float]) -> Latency:
    return Latency(stage, len(values), *(percentile(values, share) for share in (0.5, 0.95, 0.99)))


def _three(values: Sequence[float]) -> tuple[float, float, float] | None:
    if len(values) < THIN:
        return None
    return percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)
