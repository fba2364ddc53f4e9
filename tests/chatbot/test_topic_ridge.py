"""The closed forms of the regression equal the fits which they stand for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decide.gate.ridge import Ridge, kernel, logistic, separation, sigmoid, steepness


def material(seed: int, m: int = 14) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(m, 6))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), rng.normal(size=(m, 3))


def predicted(rows: np.ndarray, targets: np.ndarray, at: np.ndarray) -> np.ndarray:
    return kernel(at, rows.T) @ Ridge.over(rows).weights(targets)


@given(st.integers(0, 2**32 - 1))
def test_the_unseen_prediction_is_that_of_a_fit_without_the_row(seed: int) -> None:
    rows, targets = material(seed)
    unseen = Ridge.over(rows).unseen(targets)
    for i in range(len(rows)):
        rest = np.arange(len(rows)) != i
        assert np.allclose(unseen[i], predicted(rows[rest], targets[rest], rows[i : i + 1])[0])


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 13), min_size=1, max_size=8))
def test_the_prediction_for_a_group_is_that_of_a_fit_without_the_group(seed: int, members: set[int]) -> None:
    rows, targets = material(seed)
    group = np.array(sorted(members))
    rest = np.setdiff1d(np.arange(len(rows)), group)
    expected = predicted(rows[rest], targets[rest], rows[group])
    assert np.allclose(Ridge.over(rows).unseen_together(group, targets), expected)


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 13), max_size=8))
def test_dropping_rows_equals_fitting_without_them(seed: int, members: set[int]) -> None:
    rows, _ = material(seed)
    group = np.array(sorted(members), np.intp)
    rest = np.setdiff1d(np.arange(len(rows)), group)
    dropped, afresh = Ridge.over(rows).without(group), Ridge.over(rows[rest])
    assert np.array_equal(dropped.rows, afresh.rows)
    assert np.allclose(dropped.inverse, afresh.inverse)


def test_the_curve_crosses_one_half_where_the_two_sides_balance() -> None:
    scores = np.concatenate([np.linspace(0.4, 1.0, 200), np.linspace(0.0, 0.6, 200)])
    truths = np.arange(400) < 200
    slope, offset = logistic(scores, truths, np.ones(400))
    assert slope > 0
    assert abs(-offset / slope - 0.5) < 0.01


def test_scores_that_separate_perfectly_give_a_finite_curve() -> None:
    slope, offset = logistic(np.array([0.0, 0.1, 0.9, 1.0]), np.array([False, False, True, True]), np.ones(4))
    assert 0 < slope < 100
    assert sigmoid(np.array([slope + offset]))[0] > 0.7


@given(st.floats(-1e6, 1e6))
def test_the_logistic_function_stays_a_share_for_any_vote(value: float) -> None:
    assert 0.0 <= sigmoid(np.array([value]))[0] <= 1.0


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_separation_is_the_chance_that_the_higher_exceeds_the_lower(higher: list[int], lower: list[int]) -> None:
    pairs = [(a > b) + 0.5 * (a == b) for a in higher for b in lower]
    found = separation(np.array(higher, float), np.array(lower, float), np.ones(len(lower)))
    assert abs(found - sum(pairs) / len(pairs)) < 1e-9


def test_no_gap_is_an_even_chance_and_a_wider_one_is_better() -> None:
    gaps = np.linspace(0.0, 1.0, 40)
    slope = steepness(gaps, gaps > 0.1)
    chances = sigmoid(slope * gaps)
    assert chances[0] == 0.5
    assert np.all(np.diff(chances) > 0)
