"""The conversation verbs, for the socket and for REST alike: check the door, make one domain call, answer in frames."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from chatbot import turn
from chatbot.decide.screening import guard
from chatbot.web import door
from chatbot.web.door import Refusal
from conversations import attachments, delivery, history, links, past, record
from conversations.models import Conversation, Message, Rating, State
from conversations.outcomes import Reason
from conversations.wording import Spoken
from escalation.desk import blocks, complaints, desk
from escalation.queue import waiting
from release.live import permits, snapshot
from sites.choices import data_policy, hours
from sites.core import foreign, kept
from sites.models import Site
from sites.outside import sightings
from tools import identity

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
    spoken: Spoken = field(default_factory=Spoken)  # for what is said to the socket and not recorded
    words: str | None = None  # the version of the words its widget has


@dataclass(frozen=True, slots=True)
class News:
    """What a socket has not seen yet."""

    messages: list[Frame]
    state: Frame | None


def open_thread(frame: Mapping[str, Any], origin: str, host: str, address: str = "") -> Thread:
    """Say hello: open a conversation, or resume one with its secret. Raises Refusal."""
    site = Site.objects.filter(slug=str(frame.get("site", ""))).first()
    if site is None:
        sightings.note_unknown(str(frame.get("site", "")), origin)
        raise Refusal("unknown_site", "There is no site of this name here. Check data-site in the widget's snippet.")
    admitted = door.admits(origin, host, site.origins)
    sightings.note(site, origin, admitted=admitted)
    if not admitted:
        raise Refusal("origin", f"{origin[:200]} may not open the widget of {site.slug}. Add it to the site's origins.")
    spoken, back = Spoken.of(site), bool(frame.get("conversation") or frame.get("token"))
    door.count("resume" if back else "open", address, "", spoken)
    claims = _claims(frame, site)
    if back:
        conversation, token = _resumed(frame, site, claims), str(frame.get("token") or past.BY_IDENTITY)
        changes = {"page": _short(frame, "page", 500)} | ({"identity": claims} if claims else {})
        Conversation.objects.filter(pk=conversation.pk).update(**{k: v for k, v in changes.items() if v})
    else:
        conversation, token = record.open_conversation(
            site,
            address=address,
            locale=_short(frame, "locale", 20) or site.locale,
            page=_short(frame, "page", 500),
            identity=claims,
            disclosure=spoken.disclosure["version"],
        )
        if agreed := _short(frame, "agreed", 40):
            record.event(conversation.pk, "consent", actor="customer", body={"at": agreed})
    words = _short(frame, "words", 20) if "words" in frame else None
    return Thread(conversation.pk, site.pk, token, links.read(token), spoken, words)


def welcome(thread: Thread, after: int) -> Frame:
    """The first frame: who speaks, who is there, and everything said after `after`."""
    conversation = Conversation.objects.select_related("site").get(pk=thread.id)
    site, spoken = conversation.site, Spoken.of(conversation.site)
    messages = _said(thread, after)
    frame: Frame = {
        "type": "welcome",
        "conversation": str(thread.id),
        "token": thread.token,
        "state": conversation.state,
        "disclosure": spoken.disclosure,
        **_desk(site),
        "suggestions": permits.suggestions(site.pk),
        "messages": messages,
        "reachable": bool(desk.address_of(conversation)),
        **_person_only(site, conversation.state),
        "site": {"name": site.name, "locale": site.locale, "speaks": spoken.widget_language},
        "last_seq": messages[-1]["seq"] if messages else min(after, conversation.last_seq),
    }
    if words := spoken.unheld(thread.words):
        frame["words"] = words
    if rating := Rating.objects.filter(conversation=thread.id).first():
        frame["rating"] = rating.value
    if queue := waiting.queue_place(thread.id):
        frame["queue"] = queue
    if conversation.state == State.HUMAN and (name := desk.agent_of(thread.id)):
        frame["name"] = name
    return frame


def ask(thread: Thread, frame: Mapping[str, Any], address: str) -> record.Asked:
    """RECORD one ask. Raises Refusal."""
    client_id = _client_id(frame)
    text = door.text_of(frame, thread.spoken)
    door.count(door.MESSAGE, address, str(thread.id), thread.spoken)
    _let_in(thread, text, address)
    try:
        return turn.begin(thread.id, client_id, text)
    except record.Closed:
        raise Refusal("closed", thread.spoken.say("refused.closed")) from None


def choose(thread: Thread, frame: Mapping[str, Any], address: str) -> record.Asked:
    """RECORD one choice among the sections offered last; each try counts as a message. Raises Refusal."""
    door.count(door.MESSAGE, address, str(thread.id), thread.spoken)
    client_id, offer = _client_id(frame), _offer(frame)
    _let_in(thread, "", address)
    try:
        return turn.choose(thread.id, client_id, offer)
    except record.Closed:
        raise Refusal("closed", thread.spoken.say("refused.closed")) from None
    except record.NotOffered:
        raise Refusal("bad_frame", thread.spoken.say("refused.offer")) from None


def human(thread: Thread) -> None:
    """The button; never counted, never refused."""
    turn.ask_for_human(thread.id)


def typing(thread: Thread, address: str = "") -> None:
    """Show the agent that the customer is typing; too often is as good as once."""
    if door.within("typing", address, str(thread.id)):
        desk.customer_types(thread.id)


def seen(thread: Thread, frame: Mapping[str, Any], address: str = "") -> None:
    """The customer's screen shows everything up to a seq; a later frame says what one too many said."""
    seq = seq_of({"last_seq": frame.get("seq")})
    if seq > 0 and door.within("seen", address, str(thread.id)):
        desk.customer_saw(thread.id, seq)


