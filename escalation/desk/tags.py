"""Tags on conversations: a few words that colleagues share. What they say about a customer is erased with the rest."""

import re
from collections.abc import Iterable

from django.contrib.auth.models import User

from conversations.models import Conversation
from conversations.record import IllegalMove
from escalation.core.moves import prove
from escalation.models.talks import Tag
from sites.access.roles import require
from sites.core import kept
from sites.models import Role

MOST = 12  # on one conversation
_WORD = re.compile(r"[\w][\w .&/+-]{0,39}")


def clean(name: str) -> str:
    """A tag as it is kept: small letters, single spaces. Raises IllegalMove for what is none."""
    words = " ".join(name.casefold().split()).removeprefix("#")
    if not _WORD.fullmatch(words):
        raise IllegalMove("A tag is a few letters or figures, 40 at most.")
    return words


def put(conversation: Conversation, name: str, *, actor: User) -> Tag:
    """Tag a conversation; the second time changes nothing. Raises IllegalMove, NotAllowed."""
    word = clean(name)
    with kept.writing(conversation.site_id) as head:
        require(actor, conversation.site_id, Role.AGENT)
        known = Tag.objects.filter(conversation=conversation, name=word).first()
        if known is not None:
            return known
        if Tag.objects.filter(conversation=conversation).count() >= MOST:
            raise IllegalMove(f"{MOST} tags are enough for one conversation.")
        by = actor.get_username()
        made = Tag.objects.create(site_id=conversation.site_id, conversation=conversation, name=word, by=by)
        prove(conversation, "tagged", by, head, {"tag": made.pk})
    return made


def take(conversation: Conversation, name: str, *, actor: User) -> None:
    """Take a tag away. Raises IllegalMove, NotAllowed."""
    with kept.writing(conversation.site_id) as head:
        require(actor, conversation.site_id, Role.AGENT)
        found = Tag.objects.filter(conversation=conversation, name=clean(name)).first()
        if found is None:
            raise IllegalMove("It has no such tag any more.")
        key = found.pk
        found.delete()
        prove(conversation, "untagged", actor.get_username(), head, {"tag": key})


def of_sites(sites: Iterable[int]) -> list[str]:
    """The tags in use on these sites, each once."""
    names = Tag.objects.filter(site__in=list(sites)).order_by("name").values_list("name", flat=True)
    return list(names.distinct()[:200])
