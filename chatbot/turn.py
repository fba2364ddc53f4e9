"""A customer turn in three phases: RECORD what was asked, DECIDE without writing, SETTLE what the customer gets.

    begin    RECORD (tx)   the message and its turn are stored, then acknowledged
    decide   DECIDE        the bot reads and thinks; no transaction, nothing written; any error is a handoff
    settle   SETTLE (tx)   pauses, exposure and every cited passage are read again; a person who took over wins

A turn ends in exactly one outcome. Whatever dies on the way is ended by `sweep`, as a handoff.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from chatbot import guests, heard, history
from chatbot.decide import bot
from chatbot.decide.screening import guard
from chatbot.outcome import Cited, Decision, Offer, Part
from conversations import delivery, record
from conversations.history import site_of
from conversations.models import Conversation, Message, State, ToolCall, Turn
from conversations.outcomes import Outcome, Reason
from conversations.wording import Spoken
from escalation.desk import approvals, complaints, desk
from knowledge.face.retrieval import search, source_ids
from release.live import permits, snapshot
from sites.core import kept, ledger, spans
from sites.models import Site

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=settings.HANDRAIL_DEADLINE + 3)


def begin(conversation_id: uuid.UUID, client_id: str, text: str) -> record.Asked:
    """RECORD. Returns after the commit, so that the caller may acknowledge; `turn` is what to run now, if anything."""
    began = time.time_ns()
    asked = record.ask(conversation_id, client_id, text, LEASE)
    if asked.turn is not None:
        spans.passed("record", asked.turn, began)
    if asked.new and asked.state == State.BOT:
        guests.tried(conversation_id, asked.seq, text)
    if asked.new and asked.state in {State.WAITING, State.HUMAN}:
        desk.customer_wrote(conversation_id)
    if asked.state == State.WAITING:  # also when it comes again: a process may have died before it was read
        _heed(conversation_id, text)
    return asked


def choose(conversation_id: uuid.UUID, client_id: str, offer: uuid.UUID | None) -> record.Asked:
    """RECORD a choice among the sections offered last (None: none of these), as `begin` does a message.

    Raises record.NotOffered, which is on the record too, and record.Closed.
    """
    site_id = site_of(conversation_id)
    try:
        asked = record.choose(conversation_id, client_id, offer, _spoken(site_id).say("widget.none"), LEASE)
    except record.NotOffered:
        with transaction.atomic():
            head = ledger.hold(site_id)
            facts = {"conversation": str(conversation_id), "offer": ledger.digest(str(offer))}
            record.event(conversation_id, "choice.refused", actor="customer", body={"offer": facts["offer"]})
            ledger.append(site_id, "choice_refused", facts, head=head)
        raise
    if asked.new and asked.state in {State.WAITING, State.HUMAN}:
        desk.customer_wrote(conversation_id)
    return asked


def take(turn: Turn) -> Turn | None:
    """DECIDE and SETTLE one leased turn; returns the conversation's next one, leased, if it has any."""
    return settle(turn, decide(turn))


@spans.of_turn("decide")
def decide(turn: Turn) -> Decision:
    """DECIDE: the bot's decision on the live release; whatever goes wrong becomes a handoff, never a guess."""
    try:
        site_id = site_of(turn.conversation_id)
        live = snapshot.live(site_id) or snapshot.nothing(Site.objects.get(pk=site_id))
        question, permit = history.question(turn), heard.Kept(permits.Now(site_id, live))
        choice = history.choice(turn)
        with heard.listening() as what:
            decided = (
                bot.decide(question, live, permit) if choice is None else bot.choose(question, live, *choice, permit)
            )
        what.locale, what.signed_in = question.locale, question.identity is not None
        what.audiences = sorted(question.identity.audiences) if question.identity else []
        what.thumbs = [each.feedback for each in question.history]
        return replace(decided, trace={**decided.trace, "heard": what.as_json()})
    except Exception:
        log.exception("turn %s could not be decided", turn.pk)
        return _failed(turn)


@spans.of_turn("settle")
def settle(turn: Turn, decision: Decision) -> Turn | None:
    """SETTLE: deliver the decision if it may still be delivered, or record it as discarded."""
    site_id = site_of(turn.conversation_id)
    with kept.writing(site_id):
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
        kept.append(site_id, "turn", _entry(turn, decision, delivered), turn, turn.question)
        return record.claim(turn.conversation_id, LEASE)


