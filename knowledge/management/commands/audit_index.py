"""Compare the search index with the database and report every difference. Nothing is repaired."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge import tasks
from knowledge.index import store, sync
from knowledge.index.store import index
from knowledge.management import sites_named, wait_until_settled
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    help = "Compare the search index with the database, row by row. Exit 0 whole, 1 it differs, 2 not possible."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="one site's slug; all sites without it")
        parser.add_argument("--timeout", type=float, default=120, help="seconds to wait for a running server")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = {site.slug: self._audit(site, options["timeout"]) for site in sites_named(options["site"])}
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
        else:
            for slug, found in report.items():
                self._print(slug, found)
        if not all(shelf["whole"] for found in report.values() for shelf in found):
            raise CommandError("The index differs from the database; `reindex` builds it anew.", returncode=1)

    def _audit(self, site: Site, timeout: float) -> list[dict[str, Any]]:
        try:
            index().own()
        except store.Taken:
            return self._asked(site, timeout)
        try:
            return [tasks.report(check()) for _, check in sync.audits(site.pk)]
        except store.Unavailable as error:
            raise CommandError(str(error), returncode=2) from error

    def _asked(self, site: Site, timeout: float) -> list[dict[str, Any]]:
        """The report of the running server, once it has built what it still has to build."""
        wait_until_settled(site, timeout, self.stderr)
        try:
            return list(tasks.ask("audit_index", {"site": site.pk}, seconds=timeout)["shelves"].values())
        except (TimeoutError, Refused) as error:
            raise CommandError(str(error), returncode=2) from error

    def _print(self, slug: str, found: list[dict[str, Any]]) -> None:
        for shelf in found:
            kinds = [(kind, shelf[kind]) for kind in ("missing", "foreign", "different") if shelf[kind]["count"]]
            state = "whole" if shelf["whole"] else "not built yet" if not shelf["settled"] else "differs"
            self.stdout.write(
                f"{slug} · {shelf['category']} · {shelf['audience']}: {shelf['passages']} passages, {state}"
            )
            for kind, rows in kinds:
                self.stdout.write(f"    {rows['count']} {kind}: {', '.join(rows['first'])}")
