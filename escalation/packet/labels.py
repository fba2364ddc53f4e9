"""What the desk calls reasons, outcomes and moves, in words for the people of the site."""

from collections.abc import Mapping

from conversations.outcomes import Outcome, Reason

REASONS: Mapping[str, str] = {
    Reason.ANSWERED: "The assistant answered.",
    Reason.DRAFT_REVIEW: "An answer to this needs a person's approval.",
    Reason.COURTESY: "A courtesy, no question.",
    Reason.AMBIGUOUS: "The assistant asked which of two subjects was meant.",
    Reason.UNSURE: "The assistant was not sure, and offered sections to choose from.",
    Reason.ASKING: "The assistant asked for what it needs to look something up.",
    Reason.OUT_OF_SCOPE: "Not one of the subjects the assistant may answer.",
    Reason.INJECTION: "The message tries to change what the assistant does.",
    Reason.LANGUAGE: "Written in a language the assistant does not serve.",
    Reason.NOT_GROUNDED: "No approved article answers this.",
    Reason.NOT_EXPOSED: "The assistant may not answer this subject by itself yet.",
    Reason.NEEDS_IDENTITY: "Answering needs a signed-in customer.",
    Reason.NEEDS_APPROVAL: "This would change something, so a person must do it.",
    Reason.TOOL_FAILED: "The system that knows the answer could not be reached.",
    Reason.ASKED_FOR_HUMAN: "The customer asked for a person.",
    Reason.DISTRESS: "The customer seems to be in distress. Take care first, answer second.",
    Reason.COMPLAINT: "A complaint.",
    Reason.SECURITY: "Fraud, or an account in danger.",
    Reason.PRIVACY_REQUEST: "A request about personal data.",
    Reason.FRUSTRATION: "The customer is getting frustrated with the assistant.",
    Reason.SENSITIVE: "A subject that people handle here.",
    Reason.REPEATED_DECLINE: "The assistant could not help twice in a row.",
    Reason.PAUSED: "The assistant is paused.",
    Reason.ERROR: "The assistant failed or took too long.",
}
WAITS_FOR = (
    Reason.ASKED_FOR_HUMAN, Reason.DISTRESS, Reason.SECURITY, Reason.COMPLAINT, Reason.FRUSTRATION,
    Reason.REPEATED_DECLINE, Reason.SENSITIVE, Reason.DRAFT_REVIEW, Reason.PRIVACY_REQUEST, Reason.NEEDS_APPROVAL,
    Reason.TOOL_FAILED, Reason.PAUSED, Reason.ERROR,
)  # fmt: skip
"""The reasons for which somebody may stand in the queue, in the order people look for them."""
OUTCOMES: Mapping[str, str] = {
    Outcome.ANSWER: "answered",
    Outcome.DRAFT: "draft for review",
    Outcome.CLARIFY: "asked back",
    Outcome.COURTESY: "courtesy",
    Outcome.DECLINE: "declined",
    Outcome.HANDOFF: "handed over",
}
MOVES: Mapping[str, str] = {
    "handoff.opened": "Put before people",
    "handoff.claimed": "Claimed",
    "handoff.escalated": "Nobody came",
    "handoff.released": "Back to the queue",
    "handoff.transferred": "Passed on",
    "handoff.freed": "Back to the queue",
    "handoff.returned": "Returned to the assistant",
    "handoff.closed": "Closed",
    "handoff.called_back": "Called back",
    "handoff.withdrawn": "The customer stopped waiting",
    "handoff.abandoned": "The customer left",
    "draft.approved": "Draft approved",
    "draft.edited": "Draft sent with changes",
    "draft.rejected": "Draft rejected",
    "draft.superseded": "Draft overtaken by a new message",
    "draft.expired": "Draft not checked in time",
    "handoff.urgent": "Put first",
    "complaint": "Complaint",
    "case": "Formal notice",
    "complaint.answered": "Complaint answered",
    "draft.flagged": "Draft flagged",
    "suggestion.accepted": "Suggestion sent",
    "suggestion.edited": "Suggestion sent with changes",
    "suggestion.rejected": "Suggestion rejected",
    "suggestion.flagged": "Suggestion flagged",
    "training.caught": "A seeded draft, caught",
    "training.missed": "A seeded draft, missed",
    "block.set": "Blocked",
    "block.lifted": "Block lifted",
}
STEPS: Mapping[str, str] = {
    "notify": "The site's named people were told.",
    "widen": "Everyone at the desk was told.",
    "call_back": "The customer was offered an answer by e-mail.",
}
