"""The words by which a sentence limits another one. A rule shown without its limit is the answer that
misleads.
"""

import re

LIMITS = re.compile(
    r"\b(?:unless|except(?:ions?|ing)?|exclud(?:es?|ed|ing)|however|only (?:if|when|for|on|in|with|within|available)|"
    r"(?:does|do|did|will|can)(?:n[o']t| not) (?:apply|include|cover|count)|not (?:eligible|covered|included|valid|"
    r"available|refundable|returnable|possible|allowed)|provided that|as long as|in addition|different|instead|"
    r"otherwise|other than|must)\b",
    re.I,
)
"""A sentence with one of these next to a rule belongs to the rule."""

STRICT = re.compile(
    r"\b(?:unless|except(?:ions?|ing)?|exclud(?:es?|ed|ing)|only if|only when|different|"
    r"(?:does|do)(?:n[o']t| not) apply|otherwise)\b",
    re.I,
)
"""The plainest of them: before a rule as well as after it."""

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


def continues(sentence: str) -> bool:
    """Whether a sentence begins by pointing to the one before."""
    return bool(TURNS.match(sentence))
