"""What customers asked that no text answers, what was shown and how it was liked; and how sayings are grouped."""

from knowledge.insights import answering, gaps, unheard, usage
from knowledge.insights.clusters import by_centrality, linked
from knowledge.text import wordings

__all__ = ["answering", "by_centrality", "gaps", "linked", "unheard", "usage", "wordings"]
