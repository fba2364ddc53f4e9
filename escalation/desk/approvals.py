"""Changes that a customer asked for and a person approves: each runs once, or never, and the customer hears which.

Law of the room: the yes is one conditional UPDATE and commits before anything is sent; what became of it is another.
A process that dies in between leaves a row that runs: `sweep` sends it again with the same key where the system knows
repeats by it, and else says that nobody knows. What is expired, withdrawn or paused never runs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F, QuerySet
from django.utils import timezone

from conversations.models import Conversation, State, Turn
from conversations.record import IllegalMove
from conversations.wording import Spoken
from escalation.core.moves import CUSTOMER, name_of, prove, tell
from escalation.models import Approval
from sites.access.roles import require
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role
from sites.outside import senders
from tools import execution
from tools.execution import Ended, Ran

LEASE = timedelta(seconds=60)
"""After so long without an end, the process that ran it is dead: a tool may take 8 seconds."""
TRIES = 3
CLOCK = "clock"
WITH_PEOPLE = (State.WAITING, State.HUMAN)
Is = Approval.State


def ask(conversation: Conversation, *, turn: Turn, wanted: Mapping[str, Any]) -> Approval:
    """Put a change before people, inside the caller's transaction, which has handed the conversation to them."""
    now, tool = timezone.now(), wanted["declared"]["tool"]
    made = Approval.objects.create(
        site_id=conversation.site_id,
        conversation=conversation,
        turn=turn,
        tool=wanted["tool"],
        words=wanted["words"],
        arguments=dict(wanted["arguments"]),
        declared=dict(wanted["declared"]),
        contact=wanted.get("contact", ""),
        asked_at=now,
        expires_at=now + timedelta(minutes=tool.get("valid_for", 60)),
    )
    head = ledger.hold(conversation.site_id)
    prove(conversation, "approval.asked", CUSTOMER, head, {"approval": made.pk, "tool": made.tool})
    return made


def correct(approval: Approval, *, actor: User, given: Mapping[str, str], reason: str) -> Approval:
    """Put other values in place of what was asked for, each within its type and pattern; the customer hears both.

    Raises IllegalMove, NotAllowed.
    """
    if not reason.strip():
        raise IllegalMove("Say in a few words why it is corrected.")
    with kept.writing(approval.site_id) as head:
        require(actor, approval.site_id, Role.AGENT)
        _with_people(approval)
        now, before = timezone.now(), _fresh(approval.pk)
        spoken = Spoken.of(before.conversation.site)
        try:
            arguments, words = execution.corrected(before.declared, before.arguments, given, spoken)
        except Refused as refusal:
            raise IllegalMove(str(refusal)) from None
        if arguments == before.arguments:
            raise IllegalMove("Nothing was changed: it says what it said.")
        asked = before.asked or {"words": before.words, "arguments": before.arguments}
        to = {"arguments": arguments, "words": words, "asked": asked, "corrections": before.corrections + 1}
        if not _moved(before, Is.OPEN, corrections=before.corrections, expires_at__gt=now, to=to):
            raise IllegalMove(_why_not(before))
        said = {"before": ledger.digest(before.words), "after": ledger.digest(words), "reason": reason.strip()}
        _prove(before, "corrected", actor.get_username(), head, **said)
        _tell(_fresh(approval.pk), "change_corrected", name_of(actor), asked=str(asked["words"]))
    return _fresh(approval.pk)


def approve(approval: Approval, *, actor: User, reason: str = "", seen: int | None = None) -> Approval:
    """Say yes, and have it done; returns how it ended. `seen`: after how many corrections it was read.

    Raises IllegalMove, NotAllowed.
    """
    with kept.writing(approval.site_id) as head:
        require(actor, approval.site_id, Role.AGENT)
        _with_people(approval)
        _not_paused(approval)
        now = timezone.now()
        yes = {"decided_by": actor.get_username(), "decided_at": now, "reason": reason.strip()[:500]}
        read = {} if seen is None else {"corrections": seen}
        to = {"state": Is.RUNNING, "began_at": now, "tries": 1, **yes}
        if not _moved(approval, Is.OPEN, expires_at__gt=now, **read, to=to):
            raise IllegalMove(_why_not(approval))
        _prove(approval, "approved", actor.get_username(), head)
    return _run(approval.pk)


