"""The routes on which a site chooses who has the first word: an article that plainly answers, or a person always."""

from collections.abc import Mapping
from enum import StrEnum


class Route(StrEnum):
    """A kind of message on which articles may have something to say."""

    LEGAL = "legal"
    PRIVACY = "privacy"
    COMPLAINT = "complaint"
    NOTICE = "notice"


class First(StrEnum):
    """Who has the first word on a route."""

    ARTICLE = "article"
    PERSON = "person"


def chosen(routes: Mapping[str, str]) -> dict[str, str]:
    """A choice as it is kept: the routes of a person, in their order; what is left out is an article's."""
    return {route.value: First.PERSON.value for route in Route if routes.get(route) == First.PERSON}
