"""What an agent looks up about a verified customer: a declared tool of the live release that only reads.

Law of the room: it is for the person a conversation proved, never for a name that somebody types; it asks for nothing
more, changes nothing, and each look is an entry in the site's chain.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.module_loading import import_string

from conversations.outcomes import Reason
from sites.access.roles import require
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site
from tools import registry
from tools.declaration import Tool
from tools.identity import Identity
from tools.registry import ForSite, Found

SECONDS = 10.0


def offered(site: Site) -> list[Tool]:
    """The tools of the live release that tell about a verified customer and need to be told nothing else."""
    live = _live(site)
    return [tool for tool in live.tools.values() if _fits(tool)] if live else []


def look(site: Site, name: str, claims: Mapping[str, Any], *, actor: User) -> Found:
    """What a tool tells about the customer with these verified claims. Raises Refused, NotAllowed."""
    require(actor, site, Role.AGENT)
    live = _live(site)
    tool = live.tools.get(name) if live else None
    if live is None or tool is None or not _fits(tool):
        raise Refused("The live release has no such tool to look up a customer with.")
    if not claims.get("sub"):
        raise Refused("Nobody has proved who this customer is.")
    if import_string(settings.TOOLS_PAUSED)(site.pk, name):
        raise Refused("The tools are paused.")
    facts = {"tool": name, "person": ledger.digest(str(claims.get("sub", "")))}
    ledger.note(site.pk, "looked_up", actor=actor.get_username(), **facts)
    who = Identity(str(claims["sub"]), int(time.time()) + 60, str(claims.get("name", "")), str(claims.get("email", "")))
    found = registry.call(name, "", who, live, until=time.monotonic() + SECONDS)
    return found or Found(Reason.NOT_GROUNDED, ())


def _fits(tool: Tool) -> bool:
    """Whether it reads for a verified customer, out of their claims alone."""
    claimed = all(each.claim for each in tool.arguments.values())
    return tool.identity == "verified" and not tool.writes and claimed


def _live(site: Site) -> ForSite | None:
    found: ForSite | None = import_string(settings.TOOLS_LIVE)(site.pk)
    return found
