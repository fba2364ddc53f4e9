"""`verify_audit [--site SLUG]`: walk the hash chain and say whether it holds. Exit 0 whole, 1 broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites import ledger
from sites.models import LedgerHead, Site


class Command(BaseCommand):
    """Verify the record's hash chain."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """One site, or all."""
        parser.add_argument("--site", help="Only this site (its slug).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each site's head, and every break."""
        sites = Site.objects.filter(slug=options["site"]) if options["site"] else Site.objects.all()
        if options["site"] and not sites:
            raise CommandError(f"There is no site {options['site']}.")
        broken = False
        for site in sites:
            breaks = list(ledger.verify(site))
            head = LedgerHead.objects.filter(site=site).first()
            state = "BROKEN" if breaks else "whole"
            self.stdout.write(
                f"{site.slug}: {state}, {head.number if head else 0} entries, head {head.digest if head else '-'}"
            )
            for found in breaks:
                self.stdout.write(f"  entry {found.number} {found.why}")
            broken = broken or bool(breaks)
        if broken:
            sys.exit(1)
