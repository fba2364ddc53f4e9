"""Fitting the reader: what it says of an author it has not seen is what a fit without that author says."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from chatbot.decide.needs import fitting
from chatbot.decide.needs.kinds import Need
from chatbot.decide.needs.voices import Line

LINES = [
    Line(author, f"{text} {n}", need)
    for author in ("ada", "ben", "cleo")
    for n in range(4)
    for text, need in (
        (f"please let {author} talk to a person", Need.PERSON),
        (f"somebody stole the card of {author}", Need.LOST_CARD),
        (f"what does {author} pay for delivery", None),
        (f"which tent does {author} need for snow. and in rain?", None),
    )
]


@pytest.fixture(scope="module")
def seen() -> fitting.Corpus:
    return fitting.corpus(LINES)


def kernel(seen: fitting.Corpus) -> np.ndarray:
    return fitting._nearness(seen.whole, seen.whole) + fitting.WORDING * (seen.wording @ seen.wording.T).toarray()


def test_the_closed_form_is_a_fit_without_the_author(seen) -> None:
    targets, likeness = fitting._targets(LINES), fitting.WORDING * (seen.wording @ seen.wording.T).toarray()
    whole = kernel(seen) + fitting.PENALTY * np.eye(len(LINES))
    inverse = np.linalg.inv(whole).astype(np.float32)
    closed = fitting._unseen(seen, likeness, inverse, inverse @ targets)
    mine, others = seen.authors == "ben", seen.authors != "ben"
    alpha = np.linalg.solve(whole[np.ix_(others, others)], targets[others])
    short = [i for i in np.flatnonzero(mine) if len(seen.rows[i]) == 1]  # without clauses there is nothing to raise
    assert np.allclose(closed[short], kernel(seen)[np.ix_(short, others)] @ alpha, atol=2e-3)


def test_the_form_that_is_shipped_gives_what_the_kernel_gives(seen) -> None:
    targets = fitting._targets(LINES)
    alpha = np.linalg.solve(kernel(seen) + fitting.PENALTY * np.eye(len(LINES)), targets).astype(np.float32)
    form = fitting._form(seen.whole, alpha)
    rows, axes = seen.whole, form["axes"].astype(np.float32)
    squares = np.square(rows @ axes).reshape(len(rows), targets.shape[1], -1)
    shipped = rows @ form["linear"].astype(np.float32) + (squares * form["signs"]).sum(axis=2)
    assert np.allclose(shipped, fitting._nearness(rows, rows) @ alpha, atol=0.02)


def test_the_inverse_is_one(seen) -> None:
    whole = (kernel(seen) + fitting.PENALTY * np.eye(len(LINES))).astype(np.float32)
    assert np.allclose(fitting._inverse(whole.copy()) @ whole, np.eye(len(LINES)), atol=1e-3)


def test_a_kernel_that_cannot_be_inverted_says_why() -> None:
    with pytest.raises(ValueError, match="the same message stands twice"):
        fitting._inverse(np.array([[1.0, 2.0], [2.0, 1.0]], np.float32))


def test_messages_of_every_length_count_as_often_in_need_as_not() -> None:
    lines = [Line("ada", "ring me", Need.PERSON), Line("ada", "hello there"), Line("ada", "word " * 30, Need.ANGER)]
    weights = fitting.even(lines, np.array([True, False, True]))
    assert weights[0] == weights[1]
