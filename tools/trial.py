"""A test call: a declared tool of the candidate, used before a release as a person who was named for that.

Law of the room: it reads only, as somebody the connection lists under `test_as`, and every call is an entry in the
site's chain. Nothing of it is kept in a conversation, for there is none.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from conversations.outcomes import Reason
from conversations.wording import Spoken
from sites.access.roles import Person, require
from sites.choices import on_record
from sites.core.refusal import Refused
from sites.models import Role, Site
from tools import registry, rows
from tools.connection import Connection
from tools.declaration import Tool
from tools.identity import Identity
from tools.registry import Found

SECONDS = 10.0


@dataclass(frozen=True)
class Candidate:
    """What a site declares now, as a tool is used on it."""

    site: str
    spoken: Spoken
    tools: Mapping[str, Tool]
    connections: Mapping[str, Connection]


def candidate(site: Site) -> Candidate:
    """What the rows of a site say."""
    spoken = Spoken.of(site)
    return Candidate(
        site.slug, spoken, rows.read_tools(rows.tools(site)), rows.read_connections(rows.connections(site))
    )


def call(site: Site, name: str, person: str, message: str, *, actor: Person) -> tuple[Found, float]:
    """How a tool answers a message of a person, and the milliseconds it took. Raises NotAllowed, Refused."""
    require(actor, site, Role.RELEASE_OWNER)
    said = candidate(site)
    tool = said.tools.get(name)
    connection = said.connections.get(tool.request.connection) if tool else None
    if tool is None or connection is None:
        raise Refused("The tool or its connection is not declared.")
    if tool.writes:
        raise Refused("It writes. A test call reads only.")
    if tool.identity == "verified" and person not in connection.test_as:
        named = ", ".join(connection.test_as) or "nobody yet"
        raise Refused(f"A test call may be made as {named}: whom the connection lists for that.")
    who = Identity(person, int(time.time()) + 60, email=person if "@" in person else "") if person else None
    began = time.perf_counter()
    found = registry.call(name, message, who, said, until=time.monotonic() + SECONDS)
    found = found or Found(Reason.NOT_GROUNDED, ())
    ended, username = {"ended": found.reason.value}, actor.get_username()
    with transaction.atomic():
        on_record.note(site.pk, "tool_tested", {}, ended, actor=username, tool=name, person=person)
    return found, round((time.perf_counter() - began) * 1000, 1)
