"""What may be quoted for a question: `search.find` and `search.citable`, and what they give and take."""

from knowledge.index.eligibility import INTERNAL, source_ids
from knowledge.retrieval import search
from knowledge.retrieval.hits import Hit
from knowledge.retrieval.search import Scope
from knowledge.retrieval.sections import Section, around
from knowledge.retrieval.titles import Titles
from knowledge.retrieval.vocabulary import Vocabulary

__all__ = ["INTERNAL", "Hit", "Scope", "Section", "Titles", "Vocabulary", "around", "search", "source_ids"]
