"""What the bot may say at all: whole slices of live approved texts, fixed wording, and a tool's lines."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chatbot.outcome import Decision
from conversations.wording import ENGLISH, LANGUAGE
from knowledge.markdown import plain
from knowledge.models import Revision
from tests.server import BASE


def scenarios(*files: str) -> Iterator[dict[str, Any]]:
    """The sample's scenarios for anonymous customers, of the files named."""
    for file in files:
        for line in (BASE / "sample" / "scenarios" / f"{file}.jsonl").open(encoding="utf-8"):
            scenario = json.loads(line)
            if not scenario.get("audience"):
                yield scenario


def strange(decision: Decision, crisis: str = "") -> list[str]:
    """The parts of a decision that nobody at the company wrote; empty when all is as promised."""
    cited = {c.n: c for c in decision.citations}
    parts = decision.parts or ()
    wrong = [c.quote for c in cited.values() if not _stored(c.revision_id, c.start, c.end, c.quote)]
    for part in parts:
        quotes = [plain(cited[n].quote) for n in part.cites]
        if not (part.text in quotes if quotes else fixed(part.text)):
            wrong.append(part.text)
    if not parts and not fixed(decision.text.removesuffix(crisis).strip()):
        wrong.append(decision.text)
    return wrong


def fixed(text: str) -> bool:
    """Whether a text is fixed wording with its names filled in."""
    lines = [*ENGLISH.values(), *LANGUAGE.values()]
    return any(re.fullmatch(_pattern(line), text, flags=re.DOTALL) for line in lines)


def _pattern(line: str) -> str:
    return "".join(".{1,400}" if n % 2 else re.escape(piece) for n, piece in enumerate(re.split(r"(\$\w+)", line)))


def _stored(revision_id: int | None, start: int, end: int, quote: str) -> bool:
    live = Revision.objects.filter(pk=revision_id, live=True, state="approved", source__audience="public")
    return any(revision.text[start:end] == quote for revision in live)
