"""`replay CONVERSATION`, `replay --again TURN`, `replay --against RELEASE --site SLUG --since DATE --until DATE`.

The first prints a conversation as the record holds it. The second decides a turn again on what it saw and heard: exit 0
the very same, 1 not. The third lists the turns of a period that would end otherwise on another release. Each is logged.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from chatbot import again
from conversations import replay
from conversations.models import Turn
from release.live.snapshot import Tampered
from release.models import Release
from sites.core import ledger
from sites.models import Site


class Command(BaseCommand):
    """Read a conversation back, or decide its turns again; nothing is written but that it was done."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """What to replay."""
        parser.add_argument("conversation", nargs="?", help="A conversation's id: print it as JSON.")
        parser.add_argument("--again", type=int, metavar="TURN", help="Decide this turn again.")
        parser.add_argument("--against", type=int, metavar="RELEASE", help="A release's number; needs --site.")
        parser.add_argument("--site", help="Whose turns, for --against.")
        parser.add_argument("--since", help="From this day or moment on; left out: from the first turn on.")
        parser.add_argument("--until", help="To this day or moment; left out: to now.")
        parser.add_argument("--as", dest="actor", default="command line", help="Who reads, for the log.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was asked for."""
        if options["again"] is not None:
            self._again(options)
        elif options["against"] is not None:
            self._against(options)
        elif options["conversation"]:
            self._print(options)
        else:
            raise CommandError("Name a conversation, a turn with --again, or a release with --against.")

    def _print(self, options: dict[str, Any]) -> None:
        try:
            found = replay.find(options["conversation"], Site.objects.all())
        except (Http404, ValidationError):
            raise CommandError(f"There is no conversation {options['conversation']}.") from None
        self.stdout.write(json.dumps(replay.read(found, actor=options["actor"]), indent=2, ensure_ascii=False))

    def _again(self, options: dict[str, Any]) -> None:
        turn = (
            Turn.objects.select_related("question", "answer", "conversation__site").filter(pk=options["again"]).first()
        )
        if turn is None:
            raise CommandError(f"There is no turn {options['again']}.")
        replay.log_reading(turn.conversation, actor=options["actor"])
        try:
            found = again.decide(turn)
        except Tampered as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
        if found.now is None or found.differs:
            sys.exit(1)

    def _against(self, options: dict[str, Any]) -> None:
        site = Site.objects.filter(slug=options["site"] or "").first()
        if site is None:
            raise CommandError("Name the site with --site.")
        release = Release.objects.filter(site=site, number=options["against"]).first()
        if release is None:
            raise CommandError(f"{site} has no release {options['against']}.")
        since, until = (
            _moment(options["since"], datetime(1970, 1, 1, tzinfo=UTC)),
            _moment(options["until"], timezone.now()),
        )
        ledger.note(site.pk, "replayed", actor=options["actor"], release=release.number, since=since.isoformat())
        looked = changed = 0
        for each in again.over(site, release, since, until):
            looked += 1
            if each.now is None or each.differs:
                changed += each.now is not None
                self.stdout.write(json.dumps(each.as_json(), ensure_ascii=False))
        self.stderr.write(f"{looked} turns, {changed} would end otherwise on release {release.number}")


def _moment(text: str | None, otherwise: datetime) -> datetime:
    if not text:
        return otherwise
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"“{text}” is neither a day nor a moment: write 2026-11-29, or 2026-11-29T10:30.")
    return found if timezone.is_aware(found) else found.replace(tzinfo=UTC)
