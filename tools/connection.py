"""A connection to another system as people declare it: where it is, and how a request proves who sends it.

Law of the room: no secret stands in a declaration, a row, the record or a release: only its name. It is read from the
environment, or from the file that NAME_FILE names, at the moment a request is made.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import AfterValidator, model_validator

from sites.core.parts import Item, Needed, Part, Several, Text, Texts, one_of
from sites.outside import addresses
from tools.outbound import Failed, How

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
OURS = "TOOL_"
"""How the names of variables begin that a declaration may read; others are listed in HANDRAIL_TOOL_VARIABLES."""
NEEDS = {
    "bearer": ("secret",),
    "basic": ("user", "secret"),
    "header": ("header", "secret"),
    "oauth2": ("token_url", "client", "secret"),
    "hmac": ("header", "secret"),
}
NEVER = tuple(ipaddress.ip_network(each) for each in ("169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff00::/8"))
"""What no allowlist opens: link-local addresses, where clouds keep their credentials, and multicast."""


def permitted(variable: str) -> bool:
    """Whether a declaration may read this variable: ours are not for sending to others."""
    return variable.startswith(OURS) or variable in settings.HANDRAIL_TOOL_VARIABLES


def variable(name: str) -> str:
    """The value of a variable. Raises Failed, naming it, when it is not set or not for declarations."""
    if not permitted(name):
        raise Failed(f"{name} may not be read by a connection", How.CONNECTION)
    if value := str(getattr(settings, name, "") or os.environ.get(name, "")):
        return value
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Failed(f"the file of {name} cannot be read", How.CONNECTION) from None
    raise Failed(f"{name} is not set", How.CONNECTION)


def named(value: str) -> str:
    """A name of a tool, a connection or a slot."""
    if not NAME.fullmatch(value):
        raise ValueError(f"“{value}” is no name: up to 60 small letters, digits and underscores, a letter first")
    return value


def _variable(value: str) -> str:
    if value and not VARIABLE.fullmatch(value):
        raise ValueError(
            "“{key}” must be the name of an environment variable like TOOL_SHOP_KEY, never the secret itself"
        )
    if value and not permitted(value):
        raise ValueError(
            f"“{value}” is not for connections: begin it with {OURS}, or list it in HANDRAIL_TOOL_VARIABLES"
        )
    return value


def _url(value: str) -> str:
    if value.startswith("$"):
        _variable(value[1:] or "-")
        return value
    place = urlsplit(value)
    if place.scheme not in ("https", "http") or not place.hostname or place.query or place.fragment or place.username:
        raise ValueError(
            f"“{value}” is no base address; write https://api.example.com/v1, or $TOOL_NAME to read it there"
        )
    return value.rstrip("/")


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"“{value}” is no address or network: {error}") from None
    if any(network.version == each.version and network.overlaps(each) for each in NEVER):
        raise ValueError(f"“{value}” holds link-local or multicast addresses, which are never asked")
    return value


Name = Annotated[Needed, AfterValidator(named)]
Variable = Annotated[Text, AfterValidator(_variable)]
Network = Annotated[Item, AfterValidator(_network)]


class Auth(Part):
    """How a request proves who sends it. `secret`: the name of a variable; `user`, `client`: who we are, no secret."""

    kind: Annotated[Needed, one_of(tuple(NEEDS))]
    secret: Variable = ""
    user: Text = ""
    header: Text = ""
    token_url: Text = ""
    client: Text = ""
    scope: Text = ""

    @model_validator(mode="after")
    def _whole(self) -> "Auth":
        if wrong := [(key, f"{self.kind} needs “{{key}}”") for key in NEEDS[self.kind] if not getattr(self, key)]:
            raise Several([("kind", text.replace("{key}", key)) for key, text in wrong])
        if self.header and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", self.header):
            raise Several([("header", f"“{self.header}” is no name of a header")])
        if self.token_url:
            _url(self.token_url)
        return self


class Connection(Part):
    """Another system. `title`: what it is cited as; `private`: addresses inside that may be asked.

    `test_as`: the persons that a test call may be made as.
    """

    name: Name
    title: Needed
    owner: Text = ""
    url: Annotated[Needed, AfterValidator(_url)]
    auth: Auth | None = None
    private: tuple[Network, ...] = ()
    test_as: Texts = ()

    @model_validator(mode="after")
    def _open_only_inside(self) -> "Connection":
        if self.url.startswith("http:") and not self.private:
            raise Several(
                [("url", "http: may be read by anybody on the way; use https:, or name the “private:” network")]
            )
        return self

    @property
    def base(self) -> str:
        """The address that paths are added to. Raises Failed where it is named and not set, or not to be used so."""
        if not self.url.startswith("$"):
            return self.url
        found = variable(self.url[1:]).rstrip("/")
        if found.startswith("http:") and not self.private:
            raise Failed("an open connection to a public address", How.CONNECTION)
        return found

    def inside(self, address: str) -> bool:
        """Whether an address is one of the private ones that may be asked."""
        return addresses.within(address, self.private, map(str, NEVER))
