"""`restore FILE [--anchors FILE]`: a backup into an empty database, held against its chains; then the index is made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from sites.core import backup
from sites.core.refusal import Refused
from sites.outside import anchors


class Command(BaseCommand):
    """Restore whole, or not at all."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, and what is known of it elsewhere."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--anchors", type=Path, metavar="FILE", help="anchors as they are written every day")
        parser.add_argument("--broken", action="store_true", help="also what is not as its chain says, to look into it")
        parser.add_argument("--no-index", action="store_true", help="make the search index later: manage.py reindex")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what came back; exit 1 where nothing did."""
        try:
            lines = options["anchors"].read_text(encoding="utf-8") if options["anchors"] else ""
            kept = [(slug, anchor) for slug in anchors.sites(lines) for anchor in anchors.read(lines, slug)]
            manifest = backup.restore(options["file"], kept, broken=options["broken"])
        except (Refused, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        rows = sum(part["rows"] for part in manifest["parts"].values())
        held = "not compared with its chains" if options["broken"] else f"whole, {len(kept)} anchors held"
        self.stdout.write(f"{rows} rows of {manifest['at']} are back: {held}.")
        if not options["no_index"]:
            call_command("reindex", stdout=self.stdout, stderr=self.stderr)
