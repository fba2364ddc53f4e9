"""`manage.py pause [--site SLUG] [--category SLUG] [--what all|model|tools] --reason TEXT`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.live import pauses
from release.management import asking
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Stop everything, a site, a category, the model or the tools, at once."""

    help = "Stop everything, a site, a category, the model or the tools, at once."

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_reach(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            switch = pauses.pause(**asking.reach(options))
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Paused {pauses.reach(switch)}.")
