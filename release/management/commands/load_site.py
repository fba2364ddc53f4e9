"""`manage.py load_site DIR`: load a site bundle into the candidate."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.bundles import bundle
from release.core import people
from release.management.asking import actor, add_actor
from sites.core.problems import BadInput
from sites.models import Site


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
        self._tell_powerless(loaded.site)
        self.stdout.write(f"Loaded {loaded}.")

    def _tell_powerless(self, site: Site) -> None:
        """Name the owners who can do nothing here yet, and the command that mends it: a load grants nothing."""
        lacking = people.powerless(site)
        for username, (duties, _) in lacking.items():
            text = f"warning: {username}, the owner of {', '.join(duties)}, has no role for that on {site.slug}"
            self.stderr.write(text, self.style.WARNING)
        if lacking:
            given = " ".join(f"{username}={role.value}" for username, (_, roles) in lacking.items() for role in roles)
            self.stderr.write(f"to mend: manage.py grant {site.slug} {given}", self.style.WARNING)
