"""The semantic vote: what a message means when none of the listed wordings is in it.

Sentences of our own per kind (`phrases/prototypes.txt`), embedded once a process, and one closed-form classifier over
them: kernel ridge regression to ±1 targets. No training run, no site's data, the same numbers at every start.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from chatbot.cues import PHRASES, Said, wordlists
from conversations.outcomes import Reason
from knowledge.embedding import embedder

Matrix = NDArray[np.float32]

# The kernel exp(SHARPNESS · (cosine - 1)) and the ridge: near the least leave-one-out error over the prototypes.
SHARPNESS, RIDGE = 4.0, 0.1
# Least score in favour of a person, on a scale where needs sit at +1 and everyday questions at -1: alone, and where a
# word of `phrases/anchors.txt` supports the reason. Chosen on one half of the measuring messages, tested on the other.
ENOUGH, SUPPORTED = 0.2, -0.05
URGENT = {Reason.SECURITY, Reason.DISTRESS}


@dataclass(frozen=True, slots=True)
class Vote:
    """A reason the message sounds like; `score` says how much, from ENOUGH up to about 1."""

    reason: Reason
    kind: str
    urgent: bool
    score: float


@dataclass(frozen=True, slots=True)
class Prototype:
    """A sentence and what it stands for; reason None for what only looks like a need."""

    text: str
    reason: Reason | None
    kind: str


@cache
def prototypes() -> tuple[Prototype, ...]:
    """The sentences of `phrases/prototypes.txt`."""
    found: list[Prototype] = []
    reason: Reason | None = None
    kind = ""
    for line in (PHRASES / "prototypes.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            word, kind = line.strip("[]").split()
            reason = None if word == "none" else Reason(word)
        elif line.strip() and not line.startswith("#"):
            found.append(Prototype(line.strip(), reason, kind))
    return tuple(found)


class Voter:
    """The classifier, fitted to the vectors of one embedding model."""

    def __init__(self, rows: Matrix) -> None:
        """`rows`: the (prototypes, dims) unit vectors of `prototypes()`, by the model whose messages will be scored."""
        self.rows = rows
        self.kinds = list(dict.fromkeys((p.reason, p.kind) for p in prototypes() if p.reason is not None))
        columns = [[p.reason not in (None, Reason.COURTESY) for p in prototypes()]]
        columns += [[(p.reason, p.kind) == kind for p in prototypes()] for kind in self.kinds]
        targets = np.where(np.array(columns).T, 1.0, -1.0)
        kernel = self._kernel(self.rows)
        self.weights = np.linalg.solve(kernel + RIDGE * np.eye(len(kernel)), targets)

    def _kernel(self, vectors: Matrix) -> NDArray[np.float64]:
        """(n, dims) → (n, prototypes) similarities."""
        kernel: NDArray[np.float64] = np.exp(SHARPNESS * ((vectors @ self.rows.T).astype(np.float64) - 1))
        return kernel

    def scores(self, vector: Matrix) -> NDArray[np.float64]:
        """(1 + kinds,): for a person at all, then for each kind."""
        scores: NDArray[np.float64] = (self._kernel(vector[None, :]) @ self.weights)[0]
        return scores

    def cast(self, vector: Matrix, said: Said) -> Vote | None:
        """The reason a message sounds like, or None."""
        person, *scores = self.scores(vector)
        best = int(np.argmax(scores))
        reason, kind = self.kinds[best]
        score = scores[best] if reason is Reason.COURTESY else person
        if score < (SUPPORTED if _supported(reason, said) else ENOUGH):
            return None
        return Vote(reason, kind, reason in URGENT, float(score))


def _supported(reason: Reason, said: Said) -> bool:
    return any(word.startswith(tuple(wordlists("anchors")[reason])) for word in said.text.split())


def cast(vector: Matrix, said: Said) -> Vote | None:
    """The vote over a message: its (dims,) unit vector by the process-wide embedder, and its folded words."""
    model = embedder()
    return _voter(model.model_id).cast(vector, said)


def warm() -> None:
    """Fit before the first customer writes: seconds the first time in a data directory, milliseconds after."""
    _voter(embedder().model_id)


@cache
def _voter(model_id: str) -> Voter:
    texts = [prototype.text for prototype in prototypes()]
    digest = hashlib.sha256("\n".join([model_id, *texts]).encode()).hexdigest()[:16]
    kept = Path(settings.HANDRAIL_HOME) / f"prototypes-{digest}.npy"
    try:
        rows: Matrix = np.load(kept)
    except (OSError, ValueError):  # not there yet, or cut off by a crash
        rows = embedder().encode(texts)
        fresh = kept.with_suffix(f".{os.getpid()}.npy")
        np.save(fresh, rows)
        fresh.replace(kept)
    return Voter(rows)
