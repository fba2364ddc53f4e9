"""Ask the bot what scenarios ask, as a customer would, and judge what comes out. The record stays untouched.

The bot is reached by its name in settings, through the same `decide` that customers get.
"""

import logging
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from typing import Any

from django.conf import settings

from conversations.outcomes import Outcome, Reason
from knowledge.face.retrieval import search
from release.core import bars
from release.live import permits
from release.live.permits import Permits
from release.live.snapshot import Snapshot
from release.scenarios.judge import failures
from sites.core import foreign
from sites.masking.cards import mask

log = logging.getLogger(__name__)
PUBLIC = "public"
OFFER = ("title", "heading", "source", "text")


@dataclass(frozen=True, slots=True)
class Case:
    """How one scenario went, in the form of the report. `draft`: what waits for approval, if any; `person`: `now`
    when it was handed over, `offered` when the reply puts a person first; `offers`: the sections to choose from, each
    with the `text` that choosing it would show. `model`: where one was asked, how often its votes did what (`effects`),
    how its calls ended (`calls`) and their `tokens`, over all turns and tries.

    One that may flicker is `asked` several times and passes when it `held` each time; it shows the first that failed.
    """

    id: str
    passed: bool
    why: str
    outcome: str
    reason: str
    category: str | None
    confidence: float
    accepted: bool
    text: str
    citations: list[dict[str, str]]
    retrieved: list[dict[str, Any]]
    ms: float
    threshold: float
    person: str | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, str]] = field(default_factory=list)
    draft: dict[str, Any] | None = None
    model: dict[str, Any] | None = None
    asked: int = 1
    held: int = 1

    def as_json(self) -> dict[str, Any]:
        """The case as it stands in the report and in a verdict."""
        case = asdict(self)
        del case["threshold"]  # one for the whole report
        for name in ("draft", "model"):
            if case[name] is None:
                del case[name]
        if self.asked == 1:
            del case["asked"], case["held"]
        return case


def once(scenario: str) -> int:
    """Ask every scenario one time."""
    return 1


def evaluate(
    snapshot: Snapshot,
    scenarios: Iterable[Mapping[str, Any]],
    permit: Permits | None = None,
    times: Callable[[str], int] = once,
) -> Iterator[Case]:
    """Each scenario's case, in order, at the levels the snapshot asks for unless `permit` says otherwise.

    `times`: how often each is asked, by its id; it must pass every time.
    All turns of a scenario run in one conversation, the last is judged; earlier handoffs count as returned.
    """
    allowed = permit or permits.AsAsked(snapshot)
    _warm(snapshot, allowed)
    for scenario in scenarios:
        yield _held([_case(snapshot, scenario, allowed) for _ in range(times(str(scenario["id"])))])


def answer(snapshot: Snapshot, text: str, audience: str = PUBLIC, *, own: bool = False) -> Any:
    """The decision on one message alone, at the levels the snapshot asks for.

    `own`: the site wrote it down itself, and it is judged as if it had not.
    """
    bot = import_module(settings.BOT)
    question = bot.Question(_typed(text), (), _identity(bot, audience), snapshot.locale, own)
    return _decide(bot, question, snapshot, permits.AsAsked(snapshot))


def report(
    snapshot: Snapshot, scenarios: Sequence[Mapping[str, Any]], cases: Sequence[Case], seconds: float
) -> dict[str, Any]:
    """The report of `manage.py evaluate`; `release` is the fingerprint of what was evaluated."""
    ms = sorted(case.ms for case in cases)
    return {
        "site": snapshot.site,
        "release": snapshot.fingerprint,
        "threshold": next((case.threshold for case in cases if case.reason != Reason.ERROR), None),
        "totals": {
            "cases": len(cases),
            "passed": sum(case.passed for case in cases),
            "failed": sum(not case.passed for case in cases),
            "outcomes": dict(Counter(case.outcome for case in cases).most_common()),
            "reasons": dict(Counter(case.reason for case in cases).most_common()),
            "seconds": round(seconds, 1),
            "ms_p50": round(statistics.median(ms), 2) if ms else None,
            "ms_p99": ms[min(len(ms) - 1, int(len(ms) * 0.99))] if ms else None,
            **_shares(snapshot, scenarios, cases),
        },
        "cases": [case.as_json() for case in cases],
    }


def _shares(snapshot: Snapshot, scenarios: Sequence[Mapping[str, Any]], cases: Sequence[Case]) -> dict[str, Any]:
    """How each category, class and tag went, with its interval and its bar."""
    went = {case.id: case.passed for case in cases}
    return bars.tally(scenarios, went, snapshot.sources, snapshot.bars).as_json()


