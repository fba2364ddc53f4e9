"""What a process has to begin, end and look after: the index it owns, and the child that embeds."""

from knowledge.embedding import worker
from knowledge.index.store import index

__all__ = ["index", "worker"]
