"""A first bundle, written for somebody to change: every file of it loads and passes its own gate as it stands.

Its files lie beside this module; `$words` in them stand for what is known of the site when it is written.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from sites.choices import crisis
from sites.core.refusal import Refused

FILES = Path(__file__).with_name("first_files")


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


def write(folder: Path, first: First) -> list[Path]:
    """Write the bundle into a folder that is new or empty. Raises Refused before anything is written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already; name a folder that is new or empty.")
    if first.owner == first.second:
        raise Refused("Two different people take a release live: name another person with --second.")
    words = _words(first)
    written = []
    for path in sorted(path for path in FILES.rglob("*") if path.is_file()):
        target = folder / path.relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        target.write_text(Template(text).substitute(words) if path.suffix == ".yaml" else text, encoding="utf-8")
        written.append(target)
    return written


def _words(first: First) -> dict[str, str]:
    """What stands for each `$word`: free text as it may stand in YAML, whatever was typed."""
    free = {"name": first.name, "origin": first.origin, "email": first.email, "countries": list(first.countries)}
    plain = {"site": first.site, "timezone": first.timezone, "owner": first.owner, "second": first.second}
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in free.items()}
    return {**plain, **quoted, "crisis": crisis.propose(first.countries).text}
