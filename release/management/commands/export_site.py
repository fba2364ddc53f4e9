"""`manage.py export_site SLUG DIR`: a site's candidate as a bundle, the inverse of `load_site`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.bundles import export
from release.management import asking
from sites.core.refusal import Refused


class Command(BaseCommand):
    """Write what `load_site` would read."""

    help = "Write a site's candidate as a bundle into an empty folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        site = asking.site(options["site"])
        try:
            count = export.export(site, options["folder"])
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {count} files of {site.slug} to {options['folder']}.")
