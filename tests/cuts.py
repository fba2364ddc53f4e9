"""Pairs of a paragraph and a shortened one, made by controlled cuts: harmful ones by kind, and harmless ones.

It shares no code and no word list with the proof that is measured on them (`chatbot.decide.answer.proven`). A cut is
harmful by what it takes away, whether or not a reader would be misled that time; so what is let through is an upper
bound. `python -m tests.cuts FOLDER…` measures on the Markdown below some folders and writes the figures of the proof.
"""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from chatbot.decide.answer import proven
from sites.core.intervals import wilson

FIGURES = Path(proven.__file__).with_suffix(".json")
A_KIND = 400
"""Pairs of a kind at most."""
_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|sixty|hundred|thousand"
_UNITS = "days?|hours?|minutes?|weeks?|months?|years?|percent|pounds?|euros?|dollars?|miles?|kg|km|MB|GB|nights?|people"
_DATES = (
    "January|February|March|April|June|July|August|September|October|November|December|(?:Mon|Tues|Wednes|Thurs|Fri|"
    "Satur|Sun)days?|weekends?|today|tomorrow|midnight|(?:19|20)\\d\\d"
)
HARMFUL: dict[str, str] = {
    "negation": r"\b(?:not|never|no|neither|without)\b ",
    "modal": r"\b(?:must|may|might|can|could|should|will|shall|need to|have to|has to)\b ",
    "condition": r",? \b(?:if|unless|when|until|once|provided|as long as|where)\b [^,.;:()]+",
    "exception": r",? \b(?:except|excluding|apart from|other than|but|however|unless|only)\b[^,.;:()]*",
    "quantity": rf"\b(?:\d[\d,.]*\d|\d|{_NUMBERS}|all|each|every|at least|at most|up to|more than|less than)\b ",
    "unit": rf"(?<=\d )(?:{_UNITS}|[a-z]{{3,}})\b ?|(?<=%s)(?:{_UNITS})\b ?" % "[a-z] ",
    "date": rf"(?:\b(?:on|in|by|from|until|since) )?\b(?:{_DATES})\b,? ?",
    "name": r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)* ?",
    "half of a fact": r" (?:and|or) [^,.;:()]+(?=[,.;])|(?<=[a-z] )[\w'’-]+ (?:and|or) ",
}
"""What each kind of harmful cut takes away."""
HARMLESS: dict[str, str] = {
    "filler": r"\b(?:please|also|simply|of course|as well|in addition,?|furthermore,?|additionally,?) ?",
    "example": r", (?:such as|for example|for instance|e\.g\.),? [^,.;:()]+(?:,|(?=\.))"
    r"| \((?:e\.g\.|such as|for example)[^()]*\)",
    "aside": r", (?:which|who) [^,.;:()]+(?:,|(?=\.))",
    "reason": r",? (?:because|so that|in order to) [^,.;:()]+(?=\.)",
}
"""What may go without a loss: as a rule, not always, so what is kept is a lower bound."""
_LIMITS = re.compile(
    rf"(?i:\b(?:not|never|no|must|may|can|cannot|should|will|need|if|unless|when|until|only|except|but|{_NUMBERS}|"
    rf"{_UNITS}|{_DATES}|all|any|every|free|cost|fee|after|before|once|however)\b|n't)|\d|(?<=[a-z] )[A-Z]"
)
_TELLS = re.compile(
    r"[A-Z][\w'’-]*(?: [a-z][\w'’-]*){0,4}? (?:is|are|was|were|has|have|works?|gets?|comes?|helps?|makes?|"
    r"gives?|keeps?|means?|goes|go|looks?|shows?|uses?|takes?|runs?|happens?|wears?|stands?)\b"
)
"""A sentence with a subject and a verb of its own tells something; another may say what to do."""
_LEANS = re.compile(r"(?:It|They|This|These|That|Those|He|She|But|And|However|Otherwise|Then|So|Both|If)\b")
_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z\"“])")


