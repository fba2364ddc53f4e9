"""Bring one file in as a source; the last line printed says as JSON what became of it."""

import getpass
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from knowledge import approval, ingest
from knowledge.documents import DocumentError, read
from knowledge.front import FrontMatterError, policies
from knowledge.management import sites_named
from knowledge.models import Source

LARGEST = 20_000_000  # bytes read from a file at most


class Command(BaseCommand):
    help = (
        "Bring one file in as a source, approved in the name of whoever runs this; a release publishes it. "
        "The last line is JSON: status indexed | rejected, reason, warnings, source, passages. Exit 0 / 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a .md, .mdx, .txt or .html file")
        parser.add_argument("--site", required=True)
        parser.add_argument("--category", required=True, action="append", help="may be repeated")
        parser.add_argument("--audience", default="", help="default: the front matter's, else public")
        parser.add_argument("--draft", action="store_true", help="leave the text as a draft to be approved")

    def handle(self, *args: Any, **options: Any) -> None:
        (site,) = sites_named(options["site"])
        path = Path(options["file"])
        try:
            document = read(path.name, _bytes(path))
            fields = policies(document.front)
            fields["audience"] = options["audience"] or fields.get("audience", "public")
            item = ingest.Item(path.stem, document, options["category"], origin=path.name, **fields)
            known = Source.objects.filter(site=site, slug=item.slug).exclude(origin=path.name).first()
            if known:
                raise ingest.Rejected(f"{item.slug}: a source from {known.origin or 'the admin'} has this name")
            (saved,) = ingest.save_many(site, [item], author=path.name, threads=2)
        except (DocumentError, FrontMatterError, ingest.Rejected) as error:
            self._reject(path.stem, str(error))
        if not options["draft"]:
            approval.approve_many([saved.revision], actor=f"shell:{getpass.getuser()}", reason="add_source")
        self._say("indexed", path.stem, warnings=saved.revision.warnings, passages=saved.revision.passages.count())

    def _reject(self, slug: str, reason: str) -> NoReturn:
        self._say("rejected", slug, reason=reason)
        raise SystemExit(1)

    def _say(self, status: str, slug: str, *, reason: str = "", warnings: Any = (), passages: int = 0) -> None:
        self.stdout.write(
            json.dumps(
                {
                    "status": status,
                    "reason": reason,
                    "warnings": list(warnings),
                    "source": slug,
                    "passages": passages,
                },
                ensure_ascii=False,
            )
        )


def _bytes(path: Path) -> bytes:
    """The file's content. Raises Rejected for what is no readable file of a sensible size."""
    if "://" in str(path) or str(path).startswith(("http:", "https:")):
        raise ingest.Rejected(f"{path}: reading from a web address is not supported; save the page as a file")
    try:
        if not path.is_file():
            raise ingest.Rejected(f"{path}: there is no such file")
        if (size := path.stat().st_size) > LARGEST:
            raise ingest.Rejected(f"{path.name}: {size:,} bytes are more than the limit of {LARGEST:,}")
        return path.read_bytes()
    except OSError as error:
        raise ingest.Rejected(f"{path.name}: {error.strerror}") from error
