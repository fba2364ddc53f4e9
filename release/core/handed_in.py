"""What a company hands in as files, put in order: its articles by subject, and what people asked about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Subject:
    """One category to be. `articles`: the file to copy, by its place below knowledge/; `matches`: patterns of those
    that do not state their category; `examples`: what people wrote; `held`: that too, kept back to try it with."""

    slug: str
    title: str
    matches: frozenset[str] = frozenset()
    articles: Mapping[str, Path] = field(default_factory=dict)
    examples: Sequence[str] = ()
    held: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HandedIn:
    """All of it. `stopped`: questions that are not the articles' alone, for a person may be needed; `unanswered`: those
    that no article comes near; `left_out`: files, each with the reason."""

    subjects: Sequence[Subject]
    stopped: Sequence[str] = ()
    unanswered: Sequence[str] = ()
    left_out: Sequence[str] = ()
