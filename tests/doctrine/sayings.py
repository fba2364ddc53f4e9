"""What the bot may say at all: whole slices of live approved texts, fixed wording, and a tool's lines."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from chatbot.outcome import Decision, Part
from conversations.wording import ENGLISH, INSIDE, LOCALES, Spoken
from knowledge.models import Revision
from knowledge.text.markdown import plain
from tests.server import BASE


def scenarios(*files: str) -> Iterator[dict[str, Any]]:
    """The sample's scenarios for anonymous customers, of the files named."""
    for file in files:
        for line in (BASE / "sample" / "scenarios" / f"{file}.jsonl").open(encoding="utf-8"):
            scenario = json.loads(line)
            if not scenario.get("audience"):
                yield scenario


def strange(decision: Decision, crisis: str = "") -> list[str]:
    """The parts of a decision that nobody at the company wrote; empty is as promised. `crisis`: the site's own text."""
    cited = {c.n: c for c in decision.citations}
    parts = decision.parts or ()
    wrong = [c.quote for c in cited.values() if not _stored(c.revision_id, c.start, c.end, c.quote)]
    for part in _all(parts):
        quotes = [plain(cited[n].quote) for n in part.cites]
        if not (_quoted(part, quotes) if quotes else fixed(part.text) or part.text == crisis):
            wrong.append(part.text)
    if not parts and not fixed(decision.text.removesuffix(crisis).strip()):
        wrong.append(decision.text)
    return wrong


def _all(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, and what is shown of them on request."""
    for part in parts:
        yield part
        yield from _all((*part.parts, *((part.more,) if part.more else ())))


def _quoted(part: Part, quotes: list[str]) -> bool:
    """Every line, item and cell of a part stands in one of its quotes, word for word."""
    said = [part.text.removeprefix(f"{part.label}\n"), *part.items] if part.kind != "table" else []
    pieces = [line for text in said for line in text.split("\n")] + [cell for row in part.rows for cell in row]
    return all(any(" ".join(piece.split()) in " ".join(quote.split()) for quote in quotes) for piece in pieces)


def fixed(text: str) -> bool:
    """Whether a text is fixed wording with its names filled in."""
    lines = [line for key, line in ENGLISH.items() if key not in INSIDE]
    lines += [Spoken().unserved(theirs) for theirs in LOCALES]
    return any(re.fullmatch(_pattern(line), text, flags=re.DOTALL) for line in lines)


def _pattern(line: str) -> str:
    return "".join(".{1,400}" if n % 2 else re.escape(piece) for n, piece in enumerate(re.split(r"(\$\w+)", line)))


def _stored(revision_id: int | None, start: int, end: int, quote: str) -> bool:
    live = Revision.objects.filter(pk=revision_id, live=True, state="approved", source__audience="public")
    return any(revision.text[start:end] == quote for revision in live)
