"""Vectors of texts: the installation's embedder, and what is kept of its work."""

from knowledge.embedding import vectors
from knowledge.embedding.embedders import Encoded, Matrix, MiniLM, embedder, load

__all__ = ["Encoded", "Matrix", "MiniLM", "embedder", "load", "vectors"]
