"""What the topic gate promises, on synthetic vectors: directions stand for subjects, noise for wording."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decide.gate.background import MESSAGES, SUBJECTS
from chatbot.decide.gate.topic import STRICTNESS, Gate, Matrix

DIMS = 32


def unit(rows: np.ndarray) -> Matrix:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def say(*subjects: int, n: int = 12, noise: float = 0.12, seed: int = 0) -> Matrix:
    """n wordings of a message about all the subjects named (each a coordinate axis)."""
    rng = np.random.default_rng([seed, *subjects])
    return unit(np.eye(DIMS)[list(subjects)].sum(axis=0) + noise * rng.normal(size=(n, DIMS)))


SHOP = {"delivery": say(0, 9), "returns": say(1, 9), "warranty": say(2, 9)}
STRANGERS = np.concatenate([say(subject, n=4) for subject in range(16, 32)])


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate.fit(SHOP, {}, background=STRANGERS)


def test_a_new_wording_of_an_allowed_subject_is_accepted_in_its_category(gate: Gate) -> None:
    topics = [gate.classify(v) for v in say(1, 9, n=50, seed=5)]
    assert {t.category for t in topics} == {"returns"}
    assert sum(t.accepted for t in topics) >= 45


def test_a_message_about_another_subject_is_not_accepted(gate: Gate) -> None:
    for subject in (12, 20, 31):
        assert not any(gate.classify(v).accepted for v in say(subject, n=50, seed=5))


def test_the_owners_counterexample_is_not_accepted_nor_are_its_other_wordings() -> None:
    neighbours = {subject: say(0, 9, subject, seed=7, n=60) for subject in (12, 13)}
    before = Gate.fit(SHOP, {}, background=STRANGERS)
    told = np.concatenate([rows[:5] for rows in neighbours.values()])
    after = Gate.fit(SHOP, {None: told}, background=STRANGERS)
    assert not any(after.classify(v).accepted for v in told)
    for rows in neighbours.values():
        admitted = [sum(g.classify(v).accepted for v in rows[5:]) for g in (before, after)]
        assert admitted[1] == 0
        assert admitted[0] > 0


def test_a_counterexample_of_one_category_leaves_the_category_that_claims_it_alone() -> None:
    misplaced = say(0, 9, 1, n=5, seed=3)
    other_wordings = say(0, 9, 1, n=40, seed=4)
    ours = SHOP | {"returns": np.concatenate([SHOP["returns"], say(0, 9, 1, n=5, seed=8)])}
    gate = Gate.fit(ours, {"delivery": misplaced}, background=STRANGERS)
    nobodys = Gate.fit(ours, {None: misplaced}, background=STRANGERS)
    assert {gate.classify(v).category for v in other_wordings} == {"returns"}
    kept = np.mean([gate.classify(v).votes["returns"] for v in other_wordings])
    lost = np.mean([nobodys.classify(v).votes["returns"] for v in other_wordings])
    assert kept > lost


@given(st.integers(0, 2**32 - 1))
def test_a_message_is_accepted_exactly_when_its_confidence_reaches_the_threshold(seed: int) -> None:
    gate = Gate.fit(SHOP, {}, background=STRANGERS)
    vector = unit(np.random.default_rng(seed).normal(size=DIMS) + 2 * np.eye(DIMS)[seed % 12])
    topic = gate.classify(vector)
    assert topic.accepted is (topic.confidence >= gate.threshold)
    assert 0.0 <= topic.confidence <= 1.0
    assert topic.category in SHOP
    assert topic.runner_up in SHOP.keys() - {topic.category}
    assert not (topic.clarify and topic.accepted)


@given(st.randoms(use_true_random=False))
def test_the_fit_does_not_depend_on_the_order_of_examples_or_categories(random: object) -> None:
    def shuffled(rows: Matrix) -> Matrix:
        order = list(range(len(rows)))
        random.shuffle(order)  # type: ignore[attr-defined]
        return rows[order]

    names = list(SHOP)
    random.shuffle(names)  # type: ignore[attr-defined]
    against = {None: say(4, 9), "returns": say(5, 9)}
    one = Gate.fit(SHOP, against, background=STRANGERS)
    two = Gate.fit(
        {name: shuffled(SHOP[name]) for name in names},
        {key: shuffled(against[key]) for key in ("returns", None)},
        background=shuffled(STRANGERS),
    )
    for vector in say(0, 1, 9, n=5, seed=1):
        assert one.classify(vector) == two.classify(vector)


def test_an_example_typed_twice_counts_once() -> None:
    doubled = SHOP | {"returns": np.concatenate([SHOP["returns"]] * 2)}
    vector = say(1, 9, 14, n=1)[0]
    assert Gate.fit(doubled, {}).classify(vector) == Gate.fit(SHOP, {}).classify(vector)


def test_a_stricter_gate_accepts_nothing_that_a_looser_one_refuses() -> None:
    gates = [Gate.fit(SHOP, {}, strictness, background=STRANGERS) for strictness in (0.3, 1.0, 3.0, 10.0)]
    assert [g.threshold for g in gates] == sorted(g.threshold for g in gates)
    messages = np.concatenate([say(0, 9, 12, n=60, seed=2), say(9, 14, n=60, seed=2)])
    accepted = [{i for i, v in enumerate(messages) if g.classify(v).accepted} for g in gates]
    assert all(strict <= loose for loose, strict in pairwise(accepted))
    assert accepted[-1] < accepted[0]


def test_what_a_gate_of_half_the_strictness_would_accept_is_asked_back_not_declined() -> None:
    strict, half = (Gate.fit(SHOP, {}, strictness, background=STRANGERS) for strictness in (4.0, 2.0))
    narrow = [v for v in say(0, 9, 12, n=200, seed=2) if half.classify(v).accepted and not strict.classify(v).accepted]
    assert narrow
    assert all(strict.classify(v).clarify for v in narrow)


def test_a_message_with_two_equal_readings_is_asked_back_not_answered() -> None:
    pairs = {"orders": say(0, 1, 9), "refunds": say(0, 2, 9), "gifts": say(5, 6)}
    gate = Gate.fit(pairs, {}, background=STRANGERS)
    middle = unit(pairs["orders"].mean(axis=0) + pairs["refunds"].mean(axis=0))
    topic = gate.classify(middle)
    assert {topic.category, topic.runner_up} == {"orders", "refunds"}
    assert abs(topic.votes["orders"] - topic.votes["refunds"]) < 0.1
    assert not topic.accepted
    assert topic.clarify


def test_a_site_without_examples_accepts_nothing() -> None:
    topic = Gate.fit({}, {}, background=STRANGERS).classify(STRANGERS[0])
    assert (topic.category, topic.accepted, topic.confidence, topic.clarify) == (None, False, 0.0, False)


def test_a_site_with_one_category_learns_its_strangers_from_the_background() -> None:
    gate = Gate.fit({"help": SHOP["returns"]}, {None: np.zeros((0, DIMS), np.float32)}, background=STRANGERS)
    assert sum(gate.classify(v).accepted for v in say(1, 9, n=50, seed=5)) >= 45
    assert not any(gate.classify(v).accepted for v in say(20, n=50, seed=5))
    assert gate.classify(STRANGERS[0]).runner_up is None


def test_two_counterexamples_of_an_own_subject_do_not_shut_the_gate_of_the_only_category() -> None:
    shop = {"help": np.concatenate([say(subject, 9, n=8, noise=0.2) for subject in range(8)])}
    misplaced = np.concatenate([say(subject, 9, n=1, noise=0.05, seed=3) for subject in (0, 2)])
    gate = Gate.fit(shop, {"help": misplaced}, background=STRANGERS)
    assert sum(gate.classify(v).accepted for v in say(1, 9, n=50, noise=0.2, seed=5)) >= 40
    assert not any(gate.classify(v).accepted for v in STRANGERS)


def test_background_that_reads_like_a_category_is_not_held_against_it() -> None:
    crowded = np.concatenate([STRANGERS, say(1, 9, n=6, seed=9)])
    gate = Gate.fit(SHOP, {}, background=crowded)
    assert gate.report().set_aside >= 3
    assert sum(gate.classify(v).accepted for v in say(1, 9, n=50, seed=5)) >= 45


def test_the_report_counts_each_categorys_own_examples_and_says_where_they_are_too_few() -> None:
    gate = Gate.fit(SHOP | {"gifts": say(3, 9, n=4)}, {None: say(0, 9, 12, n=5)}, background=STRANGERS)
    report = gate.report()
    standings = {s.category: s for s in report.categories}
    assert {name: s.examples for name, s in standings.items()} == {
        "delivery": 12,
        "gifts": 4,
        "returns": 12,
        "warranty": 12,
    }
    assert {name for name, s in standings.items() if not s.established} == {"gifts"}
    assert all(0 <= s.answered + s.misread <= s.examples for s in report.categories)
    assert standings["returns"].answered >= 10
    assert (report.counterexamples, report.threshold, report.strictness) == (5, gate.threshold, STRICTNESS)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="strictness"):
        Gate.fit(SHOP, {}, 0.0)
    with pytest.raises(ValueError, match="refunds"):
        Gate.fit(SHOP, {"refunds": SHOP["returns"]})


def test_the_background_is_varied_and_repeats_nothing() -> None:
    assert len(set(MESSAGES)) == len(MESSAGES) >= 300
    assert len(SUBJECTS) >= 30
