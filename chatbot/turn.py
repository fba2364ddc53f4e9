"""A customer turn in three phases: RECORD what was asked, DECIDE without writing, SETTLE what the customer gets.

    begin    RECORD (tx)   the message and its turn are stored, then acknowledged
    decide   DECIDE        the bot reads and thinks; no transaction, nothing written; any error is a handoff
    settle   SETTLE (tx)   pauses, exposure and every cited passage are read again; a person who took over wins

A turn ends in exactly one outcome. Whatever dies on the way is ended by `sweep`, as a handoff.
"""

import json
import logging
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chatbot import bot
from chatbot.identity import remembered
from chatbot.outcome import Cited, Decision, Part
from conversations import delivery, record
from conversations.models import Conversation, Message, State, ToolCall, Turn
from conversations.outcomes import Outcome, Reason
from conversations.wording import say
from escalation import complaints, desk
from knowledge import search
from release import exposure, snapshot
from sites import ledger, sql
from sites.models import Site

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=settings.HANDRAIL_DEADLINE + 3)


def begin(conversation_id: uuid.UUID, client_id: str, text: str) -> record.Asked:
    """RECORD. Returns after the commit, so that the caller may acknowledge; `turn` is what to run now, if anything."""
    asked = record.ask(conversation_id, client_id, text, LEASE)
    if asked.new and asked.state in {State.WAITING, State.HUMAN}:
        desk.customer_wrote(conversation_id)
    return asked


def take(turn: Turn) -> Turn | None:
    """DECIDE and SETTLE one leased turn; returns the conversation's next one, leased, if it has any."""
    return settle(turn, decide(turn))


def decide(turn: Turn) -> Decision:
    """DECIDE: the bot's decision on the live release; whatever goes wrong becomes a handoff, never a guess."""
    try:
        site_id = _site(turn.conversation_id)
        live = snapshot.live(site_id) or snapshot.nothing(Site.objects.get(pk=site_id))
        return bot.decide(_question(turn), live, exposure.reader(site_id, live))
    except Exception:
        log.exception("turn %s could not be decided", turn.pk)
        return _failed()


def settle(turn: Turn, decision: Decision) -> Turn | None:
    """SETTLE: deliver the decision if it may still be delivered, or record it as discarded."""
    with transaction.atomic():
        site_id = _site(turn.conversation_id)
        ledger.hold(site_id)
        decision = _still_allowed(site_id, decision)
        delivered = _may_deliver(turn)
        ended = record.finish(
            turn, Turn.State.SETTLED if delivered else Turn.State.DISCARDED, **_facts(site_id, decision)
        )
        if not ended:
            return None
        if delivered:
            _deliver(turn, site_id, decision)
        _keep_calls(turn, decision)
        ledger.append(site_id, "turn", _entry(turn, decision, delivered))
        return record.claim(turn.conversation_id, LEASE)


def ask_for_human(conversation_id: uuid.UUID) -> None:
    """The button: hand over at once, in any state; an answer still in flight will find a person there."""
    with transaction.atomic():
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        ledger.hold(conversation.site_id)
        if not _with_bot(conversation_id):
            return
        site = conversation.site
        there = desk.at_the_desk(site, timezone.now()).open
        asked = say("asked_for_human" if there else "asked_in_vain", site.spoken.wording)
        _say(conversation, f"{asked} {desk.promise(site)}")
        desk.open_handoff(conversation, turn=None, reason=Reason.ASKED_FOR_HUMAN)


def sweep() -> int:
    """End what a dead process left: overdue turns become handoffs, forgotten ones are run; returns how many."""
    now = timezone.now()
    lost = Turn.objects.filter(state=Turn.State.RUNNING, lease_until__lt=now)
    swept = 0
    for turn in lost.select_related("question")[:100]:
        taken = record.lease_again(turn, LEASE)
        if taken:
            _run_on(settle(turn, _failed()))
            swept += 1
    waiting = Turn.objects.filter(state=Turn.State.QUEUED, created_at__lt=now - timedelta(seconds=2))
    for conversation_id in waiting.values_list("conversation_id", flat=True).distinct()[:100]:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=conversation_id)
            turn_or_none = record.claim(conversation_id, LEASE)
        _run_on(turn_or_none)
        swept += turn_or_none is not None
    return swept


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _site(conversation_id: uuid.UUID) -> int:
    """The site of a conversation, which never changes."""
    found = sql.row("SELECT site_id FROM conversations_conversation WHERE id = %s", conversation_id)
    assert found is not None, f"there is no conversation {conversation_id}"
    return int(found[0])


