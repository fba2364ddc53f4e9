"""What a command needs to know of a demo in the same home, kept by `make run`: no variable is set by hand beside it.

It holds only what the demo made up by itself, and counts only where nothing says how this installation runs.
"""

import json
import os
from pathlib import Path

KEPT = ("DEBUG", "PORT", "SHOP_URL", "SHOP_KEY")
TOLD = ("SECRET_KEY", "SECRET_KEY_FILE", "DEBUG", "HANDRAIL_BUILD")
"""One of these says how it runs: a demo's note beside it is an old one, and nobody's."""


def keep(home: Path) -> None:
    """Note what commands beside this demo need, for the account it runs under alone."""
    home.mkdir(parents=True, exist_ok=True)
    note = _note(home)
    note.touch(mode=0o600)
    note.write_text(json.dumps({name: os.environ[name] for name in KEPT if name in os.environ}))


def adopt() -> None:
    """Run this process as the demo of its home runs, if there is one and nothing else is said."""
    home = Path(os.environ.get("HANDRAIL_HOME") or Path(__file__).resolve().parent.parent / "var")
    if any(os.environ.get(name) for name in TOLD) or not _note(home).is_file():
        return
    for name, value in json.loads(_note(home).read_text()).items():
        os.environ.setdefault(name, value)


def _note(home: Path) -> Path:
    return home / "demo.json"
