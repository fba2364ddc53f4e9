"""How a declaration lets guests in: what they name, and the look-up that says where its code is sent.

Law of the room: the address is read at the moment a code is sent, on the tool's own connection, and stays nowhere.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from sites.core.parts import Item, Needed, Part, Text
from tools.connection import Name
from tools.reply import JsonPath


def _path(value: str) -> str:
    if not value.startswith("/") or "?" in value or "#" in value:
        raise ValueError("the path begins with / and has no ? or #; what follows one goes under “query:”")
    return value


class Guest(Part):
    """How who has no account proves that a thing is theirs: by a code sent to the address its system has.

    `proves`: the argument that they name; `thing`: it in words; `question`: asked for it. `path`, `query`: the look-up,
    a GET on the tool's connection; `email`, `customer`: where its reply has the address, and whose the thing is;
    `belongs_to`: where it names the thing again.
    """

    proves: Name
    thing: Needed
    question: Needed
    path: Annotated[Needed, AfterValidator(_path)]
    query: Mapping[str, Item] = {}
    email: Annotated[JsonPath, AfterValidator(lambda value: value or "$.email")] = "$.email"
    customer: JsonPath = ""
    belongs_to: Mapping[JsonPath, Text] = {}
