"""`export_audit --site SLUG [--out FILE]`: the chain of a site as JSON lines, to be checked elsewhere.

`python sites/core/offline.py FILE [ANCHORS]` checks it with nothing but Python. The export is itself an entry.
"""

import getpass
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites.core import ledger
from sites.models import LedgerEntry, Site

FIELDS = ("number", "kind", "body", "previous", "digest")


class Command(BaseCommand):
    """Export a site's chain, streamed."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and where to."""
        parser.add_argument("--site", required=True)
        parser.add_argument("--out", type=Path, help="A file; left out: standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Log it, then write it."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['site']}.")
        entry = ledger.note(site.pk, "audit_exported", actor=f"{getpass.getuser()} (shell)")
        entries = LedgerEntry.objects.filter(site=site, number__lte=entry.number).order_by("number")
        out = options["out"].open("w", encoding="utf-8") if options["out"] else sys.stdout
        try:
            for values in entries.values(*FIELDS).iterator(chunk_size=2000):
                out.write(json.dumps({"site": site.slug, **values}, ensure_ascii=False) + "\n")
        finally:
            if options["out"]:
                out.close()
