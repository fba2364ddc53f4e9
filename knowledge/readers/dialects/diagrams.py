"""Diagrams that are written as code: what their readers see is a picture, so the code is left out, with a note.

They stand in fences, in parts of a page of that name, and in elements of HTML. Code that readers see as code stays.
"""

import re
from collections.abc import Iterable

from knowledge.readers.dialects.scan import Scan
from knowledge.readers.notes import DIAGRAMS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LANGUAGES = _set(
    "mermaid mmd plantuml puml uml dot graphviz gv d2 ditaa blockdiag seqdiag actdiag nwdiag c4plantuml structurizr "
    "nomnoml vega vegalite wavedrom kroki svgbob pikchr bpmn erd bytefield excalidraw markmap viz dbml"
)
"""As the fences of Docusaurus, MkDocs, Hugo, MyST, GitHub and Kroki name them, without signs between letters."""
CLASSES = _set("mermaid plantuml graphviz puml kroki markmap")
"""Of an element that is a diagram whatever element it is; `dot` is a dot on most pages."""
_INFO = re.compile(r"[ \t]*\{?[ \t]*\.?([A-Za-z][\w-]*)")
_PREFIXED = re.compile(r"(?:language|lang|highlight-source|brush)[-:]([\w-]+)")
_CLASS = re.compile(r"\bclass(?:Name)?\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>{}]+))")
_COLONS = r"^[ \t>]*:{3,}[ \t]*$"


def is_language(name: str) -> bool:
    """Whether code in this language draws a diagram; `kroki-plantuml` and `vega-lite` are known too."""
    plain = name.casefold()
    return plain.replace("-", "").replace("_", "") in LANGUAGES or plain.startswith("kroki-")


def of_fence(text: str, at: int) -> str:
    """The language of a fence whose signs end here, if it draws a diagram; else empty."""
    found = _INFO.match(text, at, at + 80)
    return found.group(1) if found and is_language(found.group(1)) else ""


def of_classes(classes: Iterable[str]) -> str:
    """The language of an element with these classes, if it is a diagram; else empty."""
    for each in classes:
        prefixed = _PREFIXED.fullmatch(each)
        if each.casefold() in CLASSES or (prefixed and is_language(prefixed.group(1))):
            return prefixed.group(1) if prefixed else each
    return ""


def of_attributes(written: str) -> str:
    """The same, for the attributes of a tag as they are written."""
    found = _CLASS.search(written[:2000])
    return of_classes(next(filter(None, found.groups()), "").split()) if found else ""


def drop(scan: Scan, start: int, end: int, language: str) -> int:
    """Take a diagram out, with its note; the place to go on at."""
    return scan.drop(start, end, DIAGRAMS, language)


def directive(scan: Scan, start: int, end: int, name: str) -> int | None:
    """`::: mermaid` up to the colons that end it; None where it is another directive, or has no end."""
    if not is_language(name):
        return None
    closing = scan.find(_COLONS, end)
    return drop(scan, start, closing.end(), name) if closing else None
