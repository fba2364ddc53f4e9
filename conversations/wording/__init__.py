"""All fixed wording: what customers read that is no article and was typed by nobody.

Law of the room: a locale is a file here, and no sentence for customers stands anywhere else. A site may add to the
disclosure and replace any other line; it cannot take the core away. A locale without a file is spoken to in English.
"""

from collections.abc import Mapping

from conversations.outcomes import Reason
from conversations.wording.catalogs import ANYWHERE, CATALOGS, CORE, UNSERVED, named
from conversations.wording.spoken import Spoken
from conversations.wording.telephone import calls

__all__ = ["DISCLOSURE", "ENGLISH", "INSIDE", "LOCALES", "REPLACEABLE", "Spoken", "calls", "key_of", "named"]

ENGLISH: Mapping[str, str] = Spoken().lines
DISCLOSURE = ENGLISH["disclosure"]
INSIDE = frozenset(
    {"disclosure", "or", "and", "part_1", "part_2", "part_3", "part_4", *(k for k in ENGLISH if "." in k)}
)
"""What is put into lines, or stands beside the conversation, and is no message itself."""
REPLACEABLE: Mapping[str, frozenset[str]] = {
    key: named(line) | ANYWHERE for key, line in ENGLISH.items() if key not in CORE
}
"""The lines a site may replace, each with the `$names` that are filled in."""
LOCALES = tuple(sorted({*CATALOGS, *UNSERVED}))
"""Those in which anything is said."""


def key_of(reason: Reason, kind: str = "") -> str:
    """The wording key of an outcome: the finer kind where it has its own line, else the reason."""
    return kind if kind in ENGLISH else reason.value
