"""`export_record --site SLUG (--from DAY --to DAY --format csv|jsonl | --sub NAME) --out FILE`: take out the record."""

import getpass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conversations import export
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    """Write the record of some days, or of one person, to a file; who did is an entry in the ledger."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which days or whom, and where to."""
        parser.add_argument("--site", required=True)
        parser.add_argument("--from", dest="since", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--to", dest="until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="without it: today"
        )
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="a table of turns, or everything")
        parser.add_argument("--sub", help="one verified person, by the `sub` of their identity")
        parser.add_argument("--out", required=True, type=Path, help="a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it piece by piece."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        if not (options["sub"] or options["since"]):
            raise CommandError("Say of which days (--from) or of whom (--sub).")
        actor = f"{getpass.getuser()} (shell)"
        try:
            pieces = _pieces(site, options, actor)
            with options["out"].open("x", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Written to {options['out']}.")


def _pieces(site: Site, options: dict[str, Any], actor: str) -> Any:
    if options["sub"]:
        return export.person(site, options["sub"], actor=actor)
    taken = export.turns if options["format"] == "csv" else export.conversations
    return taken(site, options["since"], options["until"] or timezone.localdate(), actor=actor)
