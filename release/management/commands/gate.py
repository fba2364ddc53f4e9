"""`manage.py gate SLUG [--release N] [--out FILE]`: run the gate on this build. Exit 0 passed, 1 failed, 2 refused."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.core.progress import Bar
from release.gate import gate, heard, results
from release.live import snapshot
from release.live.snapshot import Tampered
from release.management import asking
from release.models import Release, Run
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    """What a new build is tried with before customers reach it; nothing goes live by this but content alone."""

    help = "Freeze the candidate, or an earlier release again, on this build and run the gate on it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("--release", type=int, metavar="N", help="what this release holds, frozen again here")
        parser.add_argument("--out", type=Path, help="where the signed report is written")
        asking.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            site, actor = asking.site(options["site"]), asking.actor(options)
            release = self._frozen(site, options["release"], actor)
            if cost := gate.cost(release):
                self.stdout.write(f"This costs {cost}.")
            with Bar("gate", show=True) as bar:
                run = gate.run(release, actor=actor, progress=bar.at)
            self._tell(release, run)
            if options["out"]:
                signed = json.dumps(results.export(run, actor=actor), ensure_ascii=False, indent=1)
                options["out"].write_text(signed, encoding="utf-8")
        except (Refused, NotAllowed, Tampered, CommandError, OSError) as error:
            self.stderr.write(str(error))
            sys.exit(2)
        if not run.passed:
            sys.exit(1)

    def _frozen(self, site: Site, number: int | None, actor: Any) -> Release:
        if number is None:
            return snapshot.freeze(site, actor=actor)
        release = Release.objects.filter(site=site, number=number).first()
        if release is None:
            raise CommandError(f"{site.slug} has no release {number}.")
        return snapshot.freeze_again(release, actor=actor)

    def _tell(self, release: Release, run: Run) -> None:
        failed, newly = results.failures(run)
        for verdict in failed:
            self.stdout.write(f"{'BROKEN' if verdict.scenario in newly else 'FAIL'} {verdict.scenario}: {verdict.why}")
        for line in gate.tally(run).categories:
            low, high = line.interval
            short = f"  (level 3 needs {line.bar.scenarios})" if line.few and line.bar else ""
            shown = line.name or "about no category"
            self.stdout.write(f"{shown:<24} {line.passed:>4} of {line.n:<4} {low:5.1%} to {high:.1%}{short}")
        for objection in run.objections:
            self.stdout.write(objection)
        if said := heard.of(run):
            self.stdout.write(f"The model: {said}")
        passed = f"{run.total - run.failed} of {run.total} scenarios passed"
        self.stdout.write(f"Release {release.number} is {release.state}: {passed}.")
