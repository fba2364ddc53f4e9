"""What guests have proved: that a thing is theirs, by a code that went to the address its own system has.

Law of the room: one code and one try a minute, five of each a day, for the thing and for the conversation alike. A code
counts once, in its conversation only, and is looked at under the site's chain, so that no two tries are looked at at
once. What is said depends on no address, so that nobody learns here whether a thing exists.
"""

import hmac
import re
import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from conversations.wording import Spoken
from tools import reply, sentences, wire
from tools.connection import Connection
from tools.declaration import Request, Tool
from tools.models import Proof, Try
from tools.outbound import Failed
from tools.reply import Field

PROOF = "proof of a guest"
"""What is asked for in place of an argument; no argument has a name like this."""
WANTED, WAITING, TRIED = "wanted", "waiting", "tried"
DIGITS = 8
LASTS, HOLDS = timedelta(minutes=15), timedelta(hours=1)
"""How long a code may be typed, and how long what it proved counts."""
MINUTE, DAY, A_DAY = timedelta(minutes=1), timedelta(days=1), 5
_CODE = re.compile(r"(?<!\d)(\d{4})[ -]?(\d{4})(?!\d)", re.ASCII)
_OWNER = r"[!-~](?:[ -~]{0,253}[!-~])?"
Result, State = Try.Result, Proof.State


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever writes in a conversation without a sign-in; `tried`: what became of the code in this very message."""

    conversation: str
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What is next for a guest. `proven`: the thing is theirs, and `owner` is whose it is in its system. Else `say`:
    the key of what they are told; `sends`: a code is to be sent; `over`: nothing more can be done for them today."""

    proven: bool = False
    owner: str = ""
    say: str = ""
    sends: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a code is sent, and whose the thing is."""

    email: str
    owner: str


def code_in(text: str) -> str:
    """The code that a message holds; empty when it holds none, or several."""
    found = {"".join(each) for each in _CODE.findall(unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else ""


def step(site: str, tool: Tool, value: str, guest: Guest, wish: str) -> Step:
    """What is next for a guest who names a thing. It only reads. `wish`: WANTED, WAITING or TRIED."""
    thing = thing_of(site, tool, value)
    own = Proof.objects.filter(conversation=uuid.UUID(guest.conversation), thing=thing)
    now = timezone.now()
    if held := own.filter(state=State.PROVEN, proven_at__gt=now - HOLDS).last():
        return Step(proven=True, owner=held.owner)
    if wish == TRIED:
        return Step(say=f"guest_{guest.tried}", over=guest.tried == Result.MANY)
    if wish == WAITING:
        return Step(say="guest_waiting")
    if often := too_often(thing, uuid.UUID(guest.conversation), now):
        return Step(say=f"guest_{often}", over=often == "codes")
    return Step(say="guest_sent", sends=True)


def proven(site: str, tool: Tool, value: str, guest: Guest) -> bool:
    """Whether a guest has proved a thing in this conversation, lately."""
    return step(site, tool, value, guest, WAITING).proven


def thing_of(site: str, tool: Tool, value: str) -> str:
    """A keyed digest of a thing: tools that are let in by the same look-up mean the same."""
    assert tool.guest is not None
    return _digest(site, tool.request.connection, tool.guest.path, value)


def in_words(tool: Tool, value: str, spoken: Spoken) -> str:
    """The thing as customers read it."""
    assert tool.guest is not None
    return sentences.fill(tool.guest.thing, {tool.guest.proves: value}, {}, spoken)


def shown(conversation: uuid.UUID) -> list[str]:
    """What was proved in a conversation, for who takes it over."""
    held = Proof.objects.filter(conversation=conversation, state=State.PROVEN).exclude(value="")
    return [f"{each.value}, {timezone.localtime(each.proven_at):%d %b, %H:%M}" for each in held if each.proven_at]


def too_often(thing: str, conversation: uuid.UUID, now: datetime) -> str:
    """Why no code is asked for now: `later` in the same minute, `codes` when the day's are gone; empty: it may be."""
    asked = Proof.objects.filter(Q(thing=thing) | Q(conversation=conversation))
    return _over(asked, "asked_at", now, "later", "codes")


