"""What the model did in a run of the gate: how often it was asked and left out, what its votes did, what it cost.

Law of the room: a run in which the bot answered without its model is not a run of the release. It stops early, says
so, and is gone on with once the model is back: what was asked with the model need not be asked again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from release.live.snapshot import Snapshot
from release.models import Run, Verdict
from tools.chat import Mode

MOST_LEFT_OUT = 0.02
"""Share of the questions put to the model that it may be left out of: now and then any server fails once."""
EARLY = 5
"""Questions it was left out of from which a run stops, when they are more than that share of those asked so far."""
TOKENS = 660
"""Of one question with the sentences it is put with; measured on the sample. Used until a run of the site has shown."""
LEFT_OUT, DISAGREES = "left_out", ("overruled", "unfit", "declined")
TOLD = {
    "same": "chose what the bot chose",
    "changed": "chose other sentences",
    "overruled": "found none, and the bot's own answer stayed",
    "unfit": "chose what may not be quoted, and the bot's own answer stayed",
    "declined": "found none where the bot was not sure either",
    LEFT_OUT: "left out",
}
"""What votes did, in words."""
Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A scenario in which the model's vote was another than the bot's, and what became of it."""

    scenario: str
    effect: str
    passed: bool

    @property
    def told(self) -> str:
        """What the vote did, in words."""
        return TOLD[self.effect]


@dataclass(slots=True)
class Heard:
    """All of it, added up. `effects`: what votes did; `calls`: how calls ended; `tokens`: read and written;
    `shadow`: what votes would have done that were only kept."""

    asked: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    shadow: Counter[str] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        """Questions put to it that it gave no usable answer to."""
        return self.effects[LEFT_OUT]

    @property
    def share(self) -> float:
        """The share of those."""
        return self.left_out / self.asked if self.asked else 0.0

    @property
    def away(self) -> bool:
        """Whether it was left out of more than may be."""
        return self.share > MOST_LEFT_OUT

    def __str__(self) -> str:
        did = ", ".join(f"{n} {TOLD.get(effect, effect)}" for effect, n in self.effects.most_common())
        kept = ", ".join(f"{n} {TOLD.get(effect, effect)}" for effect, n in self.shadow.most_common())
        shadow = f" In shadow: {kept}." if kept else ""
        return f"asked {self.asked:,} times, {self.tokens:,} tokens: {did or 'nothing that was heard'}.{shadow}"

    def as_json(self) -> dict[str, Any]:
        """The same in reports."""
        return {
            "asked": self.asked,
            "left_out": self.left_out,
            "most_left_out": MOST_LEFT_OUT,
            "effects": dict(self.effects.most_common()),
            "calls": dict(self.calls.most_common()),
            "tokens": self.tokens,
            "shadow": dict(self.shadow.most_common()),
            "disagreements": [[each.scenario, each.effect, each.passed] for each in self.disagreements],
        }


def of(run: Run) -> Heard | None:
    """What the model did in a run so far; None where no model was asked."""
    return add(run.verdicts.order_by("pk").values_list("scenario", "passed", "case"))


def add(rows: Iterable[tuple[str, bool, Words]]) -> Heard | None:
    """What the model did in some cases, each its scenario, whether it passed, and itself."""
    heard = Heard()
    for scenario, passed, case in rows:
        if said := case.get("model"):
            heard.asked += sum(said["effects"].values())
            heard.effects.update(said["effects"])
            heard.calls.update(said["calls"])
            heard.tokens += said["tokens"]
            heard.shadow.update(said.get("shadow", {}))
            found = (Disagreement(scenario, effect, passed) for effect in DISAGREES if said["effects"].get(effect))
            heard.disagreements += found
    return heard if heard.asked or heard.shadow else None


def left_out(said: Words | None) -> int:
    """How often the model was left out of one case."""
    return int(said["effects"].get(LEFT_OUT, 0)) if said else 0


def gone(heard: Heard | None) -> bool:
    """Whether a run should stop: the model is not there, and what comes would be asked of the bot alone."""
    return heard is not None and heard.left_out >= EARLY and heard.away


def objection(run: Run, heard: Heard) -> str:
    """Why a run without its model does not pass, in a sentence or two."""
    ended = ", ".join(
        f"{n} × {how.replace('_', ' ')}"
        for how, n in heard.calls.most_common()
        if how not in ("chose", "found_nothing")
    )
    left, done = run.total - run.verdicts.count(), run.verdicts.count()
    stopped = f" It stopped after {done} of {run.total} scenarios." if left else ""
    return (
        f"The model was left out of {heard.left_out} of {heard.asked} questions put to it ({ended}); at most "
        f"{MOST_LEFT_OUT:.0%} may be. So this was no run of this release.{stopped} Bring the model back and run the "
        "gate again: it goes on from here."
    )


def again(run: Run, before: Run | None) -> list[Verdict]:
    """The verdicts that a run takes over from one that stopped because the model was away: where it was heard."""
    if before is None or not before.away:
        return []
    held = before.verdicts.order_by("pk")
    heard = (each for each in held if not left_out(each.case.get("model")))
    return [Verdict(run=run, scenario=v.scenario, passed=v.passed, why=v.why, case=v.case) for v in heard]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run may put to the model at most: questions, tokens for them, and money where a price is known."""

    questions: int
    tokens: int
    money: float = 0.0

    def __str__(self) -> str:
        money = f", some {self.money:,.2f} in money" if self.money else ""
        return f"at most {self.questions:,} questions to the model, some {self.tokens:,} tokens{money}"


def cost(frozen: Snapshot, scenarios: Iterable[Words], times: int, last: Heard | None) -> Cost | None:
    """What asking these scenarios will cost at most; None without a model. `last`: what an earlier run showed."""
    if not frozen.hears_a_model:
        return None
    questions = sum(len(list(_putting(each))) for each in scenarios) * times * (1 + _shortens(frozen))
    each = last.tokens / last.asked if last is not None and last.tokens and last.asked else TOKENS
    tokens = round(questions * each)
    return Cost(questions, tokens, tokens * _price(frozen) / 1_000_000)


def _shortens(frozen: Snapshot) -> bool:
    """Whether a message may lead to a second question: which words of the answer to keep."""
    if not frozen.models.said.connections:
        return bool(settings.HANDRAIL_MODEL_USES.get("condense", Mode.OFF) != Mode.OFF)
    return any(frozen.models.of(each.slug, "condense").chats for each in frozen.categories)


def _price(frozen: Snapshot) -> float:
    """Of a million tokens, nearly all of which are read; the dearest where there are several."""
    connections = frozen.models.said.connections
    return float(max((each.price[0] for each in connections), default=settings.HANDRAIL_MODEL_PRICE[0]))


def _putting(scenario: Words) -> Iterator[str]:
    """The messages of a scenario that may reach the model: all but one that must end without an answer."""
    turns = scenario["turns"]
    ends = scenario.get("expect", {}).get("outcome")
    yield from turns[:-1]
    if not ends or {"answer", "draft"} & set(ends):
        yield turns[-1]
