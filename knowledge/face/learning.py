"""The embedder's last layer as something that can be trained further, for what is cut from it. Tools of development."""

from knowledge.learning.published import layer, padded

__all__ = ["layer", "padded"]
