"""What the guard costs: CPU of one screening beside the one embedding of its message. `python -m tests.bench guard`.

A process of its own, since the matrix library reads how many threads it may have when it is first imported.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count

ROUNDS = 5


def cost(messages: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of CPU a message, the least of a few rounds: of a screening, and of an embedding alone.

    Every message is a new one each time, so that nothing is remembered.
    """
    import django

    django.setup()
    from chatbot.decide.screening import guard
    from knowledge.embedding.embedders import embedder

    guard.screen("warm"), embedder().encode_one("warm")
    return _least(guard.screen, messages), _least(lambda text: embedder().encode_one(text), messages)


_fresh = count()


def _least(use: Callable[[str], object], messages: Sequence[str]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        texts = [f"{text} {next(_fresh)}" for text in messages]
        began = time.process_time()
        for text in texts:
            use(text)
        rounds.append((time.process_time() - began) / len(texts) * 1000)
    return min(rounds)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    print(json.dumps(dict(zip(("screening", "embedding"), cost(json.load(sys.stdin)), strict=True))))
