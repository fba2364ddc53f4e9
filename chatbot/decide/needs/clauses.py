"""Where a message may hide its need: its sentences, and stretches of those that run on.

Pure and total; linear in the text.
"""

import re

Span = tuple[int, int]

WINDOW, STEP, LONG = 12, 6, 16  # words: of a stretch, between two of them, and from where a sentence is cut into them
MOST = 24  # of a message
_SENTENCE = re.compile(r"[^.!?…;\n]+[.!?…;\n]*")
_WORD = re.compile(r"\S+")


def clauses(text: str) -> tuple[Span, ...]:
    """The stretches of a message in order, as offsets into it; none for a message that is a single short one."""
    found: list[Span] = []
    for sentence in _SENTENCE.finditer(text):
        words = [word.span() for word in _WORD.finditer(text, *sentence.span())]
        if len(words) <= LONG:
            found += [(words[0][0], words[-1][1])] if words else []
        else:
            cuts = range(0, max(1, len(words) - STEP), STEP)
            found += [(words[at][0], words[min(at + WINDOW, len(words)) - 1][1]) for at in cuts]
        if len(found) >= MOST:
            break
    return tuple(found[:MOST]) if len(found) > 1 else ()