def decline(approval: Approval, *, actor: User, reason: str) -> None:
    """Say no, with a reason; the customer hears it. Raises IllegalMove, NotAllowed."""
    if not reason.strip():
        raise IllegalMove("Say in a few words why not.")
    with kept.writing(approval.site_id) as head:
        require(actor, approval.site_id, Role.AGENT)
        said = {"decided_by": actor.get_username(), "decided_at": timezone.now(), "reason": reason.strip()[:500]}
        if not _moved(approval, Is.OPEN, to={"state": Is.DECLINED, **said}):
            raise IllegalMove(_why_not(approval))
        _prove(approval, "declined", actor.get_username(), head, reason=reason.strip())
        _tell(approval, "change_declined", name_of(actor))


def undo(approval: Approval, *, actor: User, reason: str) -> Approval:
    """Take back what was done, while that is declared to be possible; returns the undoing. Raises IllegalMove."""
    if not reason.strip():
        raise IllegalMove("Say in a few words why it is taken back.")
    with kept.writing(approval.site_id) as head:
        require(actor, approval.site_id, Role.AGENT)
        _not_paused(approval)
        if not undoable(fresh := _fresh(approval.pk), timezone.now()):
            raise IllegalMove(
                "It cannot be taken back: it was not done, its time is over, or it is taken back already."
            )
        made = _undoing(fresh, actor, reason.strip())
        _prove(made, "undoing", actor.get_username(), head, undoes=fresh.pk, reason=reason.strip())
    return _run(made.pk)


def undoable(approval: Approval, now: datetime) -> bool:
    """Whether a change can be taken back now."""
    tool, back = approval.declared.get("tool") or {}, approval.declared.get("undo")
    if approval.state != Is.DONE or not back or approval.ended_at is None or approval.undoes_id:
        return False
    in_time = now < approval.ended_at + timedelta(minutes=tool.get("undo_for", 60))
    return in_time and not approval.undone_by.filter(state__in=[Is.RUNNING, Is.DONE, Is.UNKNOWN]).exists()


def of(conversation: Conversation) -> list[tuple[Approval, bool]]:
    """The changes of a conversation, oldest first, each with whether it can be taken back now."""
    now = timezone.now()
    return [(each, undoable(each, now)) for each in Approval.objects.filter(conversation=conversation)]


def sweep() -> int:
    """End what is over, and what a dead process left running; returns how many."""
    now = timezone.now()
    due = _going_on().select_related("conversation__site")
    over = [(each, Is.EXPIRED) for each in due.filter(state=Is.OPEN, expires_at__lte=now)[:100]]
    left = due.filter(state=Is.OPEN, expires_at__gt=now).exclude(conversation__state__in=WITH_PEOPLE)
    over += [(each, Is.WITHDRAWN) for each in left[:100]]
    for approval, state in over:
        _end(approval, state)
    lost = list(due.filter(state=Is.RUNNING, began_at__lt=now - LEASE)[:100])
    for approval in lost:
        _again(approval, now)
    return len(over) + len(lost)


def any_going_on() -> bool:
    """Whether any change waits to be decided or is being done."""
    return _going_on().exists()


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _going_on() -> QuerySet[Approval]:
    return Approval.objects.filter(state__in=[Is.OPEN, Is.RUNNING])


def _run(pk: int) -> Approval:
    """Send it, and write down what became of it: outside of any transaction, then in one."""
    approval = _fresh(pk)
    site = approval.conversation.site
    ran = execution.run(site.slug, Spoken.of(site), approval.declared, approval.arguments, str(approval.key))
    _record(approval, ran)
    return _fresh(pk)


def _record(approval: Approval, ran: Ran) -> None:
    with kept.writing(approval.site_id) as head:
        ended = {"state": ran.ended.value, "ended_at": timezone.now(), "told": list(ran.lines), "why": ran.why[:300]}
        if not _moved(approval, Is.RUNNING, tries=approval.tries, to=ended):
            return  # whoever took it over has written it down
        _prove(approval, ran.ended.value, approval.decided_by, head)
        key = "change_undone" if approval.undoes_id and ran.ended is Ended.DONE else f"change_{ran.ended.value}"
        _tell(approval, key, _named(approval.decided_by), " ".join(ran.lines))
        if approval.contact and ran.ended in (Ended.DONE, Ended.UNKNOWN):
            _write_to_the_old_address(approval)


