"""A first bundle, written for somebody to change: every file of it loads and passes its own gate as it stands.

What every site begins with lies in `first_files`; beside it either what a company handed in, or the articles and
questions of a small shop, from `first_shop`. `$words` in them stand for what is known of the site when it is written.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from release.core.handed_in import HandedIn, Subject
from sites.choices import crisis
from sites.core.refusal import Refused

FILES = Path(__file__).with_name("first_files")
SHOP = Path(__file__).with_name("first_shop")
CATEGORIES = "categories.yaml"  # goes into site.yaml, and is no file of the bundle
UNANSWERED, PEOPLES = "unanswered.txt", "for-people.txt"
EITHER = ["answer", "clarify"]
"""What a question must come to that somebody once wrote and nobody has judged: an answer, or sections to choose."""
UNJUDGED, WHY = 90, "of the questions held back, which nobody has judged yet; 100 once you have"
"""Percent of them that must pass: of those that are surely about an article some three in a hundred are not."""


@dataclass(frozen=True, slots=True)
class First:
    """What is known of a site before there is any; the rest is filled in in its files."""

    site: str
    name: str
    origin: str
    email: str
    timezone: str
    countries: Sequence[str]
    owner: str
    second: str


def slug_of(text: str) -> str:
    """A slug made of a text, such as a folder's name. Raises Refused where nothing is left of it."""
    if slug := "-".join(re.findall(r"[a-z0-9]+", text.casefold()))[:60].strip("-"):
        return slug
    raise Refused(f"“{text}” has no letter or digit a site could be named by; give --site a name like my-shop.")


def write(folder: Path, first: First, handed_in: HandedIn | None = None) -> list[Path]:
    """Write the bundle into a folder that is new or empty: of what was handed in, else of a small shop.

    Raises Refused before anything is written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already; name a folder that is new or empty.")
    if first.owner == first.second:
        raise Refused("Two different people take a release live: name another person with --second.")
    words = _words(first)
    shop = Template((SHOP / CATEGORIES).read_text(encoding="utf-8")).substitute(words)
    words["categories"] = shop if handed_in is None else _categories(handed_in.subjects, first.owner)
    written = _templates(FILES, folder, words)
    written += _templates(SHOP, folder, words) if handed_in is None else _own(folder, handed_in)
    return sorted(written)


def _templates(source: Path, folder: Path, words: dict[str, str]) -> list[Path]:
    written = []
    for path in sorted(path for path in source.rglob("*") if path.is_file() and path.name != CATEGORIES):
        text = path.read_text(encoding="utf-8")
        text = Template(text).substitute(words) if path.suffix == ".yaml" else text
        written.append(_kept(folder / path.relative_to(source), text))
    return written


def _own(folder: Path, handed_in: HandedIn) -> list[Path]:
    """The company's articles, its questions as scenarios, and what no article answers."""
    written = []
    for place, source in (pair for subject in handed_in.subjects for pair in subject.articles.items()):
        target = folder / "knowledge" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written.append(target)
    ruled = sorted((match == "*", match, each.slug) for each in handed_in.subjects for match in each.matches)
    rules = [f"- match: {_quoted(match)}\n  categories: [{slug}]\n  audience: public\n" for _, match, slug in ruled]
    rules.append('- match: "*"\n  audience: public\n')
    written.append(_kept(folder / "knowledge" / "defaults.yaml", "".join(rules)))
    lines = [line for subject in handed_in.subjects for line in _scenarios(subject)]
    listed = {UNANSWERED: handed_in.unanswered, PEOPLES: handed_in.stopped, "scenarios/asked.jsonl": lines}
    for name, texts in listed.items():
        if texts:
            written.append(_kept(folder / name, "".join(f"{text}\n" for text in texts)))
    return written


def _kept(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _scenarios(subject: Subject) -> list[str]:
    """A line of JSON for each question that was held back."""
    bodies = [
        {"id": f"{subject.slug}-{n}", "turns": [text], "expect": {"outcome": EITHER, "category": subject.slug}}
        for n, text in enumerate(subject.held, start=1)
    ]
    return [json.dumps(body, ensure_ascii=False) for body in bodies]


def _categories(subjects: Sequence[Subject], owner: str) -> str:
    """The subjects as they stand in site.yaml; a JSON string is a YAML one."""
    lines = []
    for subject in subjects:
        lines += [f"- slug: {subject.slug}", f"  title: {_quoted(subject.title)}", f"  owner: {owner}"]
        lines += [f"  bar: {{percent: {UNJUDGED}}}   # {WHY}"] if subject.held else []
        lines += ["  exposure: self_service", "  examples:" if subject.examples else "  examples: []"]
        lines += [f"  - {_quoted(text)}" for text in subject.examples]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _words(first: First) -> dict[str, str]:
    """What stands for each `$word`: free text as it may stand in YAML, whatever was typed."""
    free = {"name": first.name, "origin": first.origin, "email": first.email, "countries": list(first.countries)}
    plain = {"site": first.site, "timezone": first.timezone, "owner": first.owner, "second": first.second}
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in free.items()}
    return {**plain, **quoted, "crisis": crisis.propose(first.countries).text}
