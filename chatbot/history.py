"""What a turn is asked to decide: the customer's message with its recent history, or what they chose. It only reads."""

from dataclasses import asdict

from chatbot.decide import bot
from chatbot.outcome import Offer
from conversations import history
from conversations.models import Turn
from conversations.outcomes import Outcome, Reason
from tools.identity import remembered


def question(turn: Turn) -> bot.Question:
    """The question with its recent history, as the bot may know it."""
    earlier = history.before(turn, bot.REMEMBERED) if turn.question.seq > 1 else []
    identity, locale = history.sender_of(turn.conversation_id)
    rated = history.ratings(turn.conversation_id) if earlier else {}
    return bot.Question(
        text=turn.question.text,
        history=tuple(_exchange(past, rated.get(past.seq or 0)) for past in earlier),
        identity=remembered(identity),
        locale=locale,
        conversation=str(turn.conversation_id),
    )


def choice(turn: Turn) -> tuple[Offer | None] | None:
    """The offer that a turn's message chose, in a tuple: (None,) for none of these; None when it is no choice."""
    chosen = history.chosen(turn)
    return chosen and (_offer(chosen[0]) if chosen[0] else None,)


def _exchange(past: history.Past, thumb: int | None) -> bot.Exchange:
    shown = past.answer if past.reason == Reason.UNSURE else None
    offers = tuple(map(_offer, history.offered(shown))) if shown else ()
    asking = history.asking(past.turn) if past.reason == Reason.ASKING else None
    return bot.Exchange(past.text, Outcome(past.outcome), Reason(past.reason), past.category, thumb, offers, asking)


def _offer(offered: history.Offered) -> Offer:
    return Offer(**asdict(offered))
