"""What a turn is asked to decide: the customer's message with its recent history, or what they chose. It only reads."""

from collections.abc import Sequence
from dataclasses import asdict

from chatbot.decide import bot
from chatbot.outcome import Offer
from conversations import history
from conversations.models import Turn
from conversations.outcomes import Outcome, Reason
from tools import guests
from tools.guests import Guest
from tools.identity import remembered

ASKED = frozenset({Reason.ASKING, Reason.NEEDS_IDENTITY})
"""Ends of a turn that may have asked for something."""


def question(turn: Turn) -> bot.Question:
    """The question with its recent history, as the bot may know it."""
    earlier = history.before(turn, bot.REMEMBERED) if turn.question.seq > 1 else []
    identity, locale = history.sender_of(turn.conversation_id)
    who = remembered(identity)
    rated = history.ratings(turn.conversation_id) if earlier else {}
    exchanges = tuple(_exchange(past, rated.get(past.seq or 0)) for past in earlier)
    return bot.Question(
        text=turn.question.text,
        history=exchanges,
        identity=who,
        locale=locale,
        conversation=str(turn.conversation_id),
        guest=None if who else _guest(turn, exchanges),
    )


def choice(turn: Turn) -> tuple[Offer | None] | None:
    """The offer that a turn's message chose, in a tuple: (None,) for none of these; None when it is no choice."""
    chosen = history.chosen(turn)
    return chosen and (_offer(chosen[0]) if chosen[0] else None,)


def _exchange(past: history.Past, thumb: int | None) -> bot.Exchange:
    shown = past.answer if past.reason == Reason.UNSURE else None
    offers = tuple(map(_offer, history.offered(shown))) if shown else ()
    asking = history.asking(past.turn) if past.reason in ASKED else None
    return bot.Exchange(past.text, Outcome(past.outcome), Reason(past.reason), past.category, thumb, offers, asking)


def _guest(turn: Turn, past: Sequence[bot.Exchange]) -> Guest:
    """Who writes without a sign-in, and what became of the code in this message, where one was asked for."""
    asking = past[-1].asking if past else None
    asked = asking is not None and asking.get("argument") == guests.PROOF
    return Guest(str(turn.conversation_id), guests.tried(turn.question_id) if asked else "")


def _offer(offered: history.Offered) -> Offer:
    return Offer(**asdict(offered))
