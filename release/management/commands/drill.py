"""`manage.py drill [--site SLUG] [--with-customers]`: pause and rollback, rehearsed on the running data, with times."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.management import asking
from release.readiness import drill
from release.readiness.drill import Failed
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    """Nothing customers could see is left changed; it is refused while it could hurt somebody."""

    help = "Rehearse pause and rollback on the running data and say how long each took."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", help="which site (default: the only one)")
        parser.add_argument(
            "--with-customers", action="store_true", help="also while customers write; those go to people meanwhile"
        )
        parser.add_argument("--observe", type=int, metavar="ID", help="be the process that watches a drill")
        asking.add_actor(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["observe"] is not None:
            return drill.observe(options["observe"])
        site = asking.site(options["site"]) if options["site"] else asking.only_site()
        if against := list(drill.objections(site, customers=options["with_customers"])):
            raise CommandError("\n".join(["No drill now.", *against]))
        actor = asking.actor(options)
        try:
            pause = drill.rehearse_pause(site, actor=actor)
            self.stdout.write(f"Pause of {site.slug}: committed after {pause.committed:.3f} s, ", ending="")
            self.stdout.write(f"seen by another process after {pause.seen:.3f} s.")
            self.stdout.write(f"Lifted: committed after {pause.lifted:.3f} s, seen after {pause.seen_lifted:.3f} s.")
            back = self._rollback(site, actor)
        except (Refused, NotAllowed, Failed) as error:
            raise CommandError(str(error)) from error
        drill.note(site, pause, back, actor=actor)
        self.stdout.write("Nothing is left changed.")
        return None

    def _rollback(self, site: Site, actor: Any) -> float | None:
        """Rehearse the way back; None where there is none, which is said."""
        try:
            way = drill.rehearse_rollback(site, actor=actor)
        except Refused as refusal:
            self.stdout.write(f"Rollback: NOT REHEARSED. {refusal}")
            return None
        self.stdout.write(
            f"Rollback to release {way.number}: {way.seconds:.3f} s for {way.revisions} articles with "
            f"{way.passages} passages; undone again."
        )
        if way.withdrawn:
            self.stdout.write(f"  {way.withdrawn}, withdrawn just before, stayed withdrawn.")
        return way.seconds
