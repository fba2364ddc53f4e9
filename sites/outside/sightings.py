"""Where the widget was seen last, so that whoever puts it on a page is told that it works, or what stops it there.

Law of the room: it is a help and no record. An origin is written once a minute at most; of those that were refused,
which anybody can send, few a minute and few in all are kept.
"""

from urllib.parse import urlsplit

from django.utils import timezone

from sites.core import rate
from sites.models import Site
from sites.models.sightings import Sighting

REFUSED_A_MINUTE, REFUSED_IN_ALL = 6, 20
LONGEST = 200


def note(site: Site, origin: str, *, admitted: bool) -> None:
    """Keep that the widget of a site said hello from a page of this origin."""
    if not _of_the_web(origin):
        return
    if rate.count("seen", str(site.pk), origin, str(admitted))[0] > 1:
        return
    if not admitted and rate.count("seen-refused", str(site.pk))[0] > REFUSED_A_MINUTE:
        return
    Sighting.objects.update_or_create(site=site, origin=origin, defaults={"admitted": admitted, "at": timezone.now()})
    if not admitted:
        refused = Sighting.objects.filter(site=site, admitted=False).order_by("-at")
        kept = list(refused.values_list("pk", flat=True)[:REFUSED_IN_ALL])
        refused.exclude(pk__in=kept).delete()


def _of_the_web(origin: str) -> bool:
    """Whether it is an origin as a browser sends one from a page of the web."""
    if len(origin) > LONGEST or not (origin.isascii() and origin.isprintable()):
        return False
    try:
        url = urlsplit(origin)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.netloc)
