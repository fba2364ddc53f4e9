"""`manage.py fit_questions FOLDER`: learn how questions are drawn to the sections that answer them."""

import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.embedding.embedders import MiniLM, load
from knowledge.embedding.questions import WEIGHTS

FOLDS = 3


class Command(BaseCommand):
    """Ten minutes on two cores; needs torch, which nothing that serves needs."""

    help = "Fit knowledge/embedding/questions.npz on a folder of help centres with their customers' messages."

    def add_arguments(self, parser: CommandParser) -> None:
        """FOLDER and where the weights go."""
        parser.add_argument("folder", type=Path, help="Help centres as text files: # Article, ## Section, > message.")
        parser.add_argument("--out", type=Path, default=WEIGHTS, help="Where the weights go.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, learn, write."""
        from knowledge.learning import help_centres, ranker, training

        began, model = time.monotonic(), load("minilm")
        paths = sorted(options["folder"].glob("*.txt"))
        if len(paths) < FOLDS or not isinstance(model, MiniLM):
            raise CommandError(
                f"{options['folder']} holds {len(paths)} help centres (*.txt); {FOLDS} at least are needed."
            )
        if importlib.util.find_spec("torch") is None:
            raise CommandError("Learning needs torch, which nothing else does: uv pip install torch")
        centres = [help_centres.centre(path, model) for path in paths]
        self.stdout.write(f"{len(centres)} help centres, {sum(len(each.messages) for each in centres)} messages")
        unseen: dict[str, Any] = {}
        for fold in range(FOLDS):
            net = training.train([each for n, each in enumerate(centres) if n % FOLDS != fold], self.stdout.write)
            unseen |= {each.name: each.signs(training.rows(net, each.inner)) for each in centres[fold::FOLDS]}
        seen = [unseen[each.name] for each in centres]
        weights = ranker.weights(centres, seen)
        curve = ranker.curve(centres, seen, weights)
        firsts = [((x @ weights).argmax(1), c.answered) for c, x in zip(centres, seen, strict=True)]
        right = np.concatenate([(first == answered)[answered >= 0] for first, answered in firsts])
        self.stdout.write(f"unseen, the right section first: {right.mean():.3f} of {len(right)}")
        self.stdout.write(f"signs {np.round(weights, 2)}, curve {np.round(curve, 3)}")
        layer = training.packed(training.train(centres, self.stdout.write))
        np.savez_compressed(options["out"], ranker=weights, curve=curve, **layer)
        self.stdout.write(f"{options['out']}, {time.monotonic() - began:.0f} s")