def ask_for_human(conversation_id: uuid.UUID) -> None:
    """The button: hand over at once, in any state; an answer still in flight will find a person there."""
    with kept.writing(site_of(conversation_id)):
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        if not _with_bot(conversation_id):
            return
        site = conversation.site
        there = desk.at_the_desk(site, timezone.now()).open
        asked = Spoken.of(site).say("asked_for_human" if there else "asked_in_vain")
        _say(conversation, f"{asked} {desk.promise(site)}")
        desk.open_handoff(conversation, turn=None, reason=Reason.ASKED_FOR_HUMAN)


def sweep() -> int:
    """End what a dead process left: overdue turns become handoffs, forgotten ones are run; returns how many."""
    lost, waiting = record.left_behind()
    swept = 0
    for turn in lost.select_related("question")[:100]:
        taken = record.lease_again(turn, LEASE)
        if taken:
            _run_on(settle(turn, _failed(turn)))
            swept += 1
    for conversation_id in waiting.values_list("conversation_id", flat=True).distinct()[:100]:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=conversation_id)
            turn_or_none = record.claim(conversation_id, LEASE)
        _run_on(turn_or_none)
        swept += turn_or_none is not None
    return swept


def any_left() -> bool:
    """Whether a dead process left anything that `sweep` would end."""
    return any(left.exists() for left in record.left_behind())


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _heed(conversation_id: uuid.UUID, text: str) -> None:
    """Nobody may be there to read what a waiting customer writes: whoever is in distress is put before all others."""
    live = snapshot.live(site_of(conversation_id))
    seen = guard.screen(text, signals=live.signals if live else ())
    if seen.life or seen.reason is Reason.DISTRESS:
        desk.make_urgent(conversation_id, reason=Reason.DISTRESS, crisis=seen.life)


def _with_bot(conversation_id: uuid.UUID) -> bool:
    """Whether the bot has the conversation; nobody can take it over until the transaction ends."""
    return record.locked_state(conversation_id) == State.BOT


def _may_deliver(turn: Turn) -> bool:
    """The fence: the bot has the conversation, and no person has had it and given it back since this was asked."""
    return _with_bot(turn.conversation_id) and not desk.returned_since(turn.conversation_id, turn.created_at)


def _run_on(turn: Turn | None) -> None:
    while turn is not None:
        turn = take(turn)


def _still_allowed(site_id: int, decision: Decision) -> Decision:
    """Read again, under the site's lock, what may have changed while the bot was thinking."""
    if decision.offers:
        kept = tuple(each for each in decision.offers if _still_offered(site_id, each))
        return replace(decision, offers=kept) if kept else _instead(site_id, decision, Reason.NOT_GROUNDED)
    held = decision.draft or decision
    shows = decision.outcome in {Outcome.ANSWER, Outcome.DRAFT} or decision.reason is Reason.ASKING
    if not shows and decision.draft is None:
        return decision
    used_model = decision.trace.get("model", False)
    for category, cited in _by_category(decision.category or "", held.citations).items():
        permit = permits.of(site_id, category)
        if permit.paused or any(map(permit.pauses, _tools_of(held))) or (used_model and not permit.model):
            return _instead(site_id, decision, Reason.PAUSED)
        if shows and permit.level < _needed(decision):
            return _instead(site_id, decision, Reason.NOT_EXPOSED)
        passages = {each.passage_id for each in cited if each.passage_id is not None}
        if passages and passages - search.citable(site_id, category, _audiences(cited), passages):
            return _instead(site_id, decision, Reason.NOT_GROUNDED)
    return decision


def _tools_of(held: Decision) -> set[str]:
    """The tools that it rests on, or has asked."""
    return {each.tool for each in held.tool_calls} | ({str(held.proving["tool"])} if held.proving else set())


def _by_category(own: str, citations: Sequence[Cited]) -> dict[str, list[Cited]]:
    """The citations of each category that they are shown under; the decision's own is among them in any case."""
    under: dict[str, list[Cited]] = {own: []}
    for each in citations:
        under.setdefault(each.category or own, []).append(each)
    return under


def _still_offered(site_id: int, offer: Offer) -> bool:
    """Whether customers may still see that a section exists."""
    permit, passages = permits.of(site_id, offer.category), {passage for passage, _, _ in offer.spans}
    if permit.paused or permit.level < 2:
        return False
    return passages == search.citable(site_id, offer.category, {offer.audience}, passages)


def _needed(decision: Decision) -> int:
    return 2 if decision.outcome is Outcome.DRAFT else 3


def _audiences(citations: Sequence[Cited]) -> frozenset[str]:
    return frozenset(c.audience for c in citations)


