"""Within a paragraph: code (kept as it is), struck-out and marked words, pictures, links and footnotes."""

import re
from collections.abc import Callable

from knowledge.readers.dialects import diagrams
from knowledge.readers.dialects.edits import GAP
from knowledge.readers.dialects.scan import REPEATED, Scan
from knowledge.readers.notes import IMAGES, LONG_NOTES, LOST_NOTES, STRUCK, UNUSED_NOTES

SPAN = 5000  # characters that one piece of code in a sentence may have
_DEST = r"\((?:[^()\n\\]|\\.|\([^()\n]{0,500}\)){0,2000}\)"
_ATTRIBUTES = r"(?:\{[^{}\n]{0,500}\})?"
_IMAGE = rf"!\[((?:[^\[\]\\]|\\.|\[[^\[\]]{{0,300}}\]){{0,1500}})\](?:{_DEST}|\[[^\[\]\n]{{0,200}}\]){_ATTRIBUTES}"
IMAGE = re.compile(_IMAGE)
_PICTURE_LINK = re.compile(rf"\[[ \t]*{_IMAGE}[ \t]*\](?:{_DEST}|\[[^\[\]\n]{{0,200}}\])?{_ATTRIBUTES}")
_IMAGE_SHORT = re.compile(r"!\[([^\[\]\n]{1,200})\](?![(\[:])")
_TARGET = re.compile(_DEST + r"(\{:[^{}\n]{0,200}\})?")
_MARK = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]{0,500}[^\s=])==(?![=\w])")
_TILDES = re.compile(r"~+")
_PAIR = re.compile(r"(?<!~)~~(?!~)")
_TICKS = re.compile(r"`+")
_REFERENCES = re.compile(r"(?:\[\^[^\]\s\[]{1,80}\](?!:))+")
_REFERENCE = re.compile(r"\[\^([^\]\s\[]{1,80})\]")
_INLINE = re.compile(r"\^\[([^\[\]\n]{1,1000})\](?!\()")
_FOOTNOTE = re.compile(
    r"\[\^([^\]\s\[]{1,80})\]:[ \t]*"
    r"([^\n]*(?:\n(?![ \t]*\n|[ \t]*\[\^|[ \t]*#|[ \t]*:::|[ \t]*<)[^\n]+|\n(?:[ \t]*\n)+(?: {2,}|\t)[^\n]+)*)"
)
_DEFINITION = re.compile(
    r"\[([^\[\]\n^][^\[\]\n]{0,200})\]:[ \t]*\n?[ \t]*"
    r"(?:<([^<>\n]{1,1000})>|"
    r"((?:https?://|mailto:|tel:|\.{0,2}/|#)\S{0,1000}|[\w./-]{1,200}\.(?:mdx?|html?)(?:#\S{0,200})?))"
    r"(?:[ \t]*\n?[ \t]*(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|\([^()\n]{0,300}\)))?[ \t]*$",
    re.M,
)
_TO_REFERENCE = re.compile(r"\[([^\[\]\n]{1,300})\](?:\[([^\[\]\n]{0,200})\])?(?![(\[:])")
_ENDED = re.compile(r"[.!?…。！？]+[\"'”’»)*_]{0,4}$")


def escape(scan: Scan, at: int) -> int:
    """A backslash and the sign behind it stay as they are."""
    return at + 2


def code(scan: Scan, at: int) -> int:
    """A block or a span of code stays as it is."""
    ticks = _TICKS.match(scan.text, at)
    assert ticks is not None
    run, end = len(ticks.group()), ticks.end()
    if run >= 3 and scan.begins_line(at) and "`" not in _rest_of_line(scan, end):
        return fence(scan, at, "`", run)
    closing = re.compile(rf"(?<!`)`{{{run}}}(?!`)").search(scan.text, end, min(scan.paragraph(end), end + SPAN))
    return closing.end() if closing else end


def fence(scan: Scan, at: int, sign: str, run: int) -> int:
    """Where the block of code ends that `run` or more of a `sign` close; without an end, that of the text.

    A diagram is taken out.
    """
    closing = scan.find(rf"^[ \t>]*{sign}{{{run},}}[^\n]*", at + run)
    end = closing.end() if closing else len(scan.text)
    language = diagrams.of_fence(scan.text, at + run)
    return diagrams.drop(scan, at, end, language) if language else end


def _rest_of_line(scan: Scan, at: int) -> str:
    return scan.text[at : at + 200].split("\n", 1)[0]


def tildes(scan: Scan, at: int) -> int | None:
    """`~~struck out~~`, or the fence of a block of code."""
    found = _TILDES.match(scan.text, at)
    assert found is not None
    if len(found.group()) >= 3 and scan.begins_line(at):
        return fence(scan, at, "~", len(found.group()))
    end = _struck_until(scan, found.end()) if len(found.group()) == 2 and _opens(scan.text, at) else None
    return scan.drop(at, end, STRUCK, scan.text[at + 2 : end - 2]) if end else found.end()


