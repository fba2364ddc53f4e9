"""A proposed declaration as a commented file of a bundle's tools/."""

from typing import Any

import yaml

from tools.openapi.proposal import Proposal

ABOUT = {
    "change": "what changes, in words, as agent and customer read it",
    "arguments": "where each comes from: a claim (who it is), a pattern in the message, a question",
    "belongs_to": "a reply in which this is not so is refused whole",
    "keep": "what is read of a reply; nothing else is stored",
    "outcomes": "what is said of a reply: the first whose status and conditions fit",
}


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """The indentation of a list is that of what is in it."""
        return super().increase_indent(flow, False)


def as_file(made: Proposal, source: str) -> str:
    """The text of a file. `source`: what it was made from, in words."""
    said = {"connections": [made.connection], "tools": [made.tool]}
    text = yaml.dump(said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    head = [f"Proposed from {source}. Nothing of it counts before you have read it through.", *made.notes]
    lines = [f"# {' '.join(each.split())}" for each in head]
    for each in text.splitlines():
        key = each.strip().removeprefix("- ").partition(":")[0]
        indent = len(each) - len(each.lstrip())
        if indent == 4 and key in ABOUT:
            lines.append(f"{' ' * indent}# {ABOUT[key]}")
        lines.append(each)
    return "\n".join(lines) + "\n"
