"""The needs, and where each leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conversations.outcomes import Reason
from sites.choices.needs import Need
from sites.choices.routes import Route

__all__ = ["LIFE", "NOTICES", "ROUTES", "WAYS", "Courtesy", "Need", "Way"]


class Courtesy(StrEnum):
    """What a message may be that asks for nothing."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    OK = "ok"
    ABOUT = "what_can_you_do"
    THERE = "are_you_there"
    ROBOT = "are_you_a_robot"
    NOISE = "not_understood"


LIFE = frozenset({Need.SELF_HARM, Need.VIOLENCE, Need.DANGER})
"""Needs in which the site's crisis text belongs into the reply."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a need leads. `route`: its name in a site's settings where an article may win over it."""

    reason: Reason
    urgent: bool = False
    route: Route | None = None


WAYS: Mapping[Need, Way] = {
    Need.SELF_HARM: Way(Reason.DISTRESS, urgent=True),
    Need.VIOLENCE: Way(Reason.DISTRESS, urgent=True),
    Need.DANGER: Way(Reason.DISTRESS, urgent=True),
    Need.BEREAVEMENT: Way(Reason.DISTRESS, urgent=True),
    Need.VULNERABLE: Way(Reason.DISTRESS, urgent=True),
    Need.PERSON: Way(Reason.ASKED_FOR_HUMAN),
    Need.FRAUD: Way(Reason.SECURITY, urgent=True),
    Need.LOST_CARD: Way(Reason.SECURITY, urgent=True),
    Need.LEGAL: Way(Reason.COMPLAINT, route=Route.LEGAL),
    Need.PRIVACY: Way(Reason.PRIVACY_REQUEST, route=Route.PRIVACY),
    Need.COMPLAINT: Way(Reason.COMPLAINT, route=Route.COMPLAINT),
    Need.ANGER: Way(Reason.FRUSTRATION),
    Need.NOTICE: Way(Reason.SENSITIVE, route=Route.NOTICE),
}
ROUTES = tuple(way.route for way in WAYS.values() if way.route)
"""Routes on which an article of the site wins where it plainly answers, unless the site says otherwise."""
NOTICES: Mapping[Need, str] = {Need.NOTICE: "notice", Need.COMPLAINT: "complaint", Need.PRIVACY: "data_request"}
"""Needs whose message opens a case with its date by being sent."""
CUED: Mapping[str, Need] = {
    "illness": Need.VULNERABLE,
    "hardship": Need.VULNERABLE,
    "takeover": Need.FRAUD,
    "erasure": Need.PRIVACY,
    "data_request": Need.PRIVACY,
    **{need.value: need for need in Need},
}
"""Kinds of listed phrases and the need each speaks of; where the message is in a language that the other witnesses do
not read, the phrases decide alone."""
