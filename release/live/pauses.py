"""Stop, in one move: everything, a site, a category, the model, the tools or one of them. A pause erases no exposure.

Each verb holds the ledger of every site concerned, so pauses and settlings are totally ordered: what settles
after a pause has committed sees it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from knowledge.models import Category
from release.core.people import Actor, allow, name, reasoned
from release.models import KillSwitch
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role, Site

MAY_PAUSE = (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER)
MAY_RESUME = (Role.RELEASE_OWNER,)


def pause(
    *,
    site: Site | None = None,
    category: Category | None = None,
    what: str = "all",
    tool: str = "",
    actor: Actor,
    reason: str,
) -> KillSwitch:
    """Engage a switch on a category, a site, or everywhere if neither is given. Twice is the same as once.

    `tool`: with `what` tools, only the one of that name, on one site.

    Effective on the next message and on answers in flight once this returns. Raises Refused, NotAllowed.
    """
    site = category.site if category else site
    _permit(actor, site, MAY_PAUSE)
    why, what = reasoned(reason), _known(what)
    if tool and (what != KillSwitch.What.TOOLS or site is None or category is not None):
        raise Refused("One tool is paused on one site, for all its categories: name the site, and what=tools.")
    with _holding(site) as heads:
        switch = _engaged(site, category, what, tool).first()
        if switch is None:
            switch = KillSwitch.objects.create(
                site=site, category=category, what=what, tool=tool, reason=why, engaged_by=name(actor)
            )
            _record("paused", heads, switch, name(actor), why)
    return switch


def resume(
    *,
    site: Site | None = None,
    category: Category | None = None,
    what: str = "all",
    tool: str = "",
    actor: Actor,
    reason: str,
) -> KillSwitch:
    """Lift the switch of exactly this reach. Raises Refused when none is engaged, NotAllowed."""
    site = category.site if category else site
    _permit(actor, site, MAY_RESUME)
    why = reasoned(reason)
    with _holding(site) as heads:
        switch = _engaged(site, category, _known(what), tool).first()
        if switch is None:
            raise Refused(f"Nothing to resume: {_reach(site, category, what, tool)} is not paused.")
        switch.lifted_by, switch.lifted_at = name(actor), timezone.now()
        switch.save(update_fields=["lifted_by", "lifted_at"])
        _record("resumed", heads, switch, name(actor), why)
    return switch


def engaged(site_id: int | None = None) -> QuerySet[KillSwitch]:
    """The switches engaged now, newest first: those that reach one site, or all of them."""
    switches = KillSwitch.objects.filter(lifted_at=None).select_related("site", "category")
    return switches if site_id is None else switches.filter(Q(site=None) | Q(site=site_id))


def reach(switch: KillSwitch) -> str:
    """What a switch stops, in words: "the model on Fernway", "everything on every site"."""
    return _reach(switch.site, switch.category, switch.what, switch.tool)


def _permit(actor: Actor, site: Site | None, roles: tuple[Role, ...]) -> None:
    if site is not None:
        allow(actor, site, *roles)
    elif not isinstance(actor, str) and not (actor.is_active and actor.is_superuser):
        raise NotAllowed(f"Only a superuser pauses or resumes every site at once; {actor} may name a site.")


def _known(what: str) -> str:
    if what not in KillSwitch.What.values:
        raise Refused(f"{what!r} cannot be paused; name one of {', '.join(KillSwitch.What.values)}.")
    return what


@contextmanager
def _holding(site: Site | None) -> Iterator[list[LedgerHead]]:
    """A transaction that holds the ledger of one site, or of all in the order of their keys."""
    with transaction.atomic():
        sites = [site.pk] if site else Site.objects.order_by("pk").values_list("pk", flat=True)
        yield [ledger.hold(pk) for pk in sites]


def _engaged(site: Site | None, category: Category | None, what: str, tool: str) -> QuerySet[KillSwitch]:
    return KillSwitch.objects.filter(lifted_at=None, site=site, category=category, what=what, tool=tool)


def _record(kind: str, heads: list[LedgerHead], switch: KillSwitch, actor: str, reason: str) -> None:
    facts: dict[str, Any] = {"switch": switch.pk, "what": switch.what, "actor": actor, "reason": reason}
    facts["category"] = switch.category.slug if switch.category else None
    facts["everywhere"] = switch.site_id is None
    facts |= {"tool": switch.tool} if switch.tool else {}
    for head in heads:
        ledger.append(head.pk, kind, facts, head=head)


def _reach(site: Site | None, category: Category | None, what: str, tool: str = "") -> str:
    subject = {"all": "everything", "model": "the model", "tools": f"the tool “{tool}”" if tool else "the tools"}[what]
    if category is not None:
        subject = f"“{category}”" if what == "all" else f"{subject} in “{category}”"
    return f"{subject} on {site if site else 'every site'}"
