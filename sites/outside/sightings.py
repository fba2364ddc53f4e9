"""Where the widget was seen last, so that whoever puts it on a page is told that it works, or what stops it there.

Law of the room: it is a help and no record. An origin is written once a minute at most; of those that were refused,
which anybody can send, few a minute and few in all are kept.
"""

from urllib.parse import urlsplit

from django.utils import timezone

from sites.core import foreign, rate
from sites.models import Site
from sites.models.sightings import Sighting

REFUSED_A_MINUTE, REFUSED_IN_ALL = 6, 20
LONGEST, NAMED = 200, 60


def note(site: Site, origin: str, *, admitted: bool) -> None:
    """Keep that the widget of a site said hello from a page of this origin."""
    if not _of_the_web(origin):
        return
    if rate.count("seen", str(site.pk), origin, str(admitted))[0] > 1:
        return
    if not admitted and rate.count("seen-refused", str(site.pk))[0] > REFUSED_A_MINUTE:
        return
    _keep(site.pk, origin, admitted=admitted)
    if not admitted:
        refused = Sighting.objects.filter(site=site, admitted=False).order_by("-at")
        kept = list(refused.values_list("pk", flat=True)[:REFUSED_IN_ALL])
        refused.exclude(pk__in=kept).delete()


def note_unknown(called: str, origin: str) -> None:
    """Keep that a page asked for a site that is none, for the sites that have named the page as theirs."""
    if not _of_the_web(origin) or rate.count("seen-unknown", origin)[0] > 1:
        return
    for key, origins in Site.objects.values_list("pk", "origins"):
        if origin in {each.rstrip("/") for each in origins}:
            _keep(key, origin, admitted=False, called=foreign.text(called)[:NAMED])


def _keep(site_id: int, origin: str, *, admitted: bool, called: str = "") -> None:
    seen = {"admitted": admitted, "at": timezone.now(), "called": called}
    Sighting.objects.update_or_create(site_id=site_id, origin=origin, defaults=seen)


def _of_the_web(origin: str) -> bool:
    """Whether it is an origin as a browser sends one from a page of the web."""
    if len(origin) > LONGEST or not (origin.isascii() and origin.isprintable()):
        return False
    try:
        url = urlsplit(origin)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.netloc)