def ask(conversation: Any, tool: Tool, value: str, now: datetime) -> Proof | None:
    """Note that a code is asked for, inside the caller's transaction, which holds the site's chain.

    None when that was done too often; a code that was asked for before in this conversation is over.
    """
    thing = thing_of(conversation.site.slug, tool, value)
    if too_often(thing, conversation.pk, now):
        return None
    return Proof.objects.create(
        site_id=conversation.site_id, conversation=conversation, tool=tool.name, value=value, thing=thing, asked_at=now
    )


def pending(conversation: uuid.UUID, now: datetime) -> Proof | None:
    """The code that is waited for in a conversation: the last one that was asked for, while it lasts."""
    last = Proof.objects.filter(conversation=conversation).last()
    return last if last and last.state != State.PROVEN and last.asked_at > now - LASTS else None


def spend(proof: Proof, message: int, code: str, now: datetime) -> Try:
    """Look at a code once, inside the caller's transaction, which holds the site's chain; `message`: who said it."""
    result = _tried_too_often(proof, now) or _looked_at(proof, code, now)
    return Try.objects.create(proof=proof, message_id=message, result=result, at=now)


def tried(message: int) -> str:
    """What became of the code in a message; empty when it was not read as one."""
    return Try.objects.filter(message=message).values_list("result", flat=True).first() or ""


def look_up(site: str, tool: Tool, connection: Connection, value: str) -> Reached:
    """Where the code for a thing is sent, read from its own system. Raises Failed; the words repeat nothing of it."""
    guest = tool.guest
    if guest is None:
        raise Failed("no guests are let in")
    request = Request(connection=tool.request.connection, path=guest.path, query=guest.query)
    bound = {guest.proves: value}
    asked = wire.request(tool.model_copy(update={"request": request}), connection, bound)
    came = wire.send(site, connection, asked, tool.timeout)
    if came.status != 200:
        raise Failed(f"status {came.status}")
    fields = {"email": Field(path=guest.email, most=254)}
    fields |= {"owner": Field(path=guest.customer, most=255, pattern=_OWNER)} if guest.customer else {}
    read = reply.read(came.body, fields, guest.belongs_to, bound)
    try:
        validate_email(read["email"])
    except ValidationError:
        raise Failed("no address to send to") from None
    return Reached(read["email"], read.get("owner", ""))


def new_code(proof: Proof, reached: Reached, now: datetime) -> str:
    """A code for a proof, of which only a keyed digest is kept; empty where none is to be sent to this address now."""
    address = _digest("address", str(proof.site_id), reached.email.casefold())
    mailed = Proof.objects.filter(address=address, sent_at__isnull=False).exclude(pk=proof.pk)
    if _over(mailed, "sent_at", now, "later", "codes"):
        return ""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    fields = {"code": _of_code(proof, code), "address": address, "owner": reached.owner, "sent_at": now}
    open_still = Proof.objects.filter(pk=proof.pk, state__in=(State.ASKED, State.SENT), asked_at__gt=now - LASTS)
    return code if open_still.update(state=State.SENT, **fields) else ""


def unsent(proof: Proof) -> None:
    """Note that there is nothing to send; who asked hears nothing of it."""
    Proof.objects.filter(pk=proof.pk, state=State.ASKED).update(state=State.UNSENT)


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _over(rows: QuerySet[Any], at: str, now: datetime, minute: str, day: str) -> str:
    times = list(rows.filter(**{f"{at}__gt": now - DAY}).values_list(at, flat=True))
    if any(each > now - MINUTE for each in times):
        return minute
    return day if len(times) >= A_DAY else ""


def _tried_too_often(proof: Proof, now: datetime) -> str:
    looked_at = Try.objects.filter(result__in=(Result.RIGHT, Result.WRONG))
    looked_at = looked_at.filter(Q(proof__thing=proof.thing) | Q(proof__conversation=proof.conversation_id))
    return _over(looked_at, "at", now, Result.SOON, Result.MANY)


def _looked_at(proof: Proof, code: str, now: datetime) -> str:
    held = proof.code or _digest(secrets.token_hex())
    if not hmac.compare_digest(held, _of_code(proof, code)):
        return Result.WRONG
    open_still = Proof.objects.filter(pk=proof.pk, state=State.SENT, code=held)
    return Result.RIGHT if open_still.update(state=State.PROVEN, proven_at=now, code="") else Result.WRONG


def _of_code(proof: Proof, code: str) -> str:
    return _digest("code", str(proof.pk), code)


def _digest(*what: str) -> str:
    return salted_hmac("handrail.guest", "\0".join(what), algorithm="sha256").hexdigest()
