"""Changes of a text, collected as spans of it and made all at once, so that every place keeps its line until then."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

GAP, BREAK, AGAIN = "\x00", "\x01", "\x02"
"""A place that something was taken from; an end of a paragraph; in front of a heading that only is said again."""
SIGNS = dict.fromkeys(map(ord, (GAP, BREAK, AGAIN)))

_MARKS = re.compile(r"[ \t]*(?:(?:[-*+>]|#{1,6}|\d{1,3}[.)])[ \t]*(?=[-*+>#\x00 \t|]|$))*")
_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` becomes these words, which may be known only when everything has been read."""

    start: int
    end: int
    words: str | Callable[[], str]


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with its changes made; what lies inside of an earlier change is dropped with it."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start >= at:
            parts += [text[at : edit.start], edit.words if isinstance(edit.words, str) else edit.words()]
            at = edit.end
    return _paragraphs("".join([*parts, text[at:]]))


def _paragraphs(text: str) -> str:
    """The text with its breaks as blank lines; a heading is said again only where text follows it."""
    pieces = text.split(BREAK)
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        piece = _closed(piece)
        piece = piece.lstrip("\n") if place else piece
        pieces[place] = piece.rstrip() if place < last else piece
    kept: list[str] = []
    for piece in reversed([piece for piece in pieces if piece.strip()]):
        if piece.startswith(AGAIN) and (not kept or _HEADING.match(kept[-1].lstrip().removeprefix(AGAIN))):
            continue
        kept.append(piece)
    return "\n\n".join(reversed(kept)).replace(AGAIN, "")


def _closed(piece: str) -> str:
    """A piece without its gaps: a line that held nothing else goes, and a space is left between two words."""
    if GAP not in piece:
        return piece
    kept: list[str] = []
    gone = False  # a line went, so one of the blank lines around it goes too
    for line in piece.split("\n"):
        if GAP in line and _is_empty(line):
            gone = True
            continue
        if gone and not line.strip() and (not kept or not kept[-1].strip()):
            continue
        gone = False
        kept.append(_joined(_unbracketed(line).split(GAP)) if GAP in line else line)
    return "\n".join(kept)


def _is_empty(line: str) -> bool:
    marks = _MARKS.match(line)
    return not re.search(r"[^\s\x00*_|>(){}\[\].,;:+-]", line[marks.end() if marks else 0 :])


def _unbracketed(line: str) -> str:
    line = re.sub(r"\[([^\[\]]{0,500})\]\([ \t]*\x00[\x00 \t]*\)", r"\1", line)  # a link to nowhere
    line = re.sub(r"(\*{1,3}|_{1,3})[ \t]*\x00[\x00 \t]*\1", GAP, line)
    return re.sub(r"\([ \t]*\x00[\x00 \t]*\)|\[[ \t]*\x00[\x00 \t]*\](?:\(\))?", GAP, line)


def _joined(parts: Sequence[str]) -> str:
    """The parts of a line on both sides of its gaps, with one space between two words."""
    out, apart = [parts[0]], False  # it begins with the indentation of the line, where there is no more of it
    for part in parts[1:]:
        begun, words, bare = bool(out[0].strip()) or len(out) > 1, part.lstrip(" \t"), out[-1].rstrip(" \t")
        if begun:
            apart = apart or part != words or out[-1] != bare
            out[-1] = bare
        if words:
            out.append(" " + words if apart and words[0] not in ".,;:!?)" else words)
            apart = False
    return "".join(out)
