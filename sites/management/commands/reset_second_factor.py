"""Take a person's lost second factor away, for whoever runs the machine when nobody else can."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites.core.refusal import Refused
from sites.people import second_factor


class Command(BaseCommand):
    """`reset_second_factor USERNAME --reason …`: in the ledger of each of the person's sites."""

    help = "Take a person's lost second factor and recovery codes away, and end their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        parser.add_argument("username")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['username']}.")
        try:
            second_factor.forget(user, by="command line", reason=options["reason"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{user.get_username()} sets up a new second factor at the next sign-in.")
