"""`manage.py verify_report FILE [--key KEY]`: is this report as the gate signed it? Exit 0 yes, 1 no."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.gate import results
from sites.core import foreign
from sites.core.refusal import Refused

LARGEST = 50_000_000
"""Bytes of a report that are read; one of a thousand scenarios has two million."""


class Command(BaseCommand):
    """Check the signature of a report that was exported from a run of the gate."""

    help = "Check that a report of the gate is as it was signed; --show-key prints what others check it with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--key", default="", help="the public key of the installation it came from (default: ours)")
        parser.add_argument("--show-key", action="store_true", help="print this installation's public key")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show_key"]:
            self.stdout.write(results.public_key())
        elif options["file"] is None:
            raise CommandError("Name the report.")
        else:
            self._check(options["file"], options["key"])

    def _check(self, file: Path, key: str) -> None:
        try:
            report = results.verify(foreign.loads(file.read_bytes(), most=LARGEST), key)
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except Refused as refusal:
            raise CommandError(f"{file}: {refusal}") from refusal
        ended = "passed" if report["passed"] else "failed"
        self.stdout.write(
            f"{file} is as it was signed: release {report['release']} of {report['site']} {ended}, "
            f"{report['totals']['scenarios']} scenarios, {report['finished']}, fingerprint {report['fingerprint']}"
        )
