"""`replay CONVERSATION`: print a conversation as the record holds it."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404

from conversations import replay
from sites.models import Site


class Command(BaseCommand):
    """Print one conversation with every turn's trace, as JSON; the reading is logged."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The conversation's id."""
        parser.add_argument("conversation")
        parser.add_argument("--as", dest="actor", default="command line", help="Who reads, for the log.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        try:
            found = replay.find(options["conversation"], Site.objects.all())
        except (Http404, ValidationError):
            raise CommandError(f"There is no conversation {options['conversation']}.") from None
        self.stdout.write(json.dumps(replay.read(found, actor=options["actor"]), indent=2, ensure_ascii=False))
