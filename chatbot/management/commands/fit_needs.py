"""`manage.py fit_needs`: fit the reader of needs on `chatbot/decide/needs/voices/` and write its weights."""

import time
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser

from chatbot.decide.needs import figures, fitting, voices
from chatbot.decide.needs.reader import WEIGHTS


class Command(BaseCommand):
    """Half an hour on two cores, 13 GB of memory; needs scipy and torch, which nothing that serves needs."""

    help = "Fit the reader of needs on the messages written for it, and write chatbot/decide/needs/weights.npz."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--aside", nargs="*", default=[], metavar="AUTHOR", help="Leave these authors out.")
        parser.add_argument("--out", default=str(WEIGHTS), help="Where the weights go.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, fit, write."""
        began = time.monotonic()
        lines = [line for line in voices.everything() if line.author not in options["aside"]]
        seen = fitting.corpus(lines)
        made = fitting.fit(seen, self.stdout.write)
        np.savez_compressed(options["out"], made_of=np.array(voices.digest()), **made.arrays)  # type: ignore[arg-type]
        for line in figures.table(seen, made):
            self.stdout.write(line)
        self.stdout.write(f"{len(lines)} messages, {time.monotonic() - began:.0f} s: {options['out']}")
