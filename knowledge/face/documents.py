"""Files and addresses, read in bounded children: what comes out is a Document, or a DocumentError that says why not."""

from knowledge.readers import folder, incoming, robots, sitemap
from knowledge.readers.documents import FORMATS, MAX_BYTES, Document, DocumentError
from knowledge.readers.faq import MAX_ROWS
from knowledge.readers.front import FrontMatterError, policies
from knowledge.readers.notes import cause
from knowledge.readers.sandbox import Reader

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_ROWS",
    "Document",
    "DocumentError",
    "FrontMatterError",
    "Reader",
    "cause",
    "folder",
    "incoming",
    "policies",
    "robots",
    "sitemap",
]
