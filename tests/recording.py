"""`python -m tests.recording N`: what the record costs of a turn's CPU, on the site of HANDRAIL_HOME, one thread.

N whole turns (RECORD, DECIDE, SETTLE) on the sample's questions; the CPU of holding the chain, reading back and hashing
the rows, and writing the entries is counted apart. Prints one JSON object: milliseconds a turn of both.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
SPENT = {"record": 0.0}
_inside = [False]


def counted(function: Any) -> Any:
    """The same function, its CPU counted; what it calls is part of it."""

    def timed(*args: Any, **more: Any) -> Any:
        if _inside[0]:
            return function(*args, **more)
        _inside[0], began = True, time.thread_time()
        try:
            return function(*args, **more)
        finally:
            SPENT["record"] += time.thread_time() - began
            _inside[0] = False

    return timed


def main(turns: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from sites.core import kept, ledger
    from sites.models import Site
    from tests.doctrine.ada import Ada

    site = Site.objects.get(slug="fernway")
    lines = (BASE / "sample/scenarios/answers.jsonl").read_text("utf-8").splitlines()
    asked = [each["turns"][0] for each in map(json.loads, lines) if len(each["turns"]) == 1]
    for text in asked[:20]:
        Ada(site).ask(text)
    for module, name in ((ledger, "hold"), (ledger, "append"), (kept, "append"), (kept, "note")):
        setattr(module, name, counted(getattr(module, name)))
    began = time.thread_time()
    for n in range(turns):
        Ada(site).ask(asked[n % len(asked)])
    whole = time.thread_time() - began
    print(json.dumps({"turn": whole / turns * 1000, "record": SPENT["record"] / turns * 1000}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
