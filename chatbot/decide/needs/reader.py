"""Reading a message for needs: each witness speaks, a small fitted model weighs them, all of it is kept.

Meaning: kernel ridge regression on the message's vector, as a quadratic form of it. Wording: the same regression on
words, pairs, letters and sounds; both were fitted together, so their scores add up. Context: a last
layer of the embedder's, trained for this. Phrases and form (length, a question mark, capital letters) are weighed with
them by a logistic curve. `fitting.py` and `training.py` say how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.decide.needs import words
from chatbot.decide.needs.kinds import Courtesy, Need
from chatbot.decide.needs.layer import Layer
from chatbot.decide.phrases.cues import Cue, Said, phrases
from knowledge.face.embedding import Encoded, MiniLM, load

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights.npz"
NEEDS, COURTESIES = tuple(Need), tuple(Courtesy)
ANY = 0
"""The head for "a person is needed at all"; then one for each need, then one for each courtesy."""
HEADS = 1 + len(NEEDS) + len(COURTESIES)
FILES = ("crisis", "person", "distress", "security", "complaint", "privacy", "frustration", "soft")
TOP = 3  # strongest needs of each witness that the last curve weighs


@dataclass(frozen=True, slots=True)
class Belief:
    """What the witnesses make of one message.

    `person` 0..1: how likely somebody is needed; `needs`: how likely each need is, which add up to `person`;
    `courtesies` 0..1: that the message is nothing but that. `meaning`, `wording` and `context` are each witness's own
    score of the likeliest need, above 0 in favour; `cues` the listed phrases that were found, by file.
    """

    person: float
    needs: Mapping[Need, float]
    courtesies: Mapping[Courtesy, float]
    meaning: float
    wording: float
    context: float
    cues: Mapping[str, Cue]

    @property
    def likeliest(self) -> Need:
        """The need that is most likely, however little."""
        return max(self.needs, key=lambda need: self.needs[need])

    @property
    def courtesy(self) -> Courtesy:
        """The courtesy that is most likely, however little."""
        return max(self.courtesies, key=lambda kind: self.courtesies[kind])

    @property
    def disputed(self) -> bool:
        """Whether the witnesses disagree about the likeliest need."""
        return len({self.meaning > 0, self.wording > 0, self.context > 0}) > 1


@dataclass(frozen=True, slots=True)
class Heads:
    """What the witnesses say of a message: (heads,) each."""

    meaning: Floats
    wording: Floats
    context: Floats

    @property
    def regressed(self) -> NDArray[np.float64]:
        """(heads,) log odds of meaning and wording together, as they were fitted."""
        return (self.meaning + self.wording).astype(np.float64)


class Reader:
    """The fitted model. `read` is pure: the same text gets the same belief on every machine."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """`arrays`: what `fitting.fit` made; shapes are named there."""
        self.linear = np.asarray(arrays["linear"], np.float32)
        self.axes = np.asarray(arrays["axes"], np.float32)
        self.signs = np.asarray(arrays["signs"], np.float32)
        self.table = np.asarray(arrays["table"], np.float32)
        self.rarity = np.asarray(arrays["rarity"], np.float32)
        self.person = np.asarray(arrays["person"], np.float64)
        self.kinds = np.asarray(arrays["kinds"], np.float64)
        self.manners = np.asarray(arrays["manners"], np.float64)
        self.layer = Layer(arrays)

    def heads(self, text: str, encoded: Encoded) -> Heads:
        """What each witness says of a text, `encoded` whole and by its clauses."""
        places = words.read(text).all()
        length = float(np.sqrt(np.square(self.rarity[places]).sum()))
        wording = (self.table[places] * self.rarity[places, None]).sum(axis=0) / max(length, 1e-9)
        squares = np.square(encoded.rows @ self.axes).reshape(len(encoded.rows), HEADS, -1)
        meaning = encoded.rows @ self.linear + (squares * self.signs).sum(axis=2)
        return Heads(lifted(meaning), wording, self.layer.heads(encoded.inner))

    def read(self, text: str, said: Said, encoded: Encoded, cues: Mapping[str, Cue]) -> Belief:
        """The belief about a message, its folded words, what the model read in it, and the phrases found."""
        heads = self.heads(text, encoded)
        regressed, context = heads.regressed, heads.context.astype(np.float64)
        seen = signs(regressed, context, text, said, [name in cues for name in FILES])
        person = float(chance(seen @ self.person))
        needs, manners = slice(1, 1 + len(NEEDS)), slice(1 + len(NEEDS), HEADS)
        shares = chance(self.kinds[0] * regressed[needs] + self.kinds[1] * context[needs] + self.kinds[2])
        polite = chance(self.manners[0] * regressed[manners] + self.manners[1] * context[manners] + self.manners[2])
        best = 1 + int(np.argmax(shares))
        return Belief(
            person=person,
            needs=dict(zip(NEEDS, (person * shares / shares.sum()).tolist(), strict=True)),
            courtesies=dict(zip(COURTESIES, polite.tolist(), strict=True)),
            meaning=float(heads.meaning[best]),
            wording=float(heads.wording[best]),
            context=float(heads.context[best]),
            cues=cues,
        )


def lifted(meaning: Floats) -> Floats:
    """(1 + clauses, heads) → (heads,): the whole message's, raised half way to the clause that says it most."""
    raised: Floats = meaning[0] + np.maximum(meaning.max(axis=0) - meaning[0], 0) / 2
    return raised


def signs(
    regressed: NDArray[np.float64], context: NDArray[np.float64], text: str, said: Said, hits: Sequence[bool]
) -> NDArray[np.float64]:
    """(signs,) what the last curve weighs: all heads, the strongest needs, phrase files, and form.

    `regressed` and `context` are (heads,) log odds; `hits` says of each of FILES whether a phrase was found. Form is
    length (also by how much each witness counts at it), a question mark, capitals, and a constant.
    """
    strongest = [np.sort(heads[1 : 1 + len(NEEDS)])[::-1][:TOP] for heads in (regressed, context)]
    asks, ends = "?" in text, text.rstrip().endswith("?")
    length = np.log1p(len(said.text.split()))
    form = [length, length**2, length * regressed[ANY], length * context[ANY], asks, ends, text.isupper(), 1.0]
    return np.array([*regressed, *context, *strongest[0], *strongest[1], *hits, *form])


def found(*forms: Said) -> Mapping[str, Cue]:
    """The first listed phrase of each file in these forms of a message."""
    cues = ((name, phrases(name).first_in(*forms)) for name in FILES)
    return {name: cue for name, cue in cues if cue is not None}


@cache
def reader() -> Reader:
    """The reader with the weights that are shipped."""
    with np.load(WEIGHTS) as arrays:
        return Reader(dict(arrays))


def model() -> MiniLM:
    """The embedder that the reader was fitted on, whichever one the articles are indexed with."""
    built_in = load("minilm")
    assert isinstance(built_in, MiniLM)
    return built_in


def chance(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function of log odds of any shape: each a chance, 0..1."""
    return 0.5 * (1 + np.tanh(0.5 * odds))