def news(thread: Thread, after: int, shown: Mapping[str, Any], *, look: bool = False) -> News:
    """The messages after a seq, and the state frame where its state is not the one `shown` or the system has said
    something of it; with `look`, where anything in it differs: the place in the queue, the wait, who is there."""
    state = history.state_of(thread.id)
    messages = _said(thread, after)
    told = any(message["author"] == Message.Author.SYSTEM for message in messages)  # another person, another place
    frame = state_frame(thread, state) if look or told or state != shown.get("state") else None
    return News(messages, frame if frame != shown else None)


def state_frame(thread: Thread, state: str) -> Frame:
    """The state with the place in the queue and who is there."""
    conversation = Conversation.objects.select_related("site").get(pk=thread.id)
    site = conversation.site
    frame: Frame = {"type": "state", "state": state, **_desk(site), **_person_only(site, state)}
    if state == State.WAITING and (place := waiting.queue_place(thread.id)):
        frame["queue"] = place
    if state == State.HUMAN and (name := desk.agent_of(thread.id)):
        frame["name"] = name
    return frame


# ── Notes: what a customer may say besides messages ───────────────────────────────────────────────────────────


def note(thread: Thread, kind: str, frame: Mapping[str, Any], address: str) -> Frame:
    """One of NOTES, counted by itself; returns what the customer is told beyond that it was taken. Raises Refusal."""
    door.count(kind, address, str(thread.id), thread.spoken)
    return NOTES[kind](thread, frame) or {}


def feedback(thread: Thread, frame: Mapping[str, Any]) -> None:
    """A thumb on one bot message; the last one counts."""
    seq, value = frame.get("seq"), frame.get("value")
    if value not in (1, -1) or not isinstance(seq, int) or isinstance(value, bool):
        raise Refusal("bad_frame", "Feedback needs a “seq” and a “value” of 1 or -1.")
    if not Message.objects.filter(conversation_id=thread.id, seq=seq, author=Message.Author.BOT).exists():
        raise Refusal("bad_frame", f"Message {seq} is not one of the assistant's.")
    record.thumb(thread.id, seq, value, _short(frame, "reason", 60), _comment(thread, frame))


