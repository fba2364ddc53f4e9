"""The words by which a sentence limits another one. A rule shown without its limit is the answer that
misleads.
"""

import re

_NOT = r"(?:cannot|(?:does|do|did|will|can) not|(?:does|do|did|ca|wo)n['’]t)"

LIMITS = re.compile(
    r"\b(?:unless|except(?:ions?|ing)?|exclud(?:es?|ed|ing)|however|only (?:if|when|for|on|in|with|within|available)|"
    rf"{_NOT} (?:apply|include|cover|count)|not (?:eligible|covered|included|valid|"
    r"available|refundable|returnable|possible|allowed)|provided that|as long as|in addition|different|instead|"
    r"otherwise|other than|must)\b",
    re.I,
)
"""A sentence with one of these next to a rule belongs to the rule."""

STRICT = re.compile(
    r"\b(?:unless|except(?:ions?|ing)?|exclud(?:es?|ed|ing)|only if|only when|different|"
    r"(?:does|do)(?:n['’]t| not) apply|otherwise)\b",
    re.I,
)
"""The plainest of them: before a rule as well as after it."""

REFUSES = re.compile(
    rf"\b(?:{_NOT}|no longer|never|(?:could|is|are|was|were|must)(?:n['’]t| not)|may not)\b",
    re.I,
)
"""Words of refusal: right after a rule about the same thing they tell where it ends."""

_CASE = re.compile(r"^\W*(?:if|when|once|where|unless)\b[^,]*,", re.I)

TURNS = re.compile(
    r"^\W*(?:however|but|otherwise|instead|except|unless|in (?:this|that|these|those|such) cases?|if (?:so|not)|then|"
    r"this|that|these|those|such|the same|both|neither|for example|also)\b",
    re.I,
)
"""An opening that cannot be understood without the sentence before it."""


def limits(sentence: str) -> bool:
    """Whether a sentence states a condition or an exception."""
    return bool(LIMITS.search(sentence))


def limits_strictly(sentence: str) -> bool:
    """Whether it does so in words that leave no doubt."""
    return bool(STRICT.search(sentence))


def refuses(sentence: str) -> bool:
    """Whether a sentence refuses something; a "not" in the case it is said for ("If it is not …,") does not count."""
    return bool(REFUSES.search(_CASE.sub("", sentence)))


def continues(sentence: str) -> bool:
    """Whether a sentence begins by pointing to the one before."""
    return bool(TURNS.match(sentence))
