"""Erasing what a customer said: the words go for good, that something happened stays.

Law of the room: no verb brings an erased word back. Releases hold no customer's words but those a person made the
site's own, so no rollback can; the hash chain names words by digest only, so it still holds. A room above that keeps
words of a conversation names the function that erases them in settings.ERASERS; all of it is one transaction.
"""

import re
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from conversations import attachments, delivery, record
from conversations.models import Choice, Conversation, CustomerId, Event, Message, Offer, Rating, State, ToolCall, Turn
from conversations.outcomes import Reason
from knowledge.face.insights import gaps
from sites.access.roles import Person, require
from sites.core import kept, outbox, seal, sql
from sites.core.refusal import Refused
from sites.models import OutboxItem, Role, Site
from sites.outside import senders, webhooks

ERASED = "[erased]"
ERASURE = "erased"  # the event, and the link of the chain
FACTS = frozenset({"category", "ending", "need", "step", "scope", "state"})
"""Names in an event's body under which a single word stays: evidence on a category, and nobody's own words."""
_WORD = re.compile(r"[a-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Words:
    """What an eraser is given: the conversations, and every text their customers wrote, as it stood in the record."""

    site_id: int
    conversations: Collection[uuid.UUID]
    texts: frozenset[str]


class Busy(Exception):
    """Somebody reads the database at this moment; to be tried again."""


Eraser = Callable[[Words], list[str]]
"""Erases what a room keeps of these words; returns what it left for a person to look at, each as a sentence."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many conversations were emptied, and what of the same words stands where only a person may take it out."""

    conversations: int
    left: list[str]

    @property
    def told(self) -> str:
        """The same in a sentence."""
        return f"Erased what was said in {self.conversations} conversation{'' if self.conversations == 1 else 's'}."


def of_person(site: Site, sub: str) -> QuerySet[Conversation]:
    """The conversations of one verified customer, by the `sub` of their identity."""
    return Conversation.objects.alias(customer=CustomerId("identity")).filter(site=site, customer=sub)


def kin(conversation: Conversation) -> QuerySet[Conversation]:
    """This conversation and, where its customer was verified, all others of the same person."""
    sub = conversation.identity.get("sub")
    return of_person(conversation.site, sub) if sub else Conversation.objects.filter(pk=conversation.pk)


def erase(conversations: QuerySet[Conversation], site: Site, *, actor: Person | str, reason: str) -> Erasure:
    """Empty these conversations of `site` of everything that was said, and end those the bot has.

    Approved articles that were quoted stay, with who was shown them when: that is what an incident needs. `actor` is an
    administrator, or a name at the shell. Raises NotAllowed, and Refused while one is with a person or being answered.
    """
    if not reason.strip():
        raise Refused("Say in a few words why: it is what the record keeps of the erasure.")
    by = actor if isinstance(actor, str) else str(actor.get_username())
    with kept.writing(site.pk) as head, seal.opened():
        if not isinstance(actor, str):
            require(actor, site, Role.ADMIN)
        held = list(conversations.filter(site=site).select_for_update(of=("self",)))
        if not held:
            raise Refused("There is no such conversation on this site.")
        for conversation in held:
            _end(conversation)
        words = _words(site, held)
        left = [line for path in settings.ERASERS for line in import_string(path)(words)]
        left += gaps.forget(site.pk, _nobody_elses(words))
        for conversation in held:
            _forget_letters(conversation)
            _empty(conversation)
            attachments.forget(conversation.pk)
            _speak(conversation)
            record.event(conversation.pk, ERASURE, actor=by)
            facts = {"actor": by, "conversation": str(conversation.pk), "reason": reason.strip()}
            kept.append(site.pk, ERASURE, facts, head=head)
            delivery.wake(conversation.pk)
        outbox.put("scrub", {}, bulk=True)
        transaction.on_commit(sql.scrub)
    return Erasure(len(held), left)


@outbox.handler("scrub")
def scrub(item: OutboxItem) -> None:
    """Empty the database's log of what was erased, if a reader kept it from being emptied at once. Raises Busy."""
    if not sql.scrub():
        raise Busy("The database's log could not be emptied: somebody is reading. It is tried again.")


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _end(conversation: Conversation) -> None:
    """Close what the bot has; what a person has, or the bot answers at this moment, is not taken from under them."""
    if conversation.state in (State.WAITING, State.HUMAN):
        raise Refused(f"Conversation {conversation} is {conversation.state}: close it at the desk first.")
    if conversation.turns.filter(state__in=(Turn.State.QUEUED, Turn.State.RUNNING)).exists():
        raise Refused(f"Conversation {conversation} is being answered this moment: try again in a minute.")
    if conversation.state == State.BOT:
        record.move(conversation.pk, {State.BOT}, State.CLOSED)


def _words(site: Site, held: Collection[Conversation]) -> Words:
    keys = [conversation.pk for conversation in held]
    said = Message.objects.filter(conversation__in=keys, author=Message.Author.CUSTOMER)
    return Words(site.pk, keys, frozenset(said.values_list("text", flat=True)) - {ERASED})


def _nobody_elses(words: Words) -> set[str]:
    """The texts that no other customer of the site has written: common words stay where others' words are kept."""
    customers = Message.objects.filter(conversation__site=words.site_id, author=Message.Author.CUSTOMER)
    others = customers.filter(text__in=words.texts).exclude(conversation__in=words.conversations)
    return set(words.texts) - set(others.values_list("text", flat=True))


def _forget_letters(conversation: Conversation) -> None:
    """What was written to the customer and what webhooks were told of them, sent or still to be sent."""
    for address in {conversation.contact, str(conversation.identity.get("email", ""))} - {""}:
        senders.forget(address)
    webhooks.forget(conversation.site_id, str(conversation.pk))


def _empty(conversation: Conversation) -> None:
    messages = Message.objects.filter(conversation=conversation)
    messages.exclude(generated="quote").update(text=ERASED, parts=[], suggestions=[])
    messages.filter(author=Message.Author.CUSTOMER).update(name="")
    messages.update(client_id=None, reply_to="")  # chosen by the customer's own program
    Choice.objects.filter(among__in=messages).delete()
    Offer.objects.filter(message__in=messages).delete()
    turns = Turn.objects.filter(conversation=conversation)
    turns.update(trace={"erased": True}, noted=True)
    ToolCall.objects.filter(turn__in=turns).update(arguments={}, result=None)
    Rating.objects.filter(conversation=conversation).update(comment="")
    for event in Event.objects.filter(conversation=conversation):
        Event.objects.filter(pk=event.pk).update(body=_facts(event.body))
    Conversation.objects.filter(pk=conversation.pk).update(
        identity={}, contact="", page="", address="", locale="", token_digest="", mailed=conversation.last_seq
    )


def _speak(conversation: Conversation) -> None:
    """Have the entry of the erasure speak of every row as it stands now: what was said of it before is past."""
    for model in (Message, Turn):
        keys = model._default_manager.filter(conversation=conversation).values_list("pk", flat=True)
        kept.note(conversation.site_id, model, *keys)
    opinions = Event.objects.filter(conversation=conversation, kind__in=record.OPINIONS)
    kept.note(conversation.site_id, Event, *opinions.values_list("pk", flat=True))


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event's body is nobody's words: figures, and single words under names that hold such."""
    return {name: value for name, value in body.items() if _is_fact(name, value)}


def _is_fact(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return value is None or isinstance(value, bool | int | float)
    return (name in FACTS and bool(_WORD.fullmatch(value))) or (name == "reason" and value in set(Reason))