def _with_bot(conversation_id: uuid.UUID) -> bool:
    """Whether the bot has the conversation; nobody can take it over until the transaction ends."""
    return record.locked_state(conversation_id) == State.BOT


def _may_deliver(turn: Turn) -> bool:
    """The fence: the bot has the conversation, and no person has had it and given it back since this was asked."""
    return _with_bot(turn.conversation_id) and not desk.returned_since(turn.conversation_id, turn.created_at)


def _run_on(turn: Turn | None) -> None:
    while turn is not None:
        turn = take(turn)


_SENDER = "SELECT identity, locale FROM conversations_conversation WHERE id = %s"
_EARLIER = """
    SELECT q.text, t.outcome, t.reason, c.slug, a.seq FROM conversations_turn t
    JOIN conversations_message q ON q.id = t.question_id
    LEFT JOIN conversations_message a ON a.id = t.answer_id
    LEFT JOIN knowledge_category c ON c.id = t.category_id
    WHERE t.conversation_id = %s AND t.id < %s AND t.state = 'settled' ORDER BY t.id DESC LIMIT %s
"""
_FEEDBACK = "SELECT body FROM conversations_event WHERE conversation_id = %s AND kind = 'feedback' ORDER BY id"


def _question(turn: Turn) -> bot.Question:
    """The question with its recent history, as the bot may know it."""
    rows = sql.rows(_EARLIER, turn.conversation_id, turn.pk, bot.REMEMBERED)[::-1] if turn.question.seq > 1 else []
    ((identity, locale),) = sql.rows(_SENDER, turn.conversation_id)
    rated = _feedback(turn.conversation_id) if rows else {}
    return bot.Question(
        text=turn.question.text,
        history=tuple(
            bot.Exchange(text, Outcome(outcome), Reason(reason), slug, rated.get(seq))
            for text, outcome, reason, slug, seq in rows
        ),
        identity=remembered(json.loads(identity)),
        locale=locale,
    )


def _feedback(conversation_id: uuid.UUID) -> dict[int, int]:
    bodies = [json.loads(row[0]) for row in sql.rows(_FEEDBACK, conversation_id)]
    return {body["seq"]: body["value"] for body in bodies}


def _still_allowed(site_id: int, decision: Decision) -> Decision:
    """Read again, under the site's lock, what may have changed while the bot was thinking."""
    held = decision.draft or decision
    if decision.outcome not in {Outcome.ANSWER, Outcome.DRAFT} and decision.draft is None:
        return decision
    permit = exposure.permit(site_id, decision.category or "")
    used_model = decision.trace.get("model", False)
    if permit.paused or (held.tool_calls and permit.tools_paused) or (used_model and not permit.model):
        return _instead(decision, Reason.PAUSED)
    if decision.outcome in {Outcome.ANSWER, Outcome.DRAFT} and permit.level < _needed(decision):
        return _instead(decision, Reason.NOT_EXPOSED)
    passages = [c.passage_id for c in held.citations if c.passage_id is not None]
    if passages and set(passages) - search.citable(
        site_id, decision.category or "", _audiences(held.citations), passages
    ):
        return _instead(decision, Reason.NOT_GROUNDED)
    return decision


def _needed(decision: Decision) -> int:
    return 3 if decision.outcome is Outcome.ANSWER else 2


def _audiences(citations: tuple[Cited, ...]) -> frozenset[str]:
    return frozenset(c.audience for c in citations)


def _instead(decision: Decision, reason: Reason) -> Decision:
    """The same turn with a lesser end, because something was taken back meanwhile."""
    return replace(
        decision, reason=reason, text=say(reason.value), parts=(), citations=(), generated="fixed", draft=None,
        suggestions=(), trace={**decision.trace, "overtaken": decision.reason.value},
    )  # fmt: skip


