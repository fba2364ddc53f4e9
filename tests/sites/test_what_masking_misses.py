"""What masking misses of what people type is counted, kind by kind; `docs/quality.md` has the table."""

import re
from collections import Counter
from pathlib import Path

from sites.masking.kinds import Kind, without

TYPED = Path(__file__).parent / "personal" / "typed.txt"
AT_LEAST = {"card": 0.75, "iban": 0.7, "id": 0.6, "mail": 0.7, "phone": 0.75}
"""Shares found, a little below those in the docs: what falls under them is a fault."""


def lines() -> list[tuple[str, str]]:
    rows = (line.split(" | ", 1) for line in TYPED.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(kind, text) for kind, text in rows]


def left(text: str) -> bool:
    """Whether any of what must not be left stands in the text as it is masked, in as many as five signs together."""
    secrets = [re.sub(r"[^\w@]", "", each).casefold() for each in re.findall(r"\{(.*?)\}", text)]
    shown = without(re.sub(r"[{}]", "", text), list(Kind), ["GB", "IE"])
    kept = re.sub(r"[^\w@]", "", re.sub(r"\[[a-z -]+\]|•••• \d{4}|•••", " ", shown)).casefold()
    return any(any(each[at : at + 5] in kept for at in range(max(1, len(each) - 4))) for each in secrets)


def test_of_each_kind_as_much_is_found_as_the_docs_say(capsys) -> None:
    typed, missed = Counter[str](), Counter[str]()
    names: list[str] = []
    for kind, text in lines():
        typed[kind] += 1
        if left(text):
            missed[kind] += 1
            names.append(f"{kind}: {text}")
    with capsys.disabled():
        print("\n" + "\n".join(names))
        print({kind: f"{typed[kind] - missed[kind]} of {typed[kind]}" for kind in typed})
    assert set(typed) == set(Kind)
    assert all(1 - missed[kind] / typed[kind] >= AT_LEAST[kind] for kind in typed), names
