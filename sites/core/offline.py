"""Check an export of the record's chain, and anchors, with nothing but Python: `python offline.py EXPORT [ANCHORS…]`.

It shares no code with what wrote the chain and needs neither the database nor this project. EXPORT is what
`manage.py export_audit` wrote, a line an entry. An anchor is NUMBER:DIGEST, or a file of anchors as they are written.
Exit 0: it holds. 1: it does not, and where. 2: the export or an anchor cannot be read.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

Anchors = dict[int, set[str]]


def breaks(lines: Iterable[str], anchors: Anchors) -> Iterator[str]:
    """Every place where the chain or an anchor does not hold, as a sentence; the first entry is number 1."""
    number, previous, left = 0, "0" * 64, dict(anchors)
    for line in lines:
        entry = json.loads(line)
        if entry["number"] != number + 1:
            yield f"entry {entry['number']} follows entry {number}: entries are missing, doubled or out of order"
        if entry["previous"] != previous:
            yield f"entry {entry['number']} does not continue the entry before it"
        text = f"{entry['previous']}\n{entry['number']}\n{entry['kind']}\n{entry['body']}"
        if hashlib.sha256(text.encode()).hexdigest() != entry["digest"]:
            yield f"entry {entry['number']} was altered: its digest does not match its content"
        number, previous = entry["number"], entry["digest"]
        if left.pop(number, {previous}) != {previous}:
            yield f"entry {number} is not what the anchor says: the chain was written anew at or before it"
    for missing in sorted(left):
        yield f"the anchor of entry {missing} lies after the last entry, {number}: the end is missing"


def read(given: Iterable[str], site: str) -> Anchors:
    """The anchors of a site among those given. Raises ValueError, KeyError, OSError."""
    found: Anchors = {}
    for each in given:
        if Path(each).is_file():
            kept = [json.loads(line) for line in Path(each).read_text(encoding="utf-8").splitlines() if line.strip()]
        else:
            number, _, digest = each.partition(":")
            kept = [{"site": site, "number": number, "digest": digest}]
        for anchor in kept:
            if anchor["site"] == site:
                found.setdefault(int(anchor["number"]), set()).add(anchor["digest"])
    return found


def main(arguments: list[str]) -> int:
    """Check the export that is named first with the anchors after it; print what was found."""
    if not arguments:
        sys.stdout.write(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as lines:
            first = lines.readline()
            site = json.loads(first)["site"] if first.strip() else ""
            anchors = read(arguments[1:], site)
            lines.seek(0)
            found = list(breaks((line for line in lines if line.strip()), anchors))
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"It cannot be read: {error!r}\n")
        return 2
    state = f"{site or 'an empty export'}: {'BROKEN' if found else 'whole'}, {len(anchors)} anchors compared"
    sys.stdout.writelines(f"{line}\n" for line in [*found, state])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