def _deliver(turn: Turn, site_id: int, decision: Decision) -> None:
    """Write the one message of this outcome, and tell the desk what it has to do with it."""
    desk.supersede(turn.conversation_id)
    parts = decision.parts or (Part(decision.text),)
    message = delivery.append(
        turn.conversation_id,
        author=Message.Author.BOT,
        text=decision.text,
        parts=[{"text": p.text, "cites": list(p.cites)} for p in parts],
        reply_to=turn.question.client_id,
        outcome=decision.outcome,
        generated=decision.generated,
        suggestions=list(decision.suggestions),
    )
    sql.update(Turn, {"id": turn.pk}, answer_id=message.pk)
    turn.answer = message
    if decision.citations:
        delivery.cite(message, _rows(site_id, decision.citations))
    if decision.outcome in {Outcome.HANDOFF, Outcome.DRAFT}:
        _to_the_desk(turn, site_id, decision)


def _to_the_desk(turn: Turn, site_id: int, decision: Decision) -> None:
    """Open the handoff or the draft that goes with an outcome."""
    conversation = Conversation.objects.select_related("site").get(pk=turn.conversation_id)
    if decision.outcome is Outcome.HANDOFF:
        if decision.reason is Reason.COMPLAINT:
            complaints.typed(conversation, turn)
        _say(conversation, desk.promise(conversation.site))
        desk.open_handoff(
            conversation,
            turn=turn,
            reason=decision.reason,
            urgent=decision.urgent,
            category=decision.category or "",
        )
    elif (held := decision.draft) is not None:
        desk.draft(
            conversation,
            turn=turn,
            text=held.text,
            parts=[{"text": p.text, "cites": list(p.cites)} for p in held.parts],
            citations=_rows(site_id, held.citations),
        )


def _say(conversation: Conversation, text: str) -> None:
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")


def _rows(site_id: int, citations: tuple[Cited, ...]) -> list[dict[str, Any]]:
    """Citations as the fields of their rows."""
    slugs = {c.source for c in citations if c.source}
    marks = ", ".join(["%s"] * len(slugs))
    known = f"SELECT slug, id FROM knowledge_source WHERE site_id = %s AND slug IN ({marks})"  # noqa: S608  only marks
    sources = dict(sql.rows(known, site_id, *slugs)) if slugs else {}
    return [
        {
            "n": c.n, "source_id": sources.get(c.source), "revision_id": c.revision_id, "passage_id": c.passage_id,
            "start": c.start, "end": c.end, "title": c.title, "quote": c.quote, "url": c.url, "updated": c.updated,
            "audience": c.audience,
        }
        for c in citations
    ]  # fmt: skip


def _keep_calls(turn: Turn, decision: Decision) -> None:
    if decision.tool_calls:
        ToolCall.objects.bulk_create(
            [
                ToolCall(turn=turn, tool=c.tool, arguments=c.arguments, result=c.result, state=c.state, ms=c.ms)
                for c in decision.tool_calls
            ]
        )


def _facts(site_id: int, decision: Decision) -> dict[str, Any]:
    """The turn's own columns; what was held back is kept as it would have been said."""
    trace = {**decision.trace, "accepted": decision.accepted, "threshold": decision.threshold}
    if decision.draft is not None:
        held = decision.draft
        trace["suggestion"] = {
            "text": held.text,
            "parts": [{"text": p.text, "cites": list(p.cites)} for p in held.parts],
            "quotes": [{"title": c.title, "quote": c.quote} for c in held.citations],
            "citations": [{**row, "updated": row["updated"].isoformat()} for row in _rows(site_id, held.citations)],
        }
    return {
        "outcome": decision.outcome,
        "reason": decision.reason,
        "category_id": decision.category_id,
        "confidence": decision.confidence,
        "release": decision.release,
        "trace": trace,
    }


def _entry(turn: Turn, decision: Decision, delivered: bool) -> dict[str, Any]:
    """What the hash chain keeps of a turn."""
    return {
        "turn": turn.pk,
        "conversation": str(turn.conversation_id),
        "question": ledger.digest(turn.question.text),
        "answer": ledger.digest(decision.text),
        "outcome": decision.outcome,
        "reason": decision.reason,
        "category": decision.category,
        "cited": [[c.revision_id, c.start, c.end] for c in decision.citations],
        "delivered": delivered,
    }


def _failed() -> Decision:
    return Decision(Reason.ERROR, say(Reason.ERROR.value))
