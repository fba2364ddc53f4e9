"""`manage.py go_live SLUG --as USER --second USER --reason TEXT`: freeze, run the gate, publish."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release import exposure, gate, snapshot
from release.management import asking
from release.models import Release, Run
from release.people import Refused
from release.progress import Bar
from sites.roles import NotAllowed


class Command(BaseCommand):
    """Take the candidate live if its own scenarios pass. There is no way to skip them."""

    help = "Freeze a site's candidate, run the gate on it and, if it passes, take it live with two people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("--as", dest="actor", required=True, metavar="USER")
        parser.add_argument("--second", required=True, metavar="USER", help="the second person")
        parser.add_argument("--reason", required=True)
        parser.add_argument(
            "--first-release", action="store_true", help="raise categories without drafts, on this run alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        site, why = asking.site(options["site"]), options["reason"]
        actor, second = asking.user(options["actor"]), asking.user(options["second"])
        try:
            release = snapshot.freeze(site, actor=actor)
            with Bar("gate", show=True) as bar:
                run = gate.run(release, actor=actor, progress=bar.at)
            self._tell(release, run)
            if release.state != Release.State.LIVE:
                gate.go_live(release, actor=actor, second=second, reason=why)
            self.stdout.write(f"Release {release.number} of {site.slug} is live.")
            if options["first_release"]:
                moves = exposure.first_release(site, actor=actor, second=second, run=run, reason=why)
                self.stdout.write(f"{len(moves)} steps of exposure were taken.")
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error

    def _tell(self, release: Release, run: Run) -> None:
        for verdict in run.verdicts.filter(passed=False):
            self.stdout.write(f"FAIL {verdict.scenario}: {verdict.why}")
        if not run.passed:
            raise CommandError(f"Release {release.number} failed {run.failed} of {run.total} scenarios.")
        self.stdout.write(f"Release {release.number} passed {run.total} scenarios.")
