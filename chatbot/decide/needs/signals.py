"""What a site of its own wants a person for, heard in a message: its phrases as they stand, its examples by meaning.

Law of the room: a signal only raises what was believed, and takes nothing away from a danger to life. Pure but for the
memory of encoded examples; linear in the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs.kinds import LIFE, Need
from chatbot.decide.needs.reader import Belief, model
from chatbot.decide.phrases.normalise import fold
from chatbot.decide.phrases.spelling import mend
from sites.choices.signals import Signal

Floats = NDArray[np.float32]
Signals = tuple[Signal, ...]

FAR, SAME = 0.60, 0.80
"""Cosines: up to the first an example says nothing, from the second it is as sure as a phrase."""
_KNOWN = frozenset(Need)
_WORD = re.compile(r"\w+(?:'\w+)*")


def heard(signals: Signals, said: str, row: Floats | None) -> Mapping[Need, float]:
    """How surely (above 0, up to 1) each need is signalled in a message.

    `said`: its folded text, whose mended form is read too; `row`: its unit vector by the built-in model, which None
    says is not wanted, and then examples are not read.
    """
    found: dict[Need, float] = {}
    if not signals:
        return found
    forms = [_words(said), _words(mend(said))]
    for need, phrase in _phrases(signals):
        if any(phrase in form for form in forms):
            found[need] = 1.0
    needs, rows = _examples(signals)
    if needs and row is not None:
        sure = np.clip((rows @ row - FAR) / (SAME - FAR), 0.0, 1.0)
        for need, share in zip(needs, sure.tolist(), strict=True):
            if share > found.get(need, 0.0):
                found[need] = share
    return found


def raised(belief: Belief, by: Mapping[Need, float]) -> Belief:
    """The belief with what was heard: a person as likely as the surest signal, and so the needs that were heard.

    The shares still add up to `person`. Those of a danger to life are not made smaller for another need's signal.
    """
    if not by:
        return belief
    person = max(belief.person, *by.values())
    shares = {need: max(share, by.get(need, 0.0)) for need, share in belief.needs.items()}
    life = sum(shares[need] for need in LIFE)
    rest = sum(shares.values()) - life
    of_life = min(1.0, person / life) if life else 1.0
    of_rest = max(0.0, person - life) / rest if rest else 1.0
    needs = {need: share * (of_life if need in LIFE else of_rest) for need, share in shares.items()}
    return replace(belief, person=person, needs=needs)


def false_alarms(signals: Signals, texts: Iterable[str], enough: Callable[[Need], float]) -> list[tuple[str, Need]]:
    """The texts that these signals alone would hand over, each with the need that is surest.

    `enough`: how surely a need must be signalled for that.
    """
    texts = list(texts)
    found: list[tuple[str, Need]] = []
    for text, row in zip(texts, _rows(signals, texts), strict=True):
        loud = {need: sure for need, sure in heard(signals, fold(text), row).items() if sure >= enough(need)}
        if loud:
            found.append((text, max(loud, key=lambda need: loud[need])))
    return found


def _rows(signals: Signals, texts: Sequence[str]) -> Iterable[Floats | None]:
    """The vectors of texts, where an example asks for them."""
    return model().encode(texts) if texts and _examples(signals)[0] else [None] * len(texts)


@lru_cache(maxsize=64)
def _phrases(signals: Signals) -> tuple[tuple[Need, str], ...]:
    """Each need with one of its phrases as `_words`; one without a word would stand in every message without one."""
    found = _known((each, _words(fold(phrase))) for each in signals for phrase in each.phrases)
    return tuple((need, phrase) for need, phrase in found if phrase.strip())


@lru_cache(maxsize=64)
def _examples(signals: Signals) -> tuple[tuple[Need, ...], Floats]:
    """The need of each example, and the vectors of all."""
    found = tuple(_known((each, text) for each in signals for text in each.examples))
    rows = model().encode([text for _, text in found]) if found else np.empty((0, 0), np.float32)
    return tuple(need for need, _ in found), rows


def _known(pairs: Iterable[tuple[Signal, str]]) -> Iterator[tuple[Need, str]]:
    """Without needs that only another build knows: a release is never made deaf by one."""
    return ((Need(signal.need), text) for signal, text in pairs if signal.need in _KNOWN)


def _words(folded: str) -> str:
    """The words of a folded text with a space around each: a phrase stands in it whole or not at all."""
    return f" {' '.join(_WORD.findall(folded))} "
