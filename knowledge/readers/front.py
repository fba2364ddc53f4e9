"""What a document states about itself in its front matter: the policies of its source, the questions it answers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from knowledge.text import asked


class FrontMatterError(ValueError):
    """A value of the front matter that cannot be used; the message names the key."""


def policies(front: Mapping[str, Any]) -> dict[str, Any]:
    """audience, url, owner, review_by, expires and questions, where they are given. Raises FrontMatterError."""
    found: dict[str, Any] = {}
    for key in ("audience", "url", "owner"):
        if (value := front.get(key)) is not None:
            if not isinstance(value, str):
                raise FrontMatterError(f"{key}: expected a text, not {value!r}")
            found[key] = value.strip()
    for key in ("review_by", "expires"):
        if (value := front.get(key)) is not None:
            found[key] = _date(key, value)
    if "questions" in front:
        try:
            found["questions"] = asked.read(front["questions"])
        except asked.QuestionsError as error:
            raise FrontMatterError(f"questions: {error}") from error
    return found


def _date(key: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise FrontMatterError(f"{key}: expected a date like 2027-01-31, not {value!r}")
