"""`manage.py seed_history --site SLUG [--weeks 6] [--seed N] | --remove`: weeks that never happened, to look at."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conversations import synthetic
from release.core import people
from release.management import asking
from release.monitoring import history
from sites.core.refusal import Refused


class Command(BaseCommand):
    """What is written is marked as synthetic wherever it is shown, and counts for nothing."""

    help = "Give a site some weeks of synthetic history, so that its pages can be seen alive; or take it away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True)
        parser.add_argument("--weeks", type=int, default=6, help=f"1 to {history.LONGEST} (default: 6)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same weeks")
        parser.add_argument("--a-day", type=int, default=history.A_DAY, help="conversations on a usual day")
        parser.add_argument("--remove", action="store_true", help="take the synthetic history of the site away")
        asking.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        site, actor = asking.site(options["site"]), people.name(asking.actor(options))
        if options["remove"]:
            gone = synthetic.remove(site, actor=actor)
            self.stdout.write(f"{gone} synthetic conversations of {site.slug} are gone. The record says so.")
            return
        try:
            turns = history.seed(
                site,
                weeks=options["weeks"],
                seed=options["seed"],
                a_day=options["a_day"],
                now=timezone.now(),
                actor=actor,
                demo=settings.DEBUG,
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{turns} synthetic turns in {options['weeks']} weeks. Nothing real counts them.")
        self.stdout.write(
            f"Look: {settings.HANDRAIL_BASE_URL}/admin/release/release/monitoring/{site.slug}/?of=synthetic"
        )
        self.stdout.write(f"Away with it: manage.py seed_history --site {site.slug} --remove")
