"""Bring one file or page in as a source; the last line printed says as JSON what became of it."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from knowledge.editing import approval, ingest
from knowledge.management import sites_named
from knowledge.models import Source
from knowledge.readers import incoming
from knowledge.readers.documents import FORMATS, DocumentError
from knowledge.readers.front import FrontMatterError, policies
from knowledge.readers.incoming import Incoming
from sites.models import Site


class Command(BaseCommand):
    help = (
        "Bring one file or web page in as a source, approved in the name of whoever runs this; a release publishes it. "
        "The last line is JSON: status indexed | rejected, reason, warnings, source, passages. Exit 0 / 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|URL", help=f"a file ({', '.join(FORMATS)}) or an http(s) address")
        parser.add_argument("--site", required=True)
        parser.add_argument("--category", required=True, action="append", help="may be repeated")
        parser.add_argument("--audience", default="", help="default: the front matter's, else public")
        parser.add_argument("--draft", action="store_true", help="leave the text as a draft to be approved")

    def handle(self, *args: Any, **options: Any) -> None:
        (site,) = sites_named(options["site"])
        slug = options["file"]
        try:
            found = incoming.take(options["file"], locale=site.locale)
            slug = found.slug
            saved = _saved(site, found, options["category"], options["audience"])
        except (DocumentError, FrontMatterError, ingest.Rejected) as error:
            self._reject(slug, str(error))
        if not options["draft"]:
            approval.approve_many([saved.revision], actor=f"shell:{getpass.getuser()}", reason="add_source")
        self._say("indexed", slug, warnings=saved.revision.warnings, passages=saved.revision.passages.count())

    def _reject(self, slug: str, reason: str) -> NoReturn:
        self._say("rejected", slug, reason=reason)
        raise SystemExit(1)

    def _say(self, status: str, slug: str, *, reason: str = "", warnings: Any = (), passages: int = 0) -> None:
        said = {
            "status": status,
            "reason": reason,
            "warnings": list(warnings),
            "source": slug,
            "passages": passages,
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False))


def _saved(site: Site, found: Incoming, categories: list[str], audience: str) -> ingest.Saved:
    """The draft made of what came in. Raises Rejected, FrontMatterError."""
    fields = {"url": found.url} | policies(found.document.front)
    fields["audience"] = audience or fields.get("audience", "public")
    known = Source.objects.filter(site=site, slug=found.slug).exclude(origin=found.origin).first()
    if known:
        raise ingest.Rejected(f"{found.slug}: a source from {known.origin or 'the admin'} has this name")
    item = ingest.Item(found.slug, found.document, categories, origin=found.origin[:500], **fields)
    (saved,) = ingest.save_many(site, [item], author=found.origin[:150], threads=2)
    return saved
