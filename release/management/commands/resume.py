"""`manage.py resume [--site SLUG] [--category SLUG] [--what all|model|tools] --reason TEXT`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release import killswitch
from release.management import asking
from release.models import KillSwitch
from release.people import Refused
from sites.roles import NotAllowed


class Command(BaseCommand):
    """Lift a pause of exactly this reach."""

    help = "Lift a pause of exactly this reach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", help="without it: every site")
        parser.add_argument("--category", help="needs --site")
        parser.add_argument("--what", choices=KillSwitch.What.values, default="all")
        parser.add_argument("--reason", required=True)
        asking.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["category"] and not options["site"]:
            raise CommandError("--category needs --site.")
        site = asking.site(options["site"]) if options["site"] else None
        category = asking.category(site, options["category"]) if site and options["category"] else None
        try:
            switch = killswitch.resume(
                site=site,
                category=category,
                what=options["what"],
                actor=asking.actor(options),
                reason=options["reason"],
            )
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Resumed {killswitch.reach(switch)}.")
