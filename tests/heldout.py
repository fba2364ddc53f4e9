"""`python -m tests.heldout DIR`: every site's row with the method's constants chosen on all other sites.

DIR holds sites/ and scenarios/ in the formats of the docs; the sites are loaded into HANDRAIL_HOME. Each dial is moved
alone, the whole bot is asked every scenario at each of its settings, and for a site the setting is taken that serves
all sites of other families best; then the site is asked once more with the settings it had no say in. Sites made of
the same messages are one family. Prints a Markdown table; nothing is written.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from statistics import mean
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
FAMILIES = {"clinc-counter": "clinc", "banking77-counter": "banking77"}
LOADED_AS = {"rhobank-titles": "rhobank", "escalate": "rhobank"}
DIALS: dict[str, tuple[float, ...]] = {
    "chatbot.decide.gate.ridge.SHARPNESS": (1.5, 2.0, 3.0),
    "chatbot.decide.gate.ridge.PENALTY": (0.05, 0.1, 0.2),
    "chatbot.decide.gate.reading.WEIGHT": (1.5, 2.5, 4.0),
    "chatbot.decide.gate.reading.NAMED": (0.7, 0.8, 0.9),
    "chatbot.decide.answer.compose.COVERED": (0.3, 0.5, 0.7),
    "chatbot.decide.answer.compose.PLACED": (0.4, 0.6, 0.8),
    "chatbot.decide.answer.compose.BAR": (0.4, 0.52, 0.6),
}
GATE = ("chatbot.decide.gate.ridge.SHARPNESS", "chatbot.decide.gate.ridge.PENALTY")
Settings = dict[str, float]
STRANGER = 2  # own questions that one stranger let in, or one question answered from nowhere, is worth


@dataclass
class Site:
    """One set of scenarios on its site: what the bot made of them at each setting asked for."""

    name: str
    scenarios: list[dict[str, Any]]
    snapshot: Any
    seen: dict[tuple[tuple[str, float], ...], dict[str, float]] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return FAMILIES.get(self.name, self.name)

    @property
    def articles(self) -> bool:
        return bool(self.snapshot.revisions)

    def measured(self, settings: Settings) -> dict[str, float]:
        """The shares of this site's row; dials that cannot matter where there is no article are left alone."""
        turned = {dial: to for dial, to in settings.items() if self.articles or dial in GATE}
        key = tuple(sorted(turned.items()))
        if key not in self.seen:
            with turned_to(turned):
                self.seen[key] = figures(self.scenarios, asked(self))
        return self.seen[key]


@contextmanager
def turned_to(settings: Settings) -> Iterator[None]:
    """The dials set, and put back; what was fitted with others is forgotten on both sides."""
    from chatbot.decide.gate import fitted

    places = {dial: (import_module(dial.rpartition(".")[0]), dial.rpartition(".")[2]) for dial in settings}
    before = {dial: getattr(*place) for dial, place in places.items()}
    try:
        for dial, (module, name) in places.items():
            setattr(module, name, settings[dial])
        fitted.forget()
        yield
    finally:
        for dial, (module, name) in places.items():
            setattr(module, name, before[dial])
        fitted.forget()


def asked(site: Site) -> list[Any]:
    from release.scenarios import evals

    return list(evals.evaluate(site.snapshot, site.scenarios))


def figures(scenarios: list[dict[str, Any]], cases: list[Any]) -> dict[str, float]:
    """The shares that the goals are about, and `worth`: what is right, less what is wrong at its price."""
    shares = {name: mean(values) for name, values in noted(scenarios, cases).items()}
    good = shares.get("right", shares.get("answered right", 0.0))
    wrong = shares.get("coverage", 0.0) - shares.get("answered right", 0.0)
    wrong += shares.get("let in", 0.0) + shares.get("unanswerable answered", 0.0)
    return shares | {"worth": good - STRANGER * wrong}


