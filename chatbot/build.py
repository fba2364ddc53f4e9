"""What decides besides a site's own content: the code, the dependency lock, the embedder, the model and the tools."""

import functools
import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from chatbot import model, tools
from chatbot.outcome import OUTCOMES, URGENT
from knowledge.embedding import embedder

INTERFACE = frozenset(
    {
        *("admin.py", "api.py", "apps.py", "checks.py", "consumers.py", "tasks.py", "urls.py", "views.py", "runner.py"),
        "calibration.py",
    }
)
"""Files that show or carry decisions and decide nothing."""


@functools.cache
def fingerprint_parts() -> dict[str, Any]:
    """The running build's part of a fingerprint: a digest or a name of everything that decides."""
    base = Path(settings.BASE_DIR)
    rooms = (base / "chatbot", base / "knowledge")
    code = [p for room in rooms for p in sorted(room.glob("*.py")) if p.name not in INTERFACE]
    code += sorted((base / "chatbot" / "phrases").glob("*.txt"))
    code += [base / "conversations" / name for name in ("wording.py", "outcomes.py", "masking.py")]
    code += [base / "release" / name for name in ("bars.py", "exposure.py", "snapshot.py")]
    return {
        "code": _digest(code),
        "dependencies": _digest([base / "requirements" / "runtime.txt", base / "requirements" / "model.txt"]),
        "embedder": embedder().model_id,
        "model": model.describe(),
        "tools": tools.describe(),
    }


def describe() -> dict[str, Any]:
    """What the bot is, for people: its model, its embedder, its tools, and how each reason ends."""
    return {
        "model": settings.HANDRAIL_MODEL or "none",
        "embedder": embedder().model_id,
        "tools": tools.names(),
        "outcomes": {reason.value: outcome.value for reason, outcome in OUTCOMES.items()},
        "urgent": sorted(URGENT),
    }


def _digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
