"""Whether two lists of messages share a sentence: what a site is tested with must not be what it was taught."""

import re
from collections.abc import Iterable

from knowledge.models import Example, Revision
from knowledge.text.sentences import sentences

_WORD = re.compile(r"\w+")


def said(text: str) -> frozenset[str]:
    """The message and each of its sentences, as bare words."""
    parts = (text[start:end] for line in text.splitlines() for start, end in sentences(line))
    return frozenset(bare for part in (text, *parts) if (bare := " ".join(_WORD.findall(part.casefold()))))


def taught(site_id: int) -> frozenset[str]:
    """All that a site's examples, its counterexamples and the questions of its articles say."""
    examples = Example.objects.filter(site=site_id).values_list("text", flat=True)
    asked = Revision.objects.filter(source__site=site_id, state=Revision.State.APPROVED).exclude(questions=[])
    return said_by([*examples, *(each for texts in asked.values_list("questions", flat=True) for each in texts)])


def said_by(texts: Iterable[str]) -> frozenset[str]:
    """The same of many messages."""
    return frozenset().union(*map(said, texts))
