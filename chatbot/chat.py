"""The conversation verbs, for the socket and for REST alike: check the door, make one domain call, answer in frames."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from chatbot import door, guard, identity, turn
from chatbot.door import Refusal
from conversations import delivery, links, record
from conversations.masking import mask
from conversations.models import Conversation, Message, Rating, State
from conversations.outcomes import Reason
from conversations.wording import disclosure, say
from escalation import blocks, complaints, desk, waiting
from release import snapshot
from sites import hours, sql
from sites.models import Site

Frame = dict[str, Any]
HEARD = {Reason.ASKED_FOR_HUMAN, Reason.DISTRESS, Reason.SECURITY, Reason.COMPLAINT, Reason.PRIVACY_REQUEST}
"""What is let through also from somebody who is blocked: it is for a person."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation somebody has proved to hold: what a socket remembers of it."""

    id: uuid.UUID
    site_id: int
    token: str
    way: links.Way | None = None  # the link from a mail that opened it: it proves that somebody has it, not who


@dataclass(frozen=True, slots=True)
class News:
    """What a socket has not seen yet."""

    messages: list[Frame]
    state: Frame | None


def open_thread(frame: Mapping[str, Any], origin: str, host: str, address: str = "") -> Thread:
    """Say hello: open a conversation, or resume one with its secret. Raises Refusal."""
    site = Site.objects.filter(slug=str(frame.get("site", ""))).first()
    if site is None:
        raise Refusal("unknown_site", "There is no site of this name here. Check data-site in the widget's snippet.")
    if not door.admits(origin, host, site.origins):
        raise Refusal("origin", f"{origin[:200]} may not open the widget of {site.slug}. Add it to the site's origins.")
    claims = _claims(frame, site)
    if frame.get("conversation") or frame.get("token"):
        conversation, token = _resumed(frame, site, claims), str(frame.get("token"))
        changes = {"page": _short(frame, "page", 500)} | ({"identity": claims} if claims else {})
        Conversation.objects.filter(pk=conversation.pk).update(**{k: v for k, v in changes.items() if v})
    else:
        conversation, token = record.open_conversation(
            site,
            address=address,
            locale=_short(frame, "locale", 20) or site.locale,
            page=_short(frame, "page", 500),
            identity=claims,
            disclosure=disclosure(site.spoken.disclosure)["version"],
        )
    return Thread(conversation.pk, site.pk, token, links.read(token))


def welcome(thread: Thread, after: int) -> Frame:
    """The first frame: who speaks, who is there, and everything said after `after`."""
    conversation = Conversation.objects.select_related("site").get(pk=thread.id)
    site = conversation.site
    messages = _said(thread, after)
    frame: Frame = {
        "type": "welcome",
        "conversation": str(thread.id),
        "token": thread.token,
        "state": conversation.state,
        "disclosure": disclosure(site.spoken.disclosure),
        **_desk(site),
        "suggestions": _suggestions(site.pk),
        "messages": messages,
        "reachable": bool(desk.address_of(conversation)),
        "site": {"name": site.name, "locale": site.locale},
        "last_seq": messages[-1]["seq"] if messages else min(after, conversation.last_seq),
    }
    if rating := Rating.objects.filter(conversation=thread.id).first():
        frame["rating"] = rating.value
    if queue := waiting.queue_place(thread.id):
        frame["queue"] = queue
    if conversation.state == State.HUMAN and (name := desk.agent_of(thread.id)):
        frame["name"] = name
    return frame


def ask(thread: Thread, frame: Mapping[str, Any], address: str) -> record.Asked:
    """RECORD one ask. Raises Refusal."""
    client_id = frame.get("id")
    if not isinstance(client_id, str) or not 1 <= len(client_id) <= 64 or "\x00" in client_id:
        raise Refusal("bad_frame", "An ask needs an “id” of 1 to 64 characters.")
    text = door.text_of(frame)
    door.count(address, str(thread.id))
    _not_blocked(thread, text, address)
    if thread.way and sql.row(_VERIFIED, thread.id):
        turn.ask_for_human(thread.id)  # the assistant would look up what is for the verified customer
    try:
        return turn.begin(thread.id, client_id, text)
    except record.Closed:
        raise Refusal("closed", "This conversation is closed. Start a new one.") from None


def human(thread: Thread) -> None:
    """The button; never counted, never refused."""
    turn.ask_for_human(thread.id)


def typing(thread: Thread) -> None:
    """Show the agent that the customer is typing."""
    desk.customer_types(thread.id)


def seen(thread: Thread, frame: Mapping[str, Any]) -> None:
    """The customer's screen shows everything up to a seq."""
    if (seq := seq_of({"last_seq": frame.get("seq")})) > 0:
        desk.customer_saw(thread.id, seq)


def news(thread: Thread, after: int, shown: Mapping[str, Any], *, look: bool = False) -> News:
    """The messages after a seq, and the state frame where its state is not the one `shown` or the system has said
    something of it; with `look`, where anything in it differs: the place in the queue, the wait, who is there."""
    found = sql.row("SELECT state FROM conversations_conversation WHERE id = %s", thread.id)
    state = str(found[0]) if found else State.CLOSED.value  # erased meanwhile
    messages = _said(thread, after)
    told = any(message["author"] == Message.Author.SYSTEM for message in messages)  # another person, another place
    frame = state_frame(thread, state) if look or told or state != shown.get("state") else None
    return News(messages, frame if frame != shown else None)


def state_frame(thread: Thread, state: str) -> Frame:
    """The state with the place in the queue and who is there."""
    conversation = Conversation.objects.select_related("site").get(pk=thread.id)
    frame: Frame = {"type": "state", "state": state, **_desk(conversation.site)}
    if state == State.WAITING and (place := waiting.queue_place(thread.id)):
        frame["queue"] = place
    if state == State.HUMAN and (name := desk.agent_of(thread.id)):
        frame["name"] = name
    return frame


