"""Blocks: somebody who abuses the assistant may not ask it anything for a time.

Law of the room: a block never stops the way to a person. The button works, and what a person must hear (a crisis, a
theft, a wish for a person) is let through; who decides what that is, the door does. A block has a reason and an end,
is recorded, and can be lifted. Internet addresses are kept as keyed digests only.
"""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from conversations.models import Conversation, State
from conversations.record import IllegalMove
from escalation.core.moves import prove
from escalation.models import Block
from sites.access.roles import require
from sites.core import ledger, sql
from sites.models import Role

LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
REMEMBERED = 24 * 3600  # seconds for which it is known from which address a conversation was last written to

_STANDING = """
    SELECT b.until FROM escalation_block b JOIN conversations_conversation c ON c.site_id = b.site_id
    WHERE c.id = %s AND c.state <> 'human' AND b.lifted_at IS NULL AND b.until > %s
      AND b.key IN (%s, %s, 'person:' || COALESCE(c.identity ->> 'sub', ''))
    ORDER BY b.until DESC LIMIT 1
"""


def block(conversation: Conversation, *, actor: User, scope: str, length: str, reason: str) -> Block:
    """Stop a conversation, its signed-in person, or its address from asking for an hour, a day or a week."""
    if not reason.strip():
        raise IllegalMove("Say in a few words what they did.")
    if length not in LENGTHS:
        raise IllegalMove(f"Choose for how long: {', '.join(LENGTHS)}.")
    key = _key_of(conversation, scope)
    with transaction.atomic():
        head = ledger.hold(conversation.site_id)
        require(actor, conversation.site_id, Role.AGENT)
        made = Block.objects.create(
            site_id=conversation.site_id, conversation=conversation, scope=scope, key=key, reason=reason.strip(),
            by=actor.get_username(), until=timezone.now() + LENGTHS[length],
        )  # fmt: skip
        body = {"block": made.pk, "scope": scope, "until": made.until.isoformat(), "reason": made.reason}
        prove(conversation, "block.set", actor.get_username(), head, body)
    return made


def lift(made: Block, *, actor: User, reason: str) -> None:
    """End a block before its time, saying why. Raises IllegalMove when it has been lifted already."""
    if not reason.strip():
        raise IllegalMove("Say in a few words why the block ends.")
    with transaction.atomic():
        head = ledger.hold(made.site_id)
        require(actor, made.site_id, Role.AGENT)
        ended = Block.objects.filter(pk=made.pk, lifted_at=None).update(
            lifted_at=timezone.now(), lifted_by=actor.get_username(), lifted_because=reason.strip()
        )
        if not ended:
            raise IllegalMove("This block has already been lifted.")
        prove(
            made.conversation, "block.lifted", actor.get_username(), head, {"block": made.pk, "reason": reason.strip()}
        )


def standing(conversation_id: uuid.UUID, address: str) -> datetime | None:
    """Until when this customer may not ask, read now; None when they may. A person who has them may hear them."""
    keys = _of_conversation(conversation_id), _of_address(address)
    found = sql.row(_STANDING, conversation_id, timezone.now(), *keys)
    return (
        sql.moment(found[0] if isinstance(found[0], datetime) else datetime.fromisoformat(found[0])) if found else None
    )


def over(conversation: Conversation) -> list[Block]:
    """The blocks that stop this conversation's customer now, for the agent's screen."""
    keys = [_of_conversation(conversation.pk), f"person:{conversation.identity.get('sub', '')}"]
    if (digest := cache.get(_place(conversation.pk))) is not None:
        keys.append(digest)
    now = timezone.now()
    return list(Block.objects.filter(site=conversation.site_id, key__in=keys, lifted_at=None, until__gt=now))


def remember(conversation_id: uuid.UUID, address: str) -> None:
    """Keep for a day, as a digest, from which address a conversation was written to."""
    cache.set(_place(conversation_id), _of_address(address), REMEMBERED)


def _key_of(conversation: Conversation, scope: str) -> str:
    if scope == Block.Scope.CONVERSATION:
        if conversation.state == State.CLOSED:
            raise IllegalMove("This conversation is closed; block the person or the address.")
        return _of_conversation(conversation.pk)
    if scope == Block.Scope.PERSON:
        if not conversation.identity.get("sub"):
            raise IllegalMove("Nobody has signed in here; block the conversation or the address.")
        return f"person:{conversation.identity['sub']}"
    if scope == Block.Scope.ADDRESS:
        digest = cache.get(_place(conversation.pk))
        if digest is None:
            raise IllegalMove("The address is no longer known; block the conversation or the person.")
        return str(digest)
    raise IllegalMove(f"Choose whom to block: {', '.join(Block.Scope.values)}.")


def _of_conversation(conversation_id: uuid.UUID) -> str:
    return f"conversation:{uuid.UUID(str(conversation_id)).hex}"


def _of_address(address: str) -> str:
    return f"address:{salted_hmac('handrail.block', address, algorithm='sha256').hexdigest()[:48]}"


def _place(conversation_id: uuid.UUID) -> str:
    return f"block:address:{uuid.UUID(str(conversation_id)).hex}"
