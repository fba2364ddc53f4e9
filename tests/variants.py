"""One question as other people would type it. The same seed gives the same text."""

import random
import re
from collections.abc import Callable

LONG = 5  # letters from which a slip of the finger leaves a word readable
SLIPS = 2
_LITTLE = re.compile(
    r"\b(?:a|an|the|is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|have|has|been|be)\b ?",
    re.I,
)


def typos(text: str, seed: int) -> str:
    """Two long words with a swapped, dropped or doubled letter inside; shorter words stay."""
    rng = random.Random(f"{seed} {text}")
    places = [m.span() for m in re.finditer(r"[^\W\d_]+", text) if m.end() - m.start() >= LONG]
    for start, end in sorted(rng.sample(places, min(SLIPS, len(places))), reverse=True):
        text = text[:start] + _slip(text[start:end], rng) + text[end:]
    return text


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def little_words_dropped(text: str, seed: int) -> str:
    """Articles and auxiliaries left out; "how much does it cost" becomes "how much cost it"."""
    text = re.sub(r"\bhow much (?:do|does|is|are) (.+?) cost\b", r"how much cost \1", text, flags=re.I)
    return " ".join(_LITTLE.sub("", text).split()) or text


def capitals(text: str, seed: int) -> str:
    """Everything in capitals."""
    return text.upper()


def bare(text: str, seed: int) -> str:
    """Lower case, without punctuation; amounts and hyphens keep theirs."""
    return " ".join(re.sub(r"(?<!\d)[.,](?!\d)|[?!;:\"“”'’]|[.,](?=\s|$)", "", text.lower()).split())


def polite(text: str, seed: int) -> str:
    """Words around the question that ask nothing."""
    before, after = random.Random(f"{seed} {text}").choice(_PADDING)
    return f"{before}{text}{after}"


_PADDING = (
    ("Hello, I hope you are well. ", " Thank you very much."),
    ("Hi there, sorry to bother you. ", " Thanks in advance!"),
    ("Good morning, ", " Many thanks and kind regards."),
)

VARIANTS: dict[str, Callable[[str, int], str]] = {
    "typos": typos,
    "little words dropped": little_words_dropped,
    "capitals": capitals,
    "bare": bare,
    "polite": polite,
}
