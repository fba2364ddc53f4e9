"""One verb on many conversations: each is a move of its own, made or refused by itself, and told of together."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User

from conversations.models import Conversation
from conversations.record import IllegalMove
from escalation.desk import desk, moving, tags
from escalation.models import Handoff

MOST = 100  # conversations at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were done, and why others were not: each reason with how many it holds for."""

    done: int
    refused: tuple[tuple[str, int], ...]

    @property
    def told(self) -> str:
        """The same in a sentence."""
        said = f"{self.done} done." if self.done else "Nothing was done."
        return " ".join([said, *(f"{n} not: {why}" for why, n in self.refused)])


def assign(found: Iterable[Conversation], *, actor: User, to: User) -> Outcome:
    """Give waiting customers to a colleague."""
    return _each(found, lambda one: moving.assign(_handoff(one), actor=actor, to=to))


def close(found: Iterable[Conversation], *, actor: User, need: str, reason: str = "") -> Outcome:
    """Close what the person has; `need` says whether a person was needed, of all of them."""
    if need not in Handoff.Need.values:
        raise IllegalMove("One question first: was a person needed here?")
    return _each(found, lambda one: desk.close(_handoff(one), actor=actor, reason=reason, need=need))


def tag(found: Iterable[Conversation], *, actor: User, name: str) -> Outcome:
    """Put one tag on all of them."""
    word = tags.clean(name)
    return _each(found, lambda one: tags.put(one, word, actor=actor))


def _handoff(conversation: Conversation) -> Handoff:
    handoffs = Handoff.objects.select_related("site", "conversation__site", "agent").filter(conversation=conversation)
    handoff = handoffs.order_by("-pk").first()
    if handoff is None:
        raise IllegalMove("Nobody has asked for a person in this conversation.")
    return handoff


def _each(found: Iterable[Conversation], move: Callable[[Conversation], object]) -> Outcome:
    chosen = list(found)
    if len(chosen) > MOST:
        raise IllegalMove(f"{MOST} conversations at once are the limit.")
    done, refused = 0, Counter[str]()
    for one in chosen:
        try:
            move(one)
            done += 1
        except IllegalMove as refusal:
            refused[str(refusal)] += 1
    return Outcome(done, tuple(refused.most_common()))
