"""The words of a turn's end: one Outcome, one Reason. Plain enums, so that every room can name them without Django."""

from enum import StrEnum


class Outcome(StrEnum):
    """What the customer gets."""

    ANSWER = "answer"
    DRAFT = "draft"
    CLARIFY = "clarify"
    COURTESY = "courtesy"
    DECLINE = "decline"
    HANDOFF = "handoff"


class Reason(StrEnum):
    """Why the customer gets it."""

    ANSWERED = "answered"
    DRAFT_REVIEW = "draft_review"
    COURTESY = "courtesy"
    AMBIGUOUS = "ambiguous"
    UNSURE = "unsure"
    ASKING = "asking"
    OUT_OF_SCOPE = "out_of_scope"
    INJECTION = "injection"
    LANGUAGE = "language"
    NOT_GROUNDED = "not_grounded"
    NOT_EXPOSED = "not_exposed"
    NEEDS_IDENTITY = "needs_identity"
    NEEDS_APPROVAL = "needs_approval"
    TOOL_FAILED = "tool_failed"
    ASKED_FOR_HUMAN = "asked_for_human"
    DISTRESS = "distress"
    COMPLAINT = "complaint"
    SECURITY = "security"
    PRIVACY_REQUEST = "privacy_request"
    FRUSTRATION = "frustration"
    SENSITIVE = "sensitive"
    REPEATED_DECLINE = "repeated_decline"
    PAUSED = "paused"
    ERROR = "error"


UNPLACED = frozenset({Reason.OUT_OF_SCOPE, Reason.INJECTION, Reason.LANGUAGE, Reason.COURTESY})
"""Ends of a turn that belong to no category, though the gate names its nearest."""
