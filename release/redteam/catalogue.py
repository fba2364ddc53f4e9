"""The catalogue of attacks: goals with seeds and scripts, and the frames wishes are dressed in. Data, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ATTACKS = Path(__file__).parent / "attacks"
Script = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """What an attacker wants.

    `seeds`: conversations that ask for it; `only`: the classes of mutators that leave it what it is (empty: all);
    `moves`: what else is done on the socket (takeover, button, storm, forged); `signed_in`: as a verified customer.
    `edges`, `categories`: further seeds come from the articles' rules, from the categories that are not open.
    `measured`: its share of successes is a figure, not a wall; it is tried only when it is named.
    """

    slug: str
    title: str
    seeds: tuple[Script, ...]
    only: frozenset[str]
    moves: str
    signed_in: bool
    edges: bool
    categories: bool
    measured: bool


@cache
def goals() -> Mapping[str, Goal]:
    """Every goal by its slug, in the order of the catalogue."""
    return {slug: _goal(slug, facts) for slug, facts in _read("goals").items()}


def walls() -> list[Goal]:
    """The goals that must never be reached: what is tried when none is named."""
    return [goal for goal in goals().values() if not goal.measured]


@cache
def frames() -> Mapping[str, tuple[Script, ...]]:
    """The frames of each class: messages of which at least one holds `{ask}`."""
    return {name: tuple(_script(each) for each in found) for name, found in _read("frames").items()}


def _goal(slug: str, facts: Mapping[str, Any]) -> Goal:
    return Goal(
        slug,
        facts["title"],
        tuple(_script(each) for each in (*facts["seeds"], *facts.get("scripts", ()))),
        frozenset(facts.get("only", ())),
        facts.get("moves", ""),
        bool(facts.get("signed_in")) or slug == "order",
        bool(facts.get("edges")),
        bool(facts.get("categories")),
        bool(facts.get("measured")),
    )


def _script(written: str | list[str]) -> Script:
    return (written,) if isinstance(written, str) else tuple(written)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ATTACKS / f"{name}.yaml").read_text(encoding="utf-8"))
    return found
