"""What a message means after the ones before it: a follow-up is read with what it leans on, a new subject
without.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from knowledge.face.text import sentences, stem, subject_words

ENOUGH = 3  # words of its own that let a question stand alone; chosen on four sets of real conversations
PERHAPS = 2  # words of its own with which it may, beside another question in one message
MOST_QUESTIONS = 3
MEMORY = 4  # a follow-up leans on the last few messages, not on the whole conversation

_POINTS = re.compile(
    r"\b(?:they|them|their|theirs|he|him|his|she|her|hers|it|its|this|these|those|ones|(?:which|that|this|other|first|"
    r"second|last) one|else|the same|another|either|neither|both|former|latter|such|instead)\b"
    r"|(?:\b(?:is|was|does|do|did|about|like|after|before|for|of|with|to|by|than|and)|^) that\b(?! (?:i|you|we)\b)"
    r"|\b(?:that|there)\s*(?:[?.!,]|$)|^\W*that\b",
    re.I,
)
_EMPTY_IT = re.compile(
    r"\bit (?:take|cost|matter|mean|possible|true|safe|ok|okay|allowed|legal|necessary|normal|better|worth|free|too|"
    r"required|is|was|s)\b|\bit'?s (?:possible|true|safe|ok|allowed|necessary|required)\b"
    r"|\bthis (?:year|month|week|morning|afternoon|evening|summer|winter|season|weekend)\b",
    re.I,
)
_OPENS = re.compile(r"^\W*(?:and|but|or|so|also|then|what about|how about|what if|why not|how come)\b", re.I)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POLITE = _set(
    "thank thanks ok okay great good nice cool wow yes no yeah sure hello hi hey please sorry right fine well see know "
    "interest perfect understood got"
)
_COURTESY = _POLITE | frozenset(
    map(
        stem,
        _set(
            "hope morning afternoon evening dear team sir madam everyone kind best warm regards advance bother sorry "
            "appreciate appreciated very really much many lot bit quick question help please hear forward look"
        ),
    )
)
_JOINT = re.compile(
    r",?\s+(?:and|plus|also|and also)\s+(?=(?:(?:can|could|do|does|did|is|are|was|will|would|should|may|must)"
    r"\b(?! (?:be|have|not|get)\b)|(?:how|what|when|where|which|who|why)\b))",
    re.I,
)
_ASKS = re.compile(
    r"(?:^|[,;:]\s*)(?:can|could|do|does|did|is|are|was|will|would|should|may|must|how|what|when|where|which|who|why)\b",
    re.I,
)
_ALSO = re.compile(r"^\W*(?:and|also|then|but|plus|oh and)\b[\s,]*(?:also\b[\s,]*)?", re.I)


def contextual(question: str, history: Sequence[str]) -> str:
    """The text to search for: the question, with the customer's earlier messages in front when it leans on
    them.

    `history`: the customer's earlier messages, oldest first. Pure; a question that stands alone comes back
    as it is.
    """
    needed: list[str] = []
    current = question
    for earlier in reversed(history[-MEMORY:]):
        if not leans(current):
            break
        if own_words(earlier):
            needed.insert(0, earlier)
            current = earlier
    return " ".join([*needed, question])


def without_courtesies(message: str) -> str:
    """The message without the sentences that are only polite; as it is, when nothing else is left.

    A question is never one of them.
    """
    spans = list(sentences(message))
    kept = [message[start:end] for start, end in spans if not _only_polite(message[start:end])]
    return " ".join(kept) if kept and len(kept) < len(spans) else message


def _only_polite(sentence: str) -> bool:
    return not sentence.endswith("?") and all(word in _COURTESY for word in subject_words(sentence))


def questions(message: str) -> tuple[str, ...]:
    """The questions of one message, each to be read on its own; the whole message when it asks only one
    thing.

    What is told before a question belongs to it. A second question that leans on the first ("Can I return it?
    How?") does not stand on its own, so such a message stays whole.
    """
    asked: list[str] = []
    told: list[str] = []
    for start, end in sentences(message):
        sentence = message[start:end]
        told.append(sentence)
        if sentence.endswith("?"):
            asked.append(" ".join(told))
            told = []
    if len(asked) < 2 or len(asked) > MOST_QUESTIONS or told:
        return (message,)
    alone = [_ALSO.sub("", question) for question in asked]
    return tuple(alone) if not any(leans(question) for question in alone[1:]) else (message,)


def perhaps(message: str) -> tuple[str, ...]:
    """What may be several questions, to be taken so only where each is answered by itself: those too short to surely
    stand alone, and two that one sentence joins ("Can I wash it at home, and can you mend the zip?"). The whole message
    where it cannot be.
    """
    said = [message[start:end] for start, end in sentences(message)]
    told = list(takewhile(lambda sentence: not sentence.endswith("?"), said))
    asked = said[len(told) :]
    alone = [_ALSO.sub("", clause) for sentence in asked for clause in _clauses(sentence)]
    short = any(len(own_words(clause)) < PERHAPS or _points_back(clause) for clause in alone[1:])
    if not 2 <= len(alone) <= MOST_QUESTIONS or short or not all(sentence.endswith("?") for sentence in asked):
        return (message,)
    return (" ".join([*told, alone[0]]), *alone[1:])


def _clauses(sentence: str) -> list[str]:
    """The questions that one sentence joins, each with its mark; the sentence where what it joins are no questions."""
    parts = _JOINT.split(sentence)
    if len(parts) < 2 or not sentence.endswith("?") or not _ASKS.search(parts[0]):
        return [sentence]
    return [*(f"{part}?" for part in parts[:-1]), parts[-1]]


def leans(message: str) -> bool:
    """Whether a message needs an earlier one: it points back, opens as a continuation, or has too few words
    of its own.
    """
    if len(own_words(message)) < ENOUGH or _OPENS.match(message):
        return True
    return _points_back(message)


def _points_back(message: str) -> bool:
    return bool(_POINTS.search(_EMPTY_IT.sub(" ", message)))


def adds(message: str) -> frozenset[str]:
    """The (stemmed) words of which an answer to a follow-up must say one: its own, unless it points back.

    "And from Ireland?" must be answered about Ireland, and "Tell me a joke" not with what was asked before it.
    """
    return frozenset() if _points_back(message) else frozenset(own_words(message))


def own_words(message: str) -> list[str]:
    """The subject words of a message, politeness left out."""
    return [word for word in subject_words(message) if word not in _POLITE]
