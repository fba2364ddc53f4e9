"""`manage.py openapi FILE [OPERATION]`: what a document has, or one operation of it as a declaration to edit."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sites.core import foreign
from sites.core.refusal import Refused
from tools.openapi import document, printed, proposal


class Command(BaseCommand):
    """Print; nothing is written and nobody is asked."""

    help = "List the operations of an OpenAPI document, or print one as a commented tools/*.yaml."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("operation", nargs="?", help='its operationId, or "GET /orders/{id}"')
        parser.add_argument("--connection", default="", help="the name of the connection it uses")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            read = document.read(foreign.text(options["file"].read_text(encoding="utf-8-sig")))
            if not options["operation"]:
                for each in read.operations.values():
                    self.stdout.write("  ".join(filter(None, [each.key, each.name, each.summary])))
                return
            made = proposal.propose(read, read.operation(options["operation"]), options["connection"])
        except (OSError, UnicodeDecodeError, Refused) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self.stdout.write(printed.as_file(made, f"{options['operation']} of {options['file'].name}"), ending="")