def paragraphs(folder: Path) -> Iterator[str]:
    """The plain paragraphs of 25 to 120 words in the articles below a folder."""
    for path in sorted(folder.rglob("*.md*")):
        for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8", errors="replace")):
            text = " ".join(re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", block).replace("**", "").replace("`", "").split())
            plain = not re.match(r"\s*(?:[#>|*+\-\d<{:]|---)", block) and not re.search(r"[*_|<>{}]|https?:", text)
            if plain and text[-1:] == "." and 25 <= len(text.split()) <= 120:
                yield text


def cuts(text: str, pattern: str) -> Iterator[str]:
    """The paragraph with one match of a pattern gone, as a careful writer would leave it."""
    for match in re.finditer(pattern, text):
        gone = (
            text[: match.start()]
            + (" " if match[0][:1] in " ," and match[0][-1:] in " ," else "")
            + text[match.end() :]
        )
        gone = re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", gone)).replace(",.", ".").strip()
        yield re.sub(r"(^|[.!?] )([a-z])", lambda m: m[1] + m[2].upper(), gone)


def harmful(text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, shortened): the cut alone, beside a harmless one, and with the whole sentence that holds it."""
    for kind, pattern in HARMFUL.items():
        for short in cuts(text, pattern):
            yield kind, short
            beside = [each for good in HARMLESS.values() for each in cuts(short, good)]
            yield from [(kind, dice.choice(beside))] if beside else ()
        sentences = _ENDS.split(text)
        for n, sentence in enumerate(sentences):
            if len(sentences) > 1 and kind != "half of a fact" and re.search(pattern, sentence):
                yield kind, " ".join([*sentences[:n], *sentences[n + 1 :]])


def harmless(text: str) -> Iterator[tuple[str, str]]:
    """(kind, shortened): one cut that keeps the meaning."""
    for kind, pattern in HARMLESS.items():
        for short in cuts(text, pattern):
            if not _LIMITS.search(_gone(text, short)):
                yield kind, short
    sentences = _ENDS.split(text)
    for n, sentence in enumerate(sentences):
        after = sentences[n + 1] if n + 1 < len(sentences) else ""
        if n and _TELLS.match(sentence) and not _LIMITS.search(sentence) and not _LEANS.match(after):
            yield "sentence", " ".join([*sentences[:n], *sentences[n + 1 :]])


def _gone(text: str, short: str) -> str:
    """About what was taken away: what lies between the common start and the common end."""
    start = next((n for n, (a, b) in enumerate(zip(text, short, strict=False)) if a != b), len(short))
    end = next((n for n, (a, b) in enumerate(zip(text[::-1], short[::-1], strict=False)) if a != b), len(short))
    return text[start : max(start, len(text) - end)]


def measured(texts: Iterable[str], most: int = A_KIND) -> dict[str, Any]:
    """How many cuts of each kind the proof lets through: {"harmful": {kind: [through, n]}, "harmless": …, "words":
    [saved, of]} (words of the harmless cuts that it keeps)."""
    dice, every = random.Random(20), list(dict.fromkeys(texts))
    dice.shuffle(every)
    made: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
        "harmful": lambda text: harmful(text, dice),
        "harmless": harmless,
    }
    found: dict[str, Any] = {"words": [0, 0], "through": []}
    for name, make in made.items():
        asked, through = Counter[str](), Counter[str]()
        for text in every:
            for kind, short in make(text):
                if asked[kind] == most or short == text or len(text.split()) - len(short.split()) < 1:
                    continue
                asked[kind] += 1
                if not proven.objections(text, short):
                    through[kind] += 1
                    saved = len(text.split()) - len(short.split())
                    if name == "harmful":
                        found["through"].append((kind, text, short))
                    else:
                        found["words"] = [found["words"][0] + saved, found["words"][1] + len(text.split())]
        found[name] = {kind: [through[kind], asked[kind]] for kind in asked}
    return found


def main() -> None:
    """Measure, print, and write the figures that the switch reads."""
    found = measured(text for folder in sys.argv[1:] for text in paragraphs(Path(folder)))
    for name in ("harmful", "harmless"):
        for kind, (through, n) in found[name].items():
            low, high = wilson(through, n)
            print(f"{name:<9} {kind:<15} {through:>4} of {n:<4} {through / n:6.1%} ({low:.1%} to {high:.1%})")
    print(f"words saved by what is kept: {found['words'][0]} of {found['words'][1]}")
    for kind, text, short in found.pop("through")[:20]:
        print(f"LET THROUGH {kind}\n  {text}\n  {short}")
    figures = {"proof": proven.digest(), **found}
    FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
