"""How strict a site's gate is. Its owners choose among a few; only the candidate changes, a release does the rest."""

from django.db import transaction

from knowledge.face.editing import ownership
from release.core.people import Actor, allow, name, reasoned
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site, Strictness

MAY_CHOOSE = (Role.CONTENT_OWNER, Role.RELEASE_OWNER)


def choose(site: Site, strictness: int, *, actor: Actor, reason: str) -> None:
    """Give the candidate another strictness. Raises NotAllowed, Refused."""
    allow(actor, site, *MAY_CHOOSE)
    ownership.require_whole(actor, site.pk, Role.RELEASE_OWNER)
    if strictness not in Strictness.values:
        raise Refused(f"Choose {', '.join(Strictness.labels)}.")
    facts = {"actor": name(actor), "reason": reasoned(reason), "to": strictness}
    with transaction.atomic():
        head = ledger.hold(site.pk)
        held = Site.objects.filter(pk=site.pk)
        before = held.values_list("strictness", flat=True).get()
        if before == strictness:
            raise Refused(f"The gate is {Strictness(strictness).label} already.")
        held.update(strictness=strictness)
        ledger.append(site.pk, "strictness_chosen", {**facts, "from": before}, head=head)
    site.strictness = strictness
