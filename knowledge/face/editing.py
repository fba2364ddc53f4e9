"""How text comes in, is approved and taken back; who may; how two texts differ; and `sync.touch`, for what is live."""

from knowledge.editing import approval, indexing, ingest, ownership
from knowledge.index import sync
from knowledge.text import diff

__all__ = ["approval", "diff", "indexing", "ingest", "ownership", "sync"]
