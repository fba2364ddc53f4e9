"""What somebody may need a person for, by name: the bot recognises these, and a site's own signals point to them."""

from enum import StrEnum


class Need(StrEnum):
    """One need. Their order is that of the shipped weights."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    DANGER = "danger"
    BEREAVEMENT = "bereavement"
    VULNERABLE = "vulnerable"
    PERSON = "person"
    FRAUD = "fraud"
    LOST_CARD = "lost_card"
    LEGAL = "legal_threat"
    PRIVACY = "privacy"
    COMPLAINT = "complaint"
    ANGER = "anger"
    NOTICE = "notice"
