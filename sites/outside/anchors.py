"""Anchors: the head of a site's chain, written every day to where whoever writes the database cannot write.

Law of the room: an anchor is one line of JSON, the same everywhere, and is tried from the outbox until it is there.
That it is out of reach of whoever can write the database is the operator's to see to: no code can.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from sites.core import ledger, outbox
from sites.core.audit import Anchor
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Site
from sites.outside import senders, webhooks

KIND = "anchored"
WEBHOOK = "webhook"
EVERY = timedelta(hours=23)
"""No second anchor of a site within this: several clocks may ask, and one that is late does not skip a day."""


def due() -> int:
    """Promise an anchor of each site that has had none for a day, at every place of the setting; returns how many."""
    places = list(named())
    return sum(_anchored(site, places) for site in Site.objects.order_by("pk")) if places else 0


def named() -> Iterator[str]:
    """The places that HANDRAIL_ANCHORS names: a file by its whole path, an address, or `webhook`.

    Raises ImproperlyConfigured for anything else.
    """
    for place in filter(None, map(str.strip, settings.HANDRAIL_ANCHORS)):
        if place != WEBHOOK and not Path(place).is_absolute():
            try:
                validate_email(place)
            except ValidationError:
                raise ImproperlyConfigured(
                    f"HANDRAIL_ANCHORS names “{place}”: give the whole path of a file, an e-mail address, or {WEBHOOK}."
                ) from None
        yield place


def read(text: str, slug: str) -> list[Anchor]:
    """The anchors of a site in a file of lines such as are written. Raises Refused, with the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            kept = json.loads(line)
            if kept["site"] == slug:
                found.append(Anchor(int(kept["number"]), str(kept["digest"])))
        except (ValueError, KeyError, TypeError):
            raise Refused(f"Line {number} is no anchor: it needs “site”, “number” and “digest”, as JSON.") from None
    return found


def sites(text: str) -> set[str]:
    """The sites that a file of anchors names. Raises Refused, with the line."""
    try:
        return {str(json.loads(line)["site"]) for line in text.splitlines() if line.strip()}
    except (ValueError, KeyError, TypeError):
        raise Refused("A line of the anchors is none: it needs “site”, “number” and “digest”, as JSON.") from None


def parse(text: str) -> Anchor:
    """An anchor written as NUMBER:DIGEST. Raises Refused."""
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Refused(f"“{text}” is no anchor: write NUMBER:DIGEST, as verify_audit prints the head.")
    return Anchor(int(number), digest)


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _anchored(site: Site, places: list[str]) -> bool:
    with transaction.atomic():
        head = ledger.hold(site.pk)
        last = LedgerEntry.objects.filter(site=site, kind=KIND).order_by("-number").first()
        if head.number == 0 or (last is not None and _when(last) > (timezone.now() - EVERY).isoformat()):
            return False
        facts = {"number": head.number, "digest": head.digest}
        line = {"site": site.slug, **facts, "at": timezone.now().isoformat()}
        for place in places:
            _promise(site, place, line)
        ledger.append(site.pk, KIND, {"actor": "", **facts, "places": places}, head=head)
    return True


def _when(entry: LedgerEntry) -> str:
    return str(json.loads(entry.body)["at"])


def _promise(site: Site, place: str, line: dict[str, object]) -> None:
    text = json.dumps(line, ensure_ascii=False)
    if place == WEBHOOK:
        webhooks.emit(site.pk, "anchor", line)
    elif Path(place).is_absolute():
        outbox.put("anchor", {"file": place, "line": text})
    else:
        senders.mail(to=place, subject=f"{site.name}: anchor of the record", text=f"{text}\n\n{KEEP}\n")


KEEP = (
    "Keep this where nobody who can write the database can change it. "
    "`manage.py verify_audit --site SLUG --anchor NUMBER:DIGEST` compares the record with it."
)


@outbox.handler("anchor")
def write(item: OutboxItem) -> None:
    """Add one line to a file and wait until it is on the disk; one that fails is tried again, twice does no harm."""
    file = Path(item.payload["file"])
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"{item.payload['line']}\n")
        opened.flush()
        os.fsync(opened.fileno())