def rate(thread: Thread, frame: Mapping[str, Any]) -> None:
    """One rating of the whole conversation; a second one replaces it."""
    value = frame.get("value")
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 5:
        raise Refusal("bad_frame", "A rating needs a “value” from 1 to 5.")
    record.rate(thread.id, value, _comment(thread, frame))


def _comment(thread: Thread, frame: Mapping[str, Any]) -> str:
    return data_policy.masked(_short(frame, "comment", 1000), thread.site_id, data_policy.STORED)


def contact(thread: Thread, frame: Mapping[str, Any]) -> None:
    """An address to write to when nobody is there; not verified, and treated so. The last one counts.

    The same one again, from a widget that heard no answer, is not confirmed twice.
    """
    email = _email(frame, thread.spoken)
    with kept.writing(thread.site_id):
        changed = Conversation.objects.filter(pk=thread.id).exclude(contact=email).update(contact=email)
        record.event(thread.id, "contact", actor="customer", body={"email": email})
        if changed and Conversation.objects.filter(pk=thread.id).exclude(state=State.CLOSED).exists():
            text = Spoken.of(Site.objects.get(pk=thread.site_id)).say("contact_taken", email=email)
            delivery.append(thread.id, author=Message.Author.SYSTEM, text=text, generated="fixed")


def complaint(thread: Thread, frame: Mapping[str, Any]) -> Frame:
    """A complaint, with an address to answer it where one is given; one sent twice is kept once. Returns its number."""
    key = frame.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= 50 or foreign.MARK in key:
        raise Refusal("bad_frame", "A complaint needs an “id” of 1 to 50 characters.")
    text = door.text_of(frame, thread.spoken)
    try:
        email = _email(frame, thread.spoken) if frame.get("email") else ""
        return {"number": complaints.make(thread.id, key=key, text=text, email=email).pk}
    except record.IllegalMove as refusal:
        raise Refusal("bad_frame", str(refusal)) from None


def consent(thread: Thread, frame: Mapping[str, Any]) -> None:
    """The customer has agreed to what the site asks before the first message; kept with when it was."""
    record.event(thread.id, "consent", actor="customer", body={"at": _short(frame, "at", 40)})


def leave(thread: Thread, frame: Mapping[str, Any]) -> None:
    """Stop waiting for a person; the bot answers again."""
    desk.customer_leaves(thread.id)


def end(thread: Thread, frame: Mapping[str, Any]) -> None:
    """End the conversation."""
    desk.customer_ends(thread.id)


NOTES: Mapping[str, Callable[[Thread, Mapping[str, Any]], Frame | None]] = {
    "feedback": feedback,
    "rate": rate,
    "contact": contact,
    "complaint": complaint,
    "consent": consent,
    "leave": leave,
    "end": end,
}


def seq_of(frame: Mapping[str, Any]) -> int:
    """The last seq a client says it has; nonsense counts as none."""
    seq = frame.get("last_seq")
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**31 else 0


def _client_id(frame: Mapping[str, Any]) -> str:
    """The customer's own id of a message. Raises Refusal."""
    client_id = frame.get("id")
    if not isinstance(client_id, str) or not 1 <= len(client_id) <= 64 or foreign.MARK in client_id:
        raise Refusal("bad_frame", f"“{frame.get('type') or 'ask'}” needs an “id” of 1 to 64 characters.")
    return client_id


def _offer(frame: Mapping[str, Any]) -> uuid.UUID | None:
    """The id of the offer in a frame, or None for none of these. Raises Refusal."""
    value = frame.get("offer", "")
    try:
        return None if value is None else uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refusal("bad_frame", "A choice needs an “offer”: the id of one, or null for none of these.") from None


def _let_in(thread: Thread, text: str, address: str) -> None:
    """Raise Refusal to somebody blocked; lead to a person who came by a mailed link into a verified conversation."""
    _not_blocked(thread, text, address)
    if thread.way and history.verified(thread.id):
        turn.ask_for_human(thread.id)  # the assistant would look up what is for the verified customer


