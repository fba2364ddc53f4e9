"""The reader's own last layer: the embedder's last one, trained further on the messages of `voices/`, with heads.

Everything below it is the one pass that embeds the message anyway. `training.py` says how it came about.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from knowledge.face.graph import LastLayers, packed

Floats = NDArray[np.float32]


class Layer:
    """The layer and its heads, ready to run."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """`arrays`: as `pack` makes them, among others."""
        self.outside = np.asarray(arrays["layer:heads.weight"], np.float32)
        self.offset = np.asarray(arrays["layer:heads.bias"], np.float32)
        self.layer = LastLayers(arrays)

    def heads(self, inner: Floats) -> Floats:
        """(heads,) log odds of a message whose tokens' states before the last layer are `inner` (tokens, dims)."""
        read = self.layer.run(inner)
        pooled = np.concatenate([read.mean(axis=0), read.max(axis=0)])
        return np.asarray(self.outside @ pooled + self.offset, np.float32)


def pack(weights: Mapping[str, Floats], heads: Floats, offset: Floats) -> dict[str, NDArray[np.generic]]:
    """The layer with its heads for keeping: `weights` by name, `heads` (heads, 2 · dims), `offset` (heads,)."""
    return {
        "layer:heads.weight": heads.astype(np.float16),
        "layer:heads.bias": offset.astype(np.float32),
        **packed(weights),
    }
