"""Where it was used: the conversations in which a source, a revision or a passage was cited.

A passage is its slice of its revision's text, so passages that are cut again find the same citations.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import Citation, Conversation
from knowledge.models import Passage, Revision
from sites.models import Site

KINDS = ("source", "revision", "passage")


def conversations(kind: str, pk: int, sites: QuerySet[Site]) -> QuerySet[Conversation]:
    """The conversations of these sites that cited it, each once; none for what is no kind or is not theirs."""
    cited = Citation.objects.filter(_of(kind, pk), message__conversation=OuterRef("pk"))
    return Conversation.objects.filter(Exists(cited), site__in=sites)


def by_passage(revision: Revision, sites: QuerySet[Site]) -> Mapping[int, int]:
    """Passage id → conversations that cited it, for the passages of a revision that were cited at all."""
    held: dict[int, set[object]] = {}
    cited = Citation.objects.filter(revision=revision, message__conversation__site__in=sites)
    slices = list(revision.passages.values_list("pk", "start", "text"))
    for start, end, conversation in cited.values_list("start", "end", "message__conversation"):
        for pk in _touched(slices, start, end):
            held.setdefault(pk, set()).add(conversation)
    return {pk: len(found) for pk, found in held.items()}


def _touched(slices: Iterable[tuple[int, int, str]], start: int, end: int) -> list[int]:
    return [pk for pk, first, text in slices if start < first + len(text) and end > first]


def _of(kind: str, pk: int) -> Q:
    """The citations of one thing."""
    if kind == "passage" and (found := Passage.objects.filter(pk=pk).first()) is not None:
        last = found.start + len(found.text)
        return Q(revision=found.revision_id, start__lt=last, end__gt=found.start)
    return Q(**{kind: pk}) if kind in ("source", "revision") else Q(pk__in=[])
