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
    return Masks(where)(text, site_id)


class Masks:
    """`masked` for many texts of one page: what a site chose is read once, not for each of them."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.chosen: dict[int, tuple[Collection[str], list[str]]] = {}

    def __call__(self, text: str, site_id: int) -> str:
        """A text as it may stand there."""
        if not _SUSPECT.search(text):
            return text
        if site_id not in self.chosen:
            self.chosen[site_id] = _chosen(site_id, self.where)
        kinds, served = self.chosen[site_id]
        return without(text, {Kind.CARD, *kinds}, served) if kinds else mask(text)


def _chosen(site_id: int, where: str) -> tuple[Collection[str], list[str]]:
    """What is masked in one place of a site, and the countries it serves."""
    found = DataPolicy.objects.filter(site=site_id).values_list(where, flat=True).first()
    kinds: Collection[str] = getattr(DataPolicy(), where) if found is None else found
    return kinds, countries(site_id) if kinds else []


def countries(site_id: int) -> list[str]:
    """The countries whose numbers are looked for: those a site serves, else the one of its language tag."""
    row = Site.objects.filter(pk=site_id).values_list("countries", "locale").first()
    if row is None:
        return []
    region = row[1].replace("_", "-").rpartition("-")[2].upper()
    return list(row[0]) or ([region] if len(region) == 2 and "-" in row[1].replace("_", "-") else [])