def _held(cases: Sequence[Case]) -> Case:
    """One case of several tries: the first that failed, or the first when all passed."""
    held = sum(case.passed for case in cases)
    shown = next((case for case in cases if not case.passed), cases[0])
    flickers = f"it flickers: {held} of {len(cases)} tries passed; {shown.why}"
    why = flickers if 0 < held < len(cases) else shown.why
    return replace(shown, asked=len(cases), held=held, why=why, model=_voted(case.model for case in cases))


def _warm(snapshot: Snapshot, permit: Permits) -> None:
    """Read what a serving process has in memory, so that the milliseconds of the first cases are those of a turn."""
    bot = import_module(settings.BOT)
    bot.load()
    for category in snapshot.categories:
        search.warm(snapshot.scope(category.slug, frozenset({PUBLIC})))
    _decide(bot, bot.Question("Hello"), snapshot, permit)


def _case(snapshot: Snapshot, scenario: Mapping[str, Any], permit: Permits) -> Case:
    bot = import_module(settings.BOT)
    identity = _identity(bot, str(scenario.get("audience") or PUBLIC))
    history: list[Any] = []
    votes: list[dict[str, Any] | None] = []
    began = time.perf_counter()
    for text in scenario["turns"]:
        began = time.perf_counter()
        question = bot.Question(_typed(text), tuple(history[-bot.REMEMBERED :]), identity, snapshot.locale)
        decision = _decide(bot, question, snapshot, permit)
        history.append(_exchange(bot, question.text, decision))
        votes.append(_vote(decision.trace))
    shown = _shown(str(scenario["id"]), decision, round((time.perf_counter() - began) * 1000, 2))
    whys = [*_broken(shown), *failures(scenario.get("expect", {}), shown)]
    return Case(**{**shown, "passed": not whys, "why": "; ".join(whys), "model": _voted(votes)})


def _vote(trace: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a model did in one turn."""
    if not (votes := trace.get("model_votes")):
        return None
    calls = dict(Counter(trace.get("model_calls", ())))
    effects = dict(Counter(vote["effect"] for vote in votes if not vote.get("shadow")))
    shadow = dict(Counter(vote["effect"] for vote in votes if vote.get("shadow")))
    tokens = sum(trace.get("model_tokens", ()))
    return {"effects": effects, "calls": calls, "tokens": tokens, **({"shadow": shadow} if shadow else {})}


def _voted(each: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The same of several turns."""
    some = [voted for voted in each if voted]
    if not some:
        return None
    every = ("effects", "calls", "shadow")
    added = {name: dict(sum((Counter(voted.get(name, {})) for voted in some), Counter())) for name in every}
    if not added["shadow"]:
        del added["shadow"]
    return {**added, "tokens": sum(voted["tokens"] for voted in some)}


def _exchange(bot: Any, text: str, decision: Any) -> Any:
    """A turn as the next one remembers it."""
    return bot.Exchange(text, decision.outcome, decision.reason, decision.category, offers=decision.offers)


def _decide(bot: Any, question: Any, snapshot: Snapshot, permit: Permits) -> Any:
    """One turn's decision. As in the turn itself, whatever goes wrong is a handoff: here a failed case."""
    try:
        return bot.decide(question, snapshot, permit)
    except Exception:
        log.exception("a scenario could not be decided")
        return bot.Decision(Reason.ERROR, snapshot.spoken.say(Reason.ERROR.value))


def _broken(case: Mapping[str, Any]) -> list[str]:
    """A turn that broke passes nothing, whatever was expected of it."""
    return ["the bot broke on it; see the log"] if case["reason"] == Reason.ERROR else []


def _shown(name: str, decision: Any, ms: float) -> dict[str, Any]:
    held = decision.draft if decision.outcome is Outcome.DRAFT else None
    return {
        "id": name,
        "passed": False,
        "why": "",
        "outcome": decision.outcome.value,
        "reason": decision.reason.value,
        "category": decision.category,
        "confidence": round(float(decision.confidence), 4),
        "accepted": bool(decision.accepted),
        "text": decision.text,
        "citations": _citations(decision),
        "retrieved": [{"source": source, "score": score} for source, score in decision.retrieved],
        "ms": ms,
        "threshold": round(float(decision.threshold), 4),
        "person": decision.person,
        "offers": [{key: getattr(offer, key) for key in OFFER} for offer in decision.offers],
        "parts": [part.as_json() for part in decision.parts],
        "draft": {"text": held.text, "citations": _citations(held)} if held else None,
    }


def _citations(decision: Any) -> list[dict[str, str]]:
    return [{"source": c.source, "quote": c.quote, "audience": c.audience} for c in decision.citations]


def _identity(bot: Any, audience: str) -> Any:
    """A signed-in customer carrying the audience; nobody in particular for what is public."""
    if audience == PUBLIC:
        return None
    return bot.Identity(sub="scenario", expires=int(time.time()) + 3600, audiences=frozenset({audience}))


def _typed(text: str) -> str:
    """The message as the record would hold it: text, with card numbers masked."""
    return mask(foreign.text(text))
