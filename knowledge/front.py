"""The policies a document states about itself in its front matter, as the fields of a source."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


class FrontMatterError(ValueError):
    """A value of the front matter that cannot be used; the message names the key."""


def policies(front: Mapping[str, Any]) -> dict[str, Any]:
    """audience, url, owner, review_by and expires, where they are given. Raises FrontMatterError."""
    found: dict[str, Any] = {}
    for key in ("audience", "url", "owner"):
        if (value := front.get(key)) is not None:
            if not isinstance(value, str):
                raise FrontMatterError(f"{key}: expected a text, not {value!r}")
            found[key] = value.strip()
    for key in ("review_by", "expires"):
        if (value := front.get(key)) is not None:
            found[key] = _date(key, value)
    return found


def _date(key: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise FrontMatterError(f"{key}: expected a date like 2027-01-31, not {value!r}")
