"""Closing the desk by hand, and opening it again: at once, everywhere, with a reason that is kept.

Law of the room: whoever waits is told in the same transaction, and every open widget of the site looks again.
"""

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery
from conversations.models import Conversation, Message, State
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.desk import desk
from sites.access.roles import require
from sites.core import hints, kept, ledger
from sites.models import Role, Site


def close_desk(site: Site, *, actor: User, reason: str) -> int:
    """Close the desk of a site until somebody opens it; returns how many waiting customers were told.

    Raises IllegalMove without a reason or when it is closed already.
    """
    why = reason.strip()
    if not why:
        raise IllegalMove("Say in a few words why the desk closes; your colleagues see it.")
    with kept.writing(site.pk):
        _switch(site, actor, closed=True, reason=why)
        return _tell_waiting(site, "desk_closed")


def open_desk(site: Site, *, actor: User, reason: str = "") -> int:
    """Let the written hours count again; returns how many waiting customers were told. Raises IllegalMove when open."""
    with kept.writing(site.pk):
        _switch(site, actor, closed=False, reason=reason.strip())
        return _tell_waiting(site, "desk_opened") if desk.at_the_desk(site, timezone.now()).open else 0


def group(site_id: int) -> str:
    """The channel-layer group of every widget open on a site."""
    return f"site.{site_id}"


def _switch(site: Site, actor: User, *, closed: bool, reason: str) -> None:
    head = ledger.hold(site.pk)
    require(actor, site, Role.AGENT)
    because = f"{desk.name_of(actor)}: {reason}"[:300] if closed else ""
    moved = Site.objects.filter(pk=site.pk, desk_closed=not closed)
    if not moved.update(desk_closed=closed, closed_because=because):
        raise IllegalMove("The desk is already closed." if closed else "The desk is not closed by hand.")
    site.desk_closed, site.closed_because = closed, because
    kind = "desk.closed" if closed else "desk.opened"
    ledger.append(site.pk, kind, {"actor": actor.get_username(), "reason": reason}, head=head)
    hints.send(group(site.pk), "site.changed")
    desk.announce(site.pk)


def _tell_waiting(site: Site, key: str) -> int:
    waiting = Conversation.objects.filter(site=site, state=State.WAITING).values_list("pk", flat=True)
    for conversation_id in waiting:
        text = Spoken.of(site).say(key)
        delivery.append(conversation_id, author=Message.Author.SYSTEM, text=text, generated="fixed")
    return len(waiting)
