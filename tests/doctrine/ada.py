"""Ada without a socket: her messages go through the same turn, and what she reads comes from the same rows."""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from chatbot import turn as turns
from conversations import delivery, record
from conversations.models import Conversation, Turn
from conversations.wording import Spoken
from sites.models import Site
from tools.identity import Identity

RETURNS = "How long do I have to return something I bought online?"
BOOTS = "Is it safe to dry wet boots on a radiator?"
FUND = "Which mutual fund should I buy?"


def identity(sub: str = "ada", seconds: int = 600) -> Identity:
    """A customer whose sign-in was verified."""
    return Identity(sub, int(time.time()) + seconds, name=f"{sub.title()} of Fernway", email=f"{sub}@example.com")


@dataclass
class Ada:
    """One conversation with a site."""

    site: Site
    who: Identity | None = None
    conversation: Conversation = field(init=False)

    def __post_init__(self) -> None:
        self.conversation, self.token = record.open_conversation(
            self.site,
            identity=self.who.claims() if self.who else {},
            page="https://shop.example/boots",
            disclosure=Spoken.of(self.site).disclosure["version"],
        )

    def write(self, text: str) -> Turn | None:
        """RECORD only: the turn is leased and nobody has begun it."""
        return turns.begin(self.conversation.pk, uuid.uuid4().hex, text).turn

    def ask(self, text: str) -> Turn:
        """Ask, and wait until it is settled; returns the turn as it is recorded."""
        running = self.write(text)
        assert running is not None, "a person has the conversation"
        following = turns.take(running)
        assert following is None
        return Turn.objects.select_related("answer", "category").get(pk=running.pk)

    def tap(self, offer: str | None) -> Turn:
        """Choose by the id of an offer, or none of these; returns the settled turn. Raises record.NotOffered."""
        running = turns.choose(self.conversation.pk, uuid.uuid4().hex, uuid.UUID(offer) if offer else None).turn
        assert running is not None, "a person has the conversation"
        assert turns.take(running) is None
        return Turn.objects.select_related("answer", "category").get(pk=running.pk)

    @property
    def offers(self) -> list[dict[str, str]]:
        """What the last message offers."""
        return list(self.last.get("offers", []))

    @property
    def state(self) -> str:
        """bot, waiting, human or closed."""
        return Conversation.objects.values_list("state", flat=True).get(pk=self.conversation.pk)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """Every message frame, as a widget gets them."""
        return delivery.frames(self.conversation.pk, 0)

    @property
    def last(self) -> dict[str, Any]:
        """The last message frame."""
        return self.heard[-1]
