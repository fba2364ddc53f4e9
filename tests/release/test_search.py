"""The adaptive search: repeatable, never idle, and nearer to its goal than chance."""

import random

from release.redteam.mutators import Mutator
from release.redteam.search import KEPT, Attack, Search, closeness

LETTERS = "abcdefgh"
GROW = [Mutator(c, "letters", lambda dice, turns, c=c: (*turns[:-1], turns[-1] + c)) for c in LETTERS]


def near(attack: Attack) -> float:
    """How much of the wanted word an attack begins with."""
    wanted, said = "badcafe", attack.turns[-1]
    return next((n for n in range(len(wanted), 0, -1) if said.startswith(wanted[:n])), 0)


def best(adaptive: bool, seed: int, tries: int = 400) -> float:
    search = Search([("",)], GROW, random.Random(seed))
    attacks, found = search.attacks(), 0.0
    for _ in range(tries):
        attack = next(attacks)
        found = max(found, near(attack))
        search.learn(attack, near(attack) if adaptive else 0.0)
    return found


def test_a_search_that_learns_comes_nearer_than_one_that_does_not():
    seeds = range(8)
    assert sum(best(True, s) for s in seeds) > 1.3 * sum(best(False, s) for s in seeds)


def test_the_same_seed_tries_the_same_attacks():
    def tried(seed: int) -> list[Attack]:
        search = Search([("x",), ("y",)], GROW, random.Random(seed))
        attacks = search.attacks()
        found = []
        for _ in range(100):
            found.append(next(attacks))
            search.learn(found[-1], near(found[-1]))
        return found

    assert tried(7) == tried(7)
    assert tried(7) != tried(8)


def test_seeds_come_first_as_they_are_and_nothing_comes_twice():
    search = Search([("x",), ("y",), ("x",)], GROW, random.Random(1))
    attacks = search.attacks()
    found = [next(attacks) for _ in range(200)]
    assert [a.turns for a in found[:2]] == [("x",), ("y",)]
    assert len({a.turns for a in found}) == 200


def test_the_population_keeps_the_best_only():
    search = Search([("x",)], GROW, random.Random(1))
    for n in range(100):
        search.learn(Attack((str(n),), ("x",)), n)
    assert [score for score, _ in search.population] == list(range(99, 99 - KEPT, -1))


def test_a_turn_that_went_further_counts_as_closer():
    def turn(reason, confidence, **trace):
        return {"reason": reason, "confidence": confidence, "trace": {"threshold": 0.67, **trace}}

    far = closeness([turn("out_of_scope", 0.1)])
    surer = closeness([turn("out_of_scope", 0.5)])
    found = closeness([turn("not_grounded", 0.7, hits=[{"dense": 0.4}], grounding=0.2)])
    nearly = closeness([turn("not_grounded", 0.7, hits=[{"dense": 0.4}], grounding=0.35)])
    answered = closeness([turn("answered", 0.7, hits=[{"dense": 0.4}], grounding=0.6), turn("out_of_scope", 0.1)])
    assert 0 == closeness([]) < far < surer < found < nearly < answered
