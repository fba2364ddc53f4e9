"""What a model's choice does to an answer: it is one vote, and never the last word.

Law of the room: where the bot's own grounding is strong the answer stays, whatever a model chose or did not choose;
where the gate is unsure a choice among the offered sections puts one of them first, and the customer chooses.
Each vote is kept in the turn's trace with what it did, so that disagreement is seen and not guessed. A use in shadow is
asked and kept the same, at the same cost in time, and changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from chatbot.decide import asking, condense, model
from chatbot.decide.answer.compose import Draft
from chatbot.decide.budget import Payer
from chatbot.decide.gate import reading
from chatbot.decide.gate.reading import Found, Reading
from chatbot.decide.model import Call, Vote
from chatbot.decide.run import Run
from chatbot.outcome import Decision, Offer
from release.live.permits import Permit
from tools.chat import Asked, Mode

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


def selected(run: Run, read: Reading, found: Found, category: str, permit: Permit) -> Draft:
    """The answer after a model's vote on its sentences, where one is set up and allowed; else the bot's own."""
    asked = asking.of(run.snapshot, [category], "select")
    if asked.mode is Mode.OFF or not permit.model:
        return found.draft
    vote = model.choose(
        read.text, read.vector, found.hits, run.until, read.adds, _noting(run), run.snapshot.synonyms,
        _payer(run), asked.chats,
    )  # fmt: skip
    run.mark("model")
    effect, draft = _heeded(vote, found.draft, sure=_sure(read, found.draft))
    _keep(run, "select", asked, None if vote is None else vote.places, effect, shapes=effect in SHAPES)
    return found.draft if asked.mode is Mode.SHADOW else draft


def understood(run: Run, text: str, made: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """The offered sections with the one first that a model takes a message to be about; as they were where it takes
    none for it, or is not asked: what shows signs of an attack is not sent. The customer chooses."""
    asked = asking.of(run.snapshot, [each.category for each in made], "understand")
    if asked.mode is Mode.OFF or run.trace.get("signs"):
        return made
    if not all(each.model for each in (run.permit(""), *(run.permit(each.category) for each in made))):
        return made
    sections = [(f"{each.title}: {each.heading}" if each.heading else each.title, each.text) for each in made]
    places = model.understand(text, sections, run.until, _noting(run), _payer(run), asked.chats)
    run.mark("understood")
    if not places:
        _keep(run, "understand", asked, places, Effect.LEFT_OUT if places is None else Effect.OVERRULED, shapes=False)
        return made
    first = made[places[0]]
    same = first is made[0]
    _keep(run, "understand", asked, places, Effect.SAME if same else Effect.CHANGED, shapes=not same)
    return made if asked.mode is Mode.SHADOW else (first, *(each for each in made if each is not first))


def condensed(run: Run, category: str, permit: Permit, decision: Decision) -> Decision:
    """The answer with its longest paragraph shortened, where a model did so and the proof holds; else as it was."""
    asked = asking.of(run.snapshot, [category], "condense")
    if asked.mode is Mode.OFF or not permit.model or run.trace.get("signs") or condense.refusal():
        return decision
    if (place := condense.suited(decision.parts)) is None:
        return decision
    whole = decision.parts[place].text
    got = condense.asked(run.message, whole, run.until, _noting(run), _payer(run), asked.chats)
    run.mark("condensed")
    _keep(run, "condense", asked, got.places, _of(got), shapes=bool(got.text))
    vote = run.trace["model_votes"][-1]
    vote |= {"objections": list(got.objections)} if got.objections else {}
    vote |= {"words": [len(whole.split()), len(got.text.split())]} if got.text else {}
    if not got.text or asked.mode is Mode.SHADOW:
        return decision
    parts = condense.drawn(decision.parts, place, got.text, run.snapshot.spoken.say("condensed"))
    return replace(decision, parts=parts, text="\n\n".join(part.text for part in parts))


def _of(got: condense.Shortened) -> Effect:
    """What a model's shortening did."""
    if got.places is None:
        return Effect.LEFT_OUT
    if not got.places:
        return Effect.OVERRULED
    return Effect.UNFIT if got.objections else Effect.CHANGED if got.text else Effect.SAME


def _payer(run: Run) -> Payer:
    return Payer(run.snapshot.site, run.question.conversation)


def _keep(run: Run, use: str, asked: Asked, places: Sequence[int] | None, effect: Effect, *, shapes: bool) -> None:
    """Keep a vote in the trace with what it did; `shapes`: a paused model may not have done it."""
    numbers = None if places is None else [place + 1 for place in places]
    shadow = asked.mode is Mode.SHADOW
    vote = {"use": use, "numbers": numbers, "effect": effect.value, **({"shadow": True} if shadow else {})}
    run.trace.setdefault("model_votes", []).append(vote)
    run.trace["model"] = run.trace.get("model", False) or (shapes and not shadow)


def _noting(run: Run) -> Callable[[Call], None]:
    """Keep in the trace how a call ended, what it took and cost, and of which model each was."""

    def note(call: Call) -> None:
        run.trace.setdefault("model_calls", []).append(str(call.ended))
        read, written = run.trace.get("model_tokens", (0, 0))
        run.trace["model_tokens"] = [read + call.tokens[0], written + call.tokens[1]]
        if call.cost:
            run.trace["model_cost"] = run.trace.get("model_cost", 0.0) + call.cost
        if call.model:
            run.trace.setdefault("model_names", []).append(call.model)

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