# ── Notes: what a customer may say besides messages ───────────────────────────────────────────────────────────


def feedback(thread: Thread, frame: Mapping[str, Any]) -> None:
    """A thumb on one bot message; the last one counts."""
    seq, value = frame.get("seq"), frame.get("value")
    if value not in (1, -1) or not isinstance(seq, int) or isinstance(value, bool):
        raise Refusal("bad_frame", "Feedback needs a “seq” and a “value” of 1 or -1.")
    if not Message.objects.filter(conversation_id=thread.id, seq=seq, author=Message.Author.BOT).exists():
        raise Refusal("bad_frame", f"Message {seq} is not one of the assistant's.")
    record.thumb(thread.id, seq, value, _short(frame, "reason", 60), mask(_short(frame, "comment", 1000)))


def rate(thread: Thread, frame: Mapping[str, Any]) -> None:
    """One rating of the whole conversation; a second one replaces it."""
    value = frame.get("value")
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 5:
        raise Refusal("bad_frame", "A rating needs a “value” from 1 to 5.")
    record.rate(thread.id, value, mask(_short(frame, "comment", 1000)))


def contact(thread: Thread, frame: Mapping[str, Any]) -> None:
    """An address to write to when nobody is there; not verified, and treated so."""
    email = _email(frame)
    with transaction.atomic():
        Conversation.objects.filter(pk=thread.id).update(contact=email)
        record.event(thread.id, "contact", actor="customer", body={"email": email})
        if Conversation.objects.filter(pk=thread.id).exclude(state=State.CLOSED).exists():
            text = say("contact_taken", email=email)
            delivery.append(thread.id, author=Message.Author.SYSTEM, text=text, generated="fixed")


def complaint(thread: Thread, frame: Mapping[str, Any]) -> None:
    """A complaint, with an address to answer it where one is given; one sent twice is kept once."""
    key = frame.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= 50 or "\x00" in key:
        raise Refusal("bad_frame", "A complaint needs an “id” of 1 to 50 characters.")
    text = door.text_of(frame)
    try:
        complaints.make(thread.id, key=key, text=text, email=_email(frame) if frame.get("email") else "")
    except record.IllegalMove as refusal:
        raise Refusal("bad_frame", str(refusal)) from None


def leave(thread: Thread, frame: Mapping[str, Any]) -> None:
    """Stop waiting for a person; the bot answers again."""
    desk.customer_leaves(thread.id)


def end(thread: Thread, frame: Mapping[str, Any]) -> None:
    """End the conversation."""
    desk.customer_ends(thread.id)


NOTES: Mapping[str, Callable[[Thread, Mapping[str, Any]], None]] = {
    "feedback": feedback,
    "rate": rate,
    "contact": contact,
    "complaint": complaint,
    "leave": leave,
    "end": end,
}


def seq_of(frame: Mapping[str, Any]) -> int:
    """The last seq a client says it has; nonsense counts as none."""
    seq = frame.get("last_seq")
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**31 else 0


def _not_blocked(thread: Thread, text: str, address: str) -> None:
    """Raise Refusal `blocked` while an agent's block stands, unless the message is one for a person."""
    blocks.remember(thread.id, address)
    until = blocks.standing(thread.id, address)
    if until is not None and guard.screen(text).reason not in HEARD:
        site = Site.objects.get(pk=thread.site_id)
        when = until.astimezone(hours.zone(site.timezone))
        raise Refusal("blocked", say("blocked", site.spoken.wording, until=f"{when:%d %B, %H:%M} ({when.tzname()})"))


_VERIFIED = "SELECT 1 FROM conversations_conversation WHERE id = %s AND identity <> '{}'"


def _said(thread: Thread, after: int) -> list[Frame]:
    """The messages after a seq that this holder may see."""
    return delivery.frames(thread.id, max(after, thread.way.first - 1) if thread.way else after)


def _desk(site: Site) -> Frame:
    """Whether people are there, and what somebody who asks for one now is to expect."""
    now = timezone.now()
    there = waiting.at_the_desk(site, now)
    return {"availability": there.frame(), "expected": waiting.expected(site, now, there)}


def _suggestions(site_id: int) -> list[str]:
    """The first example of each of the first four categories that answer."""
    live = snapshot.live(site_id)
    answering = [c for c in live.categories if c.route != "human" and c.examples] if live else []
    return [c.examples[0] for c in answering[:4]]


def _claims(frame: Mapping[str, Any], site: Site) -> dict[str, Any]:
    token = frame.get("identity")
    if not token:
        return {}
    try:
        return identity.verify(str(token), site.slug).claims()
    except identity.BadIdentity as bad:
        raise Refusal("identity", str(bad)) from None


def _resumed(frame: Mapping[str, Any], site: Site, claims: Mapping[str, Any]) -> Conversation:
    """The conversation whose secret is shown; never one that another customer was signed in to."""
    conversation = record.resume(site, str(frame.get("conversation", "")), str(frame.get("token", "")))
    if conversation is None or (claims and conversation.identity.get("sub", claims["sub"]) != claims["sub"]):
        raise Refusal("token", "This conversation cannot be resumed here. Start a new one.")
    return conversation


def _email(frame: Mapping[str, Any]) -> str:
    email = _short(frame, "email", 254)
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal("bad_frame", "That does not look like an e-mail address.") from None
    return email


def _short(frame: Mapping[str, Any], key: str, longest: int) -> str:
    value = frame.get(key)
    return value.replace("\x00", "")[:longest].strip() if isinstance(value, str) else ""
