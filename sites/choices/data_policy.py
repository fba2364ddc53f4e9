"""How a site treats personal data: what is masked where, and for how long words are kept.

Law of the room: read anew each time, so what an administrator chooses holds from the next message on. Cards are masked
whatever is chosen.
"""

import re
from collections.abc import Collection

from sites.masking.cards import mask
from sites.masking.kinds import Kind, without
from sites.models import Site
from sites.models.policy import DataPolicy

STORED, LISTS, WEBHOOKS = "stored", "lists", "webhooks"
_SUSPECT = re.compile(r"\d{2}|@|\bat\b", re.IGNORECASE)
"""Without one of these a text holds nothing that its form gives away."""


def of(site: Site) -> DataPolicy:
    """The policy of a site; the defaults where it chose nothing."""
    return DataPolicy.objects.filter(site=site).first() or DataPolicy(site=site)


def masked(text: str, site_id: int, where: str) -> str:
    """A text as it may stand in one place (STORED, LISTS, WEBHOOKS) of a site."""
    if not _SUSPECT.search(text):
        return text
    found = DataPolicy.objects.filter(site=site_id).values_list(where, flat=True).first()
    kinds: Collection[str] = getattr(DataPolicy(), where) if found is None else found
    if not kinds:
        return mask(text)
    return without(text, {Kind.CARD, *kinds}, countries(site_id))


def countries(site_id: int) -> list[str]:
    """The countries whose numbers are looked for: those a site serves, else the one of its language tag."""
    row = Site.objects.filter(pk=site_id).values_list("countries", "locale").first()
    if row is None:
        return []
    region = row[1].replace("_", "-").rpartition("-")[2].upper()
    return list(row[0]) or ([region] if len(region) == 2 and "-" in row[1].replace("_", "-") else [])
