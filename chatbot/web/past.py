"""What a customer asks for of the past: their conversations as a list, and this one to keep.

Law of the file: a link from a mail shows its own conversation only, from where it begins.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chatbot.web import door
from chatbot.web.chat import Thread
from chatbot.web.door import Refusal
from conversations import past
from conversations.models import Conversation
from escalation.desk import letters

Frame = dict[str, Any]


def conversations(thread: Thread, frame: Mapping[str, Any], address: str) -> Frame:
    """Their conversations, the newest first; the frame's `tokens` are the secrets this browser has kept, by id."""
    door.count("past", address, str(thread.id), thread.spoken)
    conversation = _of(thread)
    tokens = frame.get("tokens")
    held = tokens if isinstance(tokens, dict) and not thread.way else {}
    sub = "" if thread.way else str(conversation.identity.get("sub", ""))
    found = past.listed(conversation.site, thread.id, held, sub)
    shown = [
        {
            "conversation": str(each.id),
            "state": each.state,
            "begun": each.begun.isoformat(),
            "last": each.last.isoformat(),
            "about": each.about,
        }
        for each in found
    ]
    return {"type": "past", "conversations": shown, "mail": _veiled(str(conversation.identity.get("email", "")))}


def transcript(thread: Thread, frame: Mapping[str, Any], address: str) -> Frame:
    """This conversation as a text; with `mail` it is written to the customer's verified address instead.

    Raises Refusal `bad_frame` where no address has been verified.
    """
    door.count("transcript", address, str(thread.id), thread.spoken)
    conversation = _of(thread)
    if not frame.get("mail"):
        text = past.transcript(conversation, thread.way.first if thread.way else 1)
        return {
            "type": "transcript",
            "name": f"{conversation.site.slug}-{conversation.created_at:%Y-%m-%d}.txt",
            "text": text,
        }
    if not conversation.identity.get("email"):
        raise Refusal("bad_frame", thread.spoken.say("refused.unverified"))
    letters.transcript(conversation)
    return {"type": "ok", "for": "transcript", "mail": _veiled(str(conversation.identity["email"]))}


ASKED: Mapping[str, Callable[[Thread, Mapping[str, Any], str], Frame]] = {
    "past": conversations,
    "transcript": transcript,
}


def _of(thread: Thread) -> Conversation:
    return Conversation.objects.select_related("site").get(pk=thread.id)


def _veiled(email: str) -> str:
    """An address its owner knows again and nobody else can read off the screen."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""
