"""`backup FILE`: everything this installation holds as one file, read at one moment beside whatever is served."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sites.core import backup
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Write a backup, and say where each chain stands in it."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is in it; exit 1 where it could not be written."""
        try:
            manifest = backup.write(options["file"])
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(part["rows"] for part in manifest["parts"].values())
        self.stdout.write(f"{options['file']}: {rows} rows of {len(manifest['parts'])} tables")
        for slug, head in manifest["heads"].items():
            self.stdout.write(f"  {slug}: anchor {head['number']}:{head['digest']}")
        self.stdout.write("SECRET_KEY and the identity keys are not in it: keep them where you keep secrets.")
