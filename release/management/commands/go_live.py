"""`manage.py go_live SLUG --as USER --second USER --reason TEXT`: freeze, run the gate unless it passed, publish."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.models import Level
from release.core.progress import Bar
from release.exposure import levels
from release.gate import gate
from release.live import snapshot
from release.management import asking
from release.models import Release, Run
from release.onboarding import opening
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    """Take the candidate live if its own scenarios pass. There is no way to skip them."""

    help = "Freeze a site's candidate, run the gate on it and, if it passes, take it live with two people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("--as", dest="actor", required=True, metavar="USER")
        parser.add_argument("--second", required=True, metavar="USER", help="the second person")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--release", type=int, metavar="N", help="a release frozen on this build already")
        parser.add_argument(
            "--first-release", action="store_true", help="raise categories without drafts, on this run alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        site, why = asking.site(options["site"]), options["reason"]
        actor, second = asking.user(options["actor"]), asking.user(options["second"])
        try:
            release = self._release(site, options["release"], actor)
            run = gate.passing(release) or self._run(release, actor)
            if release.state != Release.State.LIVE:
                gate.go_live(release, actor=actor, second=second, reason=why)
            self.stdout.write(f"Release {release.number} of {site.slug} is live.")
            if options["first_release"]:
                moves = levels.first_release(site, actor=actor, second=second, run=run, reason=why)
                self.stdout.write(f"{len(moves)} steps of exposure were taken.")
        except (Refused, NotAllowed) as error:
            raise CommandError(str(error)) from error
        self._tell(site)

    def _tell(self, site: Site) -> None:
        """Who is answered now: each category's level, what it is short of, and why a live release answers nobody."""
        for each in opening.subjects(site):
            short = (
                "" if each.level == Level.SELF_SERVICE else f"; for self-service it lacks {' and '.join(each.lacks)}"
            )
            self.stdout.write(
                f"  {each.category.slug}: level {each.level}, {opening.MEANT[each.level]}{short if each.lacks else ''}"
            )
        if why := opening.silence(site):
            self.stdout.write(f"It answers nobody. {why}")

    def _release(self, site: Site, number: int | None, actor: User) -> Release:
        if number is None:
            return snapshot.freeze(site, actor=actor)
        release = Release.objects.filter(site=site, number=number).first()
        if release is None:
            raise CommandError(f"{site.slug} has no release {number}.")
        return release

    def _run(self, release: Release, actor: User) -> Run:
        """The gate's run, told as it goes. Raises CommandError when it did not pass."""
        with Bar("gate", show=True) as bar:
            run = gate.run(release, actor=actor, progress=bar.at)
        for verdict in run.verdicts.filter(passed=False):
            self.stdout.write(f"FAIL {verdict.scenario}: {verdict.why}")
        if not run.passed:
            raise CommandError(f"Release {release.number} did not pass. {' '.join(run.objections)}")
        self.stdout.write(f"Release {release.number} passed {run.total - run.failed} of {run.total} scenarios.")
        return run
