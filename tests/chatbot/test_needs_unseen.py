"""What the reader of needs makes of messages it was not fitted on, by three authors who knew nothing of it.

They were written after it was fitted, and are used for nothing else: whoever adds them to `voices/` takes this away.
"""

from collections import Counter
from pathlib import Path

from chatbot.decide.needs import voices
from chatbot.decide.screening import guard
from conversations.outcomes import Reason
from release.core.intervals import wilson
from tests.conftest import count

FOLDER = Path(__file__).with_name("unseen_needs")
EVERY = count(1, 12)
MANNERS = {Reason.COURTESY, Reason.LANGUAGE, Reason.INJECTION}


def test_most_needs_of_unseen_authors_reach_a_person_and_few_look_alikes_do() -> None:
    asked, reached = Counter[str](), Counter[str]()
    for line in list(voices.lines(FOLDER))[::EVERY]:
        head = line.need or (f"like {line.like}" if line.like else "ordinary")
        seen = guard.screen(line.text)
        asked[head] += 1
        reached[head] += bool(seen.otherwise or (seen.reason and seen.reason not in MANNERS))
    for head, n in sorted(asked.items()):
        low, high = wilson(reached[head], n)
        print(f"{head:<22} {reached[head] / n:.3f} [{low:.3f}, {high:.3f}] of {n}")
    needs, likes = (
        {head for head in asked if head.startswith("like ") is like and head != "ordinary"} for like in (False, True)
    )
    assert sum(reached[head] for head in needs) > 0.75 * sum(asked[head] for head in needs)
    assert sum(reached[head] for head in likes) < 0.12 * sum(asked[head] for head in likes)
    assert reached["ordinary"] <= 0.1 * asked["ordinary"]
