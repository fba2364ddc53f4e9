"""What the bot recognised about a customer besides their question, in words for the people who take over.

Law of the room: it reads what the bot wrote down when it decided and adds nothing; what it cannot read says nothing.
Agents and auditors read it, customers and other systems never.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sites.choices.needs import Need

LABELS: Mapping[str, str] = {
    Need.SELF_HARM: "may harm themselves",
    Need.VIOLENCE: "violence, or a threat of it",
    Need.DANGER: "may be in danger",
    Need.BEREAVEMENT: "may have lost somebody",
    Need.VULNERABLE: "may be in a hard place and need care",
    Need.PERSON: "wants a person",
    Need.FRAUD: "fraud, or an account in danger",
    Need.LOST_CARD: "a card or wallet that is lost or stolen",
    Need.LEGAL: "threatens legal steps",
    Need.PRIVACY: "a request about personal data",
    Need.COMPLAINT: "a complaint",
    Need.ANGER: "is angry",
    Need.NOTICE: "a formal notice",
}
PHRASES: Mapping[str, str] = {
    "crisis": "a crisis",
    "person": "a wish for a person",
    "distress": "distress",
    "security": "fraud or theft",
    "complaint": "a complaint",
    "privacy": "a request about personal data",
    "frustration": "frustration",
    "soft": "money wanted back",
    "german": "danger or a wish for a person, in German",
}
"""What the listed phrases of each file are of."""
WITNESSES = ("meaning", "wording", "context")
WORTH = 0.15
"""How likely a need must be to be named: from there on a person is offered where life is at stake."""
NAMED = 3


def told(needs: Any) -> str:
    """The account in a trace as sentences; "" where nothing worth naming was recognised, or there is no account."""
    if not isinstance(needs, Mapping) or not isinstance(needs.get("needs"), Mapping):
        return ""
    likely = sorted(_shares(needs["needs"]), key=lambda pair: -pair[1])[:NAMED]
    if not likely:
        return ""
    named = ", ".join(f"{LABELS[need]} ({share:.0%})".replace("%", " %") for need, share in likely)
    heard = [need for need, _ in _shares(needs.get("signals") or {}) if need in dict(likely)]
    by = [] if likely[0][0] in heard else [_witnesses(needs)]  # they speak of what they found likeliest themselves
    by += [f"the site's own signals of {_and(LABELS[need] for need in heard)} were heard"] if heard else []
    phrases = [PHRASES[name] for name in needs.get("phrases") or {} if name in PHRASES]
    by += [f"phrases of {_and(phrases)} were found"] if phrases else []
    return f"Recognised: {named}. {_sentence('; '.join(each for each in by if each))}".strip()


def _shares(shares: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    return (
        (need, share)
        for need, share in shares.items()
        if need in LABELS and isinstance(share, float | int) and share >= WORTH
    )


def _witnesses(needs: Mapping[str, Any]) -> str:
    """Which witnesses say so and which do not."""
    scores = {name: needs[name] for name in WITNESSES if isinstance(needs.get(name), float | int)}
    those = [f"the {name}" for name, score in scores.items() if score > 0]
    others = [f"the {name}" for name, score in scores.items() if score <= 0]
    says = f"{_and(those)} {'says' if len(those) == 1 else 'say'} so" if those else ""
    if not others:
        return says
    if not those:
        return f"{_and(others)} alone {'does' if len(others) == 1 else 'do'} not say so"
    return f"{says}, {_and(others)} {'does' if len(others) == 1 else 'do'} not"


def _and(words: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = list(words)
    return f"{', '.join(most)} and {last}" if most else last


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
