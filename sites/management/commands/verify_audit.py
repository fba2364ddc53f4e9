"""`verify_audit [--site SLUG] [--anchor NUMBER:DIGEST …] [--anchors FILE]`: whether the record is what its chain says.

Compares the chain, every row its entries speak of, and the anchors. Exit 0 whole, 1 not, 2 an anchor cannot be read.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites.core import audit, seal
from sites.core.refusal import Refused
from sites.models import LedgerHead, Site
from sites.outside import anchors


class Command(BaseCommand):
    """Verify the record: its chain, its rows, and anchors that were kept elsewhere."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """One site, or all; what was kept elsewhere."""
        parser.add_argument("--site", help="Only this site (its slug).")
        parser.add_argument(
            "--anchor", action="append", default=[], metavar="NUMBER:DIGEST", help="Kept elsewhere; needs --site."
        )
        parser.add_argument("--anchors", type=Path, metavar="FILE", help="Anchors as they are written every day.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each site's head, what was compared, and everything that is not as it should be."""
        sites = Site.objects.filter(slug=options["site"]) if options["site"] else Site.objects.all()
        if options["site"] and not sites:
            raise CommandError(f"There is no site {options['site']}.")
        if options["anchor"] and not options["site"]:
            raise CommandError("An anchor is of one site: name it with --site.")
        kept = {site.pk: self._anchors(site, options) for site in sites}
        whole = [self._verified(site, kept[site.pk]) for site in sites]
        if unsealed := seal.missing():
            self.stdout.write(f"The database does not refuse changes: {', '.join(unsealed)} missing or switched off.")
        if unsealed or not all(whole):
            sys.exit(1)

    def _anchors(self, site: Site, options: dict[str, Any]) -> list[audit.Anchor]:
        try:
            lines = options["anchors"].read_text(encoding="utf-8") if options["anchors"] else ""
            return [*map(anchors.parse, options["anchor"]), *anchors.read(lines, site.slug)]
        except (Refused, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error), returncode=2) from error

    def _verified(self, site: Site, kept: list[audit.Anchor]) -> bool:
        found = audit.of(site, kept)
        head = LedgerHead.objects.filter(site=site).first()
        state = "BROKEN" if found.findings else "whole"
        said = f"{head.number if head else 0} entries, head {head.number if head else 0}:{head.digest if head else '-'}"
        self.stdout.write(f"{site.slug}: {state}, {said}")
        self.stdout.write(
            f"  {found.whole} rows compared, {found.in_part} in part, {found.under_way} under way, {len(kept)} anchors"
        )
        for table, count in sorted(found.before.items()):
            self.stdout.write(f"  not covered: {count} rows of {table}, of before entries spoke of rows")
        for each in found.findings:
            self.stdout.write(f"  {each}")
        return not found.findings
