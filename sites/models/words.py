"""What customers of a site read besides articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """The words customers of a site read besides articles, and the locale they are in."""

    locale: str
    wording: Mapping[str, str]
    disclosure: str
    contact: Mapping[str, Any]
    crisis: str = ""
