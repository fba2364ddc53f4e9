"""The one door: every text that is to be stored goes through here, whatever it was read from."""

import re
from dataclasses import dataclass

from knowledge.readers.dialects import boxes, inline, tags
from knowledge.readers.dialects.counting import counted
from knowledge.readers.dialects.edits import SIGNS
from knowledge.readers.dialects.scan import Handlers, Scan
from knowledge.readers.dialects.wrapped import joined
from knowledge.readers.notes import WRAPPED, Note

TIMES = 4  # what is left of a text may look like a new sign; nobody's text needs a third look

_TRIGGERS = re.compile(
    r"\\|`+|~~|<|!\[|\^\[|\[|\{|==|\]\(|https?://"
    r"|^[ \t]*(?:#{1,6}(?=[ \t])|:::|!!!|\?\?\?|===|>|import\b|export\b|~~~)",
    re.M,
)
_HANDLERS: Handlers = {
    "\\": (inline.escape,),
    "`": (inline.code,),
    "~": (inline.tildes,),
    "<": (tags.tag,),
    "!": (inline.image, boxes.mkdocs),
    "^": (inline.inline_footnote,),
    "[": (inline.bracket,),
    "{": (tags.attribute_list, boxes.braces, tags.expression),
    "=": (boxes.mkdocs, inline.marked),
    "]": (inline.target,),
    "h": (inline.address,),
    "#": (tags.heading,),
    ":": (boxes.directive,),
    "?": (boxes.mkdocs,),
    ">": (boxes.alert,),
    "i": (tags.module,),
    "e": (tags.module,),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored, what was hidden in it, and what its owner should know; lines are those of the text given."""

    text: str
    hidden: str
    notes: tuple[Note, ...]


def kept(text: str, title: str = "", *, mdx: bool = False) -> Kept:
    """A text of any kind of Markdown as it is stored. `title`: what its first words are under."""
    text = text.translate(SIGNS)
    notes: list[Note] = []
    hidden: list[str] = []
    for time in range(TIMES):
        scan = Scan(text, mdx=mdx and not time, heading=(1, title) if title else None)
        scan.walk(_TRIGGERS, _HANDLERS)
        done = scan.done()
        notes += scan.notes if not time else [Note(note.cause, note.words) for note in scan.notes]
        hidden += scan.hidden
        if done == text:
            break
        text = done
    text, breaks = joined(text)
    notes += [Note(WRAPPED)] * bool(breaks)
    return Kept(counted(text), "\n".join(part for part in hidden if part), tuple(notes))
