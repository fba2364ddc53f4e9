"""How well a fit reads authors it has not seen: the figures of `docs/quality.md`, printed by `manage.py fit_needs`."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs.fitting import Corpus, Doubles, Fit, design, even, logistic
from chatbot.decide.needs.reader import NEEDS, chance

PASSED = (0.05, 0.03, 0.01)
"""Shares of look-alikes over the bar at which the needs over it are told."""


def unseen(seen: Corpus, made: Fit) -> Doubles:
    """(n,): how likely each message needs a person, by witnesses and a last curve that have not seen its author."""
    signs = design(seen, made.regressed, made.context)
    needed = np.array([line.need is not None for line in seen.lines])
    weights, told = even(seen.lines, needed), np.zeros(len(needed))
    for author in sorted(set(seen.authors)):
        mine = seen.authors == author
        told[mine] = chance(signs[mine] @ logistic(signs[~mine], needed[~mine], weights[~mine]))
    return told


def table(seen: Corpus, made: Fit) -> Iterator[str]:
    """Lines of text: at each share of look-alikes, the bar, and how many needs and ordinary messages are over it."""
    told = unseen(seen, made)
    need = np.array([line.need or "" for line in seen.lines])
    like = np.array([line.like is not None for line in seen.lines])
    plain = np.array([line.need is None and line.like is None and line.courtesy is None for line in seen.lines])
    yield f"{(need != '').sum()} needs, {like.sum()} look-alikes, {plain.sum()} ordinary messages"
    for share in PASSED:
        bar = float(np.quantile(told[like], 1 - share))
        classes = "  ".join(f"{each.value} {_over(told, need == each.value, bar):.2f}" for each in NEEDS)
        yield (
            f"{share:.0%} of look-alikes over {bar:.2f}: needs {_over(told, need != '', bar):.3f}, "
            f"ordinary {_over(told, plain, bar):.3f}; {classes}"
        )


def _over(told: Doubles, which: NDArray[np.bool_], bar: float) -> float:
    return float((told[which] > bar).mean()) if which.any() else float("nan")
