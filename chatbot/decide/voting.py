"""What a model's choice does to an answer: it is one vote, and never the last word.

Law of the room: where the bot's own grounding is strong the answer stays, whatever a model chose or did not choose;
where the gate is unsure a choice among the offered sections puts one of them first, and the customer chooses.
Each vote is kept in the turn's trace with what it did, so that disagreement is seen and not guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from django.conf import settings

from chatbot.decide import model
from chatbot.decide.answer.compose import Draft
from chatbot.decide.budget import Payer
from chatbot.decide.gate import reading
from chatbot.decide.gate.reading import Found, Reading
from chatbot.decide.model import Call, Vote
from chatbot.decide.run import Run
from chatbot.outcome import Offer
from release.live.permits import Permit

NO_SENTENCE = "the model found no sentence that answers it, and the articles are not sure by themselves"


class Effect(StrEnum):
    """What a vote did. Disagreement is all but `same`, `changed` and `left_out`."""

    SAME = "same"  # the very quotes that the bot had chosen, the section it had put first
    CHANGED = "changed"  # other sentences are quoted, another section is first
    OVERRULED = "overruled"  # it found none, and the bot's own answer, or its offers, stayed
    UNFIT = "unfit"  # what it chose may not be quoted as an answer, and the bot's own stayed
    DECLINED = "declined"  # it found none, and the bot was not sure either
    LEFT_OUT = "left_out"  # it gave no usable choice


SHAPES = frozenset({Effect.SAME, Effect.CHANGED, Effect.DECLINED})
"""What a paused model may not have done to an answer that is still on its way."""


def selected(run: Run, read: Reading, found: Found, permit: Permit) -> Draft:
    """The answer after a model's vote on its sentences, where one is set up and allowed; else the bot's own."""
    if not (_asks("select") and permit.model):
        return found.draft
    vote = model.choose(
        read.text, read.vector, found.hits, run.until, read.adds, _noting(run), run.snapshot.synonyms,
        Payer(run.snapshot.site, run.question.conversation),
    )  # fmt: skip
    run.mark("model")
    effect, draft = _heeded(vote, found.draft, sure=_sure(read, found.draft))
    _keep(run, "select", None if vote is None else vote.places, effect, shapes=effect in SHAPES)
    return draft


def understood(run: Run, text: str, made: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """The offered sections with the one first that a model takes a message to be about; as they were where it takes
    none for it, or is not asked: what shows signs of an attack is not sent. The customer chooses."""
    permits = [run.permit(""), *(run.permit(each.category) for each in made)]
    if not (_asks("understand") and all(each.model for each in permits)) or run.trace.get("signs"):
        return made
    sections = [(f"{each.title}: {each.heading}" if each.heading else each.title, each.text) for each in made]
    payer = Payer(run.snapshot.site, run.question.conversation)
    places = model.understand(text, sections, run.until, _noting(run), payer)
    run.mark("understood")
    if not places:
        _keep(run, "understand", places, Effect.LEFT_OUT if places is None else Effect.OVERRULED, shapes=False)
        return made
    first = made[places[0]]
    _keep(run, "understand", places, Effect.SAME if first is made[0] else Effect.CHANGED, shapes=first is not made[0])
    return (first, *(each for each in made if each is not first))


def _asks(use: str) -> bool:
    return bool(settings.HANDRAIL_MODEL) and use in settings.HANDRAIL_MODEL_USES


def _keep(run: Run, use: str, places: Sequence[int] | None, effect: Effect, *, shapes: bool) -> None:
    """Keep a vote in the trace with what it did; `shapes`: a paused model may not have done it."""
    numbers = None if places is None else [place + 1 for place in places]
    run.trace.setdefault("model_votes", []).append({"use": use, "numbers": numbers, "effect": effect.value})
    run.trace["model"] = run.trace.get("model", False) or shapes


def _noting(run: Run) -> Callable[[Call], None]:
    """Keep in the trace how a call ended and what it took."""

    def note(call: Call) -> None:
        run.trace.setdefault("model_calls", []).append(str(call.ended))
        read, written = run.trace.get("model_tokens", (0, 0))
        run.trace["model_tokens"] = [read + call.tokens[0], written + call.tokens[1]]

    return note


def _sure(read: Reading, own: Draft) -> bool:
    """Whether the bot's own grounding is strong: the message names the article, or a section plainly answers it."""
    return "title" in read.topic.votes or own.score >= reading.SURELY


def _heeded(vote: Vote | None, own: Draft, *, sure: bool) -> tuple[Effect, Draft]:
    """What becomes of the bot's own draft after a vote."""
    if vote is None:
        return Effect.LEFT_OUT, own
    if not vote.places:
        if sure:
            return Effect.OVERRULED, own
        return Effect.DECLINED, replace(own, quotes=(), grounded=False, why=NO_SENTENCE)
    if vote.draft is None:
        return Effect.UNFIT, own
    return Effect.SAME if vote.draft.quotes == own.quotes else Effect.CHANGED, vote.draft
