"""Customers' words that no article has, beside the words of the article that was found to answer them.

It proposes and changes nothing: whether two words mean the same an owner knows, and a count does not.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from knowledge.editing import approval, ownership
from knowledge.models import Gap, Revision
from knowledge.text.words import fold, stem, subject_words
from sites.choices import synonyms
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

LOOKED_AT = 2000  # questions, the newest
SHOWN = 20
SHORTEST = 3  # letters: shorter ones are mostly slips
_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")


@dataclass(frozen=True, slots=True)
class Unheard:
    """A word as customers type it, in how many questions, and words of the articles that answer these, best first."""

    word: str
    times: int
    beside: tuple[str, ...]


def words(site: Site) -> list[Unheard]:
    """The words of questions asked in vain that no article has, those with an article first, then the most frequent.

    A word of an article stands beside one when its title says it and the question does not.
    """
    known = _known(site)
    times, beside = Counter[str](), dict[str, Counter[str]]()
    typed: dict[str, Counter[str]] = {}
    asked = Gap.objects.filter(site=site).select_related("answered_with").defer("vector")
    titles = _titles(site)
    for gap in asked[:LOOKED_AT]:
        own = set(subject_words(gap.text))
        for word in dict.fromkeys(_WORD.findall(fold(gap.text))):
            if stem(word) not in own or stem(word) in known:
                continue
            times[stem(word)] += 1
            typed.setdefault(stem(word), Counter())[word] += 1
            title = titles.get(gap.answered_with_id or 0, ())
            beside.setdefault(stem(word), Counter()).update(each for each in title if stem(each) not in own)
    ranked = sorted(times, key=lambda word: (not beside[word], -times[word], word))[:SHOWN]
    return [
        Unheard(typed[word].most_common(1)[0][0], times[word], tuple(each for each, _ in beside[word].most_common(3)))
        for word in ranked
    ]


def join(site: Site, word: str, other: str, *, actor: approval.Actor, reason: str) -> None:
    """Have two words count as the same in the candidate. Raises NotAllowed, Refused."""
    approval.allow(actor, site.pk)
    ownership.require_whole(actor, site.pk, Role.RELEASE_OWNER)
    if not reason.strip():
        raise Refused("Give a reason.")
    with transaction.atomic():
        head = ledger.hold(site.pk)
        held = Site.objects.filter(pk=site.pk)
        try:
            groups = synonyms.joined(held.values_list("synonyms", flat=True).get(), word, other)
        except synonyms.SynonymsError as why:
            raise Refused(str(why)) from why
        held.update(synonyms=groups)
        facts = {"actor": approval.name_of(actor), "reason": reason.strip(), "words": sorted([word, other])}
        ledger.append(site.pk, "synonyms_written", facts, head=head)
    site.synonyms = groups


def _known(site: Site) -> set[str]:
    """The (stemmed) words of the site's approved articles, and of its synonyms."""
    found = {each for group in site.synonyms for member in group for each in subject_words(member)}
    texts = Revision.objects.filter(source__site=site, source__withdrawn_at=None, state=Revision.State.APPROVED)
    for title, text in texts.values_list("title", "text").iterator():
        found.update(map(stem, _plain(f"{title} {text}")))
    return found


def _titles(site: Site) -> dict[int, tuple[str, ...]]:
    """source → the words of its title, as it writes them."""
    rows = Revision.objects.filter(source__site=site, state=Revision.State.APPROVED).order_by("number")
    held = dict(rows.values_list("source", "title"))
    return {pk: tuple(word for word in _plain(title) if subject_words(word)) for pk, title in held.items()}


def _plain(text: str) -> Iterable[str]:
    return _WORD.findall(fold(text))