def _instead(site_id: int, decision: Decision, reason: Reason) -> Decision:
    """The same turn with a lesser end, because something was taken back meanwhile; a person or the site's crisis text
    that was put first stays first."""
    first = tuple(takewhile(lambda part: not part.cites, decision.parts)) if decision.offered else ()
    line = Part(_spoken(site_id).say(reason.value))
    return replace(
        decision, reason=reason, text="\n\n".join(part.text for part in (*first, line)),
        parts=(*first, line) if first else (), citations=(), generated="fixed", draft=None, suggestions=(), offers=(),
        trace={**decision.trace, "overtaken": decision.reason.value},
    )  # fmt: skip


def _deliver(turn: Turn, site_id: int, decision: Decision) -> None:
    """Write the one message of this outcome, and tell the desk what it has to do with it."""
    desk.supersede(turn.conversation_id)
    parts = decision.parts or (Part(decision.text),)
    message = delivery.append(
        turn.conversation_id,
        author=Message.Author.BOT,
        text=decision.text,
        parts=[part.as_json() for part in parts],
        reply_to=turn.question.client_id,
        outcome=decision.outcome,
        person="offered" if decision.person == "offered" else "",
        generated=decision.generated,
        suggestions=list(decision.suggestions),
    )
    record.answered(turn, message)
    if decision.citations:
        delivery.cite(message, _rows(site_id, decision.citations))
    if decision.offers:
        delivery.offer(message, _offered(site_id, decision))
    if "chose" in decision.trace:
        record.chose(turn.question, (decision.trace["chose"] or {}).get("offer", ""))
    if decision.proving:
        guests.ask(turn.conversation_id, decision.category or "", decision.proving)
    if kind := _notice(decision):
        complaints.typed(Conversation.objects.select_related("site").get(pk=turn.conversation_id), turn, kind)
    if decision.outcome in {Outcome.HANDOFF, Outcome.DRAFT}:
        _to_the_desk(turn, site_id, decision)


def _notice(decision: Decision) -> str:
    """The kind of case a message opens, whatever it is answered; empty when it opens none."""
    return decision.notice or ("complaint" if decision.reason is Reason.COMPLAINT else "")


def _to_the_desk(turn: Turn, site_id: int, decision: Decision) -> None:
    """Open the handoff or the draft that goes with an outcome."""
    conversation = Conversation.objects.select_related("site").get(pk=turn.conversation_id)
    if decision.outcome is Outcome.HANDOFF:
        _say(conversation, desk.promise(conversation.site, danger=decision.life))
        desk.open_handoff(
            conversation,
            turn=turn,
            reason=decision.reason,
            urgent=decision.urgent,
            category=(decision.category or "") if decision.accepted else "",
        )
        if decision.wanted is not None:
            approvals.ask(conversation, turn=turn, wanted=decision.wanted)
    elif (held := decision.draft) is not None:
        desk.draft(
            conversation,
            turn=turn,
            text=held.text,
            parts=[part.as_json() for part in held.parts],
            citations=_rows(site_id, held.citations),
        )


def _say(conversation: Conversation, text: str) -> None:
    delivery.append(conversation.pk, author=Message.Author.SYSTEM, text=text, generated="fixed")


def _offered(site_id: int, decision: Decision) -> list[dict[str, Any]]:
    """Offers as the fields of their rows."""
    sources = source_ids(site_id, {offer.source for offer in decision.offers})
    return [
        {
            "title": offer.title, "heading": offer.heading[:400], "source_id": sources[offer.source],
            "category_id": snapshot.category_id(site_id, offer.category), "revision_id": offer.revision_id,
            "spans": offer.spans,
        }
        for offer in decision.offers
    ]  # fmt: skip


def _rows(site_id: int, citations: tuple[Cited, ...]) -> list[dict[str, Any]]:
    """Citations as the fields of their rows."""
    sources = source_ids(site_id, {c.source for c in citations if c.source})
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
    if decision.offers:
        trace["offers"] = [{"title": o.title, "heading": o.heading, "source": o.source} for o in decision.offers]
    if decision.draft is not None:
        held = decision.draft
        trace["suggestion"] = {
            "text": held.text,
            "parts": [part.as_json() for part in held.parts],
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
        **({"offered": [[o.revision_id, o.spans] for o in decision.offers]} if decision.offers else {}),
        **({"chose": (decision.trace["chose"] or {}).get("offer", "")} if "chose" in decision.trace else {}),
    }


def _failed(turn: Turn) -> Decision:
    """A handoff; in English where what failed is reading the site's own words."""
    try:
        spoken = _spoken(site_of(turn.conversation_id))
    except DatabaseError:
        spoken = Spoken()
    return Decision(Reason.ERROR, spoken.say(Reason.ERROR.value))


def _spoken(site_id: int) -> Spoken:
    """The site's fixed wording as customers are given it."""
    return Spoken.of(Site.objects.get(pk=site_id))
