"""Questions as the model's own last layers read them, trained further to draw each to the section that answers it.

Law of the room: only questions pass it. What articles say is embedded by the published model and stays as it is, so
new layers need no new index. `knowledge/learning/` says how the numbers came about.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.last_layers import LastLayers
from knowledge.embedding.minilm import DEEP

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("questions.npz")


@dataclass(frozen=True, slots=True)
class Learnt:
    """The numbers learnt: the `layers`, what each sign of a passage counts (`ranker`, (3,)), and the `curve` (3,) from
    the best section's strength and the log odds of its share to the log odds that it answers."""

    layers: LastLayers
    ranker: Floats
    curve: Floats

    def row(self, early: Floats) -> Floats:
        """(dims,) unit row of a question; `early` (tokens, dims): its tokens' states before the last DEEP layers."""
        mean = self.layers.run(early).mean(axis=0)
        row: Floats = mean / np.linalg.norm(mean)
        return row


@cache
def learnt() -> Learnt:
    """What was learnt, read once a process."""
    with np.load(WEIGHTS) as arrays:
        held = {name: arrays[name] for name in arrays.files}
    return Learnt(LastLayers(held, DEEP), held["ranker"].astype(np.float32), held["curve"].astype(np.float32))
