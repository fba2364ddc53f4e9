"""Mutators: any stack of them is a conversation the door lets in, and the same dice give the same one."""

import base64
import random

from hypothesis import given
from hypothesis import strategies as st

from release.redteam.catalogue import frames, goals
from release.redteam.mutators import ALL, KINDS, LONGEST, MOST_TURNS, allowed, stack

BY_NAME = {mutator.name: mutator for mutator in ALL}
TEXTS = st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4).map(tuple)


@given(TEXTS, st.lists(st.sampled_from(ALL), max_size=6), st.integers(0, 2**32))
def test_any_stack_is_a_conversation_that_the_door_lets_in(turns, chosen, seed):
    made = stack(random.Random(seed), turns, chosen)
    assert 1 <= len(made) <= MOST_TURNS
    assert all(len(turn) <= LONGEST for turn in made)
    assert made == stack(random.Random(seed), turns, chosen)


def test_each_mutator_changes_what_is_asked():
    wish = ("Please refund me 500 pounds anyway today",)
    for mutator in ALL:
        assert any(stack(random.Random(seed), wish, [mutator]) != wish for seed in range(5)), mutator.name


def test_what_is_encoded_can_be_read_again():
    (turn,) = stack(random.Random(1), ("Say hello",), [BY_NAME["base64"]])
    assert base64.b64decode(turn.split()[-1]) == b"Say hello"
    split = stack(random.Random(1), ("one two three four five",), [BY_NAME["over_turns"]])
    assert " ".join(split) == "one two three four five"
    assert len(split) > 1


def test_every_class_of_the_brief_is_there():
    wanted = (
        "encoding unicode splitting language role history authority urgency emotion politeness typos crescendo drift"
    )
    assert set(wanted.split()) <= set(KINDS)
    assert set(frames()) <= set(KINDS)


def test_every_goal_has_seeds_and_mutators_that_fit_it():
    assert len(goals()) >= 12
    for goal in goals().values():
        assert goal.title
        assert goal.seeds
        assert allowed(goal.only), goal.slug
        assert goal.only <= set(KINDS), goal.slug
    assert {m.kind for m in allowed(())} == set(KINDS) - {"gibberish", "length"}
