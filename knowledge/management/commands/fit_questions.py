"""`manage.py fit_questions FOLDER`: learn how questions are drawn to the sections that answer them."""

import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.embedding.embedders import MiniLM, load
from knowledge.embedding.minilm import COMMON_WORDS
from knowledge.embedding.questions import WEIGHTS

LEFT_OUT = 10
"""Each tenth help centre is left out of what is learnt: on these it is weighed how sure an answer is."""


class Command(BaseCommand):
    """Twenty minutes on two cores; needs torch, which nothing that serves needs."""

    help = "Fit knowledge/embedding/questions.npz on help centres with their customers' messages, and list their words."

    def add_arguments(self, parser: CommandParser) -> None:
        """FOLDER and where the weights go."""
        parser.add_argument("folder", type=Path, help="Help centres as text files: # Article, ## Section, > message.")
        parser.add_argument("--out", type=Path, default=WEIGHTS, help="Where the weights go.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, learn, write."""
        from knowledge.learning import help_centres, ranker, training

        began, model = time.monotonic(), load("minilm")
        paths = sorted(options["folder"].glob("*.txt"))
        if len(paths) < LEFT_OUT or not isinstance(model, MiniLM):
            raise CommandError(
                f"{options['folder']} holds {len(paths)} help centres (*.txt); {LEFT_OUT} at least are needed."
            )
        if importlib.util.find_spec("torch") is None:
            raise CommandError("Learning needs torch, which nothing else does: uv pip install torch")
        COMMON_WORDS.write_text("".join(f"{word}\n" for word in help_centres.words(paths)), "utf-8")
        centres = [help_centres.centre(path, model) for path in paths]
        self.stdout.write(f"{len(centres)} help centres, {sum(len(each.messages) for each in centres)} messages")
        held = centres[::LEFT_OUT]
        net = training.train([each for n, each in enumerate(centres) if n % LEFT_OUT], self.stdout.write)
        seen = [each.signs(training.rows(net, each.early)) for each in held]
        weights = ranker.weights(held, seen)
        curve = ranker.curve(held, seen, weights)
        firsts = [((x @ weights).argmax(1), c.answered) for c, x in zip(held, seen, strict=True)]
        right = np.concatenate([(first == answered)[answered >= 0] for first, answered in firsts])
        self.stdout.write(f"unseen, the right section first: {right.mean():.3f} of {len(right)}")
        self.stdout.write(f"signs {np.round(weights, 2)}, curve {np.round(curve, 3)}")
        np.savez_compressed(options["out"], ranker=weights, curve=curve, **training.packed(net))
        self.stdout.write(f"{options['out']}, {time.monotonic() - began:.0f} s")
