"""`manage.py migrate`: Django's own, one at a time on a database, so that two starts do not race."""

from typing import Any

from django.core.management.commands import migrate

from sites.core.alone import alone


class Command(migrate.Command):
    """Bring the tables up to date; a second one waits and finds nothing left to do."""

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django's."""
        with alone("migrate"):
            super().handle(*args, **options)
