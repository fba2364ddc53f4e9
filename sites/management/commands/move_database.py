"""`move_database URL`: all that is here into an empty database elsewhere, SQLite to PostgreSQL or any other way."""

import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sites.core import backup
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Move, with sequences and chains; here everything stays as it is."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("url", help="postgres://user:password@host/name, or sqlite:///path")

    def handle(self, *args: Any, **options: Any) -> None:
        """Stop what serves before: what is said while this runs would stay behind."""
        with tempfile.TemporaryDirectory(dir=settings.HANDRAIL_HOME) as folder:
            file = Path(folder) / "moved"
            try:
                backup.write(file)
            except (Refused, OSError) as error:
                raise CommandError(str(error)) from error
            for command in (["migrate", "--verbosity", "0"], ["restore", "--no-index", str(file)]):
                self._there(options["url"], command)
        self.stdout.write("Set DATABASE_URL to this address, start, and run `manage.py reindex`.")

    def _there(self, url: str, command: list[str]) -> None:
        env = {**os.environ, "DATABASE_URL": url}
        env.pop("DATABASE_URL_FILE", None)
        manage = str(settings.BASE_DIR / "manage.py")
        done = subprocess.run([sys.executable, manage, *command], env=env, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise CommandError(f"{command[0]} did not work there: {done.stderr.strip()[-2000:]}")
        self.stdout.write(done.stdout, ending="")
