"""`python -m tests.asked [NAME …]`: does the whole bot find the section that a customer's own words are about?

Help centres of companies that do not exist, with what their customers type, all written for this (`help_centres/`).
Each is loaded into HANDRAIL_HOME as a site of one category, with every other section's plain question as its examples,
and asked all other messages. A right answer quotes the section a message was written for. Prints a Markdown table.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from knowledge.learning.help_centres import PLAIN, Section, read

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
FOLDER = Path(__file__).parent / "help_centres"
EXAMPLES = 20
"""How many sections' plain questions are the category's examples."""


def write(name: str, sections: Sequence[Section], folder: Path) -> list[tuple[str, Section]]:
    """The help centre as a site bundle; returns the messages that are left to ask, each with its section."""
    plain = [each for each in sections if len(each.messages) > PLAIN][::2][:EXAMPLES]
    examples = {each.messages[PLAIN] for each in plain}
    quoted = "".join(f"      - {text!r}\n" for text in sorted(text.replace("'", "’") for text in examples))
    (folder / "knowledge").mkdir(parents=True)
    (folder / "site.yaml").write_text(
        f"version: 1\nsite: asked-{name}\nname: {name}\nlocale: en\ncategories:\n  - slug: help\n    title: Help\n"
        f"    exposure: self_service\n    examples:\n{quoted}",
        "utf-8",
    )
    for number, article in enumerate(dict.fromkeys(each.article for each in sections)):
        text = "\n\n".join(f"## {each.heading}\n\n{each.text}" for each in sections if each.article == article)
        front = f"---\ntitle: {article!r}\ncategories: [help]\naudience: public\n---\n"
        (folder / "knowledge" / f"{number:02}-article.md").write_text(f"{front}\n{text}\n", "utf-8")
    return [(text, each) for each in sections for text in each.messages if text not in examples]


def went(case: Any, section: Section) -> str:
    """How one message went: right, beside, offered or away."""
    if case.outcome == "answer":
        return "right" if any(_folded(each["quote"]) in _folded(section.text) for each in case.citations) else "beside"
    headings = {offer["heading"].rpartition(" > ")[2] for offer in case.offers}
    return "offered" if section.heading in headings else "away"


def row(name: str) -> Iterator[str]:
    """The cells of one help centre: how many messages, how each share went, the share of the unanswered answered."""
    from release.bundles import bundle
    from release.live import snapshot
    from release.scenarios import evals
    from sites.models import Site

    sections, unanswered = read(FOLDER / f"{name}.txt")
    with tempfile.TemporaryDirectory() as folder:
        asked = write(name, sections, Path(folder) / name)
        bundle.load(Path(folder) / name, actor="tests.asked")
    live = snapshot.candidate(Site.objects.get(slug=f"asked-{name}"))
    messages = [text for text, _ in asked] + unanswered
    cases = list(evals.evaluate(live, ({"id": str(n), "turns": [text]} for n, text in enumerate(messages))))
    told = [went(case, section) for case, (_, section) in zip(cases, asked, strict=False)]
    invented = sum(case.outcome == "answer" for case in cases[len(asked) :])
    yield from (name, str(len(asked)))
    yield from (f"{told.count(how) / len(told):.3f}" for how in ("right", "offered", "beside", "away"))
    yield f"{invented / len(unanswered):.3f} of {len(unanswered)}"


def main(names: Sequence[str]) -> None:
    """Print the table of these help centres, or of all."""
    import django

    django.setup()
    print("| help centre | n | right section | offered | another section | sent away | unanswerable answered |")
    print("|---|---|---|---|---|---|---|")
    for name in names or sorted(path.stem for path in FOLDER.glob("*.txt")):
        print("|", " | ".join(row(name)), "|", flush=True)


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()


if __name__ == "__main__":
    main(sys.argv[1:])