def _not_blocked(thread: Thread, text: str, address: str) -> None:
    """Raise Refusal `blocked` while an agent's block stands, unless the message is one for a person."""
    blocks.remember(thread.id, address)
    until = blocks.standing(thread.id, address)
    if until is None:
        return
    live = snapshot.live(thread.site_id)
    seen = guard.screen(text, signals=live.signals if live else ())
    if not seen.life and HEARD.isdisjoint({seen.reason, seen.otherwise}):
        site = Site.objects.get(pk=thread.site_id)
        spoken, when = Spoken.of(site), until.astimezone(hours.zone(site.timezone))
        raise Refusal("blocked", spoken.say("blocked", until=spoken.when("until", when)))


def _said(thread: Thread, after: int) -> list[Frame]:
    """The messages after a seq that this holder may see."""
    return delivery.frames(thread.id, max(after, thread.way.first - 1) if thread.way else after)


def _desk(site: Site) -> Frame:
    """Whether people are there, and what somebody who asks for one now is to expect."""
    now = timezone.now()
    there = waiting.at_the_desk(site, now)
    return {"availability": there.frame(), "expected": waiting.expected(site, now, there)}


def takes_files(site: Site) -> bool:
    """Whether customers of a site may send files: its administrators say so, and there is a scanner."""
    return data_policy.of(site).files and attachments.possible()


def _person_only(site: Site, state: str) -> Frame:
    """What a customer may do only while a person is there."""
    return {"files": True} if state == State.HUMAN and takes_files(site) else {}


def _claims(frame: Mapping[str, Any], site: Site) -> dict[str, Any]:
    token = frame.get("identity")
    if not token:
        return {}
    try:
        return identity.verify(str(token), site.slug).claims()
    except identity.BadIdentity as bad:
        raise Refusal("identity", str(bad)) from None


def _resumed(frame: Mapping[str, Any], site: Site, claims: Mapping[str, Any]) -> Conversation:
    """The conversation whose secret is shown; one that a customer was signed in to for that customer alone.

    Who is signed in needs no secret of their own: it is theirs on every device.
    """
    token, spoken = str(frame.get("token", "")), Spoken.of(site)
    conversation = held(site, str(frame.get("conversation", "")), token, claims)
    if conversation is None:
        raise Refusal("token", spoken.say("refused.token"))
    whose(conversation, claims, token, spoken)
    return conversation


def held(site: Site, conversation: str, token: str, claims: Mapping[str, Any]) -> Conversation | None:
    """The conversation, by its secret or by whose it is."""
    found = record.resume(site, conversation, token)
    return found or (past.theirs(site, conversation, str(claims["sub"])) if claims else None)


def whose(conversation: Conversation, claims: Mapping[str, Any], token: str, spoken: Spoken) -> None:
    """Raise Refusal unless a signed-in customer's conversation is asked for by that customer, or by a mailed link.

    A secret is kept by a browser, which may be everybody's; a link was sent to the customer's own address.
    """
    sub = conversation.identity.get("sub")
    if sub and claims and claims["sub"] != sub:
        raise Refusal("token", spoken.say("refused.token"))
    if sub and not claims and links.read(token) is None:
        raise Refusal("identity", spoken.say("refused.identity"))


def identified(token: str, site: Site) -> dict[str, Any]:
    """The claims of a signed identity; none without one. Raises Refusal."""
    return _claims({"identity": token}, site)


def _email(frame: Mapping[str, Any], spoken: Spoken) -> str:
    email = _short(frame, "email", 254)
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal("bad_frame", spoken.say("refused.email")) from None
    return email


def _short(frame: Mapping[str, Any], key: str, longest: int) -> str:
    value = frame.get(key)
    return value[:longest].strip() if isinstance(value, str) else ""
