"""What was shown: the gate, the attacks, the texts behind the answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from knowledge.models import Category, Source
from release.core.bars import STANDARD
from release.core.intervals import wilson
from release.exposure import rates
from release.live import alarms
from release.models import Run
from release.models.proofs import RedTeamRun
from release.readiness.look import Fact, Look, counts
from release.redteam import catalogue

PERIOD = timedelta(days=7)


# ── Evaluation ────────────────────────────────────────────────────────────────────────────────────────────────────


def evaluation(look: Look) -> Iterator[Fact]:
    """What the gate asked of exactly this release, and what customers' own signals say."""
    yield Fact("Bar", f"{_bar(look)} on this very build; nothing switches it off")
    scenarios = look.live.scenarios if look.live else ()
    kinds = Counter(_kind(scenario) for scenario in scenarios)
    yield Fact("Scenarios", f"{len(scenarios)}: {counts(kinds, '{}')}", "" if scenarios else "There are none.")
    asked = {str(scenario.get("expect", {}).get("category")) for scenario in scenarios}
    if unasked := [c.title for c in look.categories if c.route == "answer" and c.slug not in asked]:
        yield Fact("Asked about by no scenario that names them", ", ".join(unasked), "The gate says nothing of these.")
    yield _run(look)
    if drift := alarms.drifted(look.site.pk):
        shown = ", ".join(drift.scenarios[:5])
        yield Fact("Scheduled run", f"run {drift.run} failed", f"What is live no longer passes: {shown}.", False)
    yield _seen(look)
    one, of = rates.crowd(look.site.pk, look.now - PERIOD)
    crowded = of >= rates.ENOUGH and one * 2 > of
    lacks = "More than half share one address; only three of them count. Is HANDRAIL_TRUSTED_PROXIES set?"
    yield Fact("Conversations from the busiest address", f"{one} of {of}", lacks if crowded else "", False)


def _bar(look: Look) -> str:
    """What the live release had to show: everything passes, but where its bars ask for less."""
    bars = look.live.bars if look.live else {}
    softer = {slug or "no category": bar for slug, bar in bars.items() if bar.percent < STANDARD.percent}
    told = "; ".join(f"{name}: {bar}" for name, bar in softer.items())
    return f"every scenario passes, but for what these bars leave ({told})," if told else "every scenario passes"


def _kind(scenario: Mapping[str, Any]) -> str:
    if "hostile" in scenario.get("tags", ()):
        return "hostile"
    return " or ".join(scenario.get("expect", {}).get("outcome", ())) or "other"


def _run(look: Look) -> Fact:
    run = Run.objects.filter(release=look.release, finished_at__isnull=False).first() if look.release else None
    if run is None or run.finished_at is None:
        return Fact("Last run of the gate", "none", "Nothing was evaluated.", False)
    passed = run.total - run.failed
    upper = wilson(run.failed, run.total)[1]
    told = f"run {run.pk}, {run.finished_at:%d %b %Y, %H:%M}: {passed} of {run.total} passed"
    told += f"; of such questions at most {upper:.1%} would fail (95 %)"
    return Fact("Last run of the gate", told, "" if run.passed else "It failed.", False)


def _seen(look: Look) -> Fact:
    """What the watch has counted in its period, against its bars."""
    live = [category.slug for category in look.categories]
    found = [
        (category, rate)
        for category in Category.objects.filter(site=look.site, slug__in=live)
        for rate in rates.of(category, look.now - PERIOD)
    ]
    told = "; ".join(f"{category}: {rate.bad} {rate.what} of {rate.n}" for category, rate in found if rate.n)
    bars = ", ".join(f"{what} {bar:.0%}" for what, bar in rates.BARS.items())
    above = [f"{rate.what} of {category}" for category, rate in found if rate.above]
    lacks = f"Above the bar: {', '.join(above)}." if above else ""
    return Fact(f"Seen from customers in seven days (bars: {bars})", told or "nothing yet", lacks, False)


# ── Attacks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def attacks(look: Look) -> Iterator[Fact]:
    """How much was tried against exactly this release, and what came of it."""
    hostile = [s for s in (look.live.scenarios if look.live else ()) if "hostile" in s.get("tags", ())]
    yield Fact(
        "Hostile scenarios in the gate", str(len(hostile)), "" if hostile else "The gate asks nothing of an attacker's."
    )
    runs = RedTeamRun.objects.filter(site=look.site, fingerprint=look.release.fingerprint if look.release else "")
    if (run := runs.first()) is None:
        last = RedTeamRun.objects.filter(site=look.site).first()
        told = f"none; the last was on another, {last.at:%d %b %Y}" if last else "none"
        yield Fact("Attack on this release", told, "Nobody has attacked what is live (manage.py redteam).", False)
        return
    told = f"{run.at:%d %b %Y}, seed {run.seed}: {run.successes} of {run.tries} tries succeeded, "
    told += f"{run.distinct_texts} distinct texts, {len(run.goals)} goals"
    yield Fact("Attack on this release", told, "Some succeeded." if run.successes else "", False)
    if worst := max(run.goals, key=lambda goal: float(goal["upper"]), default=None):
        bound = f"{worst['upper']:.1%} ({worst['title']}, {worst['tries']} tries)"
        yield Fact("At most this share of such tries would succeed (95 %)", bound, settled=False)
    tried = {goal["goal"] for goal in run.goals}
    if untried := [goal.title for goal in catalogue.walls() if goal.slug not in tried]:
        yield Fact("Goals that were not tried", ", ".join(untried), "These say nothing yet.", False)


# ── Grounding ─────────────────────────────────────────────────────────────────────────────────────────────────────


def grounding(look: Look) -> Iterator[Fact]:
    """How an answer comes to its words, and how good the texts behind it are now."""
    modes = Counter(category.mode for category in look.categories)
    yield Fact("Answers", counts(modes, "by {}") or "none")
    yield Fact("Embedder", str(look.bot["embedder"]))
    usable = look.live.revisions.keys() if look.live else ()
    sources = Source.objects.filter(revisions__in=list(usable)).distinct()
    states = Counter(source.state(look.now.date()) for source in sources)
    late = states["expired"] + states["review due"]
    yield Fact(
        "Articles of this release, now", counts(states, "{}") or "none",
        f"{late} are past their review or their end." if late else "", False,
    )  # fmt: skip
    approvers = Counter(sources.filter(revisions__in=list(usable)).values_list("revisions__approver", flat=True))
    yield Fact("Texts approved by", counts(approvers, "by {}") or "nobody")
