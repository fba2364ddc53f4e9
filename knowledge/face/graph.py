"""The built-in embedder's last layers, for what is cut from it and trained further."""

from knowledge.embedding.last_layers import LastLayers
from knowledge.embedding.last_layers import pack as packed
from knowledge.embedding.minilm import DIMS

__all__ = ["DIMS", "LastLayers", "packed"]
