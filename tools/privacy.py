"""What guests proved, erased when their conversation is; `conversations.privacy` asks for it."""

from conversations.privacy import Words
from tools.models import Proof


def erase(words: Words) -> list[str]:
    """Empty what was named and all digests; that a code was asked for and how often it was tried stays."""
    Proof.objects.filter(conversation__in=words.conversations).update(value="", thing="", owner="", code="", address="")
    return []
