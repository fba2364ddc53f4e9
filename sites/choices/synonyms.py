"""Words that a site says for one thing, a group of them at a time: `delivery, shipping, postage`.

Kept as lists of JSON, small letters; people write a group a line. What the words mean for a search: `knowledge.text`.
"""

from collections.abc import Iterable, Iterator, Sequence

MOST = 200  # groups of a site
FEWEST, LARGEST = 2, 12  # words of a group
LONGEST, WORDS = 60, 4  # characters and words of a member: it is a word or a short phrase

Groups = list[list[str]]
Problem = tuple[int, int | None, str]
"""(group, member or None, what is wrong), both counted from 0"""


class SynonymsError(ValueError):
    """Lines that are no groups. `problems`: a sentence for each, which names its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def tidy(groups: Iterable[Iterable[str]]) -> Groups:
    """The groups as they are kept: small letters, single spaces, a member once in its group."""
    return [list(dict.fromkeys(" ".join(member.casefold().split()) for member in group)) for group in groups]


def problems(groups: Groups) -> Iterator[Problem]:
    """What is wrong with tidy groups."""
    if len(groups) > MOST:
        yield 0, None, f"{len(groups)} groups are more than the {MOST} that fit"
    where: dict[str, int] = {}
    for number, group in enumerate(groups):
        if not FEWEST <= len(group) <= LARGEST:
            yield number, None, f"a group has {FEWEST} to {LARGEST} different words; this has {len(group)}"
        for place, member in enumerate(group):
            if wrong := _wrong(member):
                yield number, place, wrong
            elif where.setdefault(member, number) != number:
                yield number, place, f"“{member}” is in another group already; put the two groups together"


def lines(groups: Iterable[Sequence[str]]) -> str:
    """The groups as people write them."""
    return "\n".join(", ".join(group) for group in groups)


def read(written: str) -> Groups:
    """The groups of lines as people write them; empty lines count for nothing. Raises SynonymsError."""
    numbered = [(number, line) for number, line in enumerate(written.splitlines(), 1) if line.strip()]
    found = tidy((each for each in line.split(",") if each.strip()) for _, line in numbered)
    if wrong := [f"Line {numbered[group][0]}: {text}." for group, _, text in problems(found)]:
        raise SynonymsError(wrong)
    return found


def joined(groups: Groups, one: str, other: str) -> Groups:
    """The groups with two words in one. Raises SynonymsError where that is no group."""
    (pair,) = tidy([[one, other]])
    if len(pair) < FEWEST:
        raise SynonymsError([f"“{one}” is the same word already."])
    touched = [group for group in groups if set(group) & set(pair)]
    whole = [member for group in touched for member in group]
    found = tidy([*(group for group in groups if group not in touched), [*whole, *pair]])
    if wrong := [f"{text[0].upper()}{text[1:]}." for _, _, text in problems(found)]:
        raise SynonymsError(wrong)
    return found


def _wrong(member: str) -> str:
    if not any(char.isalnum() for char in member):
        return f"“{member}” has no word in it"
    if "," in member:
        return f"“{member}” has a comma in it; write each word by itself"
    if len(member) > LONGEST or len(member.split()) > WORDS:
        return f"“{member}” is longer than {WORDS} words or {LONGEST} characters"
    return ""
