"""Text as it is read and quoted: marks, passages, sentences, words. Pure functions of the text they are given."""

from knowledge.text import asked
from knowledge.text.asked import fitting
from knowledge.text.markdown import Block, Kind, blocks, cells, number_of, unnumbered
from knowledge.text.passages import Part, Span, anatomy, lead_line
from knowledge.text.pointers import only_points
from knowledge.text.reading import Said, followed, joined, plain, raw_cells, said
from knowledge.text.sentences import sentences
from knowledge.text.slips import Neighbours
from knowledge.text.synonyms import NONE, Expansion, Synonyms, shared
from knowledge.text.words import stem, subject_words, words

__all__ = [
    "NONE",
    "Block",
    "Expansion",
    "Kind",
    "Neighbours",
    "Part",
    "Said",
    "Span",
    "Synonyms",
    "anatomy",
    "asked",
    "blocks",
    "cells",
    "fitting",
    "followed",
    "joined",
    "lead_line",
    "number_of",
    "only_points",
    "plain",
    "raw_cells",
    "said",
    "sentences",
    "shared",
    "stem",
    "subject_words",
    "unnumbered",
    "words",
]
