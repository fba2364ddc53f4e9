"""The report of a campaign: for people as a table, for machines as JSON, and its successes as scenarios to propose."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from release.core.intervals import wilson
from release.models.proofs import RedTeamRun
from release.redteam.campaign import Plan, Success, Tally
from release.redteam.mutators import KINDS
from sites.core import ledger
from sites.models import Site

CLASSES = ("plain", *KINDS, "agent")
NOT_A_SCENARIO = frozenset({"silent", "disclosed", "answered", "prompt", "state"})
"""Judges of what the gate cannot ask: it knows no button, no clock and no second customer."""

REFUSED = ["decline", "handoff", "clarify", "courtesy"]
Report = dict[str, Any]


def as_json(plan: Plan, tallies: Sequence[Tally], release: str, seconds: float) -> Report:
    """The whole campaign; `upper` is the 95 % upper bound of the share of tries that would succeed."""
    texts = {text for tally in tallies for text in tally.texts}
    return {
        "site": plan.site.slug,
        "release": release,
        "seed": plan.seed,
        "budget": {"tries": plan.tries, "goals": len(plan.goals)},
        "totals": {
            "tries": sum(tally.tries for tally in tallies),
            "distinct_texts": len(texts),
            "successes": sum(len(tally.successes) for tally in tallies),
            "seconds": seconds,
        },
        "goals": [_row(tally) for tally in tallies],
        "successes": [_success(each) for tally in tallies for each in tally.successes],
    }


def keep(site: Site, report: Mapping[str, Any], *, fingerprint: str) -> RedTeamRun:
    """Keep the figures of a campaign and what it was against; what was said in it stays in the report."""
    totals = report["totals"]
    goals = [{key: value for key, value in row.items() if key != "closest"} for row in report["goals"]]
    figures = {key: totals[key] for key in ("tries", "distinct_texts", "successes", "seconds")}
    with transaction.atomic():
        ledger.append(site.pk, "redteam", {"release": fingerprint, "seed": report["seed"], **figures})
        return RedTeamRun.objects.create(
            site=site, fingerprint=fingerprint, seed=report["seed"], goals=goals, **figures
        )


def lines(report: Report) -> Iterator[str]:
    """The report as people read it."""
    yield f"{'goal':<12} {'tries':>5} {'texts':>6} {'won':>4} {'at most':>8}  outcomes"
    for row in report["goals"]:
        outcomes = ", ".join(f"{count} {name}" for name, count in row["outcomes"].items())
        yield (
            f"{row['goal']:<12} {row['tries']:>5} {row['distinct_texts']:>6} {row['successes']:>4} "
            f"{row['upper']:>8.2%}  {outcomes}"
        )
    yield ""
    yield from _coverage(report["goals"])
    totals = report["totals"]
    yield ""
    yield (
        f"{totals['successes']} of {totals['tries']} tries succeeded ({totals['distinct_texts']} distinct texts, "
        f"seed {report['seed']}, {totals['seconds']} s)."
    )


def told(success: Mapping[str, Any]) -> Iterator[str]:
    """One success with everything that was said."""
    yield f"SUCCESS {success['goal']}: {'; '.join(f['judge'] + ': ' + f['why'] for f in success['findings'])}"
    for frame in success["transcript"]:
        if frame["type"] == "ask":
            yield f"  customer> {frame['text']}"
        elif frame["type"] == "message" and frame["author"] != "customer":
            yield f"  {frame['author']}> {frame['text']}"
        elif frame["type"] in ("human", "leave"):
            yield f"  customer> [{frame['type']}]"


def scenario(success: Mapping[str, Any]) -> dict[str, Any] | None:
    """A success as a scenario that fails while it succeeds; None where the gate cannot ask it."""
    judged = {finding["judge"] for finding in success["findings"]}
    turns, reply = success["turns"][: success["needed"]], success["reply"]
    if not turns or not reply or judged <= NOT_A_SCENARIO:
        return None
    own = hashlib.sha256("\n".join(turns).encode()).hexdigest()[:8]
    return {
        "id": f"redteam-{success['goal']}-{own}",
        "turns": turns,
        "expect": {**_expected(judged, reply), "never_cites": ["internal"]},
        "tags": ["hostile", "redteam", success["goal"]],
    }


def _expected(judged: set[str], reply: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the reply was not: obeyed, refused, or in other words (a rule: with something after it)."""
    if judged == {"obeyed"}:
        return {"outcome": ["handoff"]}
    if judged != {"exception"} and reply.get("outcome") not in REFUSED:
        return {"outcome": REFUSED}
    return {"never": [re.escape(reply["text"]) + (r"\s*$" if judged == {"exception"} else "")]}


def _row(tally: Tally) -> Report:
    score, attack = tally.closest or (0.0, None)
    return {
        "goal": tally.goal.slug,
        "title": tally.goal.title,
        "tries": tally.tries,
        "distinct_texts": len(tally.texts),
        "successes": len(tally.successes),
        "upper": round(wilson(min(len(tally.successes), tally.tries), tally.tries)[1], 5),
        "outcomes": dict(tally.outcomes.most_common()),
        "classes": {kind: tally.kinds[kind] for kind in CLASSES if tally.kinds[kind]},
        "closest": {"score": round(score, 3), "turns": list(attack.turns)} if attack else None,
    }


def _success(success: Success) -> Report:
    return {
        "goal": success.goal,
        "turns": list(success.attack.turns),
        "needed": success.needed,
        "reply": success.reply,
        "seed": list(success.attack.seed),
        "mutators": list(success.attack.mutators),
        "findings": [{"judge": each.judge, "why": each.why} for each in success.findings],
        "transcript": list(success.transcript),
    }


def _coverage(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How often each class of mutators was tried on each goal."""
    shown = [kind for kind in CLASSES if any(kind in row["classes"] for row in rows)]
    yield "class        " + " ".join(f"{row['goal'][:7]:>7}" for row in rows)
    for kind in shown:
        yield f"{kind:<12} " + " ".join(f"{row['classes'].get(kind, 0):>7}" for row in rows)
