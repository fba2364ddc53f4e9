"""What decides besides a site's own content: the code, the dependency lock, the embedder and the model.

The code is what deciding reaches: every module that `chatbot.decide.bot` imports, directly or through others, the index
that settings name, and the data files that these read. What deciding cannot reach may change without a single category
falling.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from chatbot.decide import model
from chatbot.outcome import OUTCOMES, URGENT
from knowledge.face.embedding import embedder

DECIDES = "chatbot.decide.bot"
DATA = (
    "chatbot/decide/answer/proven.json",
    "chatbot/decide/phrases/*.txt",
    "chatbot/decide/needs/german.txt",
    "chatbot/decide/needs/weights.npz",
    "conversations/wording/*.yaml",
    "conversations/wording/unserved/*.yaml",
    "knowledge/embedding/questions.npz",
    "knowledge/embedding/english.txt",
)
"""Patterns of files that modules which decide read."""


@functools.cache
def fingerprint_parts() -> dict[str, Any]:
    """The running build's part of a fingerprint: a digest or a name of everything that decides."""
    base = Path(settings.BASE_DIR)
    return {
        "code": _digest(base, deciding(base)),
        "dependencies": _digest(base, [base / "requirements" / f"{each}.txt" for each in ("model", "runtime")]),
        "embedder": embedder().model_id,
        "model": model.describe(),
    }


def describe() -> dict[str, Any]:
    """What the bot is, for people: its model, its embedder, and how each reason ends."""
    return {
        "model": settings.HANDRAIL_MODEL or "none",
        "embedder": embedder().model_id,
        "outcomes": {reason.value: outcome.value for reason, outcome in OUTCOMES.items()},
        "urgent": sorted(URGENT),
    }


def deciding(base: Path) -> list[Path]:
    """Every file below `base` that decides, sorted: modules by following imports from the bot, and their data."""
    data = (path for pattern in DATA for path in base.glob(pattern))
    return sorted({*_reached(base, DECIDES, settings.INDEX.rpartition(".")[0]), *data})


def _reached(base: Path, *first: str) -> set[Path]:
    """The modules below `base` that some reach by imports, wherever in them they stand; packages with their modules."""
    reached: set[Path] = set()
    names = [*first]
    while names:
        name = names.pop()
        path = _module(base, name)
        if path is None or path in reached:
            continue
        reached.add(path)
        names += [*filter(None, [name.rpartition(".")[0]]), *_imported(path)]
    return reached


def _module(base: Path, name: str) -> Path | None:
    """The file of a module of this project; None for one of another, and for what a module defines."""
    place = base / name.replace(".", "/")
    found = (each for each in (Path(f"{place}.py"), place / "__init__.py") if each.is_file())
    return next(found, None)


def _imported(path: Path) -> Iterator[str]:
    """The dotted names of everything a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _digest(base: Path, files: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(str(path.relative_to(base)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
