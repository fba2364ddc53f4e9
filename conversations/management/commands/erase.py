"""`erase --site SLUG (--conversation ID | --sub NAME) --reason TEXT`: erase what a customer said."""

import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations import privacy
from conversations.models import Conversation
from sites.core.refusal import Refused
from sites.models import Site


class Command(BaseCommand):
    """Erase what a customer said, in one conversation or in all of a verified person; it cannot be taken back."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        parser.add_argument("--site", required=True)
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--conversation", help="one conversation, by its id")
        whose.add_argument("--sub", help="all conversations of one verified person, by the `sub` of their identity")
        parser.add_argument("--reason", required=True, help="kept for good: name no customer in it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say what a person has to look at."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        actor = f"{getpass.getuser()} (shell)"
        try:
            done = privacy.erase(_whose(site, options), site, actor=actor, reason=options["reason"])
        except (Refused, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write("\n".join([done.told, *done.left]))


def _whose(site: Site, options: dict[str, Any]) -> Any:
    if options["sub"]:
        return privacy.of_person(site, options["sub"])
    return Conversation.objects.filter(pk=options["conversation"])
