"""`manage.py rollback SLUG [--to NUMBER] --reason TEXT`: back to a release that was live before."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.gate import gate
from release.management import asking
from release.models import Release
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Withdrawals, expiries, lowered levels and pauses stay as they are."""

    help = "Go back to a release that was live before, on the same build and model."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("--to", type=int, metavar="NUMBER", help="which release (default: the last one)")
        parser.add_argument("--reason", required=True)
        asking.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        site, release = asking.site(options["site"]), None
        if options["to"] is not None:
            release = Release.objects.filter(site=site, number=options["to"]).first()
            if release is None:
                raise CommandError(f"{site.slug} has no release {options['to']}.")
        began = time.monotonic()
        try:
            back = gate.rollback(site, release, actor=asking.actor(options), reason=options["reason"])
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - began
        self.stdout.write(f"Release {back.number} of {site.slug} is live again, after {seconds:.2f} s.")
