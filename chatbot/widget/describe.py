"""`python chatbot/widget/describe.py`: what a page may say to the widget, as tables for docs/widget.md and as types.

Law of the file: `api.yaml` is the one source; what is made of it is never changed by hand.
"""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[1] / "docs" / "widget.md"
TYPES = HERE.parent / "static" / "handrail" / "v1.d.ts"
PARTS = ("options", "calls", "events")


def api() -> dict[str, list[dict[str, Any]]]:
    """What there is: `options`, `calls` and `events`, each with what it does."""
    read: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "api.yaml").read_text(encoding="utf-8"))
    return read


def table(part: str) -> str:
    """One part as a table in Markdown."""
    heads = {"options": ("option", "is", ""), "calls": ("call", "returns", ""), "events": ("event", "with", "")}
    rows = [heads[part], ("---", "---", "---")]
    for each in api()[part]:
        kind = each.get("type") or each.get("returns") or each["with"]
        rows.append((f"`{_called(each)}`", f"`{kind}`".replace("|", "\\|"), each["does"]))
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in rows)


def documented(text: str) -> str:
    """The page with its tables as they are to be: each between `<!-- api: PART -->` and `<!-- end -->`."""
    for part in PARTS:
        before, mark, rest = text.partition(f"<!-- api: {part} -->\n")
        end, after = rest.partition("<!-- end -->")[1:]
        text = f"{before}{mark}\n{table(part)}\n\n{end}{after}"
    return text


def types() -> str:
    """The types of `window.Handrail` and `window.HandrailOptions`."""
    there = api()
    lines = ["/* Made of chatbot/widget/api.yaml by chatbot/widget/describe.py. */", ""]
    lines += ['type HandrailState = "bot" | "waiting" | "human" | "closed";', "", "interface HandrailOptions {"]
    for each in there["options"]:
        lines += [_comment(each), f"  {each['name']}{'' if each['name'] == 'site' else '?'}: {each['type']};"]
    lines += ["}", "", "interface HandrailEvents {"]
    lines += [line for each in there["events"] for line in (_comment(each), f"  {each['name']}: {each['with']};")]
    lines += ["}", "", "interface HandrailApi {", "  readonly version: 1;"]
    for each in there["calls"]:
        said = ", ".join(f"{name}: {kind}" for name, kind in each["arguments"])
        generic = f"<{each['generic']}>" if "generic" in each else ""
        lines += [_comment(each), f"  {each['name']}{generic}({said}): {each['returns']};"]
    lines += ["}", "", "/** Before the file has loaded, an array of these. */"]
    lines += ["type HandrailCall = [name: keyof HandrailApi, ...values: unknown[]];", ""]
    lines += ["interface Window {", "  Handrail?: HandrailApi | HandrailCall[];"]
    return "\n".join([*lines, "  HandrailOptions?: HandrailOptions;", "}", ""])


def _called(each: dict[str, Any]) -> str:
    """As it is written: `open(draft?)`, or its name."""
    return (
        f"{each['name']}({', '.join(name for name, _ in each['arguments'])})" if "arguments" in each else each["name"]
    )


def _comment(each: dict[str, Any]) -> str:
    return f"  /** {each['does']} */"


if __name__ == "__main__":
    DOCS.write_text(documented(DOCS.read_text(encoding="utf-8")), encoding="utf-8")
    TYPES.write_text(types(), encoding="utf-8")
