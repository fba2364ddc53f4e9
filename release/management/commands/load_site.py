"""`manage.py load_site DIR`: load a site bundle into the candidate."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.bundles import bundle
from release.management.asking import actor, add_actor
from sites.core.problems import BadInput


class Command(BaseCommand):
    """Check a bundle as a whole, then load it. What customers get changes with a release only."""

    help = "Load a site from a bundle (site.yaml, knowledge/, scenarios/); loading it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = bundle.load(options["folder"], actor=actor(options), progress=True)
        except BadInput as error:
            for problem in error.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(error.problems)} to mend; nothing was loaded.") from error
        for problem in loaded.warnings:
            self.stderr.write(f"warning: {problem}", self.style.WARNING)
        self.stdout.write(f"Loaded {loaded}.")
