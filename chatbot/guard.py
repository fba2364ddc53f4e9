"""The first look at a message: what reaches a person at once, what is courtesy, what is hostile, what
language it is in.

Pure and total: any string gives a Screening, the same one every time, in time linear in the text. It only
reads; the turn decides what follows. Order is the law here: life first, then the wish for a person, then
hostility, then everything else a person handles.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from chatbot import courtesy, votes
from chatbot.cues import Cue, Said, phrases, wordlists
from chatbot.disguise import costumes, readings
from chatbot.language import language_of
from chatbot.normalise import fold
from chatbot.outcome import Exchange
from chatbot.spelling import mend
from conversations.outcomes import Outcome, Reason
from knowledge.sentences import sentences

MAX_READ = 4_000  # characters: what the door lets in; longer text is screened by its beginning and its end
LONG = 700  # characters: longer than this *and* giving the machine orders is an attack before anything else
ROUTES = ("distress", "security", "complaint", "privacy", "frustration")

# A disguise that hides words is hostile by itself; the others only when what they say is.
CONCEALING, _STOP = wordlists("disguises")["concealing"], wordlists("disguises")["stop"]


@dataclass(frozen=True, slots=True)
class Screening:
    """What the guard says about one message.

    `reason` None: go on to the topic gate. `kind` is a finer word for the trace and the packet. `signs` name
    what looked hostile, also when the reason is None: what the gate then does not accept is declined as
    `injection`. `language` is set only when surely not the site's. `otherwise` is the reason for a handoff if
    no article answers (money back, a double charge).
    """

    reason: Reason | None
    urgent: bool = False
    kind: str = ""
    signs: tuple[str, ...] = ()
    language: str | None = None
    otherwise: Reason | None = None


def screen(
    text: str, history: Sequence[Exchange] = (), vector: NDArray[np.float32] | None = None, locale: str = "en"
) -> Screening:
    """Screen one message. `vector` is its (dims,) unit embedding, if there is one: it adds the semantic vote.

    Never raises. Source of the order: the outcome table in docs/architecture.md.
    """
    text = text if len(text) <= MAX_READ else text[: MAX_READ // 2] + " " + text[-MAX_READ // 2 :]
    said = fold(text)
    forms = [Said(form) for form in dict.fromkeys((said, mend(said)))]
    signs, attack = _hostility(text, said, history)
    language = language_of(text)
    language = None if language == locale[:2].lower() else language

    def screening(
        reason: Reason | None, kind: str = "", urgent: bool = False, otherwise: Reason | None = None
    ) -> Screening:
        return Screening(reason, urgent, kind, signs, language, otherwise)

    def handed(cue: Cue) -> Screening:
        return screening(cue.reason, cue.kind, cue.urgent)

    storm = bool(attack) and len(said) > LONG
    if not storm and (cue := phrases("crisis").first_in(*forms)):
        return handed(cue)
    if not storm and (cue := _framed(text)):
        return handed(cue)
    if kind := courtesy.kind_of(said):
        return screening(Reason.COURTESY, kind)
    if not storm and (cue := phrases("person").first_in(*forms)):
        return handed(cue)
    if attack:
        return screening(Reason.INJECTION, attack)
    for name in ROUTES:
        if cue := phrases(name).first_in(*forms):
            return handed(cue)
    if language:
        return screening(Reason.LANGUAGE, language)
    if kind := _fed_up(said, history):
        return screening(Reason.FRUSTRATION, kind)
    if vector is not None and (vote := votes.cast(vector, forms[-1])):
        return screening(vote.reason, vote.kind, vote.urgent)
    soft = phrases("soft").first_in(*forms)
    return screening(None, soft.kind if soft else "", otherwise=soft.reason if soft else None)


def _framed(text: str) -> Cue | None:
    """A wish for a person in one sentence of several: the others must not hide it."""
    said = [fold(text[start:end]) for start, end in sentences(text)]
    asked = [each for each in said if not courtesy.kind_of(each)] if len(said) > 1 else []
    return phrases("person").first_in(*(Said(form) for each in asked for form in dict.fromkeys((each, mend(each)))))


def _hostility(text: str, said: str, history: Sequence[Exchange]) -> tuple[tuple[str, ...], str]:
    """(all signs, the kind of attack or ""): of the message, its hidden readings, and its joined pieces."""
    signs = list(costumes(text))
    attack = next((name for name in signs if name in CONCEALING), "")
    hidden = list(readings(text))
    signs += [name for name, _ in hidden if name in CONCEALING]
    attack = attack or next((name for name, _ in hidden if name in CONCEALING), "")
    told = [Said(form) for form in (said, *(reading for _, reading in hidden))]
    cue = phrases("hostile").first_in(*told) or _in_pieces(said, history)
    if cue:
        signs.append(cue.kind)
        attack = attack or cue.kind
    return tuple(dict.fromkeys(signs)), attack


def _in_pieces(said: str, history: Sequence[Exchange]) -> Cue | None:
    """An order given in pieces, of which this message is the last; earlier attempts do not taint it."""
    before = fold("".join(e.customer[:400] for e in history[-4:]))
    if not before or len(said) > 200:
        return None
    joined = Said(before + said)
    return phrases("hostile").first_in(joined, beyond=len(before))


def _fed_up(said: str, history: Sequence[Exchange]) -> str:
    """Behaviour that says the bot is not helping, since a person last had the conversation, or ""."""
    since = list(takewhile(lambda e: e.outcome is not Outcome.HANDOFF, reversed(history)))
    if sum(e.feedback == -1 for e in since) >= 2:
        return "thumbs_down_twice"
    asked = _content(said)
    if any(e.outcome is Outcome.ANSWER and _same(asked, _content(fold(e.customer[:MAX_READ]))) for e in since[:3]):
        return "same_question_again"
    return ""


def _content(said: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", said)) - _STOP


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Nearly the same words (three quarters shared), and enough of them to mean something."""
    return len(one & other) >= 2 and len(one & other) * 4 >= len(one | other) * 3
