"""The one table of docs/rights.md, read."""

import re
from functools import cache

from sites.models import Role
from tests.server import BASE

ROLES = [
    *(role.value for role in (Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR, Role.ADMIN)),
    "customer",
]


@cache
def table() -> dict[str, dict[str, str]]:
    """{what: {role: letters}}, and the same for the customer."""
    found: dict[str, dict[str, str]] = {}
    for line in (BASE / "docs" / "rights.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 1 + len(ROLES):
            for what in re.findall(r"`([^`]+)`", cells[0]):
                assert what not in found, f"{what} stands in docs/rights.md twice"
                found[what] = dict(zip(ROLES, cells[1:], strict=True))
    return found


def allowed(what: str, role: str, letter: str = "x") -> bool:
    """Whether the table says that a role may do this; without a role nobody may."""
    return letter in table()[what].get(role, "")
