"""`token --site SLUG --sub NAME [--audience NAME]`: a signed identity for trying the widget as a customer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tools import identity


class Command(BaseCommand):
    """Sign a customer's identity with the site's first key."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, for which site."""
        parser.add_argument("--site", required=True)
        parser.add_argument("--sub", required=True)
        parser.add_argument("--audience", action="append", default=[])
        parser.add_argument("--name", default="")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token."""
        claims = {"audiences": options["audience"], "name": options["name"], "email": options["email"]}
        given = {key: value for key, value in claims.items() if value}
        try:
            self.stdout.write(identity.sign(options["site"], options["sub"], **given))
        except identity.BadIdentity as bad:
            raise CommandError(str(bad)) from None