def _struck_until(scan: Scan, at: int) -> int | None:
    """Where the words end that are struck out from here: at the nearest sign that can end them."""
    for sign in _PAIR.finditer(scan.text, at, min(scan.paragraph(at) + 1, len(scan.text))):
        if _closes(scan.text, sign.start()):
            return sign.end()
        if _opens(scan.text, sign.start()):
            break
    return None


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 2 : at + 3]
    return bool(after.strip()) and (after.isalnum() or not before.isalnum())


def _closes(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 2 : at + 3]
    return bool(before.strip()) and (before.isalnum() or not after.isalnum())


def marked(scan: Scan, at: int) -> int | None:
    """`==marked==` words are words."""
    found = _MARK.match(scan.text, at)
    if found is None:
        return None
    scan.change(at, at + 2, "")
    scan.change(found.end() - 2, found.end(), "")
    return at + 2


def address(scan: Scan, at: int) -> int:
    """An address between < and > stays as it is."""
    found = re.compile(r"[^\s<>]{1,2000}").match(scan.text, at)
    return found.end() if found else at + 1


def target(scan: Scan, at: int) -> int | None:
    """Where a link leads stays as it is, without instructions to a program behind it."""
    found = _TARGET.match(scan.text, at + 1)
    if found is None or "{{" in found.group() or "{%" in found.group():
        return None
    if found.group(1):
        scan.change(found.start(1), found.end(1), "")
    return found.end()


def image(scan: Scan, at: int) -> int | None:
    """A picture is left out and noted with the words that describe it; None where there is none."""
    found = IMAGE.match(scan.text, at)
    if found:
        return scan.drop(at, found.end(), IMAGES, found.group(1))
    short = _IMAGE_SHORT.match(scan.text, at)
    if short and short.group(1).casefold() in scan.targets:
        return scan.drop(at, short.end(), IMAGES, short.group(1))
    return None


def bracket(scan: Scan, at: int) -> int | None:
    """A footnote or a reference to it, a picture that is a link, where a link leads, or a link to there."""
    text = scan.text
    if text.startswith("[^", at):
        return _footnote(scan, at)
    if text.startswith(("!", " "), at + 1) and (picture := _PICTURE_LINK.match(text, at)):
        return scan.drop(at, picture.end(), IMAGES, picture.group(1))
    if scan.begins_line(at) and (found := _DEFINITION.match(text, at)):
        scan.targets.setdefault(found.group(1).casefold(), found.group(2) or found.group(3))
        return scan.drop(at, found.end())
    found = _TO_REFERENCE.match(text, at)
    if found and not text.startswith("]", at - 1):
        label = found.group(2) or found.group(1)
        end = text.index("]", at) + 1
        scan.change(end, found.end(), _leading(scan, label, text[end : found.end()]))
    return at + 1


def _leading(scan: Scan, label: str, before: str) -> Callable[[], str]:
    def words() -> str:
        to = scan.targets.get(label.casefold())
        return f"({to})" if to else before

    return words


def _footnote(scan: Scan, at: int) -> int | None:
    if scan.begins_line(at) and (found := _FOOTNOTE.match(scan.text, at)):
        label, words = found.groups()
        scan.footnotes.setdefault(label, words)
        scan.change(at, found.end(), lambda: _left(scan, at, label, words))
        return found.end()
    references = _REFERENCES.match(scan.text, at)
    if references is None:
        return None
    labels = _REFERENCE.findall(references.group())
    scan.used.update(labels)
    return _put_in(scan, at, references.end(), lambda: _noted(scan, at, labels))


def inline_footnote(scan: Scan, at: int) -> int | None:
    """`^[a footnote]` at its own place."""
    found = _INLINE.match(scan.text, at)
    return _put_in(scan, at, found.end(), lambda: f" ({found.group(1).strip()})") if found else None


def _put_in(scan: Scan, at: int, end: int, words: Callable[[], str]) -> int:
    """Words instead of `text[at:end]`, within the sentence that ended just before."""
    ended = _ENDED.search(scan.text[max(0, at - 8) : at].rsplit("\n", 1)[-1])
    stop = ended.group() if ended else ""
    if scan.edits and scan.edits[-1].end > at - len(stop):  # something else was changed there
        stop = ""
    scan.change(at - len(stop), end, lambda: words() + stop)
    return end


def _left(scan: Scan, at: int, label: str, words: str) -> str:
    if label not in scan.used:
        scan.note(UNUSED_NOTES, at, words)
    return GAP


def _noted(scan: Scan, at: int, labels: list[str]) -> str:
    """The footnotes as a part of the sentence they belong to."""
    words = [scan.footnotes.get(label, "") for label in dict.fromkeys(labels)]
    found = [" ".join(scan.within(each, at).split()) for each in words if each.strip()]
    if len(found) < len(words):
        scan.note(LOST_NOTES, at, " ".join(labels))
    scan.repeated += sum(map(len, found))
    if scan.repeated > REPEATED:
        scan.note(LONG_NOTES, at, " ".join(labels))
        found = []
    return f" ({' '.join(found)})" if found else GAP
