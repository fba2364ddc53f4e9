"""`manage.py resume [--site SLUG] [--category SLUG] [--what all|model|tools] --reason TEXT`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.live import pauses
from release.management import asking
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Lift a pause of exactly this reach."""

    help = "Lift a pause of exactly this reach."

    def add_arguments(self, parser: CommandParser) -> None:
        asking.add_reach(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            switch = pauses.resume(**asking.reach(options))
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Resumed {pauses.reach(switch)}.")
