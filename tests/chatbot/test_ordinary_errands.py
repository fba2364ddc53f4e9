"""Ordinary errands, told as people tell them, to companies of which the reader of needs has heard no customer.

Two of six messages to each third help centre of `tests/help_centres`; the other centres' are in `voices/errands-*.txt`.
"""

from collections import Counter
from pathlib import Path

from chatbot.decide.needs.kinds import Need
from chatbot.decide.screening import guard
from conversations.outcomes import Reason
from release.core.intervals import wilson
from tests.conftest import count

CENTRES = sorted((Path(__file__).parents[1] / "help_centres").glob("*.txt"))[2::3]
IN_NEED = Path(__file__).with_name("errands_in_need.txt")
EVERY = count(1, 10)
UNSURE = "unsure"
MANNERS = {Reason.COURTESY, Reason.LANGUAGE, Reason.INJECTION}


def test_few_ordinary_errands_are_handed_over_and_most_needs_among_them_are() -> None:
    kinds = in_need()
    assert set(kinds.values()) <= {UNSURE, *Need}
    asked, led = Counter[str](), Counter[tuple[str, str]]()
    for n, text in enumerate(messages()):
        kind = kinds.get(text, "ordinary")
        if n % EVERY and kind in {"ordinary", UNSURE}:
            continue
        head = "need" if kind in set(Need) else kind
        asked[head] += 1
        led[head, way(text)] += 1
    for head, n in sorted(asked.items()):
        for where in ("a person", "a person, or an article", "a person offered"):
            low, high = wilson(led[head, where], n)
            print(f"{head:<10} {where:<26} {led[head, where] / n:.3f} [{low:.3f}, {high:.3f}] of {n}")
    reached = {head: sum(led[head, where] for where in ("a person", "a person, or an article")) for head in asked}
    assert reached["ordinary"] < 0.05 * asked["ordinary"]
    assert reached["need"] > 0.7 * asked["need"]


def way(text: str) -> str:
    """Where the guard leads a message."""
    seen = guard.screen(text)
    if seen.reason and seen.reason not in MANNERS:
        return "a person"
    if seen.plainly:
        return "a person, or an article"
    return "a person offered" if seen.offered else "the articles"


def messages() -> list[str]:
    lines = [line for path in CENTRES for line in path.read_text("utf-8").splitlines() if line.startswith("> ")]
    return [line[2:].strip() for n, line in enumerate(lines) if n % 6 in {3, 4}]


def in_need() -> dict[str, str]:
    """What each message that is not ordinary is: a need, or `unsure`."""
    kinds, kind = {}, ""
    for line in IN_NEED.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            kind = line[1:-1]
        elif line and not line.startswith("#"):
            kinds[line] = kind
    return kinds
