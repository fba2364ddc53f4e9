"""The built-in embedder's last layer, for what is cut from it and trained further."""

from knowledge.embedding.last_layer import LastLayer
from knowledge.embedding.last_layer import pack as packed
from knowledge.embedding.minilm import DIMS

__all__ = ["DIMS", "LastLayer", "packed"]