def _again(approval: Approval, now: datetime) -> None:
    """Send again what a dead process left, where that is harmless; else nobody can say what became of it."""
    repeats = (approval.declared.get("tool") or {}).get("repeats", False)
    if not repeats or approval.tries >= TRIES:
        return _record(approval, Ran(Ended.UNKNOWN, why="the process that sent it died"))
    taken = {"tries": F("tries") + 1, "began_at": now}
    if _moved(approval, Is.RUNNING, tries=approval.tries, began_at=approval.began_at, to=taken):
        _run(approval.pk)
    return None


def _end(approval: Approval, state: str) -> None:
    with kept.writing(approval.site_id) as head:
        if _moved(approval, Is.OPEN, to={"state": state, "ended_at": timezone.now()}):
            _prove(approval, state, CLOCK, head)


def _undoing(done: Approval, actor: User, reason: str) -> Approval:
    now, back = timezone.now(), done.declared["undo"]
    return Approval.objects.create(
        site_id=done.site_id,
        conversation_id=done.conversation_id,
        turn_id=done.turn_id,
        tool=back["name"],
        words=done.words,
        arguments={name: done.arguments[name] for name in back["arguments"]},
        declared={"tool": back, "connection": done.declared["connection"]},
        contact=done.contact,
        state=Is.RUNNING,
        asked_at=now,
        expires_at=now,
        decided_by=actor.get_username(),
        decided_at=now,
        reason=reason[:500],
        began_at=now,
        tries=1,
        undoes=done,
    )


def _moved(approval: Approval, before: str, *, to: Mapping[str, Any], **only: Any) -> bool:
    """The one conditional UPDATE of a move."""
    return Approval.objects.filter(pk=approval.pk, state=before, **only).update(**to) == 1


def _with_people(approval: Approval) -> None:
    """Raise IllegalMove unless the conversation is before people still. Locks it."""
    now = Conversation.objects.select_for_update().get(pk=approval.conversation_id)
    if now.state not in WITH_PEOPLE:
        raise IllegalMove("The customer has moved on; what they asked for is withdrawn.")


def _not_paused(approval: Approval) -> None:
    module, _, name = settings.TOOLS_PAUSED.rpartition(".")
    if getattr(import_module(module), name)(approval.site_id, approval.tool):
        raise IllegalMove("This tool is paused, or all are. Nothing runs until that is lifted.")


def _why_not(approval: Approval) -> str:
    now = _fresh(approval.pk)
    if now.state == Is.OPEN and now.expires_at > timezone.now():
        return "It was corrected meanwhile. Read it again; nothing was done."
    if now.state == Is.OPEN:
        return "Its time is over; nothing was done. Ask the customer to say it again."
    return f"Nothing was done by this: it is {now.get_state_display().lower()} already" + (
        f", by {now.decided_by}." if now.decided_by else "."
    )


def _prove(approval: Approval, kind: str, actor: str, head: LedgerHead, **facts: Any) -> None:
    body = {"approval": approval.pk, "tool": approval.tool, **facts}
    prove(approval.conversation, f"approval.{kind}", actor, head, body)


def _write_to_the_old_address(approval: Approval) -> None:
    """Who was reached there before hears of it there: the new address may be somebody else's."""
    site = approval.conversation.site
    spoken, name = Spoken.of(site), _named(approval.decided_by)
    text = spoken.say("mail.rerouted_text", site=site.name, name=name, words=approval.words)
    senders.mail(to=approval.contact, subject=spoken.say("mail.rerouted", site=site.name), text=text)


def _tell(approval: Approval, key: str, name: str, after: str = "", **more: str) -> None:
    """The customer hears what became of it, if the conversation can still be written in."""
    conversation = Conversation.objects.select_related("site").get(pk=approval.conversation_id)
    if conversation.state != State.CLOSED:
        tell(conversation, key, after, name=name, words=approval.words, **more)


def _named(username: str) -> str:
    found = User.objects.filter(username=username).first()
    return name_of(found) if found else username


def _fresh(pk: int) -> Approval:
    return Approval.objects.select_related("conversation__site").get(pk=pk)