def noted(scenarios: list[dict[str, Any]], cases: list[Any]) -> dict[str, list[bool]]:
    """Each share's yes and no, by the scenarios' tags."""
    found: dict[str, list[bool]] = {}
    inside: list[tuple[bool, float]] = []
    outside: list[float] = []
    for scenario, case in zip(scenarios, cases, strict=True):
        tags, wanted = scenario.get("tags", []), scenario["expect"].get("category")
        if "scope" not in tags:
            seen = _answered(scenario, case)
        elif wanted is None:
            outside.append(case.confidence)
            seen = {"let in": case.accepted}
        else:
            inside.append((case.category == wanted, case.confidence))
            seen = {"right": case.accepted and case.category == wanted}
        for name, value in seen.items():
            found.setdefault(name, []).append(value)
    for share in (0.01, 0.05) if inside and outside else ():
        bar = sorted(outside, reverse=True)[int(share * len(outside))]
        found[f"right at {share:.0%} out of scope accepted"] = [right and at > bar for right, at in inside]
    return found


def _answered(scenario: dict[str, Any], case: Any) -> dict[str, bool]:
    """What one scenario about an answer or a handoff tells."""
    tags, cites = scenario.get("tags", []), set(scenario["expect"].get("cites", ()))
    answered, handed = case.outcome == "answer", case.outcome == "handoff"
    if "answerable" in tags:
        hit = bool({cited["source"] for cited in case.citations} & cites)
        ranked = list(dict.fromkeys(each["source"] for each in case.retrieved))
        seen = {"coverage": answered, "answered right": answered and hit}
        seen |= {f"source in the first {n}": bool(set(ranked[:n]) & cites) for n in (1, 5)}
        return seen | ({"right source": hit} if answered else {})
    if "unanswerable" in tags:
        return {"unanswerable answered": answered}
    if "escalate" in tags:
        return {"handed over": handed, f"handed over: {tags[1]}": handed}
    return {"false alarms": handed} if "no-escalate" in tags else {}


def chosen_for(site: Site, sites: list[Site]) -> Settings:
    """For each dial the setting that the sites of other families fare best with, the others as shipped."""
    others = [other for other in sites if other.family != site.family]

    def worth(dial: str, to: float) -> float:
        touched = [other for other in others if other.articles or dial in GATE]
        return mean(other.measured({dial: to})["worth"] for other in touched)

    return {dial: max(steps, key=lambda to, dial=dial: (round(worth(dial, to), 5), to == shipped(dial)))
            for dial, steps in DIALS.items() if site.articles or dial in GATE}  # fmt: skip


def shipped(dial: str) -> float:
    module, _, name = dial.rpartition(".")
    value: float = getattr(import_module(module), name)
    return value


def read(folder: Path) -> list[Site]:
    """The sites of the folder that have scenarios about scope or answers and are loaded."""
    from release.live import snapshot
    from sites.models import Site as Row

    found = []
    for file in sorted(folder.glob("scenarios/*.jsonl")):
        scenarios = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        judged = [s for s in scenarios if {"scope", "answerable", "unanswerable"} & set(s.get("tags", []))]
        row = Row.objects.filter(slug=LOADED_AS.get(file.stem, file.stem)).first()
        if judged and row is not None:
            found.append(Site(file.stem, judged, snapshot.candidate(row)))
    return found


def remember_vectors() -> None:
    """Embed each message once: the same ones are asked at every setting."""
    from knowledge.embedding.embedders import embedder

    model: Any = embedder()
    model.encode_one = lru_cache(maxsize=None)(model.encode_one)


def row(name: str, shipped_row: Mapping[str, float], own: Mapping[str, float]) -> str:
    shown = [key for key in shipped_row if key not in ("worth", "answered right") and "first" not in key]
    return f"| {name} | " + " · ".join(f"{key} {shipped_row[key]:.3f} → {own[key]:.3f}" for key in shown) + " |"


def main() -> None:
    import django

    django.setup()
    remember_vectors()
    sites = read(Path(sys.argv[1]))
    if len({site.family for site in sites}) < 2:
        sys.exit(f"{sys.argv[1]}: fewer than two sites with scenarios are loaded into HANDRAIL_HOME.")
    print("| site | as shipped → with constants chosen on all other sites |\n|---|---|", flush=True)
    moved = {}
    for site in sites:
        settings = chosen_for(site, sites)
        print(row(site.name, site.measured({}), site.measured(settings)), flush=True)
        moved[site.name] = {d.rpartition(".")[2]: to for d, to in settings.items() if to != shipped(d)}
    for name, dials in moved.items():
        print(f"{name}: " + (", ".join(f"{dial} {to:g}" for dial, to in dials.items()) or "as shipped"))


if __name__ == "__main__":
    main()
