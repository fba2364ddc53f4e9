"""`manage.py evaluate [--site SLUG] FILE… --out report.json`: exit 0 all pass, 1 some fail, 2 bad input."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.core.progress import Bar
from release.gate import gate
from release.live import snapshot
from release.management import asking
from release.scenarios import evals, repeats, written
from release.scenarios.evals import Case
from sites.core.problems import BadInput, Problem
from sites.models import Site

SHOWN = 20


class Command(BaseCommand):
    """Run scenarios on the candidate at the levels it asks for; nothing is written to the record."""

    help = "Ask the bot what scenario files ask, judge every case, write a report."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._bad  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--site", help="may be left out with one site, or for files inside a bundle")
        parser.add_argument("--out", type=Path, help="where the report is written, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scenarios = written.read(options["files"])
            site = self._site(options)
            self._check_out(options["out"])
        except (BadInput, CommandError) as error:
            self._bad(str(error))
        if not scenarios:
            self._bad("The files hold no scenario.")
        began = time.monotonic()
        frozen, asked = snapshot.candidate(site), [each.body for each in scenarios]
        cases: list[Case] = []
        with Bar(site.slug, show=True) as bar:
            for case in evals.evaluate(frozen, asked, times=gate.times(frozen)):
                cases.append(case)
                bar.at(len(cases), len(scenarios))
        report = evals.report(frozen, asked, cases, time.monotonic() - began)
        report["totals"]["repeats"] = copied = repeats.ids(asked, frozen)
        if options["out"]:
            options["out"].write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
        self._tell(report["totals"], cases)
        if copied:
            self.stderr.write(
                f"warning: {len(copied)} repeat an example, so they show nothing: {', '.join(copied[:5])}"
            )
        if report["totals"]["failed"]:
            sys.exit(1)

    def _site(self, options: dict[str, Any]) -> Site:
        if options["site"]:
            return asking.site(options["site"])
        slugs = {slug for file in options["files"] if (slug := asking.site_of_file(file))}
        if len(slugs) > 1:
            raise CommandError(f"The files belong to several sites ({', '.join(sorted(slugs))}); name one with --site.")
        return asking.site(slugs.pop()) if slugs else asking.only_site()

    def _check_out(self, out: Path | None) -> None:
        if out is not None and not out.resolve().parent.is_dir():
            raise BadInput([Problem(str(out), 0, "its folder does not exist")])

    def _tell(self, totals: dict[str, Any], cases: list[Case]) -> None:
        failed = [case for case in cases if not case.passed]
        for case in failed[:SHOWN]:
            self.stdout.write(f"FAIL {case.id}: {case.why}")
        if len(failed) > SHOWN:
            self.stdout.write(f"… and {len(failed) - SHOWN} more")
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in totals["outcomes"].items())
        self.stdout.write(
            f"{totals['passed']} of {totals['cases']} passed in {totals['seconds']} s "
            f"(p50 {totals['ms_p50']} ms, p99 {totals['ms_p99']} ms): {outcomes}"
        )

    def _bad(self, message: str) -> Any:
        self.stderr.write(message)
        sys.exit(2)
