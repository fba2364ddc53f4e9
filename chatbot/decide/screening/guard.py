"""The first look at a message: what reaches a person at once, what is courtesy, what is hostile, what
language it is in.

Pure and total: any string gives a Screening, the same one every time, in time linear in the text. It only
reads; the turn decides what follows. Order is the law here: life first, then the wish for a person, then
hostility, then everything else a person handles.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from chatbot.decide.needs import german
from chatbot.decide.needs import signals as own
from chatbot.decide.needs.clauses import clauses
from chatbot.decide.needs.kinds import CUED, LIFE, NOTICES, WAYS, Courtesy, Need
from chatbot.decide.needs.reader import FILES, Belief, found, model, reader
from chatbot.decide.phrases.cues import Cue, Said, phrases, wordlists
from chatbot.decide.phrases.normalise import fold, numbers_alike
from chatbot.decide.phrases.spelling import mend
from chatbot.decide.screening import courtesy
from chatbot.decide.screening.disguise import costumes, readings
from chatbot.decide.screening.language import language_of
from chatbot.outcome import Exchange
from conversations.outcomes import Outcome, Reason

MAX_READ = 4_000  # characters: what the door lets in; longer text is screened by its beginning and its end
LONG = 700  # characters: longer than this *and* giving the machine orders is an attack before anything else

# A disguise that hides words is hostile by itself; the others only when what they say is.
CONCEALING, _STOP = wordlists("disguises")["concealing"], wordlists("disguises")["stop"]


# How likely a person must be needed. Danger leans to a person: a needless handoff costs minutes, a missed one a life.
# Who wants a person, or is angry, can say so again. A listed phrase was written for what it says, so beside one little
# else is wanted.
NOW, NOW_LIFE, NOW_WISH, NOW_LISTED = 0.8, 0.45, 0.85, 0.12
OFFER, OFFER_LIFE = 0.5, 0.4
CONDOLED = 0.8  # how likely a death must be for condolences: a cap with a son's name, called off, is none
STAKE = 0.3  # how likely danger itself must be, and half of all that a person may be needed for, for its bars to count
BESIDE = 0.1  # danger to life beside a grief or a hardship: the numbers cost little, and may be what is needed
SURE = 0.95  # from where a need is heard beside an order to the machine
OUTRIGHT = frozenset({"crisis", "person"})  # files of phrases that are heard in the middle of an attack too
TWICE = "charged_twice"  # the kind of phrase that says money was taken twice: sections that may fit help nobody then
MISSED = "not_what_i_asked"  # the kind of phrase that says an answer was beside the point
POLITE = 0.8  # how surely a message must be nothing but courtesy
PERHAPS = 0.6  # how surely, where no article has anything to say to it


@dataclass(frozen=True, slots=True)
class Screening:
    """What the guard says about one message.

    `reason` None: go on to the topic gate. `kind` is a finer word for the trace and the packet. `signs` name
    what looked hostile; with the reason `injection` an article that plainly answers still does. `language` is set only
    when surely none that questions are read in. `otherwise` is the reason for a handoff if no article answers, or, with
    `plainly`, none does so plainly. `offered`: the reason for which the reply puts a person first; with the reason
    `language` too. `life`: the crisis text belongs into the reply. `notice`: the kind of formal notice that this is.
    `manners`: the courtesy that it is where no subject of the site is meant. `account`: what was recognised, by which
    witness.
    """

    reason: Reason | None
    urgent: bool = False
    kind: str = ""
    signs: tuple[str, ...] = ()
    language: str | None = None
    otherwise: Reason | None = None
    plainly: bool = False
    offered: Reason | None = None
    life: bool = False
    notice: str = ""
    manners: str = ""
    account: Mapping[str, Any] = field(default_factory=dict)


def screen(
    text: str,
    history: Sequence[Exchange] = (),
    people: Collection[str] = (),
    *,
    signals: own.Signals = (),
) -> Screening:
    """Screen one message after the ones before it.

    `people`: the routes on which a site wants a person whatever its articles say; `signals`: its own phrases and
    examples of what it wants one for. Never raises. Source of the order: the outcome table in docs/architecture.md.
    """
    text = text if len(text) <= MAX_READ else text[: MAX_READ // 2] + " " + text[-MAX_READ // 2 :]
    said = fold(text)
    forms = [Said(form) for form in dict.fromkeys((said, mend(said)))]
    signs, attack = _hostility(text, said, history)
    tongue = language_of(text)
    meant = numbers_alike(text)
    encoded = model().encode_parts(meant, clauses(meant))
    heard = own.heard(signals, said, encoded.rows[0])
    belief = own.raised(reader().read(meant, forms[0], encoded, found(*forms)), heard)
    seen = Screening(None, signs=signs, language=tongue, manners=_manners(belief), account=_account(belief, heard))
    storm = bool(attack) and len(said) > LONG
    told = None if storm or attack else german.read(said, tongue)
    needed = None if storm else _in_german(seen, told)
    if needed is None or not needed.life:
        needed = (None if storm else _listed(seen, belief, tongue)) or needed
    # An order to the machine is written to be read wrongly: only what is said outright, or is beyond doubt, goes first.
    outright = (
        not attack or not OUTRIGHT.isdisjoint(belief.cues) or (belief.person >= SURE and attack not in CONCEALING)
    )
    if needed is None and outright and not storm and tongue is None:
        needed = _needed(seen, belief, people)
    whole = courtesy.kind_of(said, text)
    if needed is not None and needed.life and not (whole and "crisis" not in belief.cues):
        return needed
    if kind := whole or ("" if tongue or attack else _polite(belief, needed)):
        return replace(seen, reason=Reason.COURTESY, kind=kind)
    if needed is not None and needed.reason is Reason.ASKED_FOR_HUMAN:
        return needed
    if attack:
        return replace(seen, reason=Reason.INJECTION, kind=attack)
    fed_up = _fed_up(said, belief, history)
    if needed is not None and (needed.reason or needed.otherwise):
        missed = fed_up == MISSED and needed.reason is Reason.FRUSTRATION
        return replace(seen, kind=fed_up, offered=Reason.FRUSTRATION) if missed else needed
    if tongue:
        return replace(seen, reason=Reason.LANGUAGE, kind=tongue)
    if fed_up:
        return replace(needed or seen, kind=fed_up, offered=Reason.FRUSTRATION)
    soft = _soft(seen, belief)
    return soft if needed is None or (soft.otherwise and not needed.life) else needed


def _listed(seen: Screening, belief: Belief, tongue: str | None) -> Screening | None:
    """What listed phrases say by themselves: of a threat, and in languages that the other witnesses do not read."""
    for name in FILES:
        cue = belief.cues.get(name)
        if cue is not None and (cue.kind == "threat" or (tongue and cue.kind in CUED)):
            need = CUED.get(cue.kind)
            return replace(seen, reason=cue.reason, kind=cue.kind, urgent=cue.urgent, life=need in LIFE)
    return None


def _in_german(seen: Screening, told: german.Told | None) -> Screening | None:
    """What a German message leads to: a person now, or one offered, with the crisis text where it is about life."""
    if told is None:
        return None
    way, life = WAYS[told.need], told.need in LIFE
    sure = round(told.sure, 3)
    witness = {"phrases": {german.FILE: told.need.value}} if told.listed else {"phrases": {}, "wording": sure}
    account = {"person": sure, "needs": {told.need.value: sure}, "signals": seen.account["signals"], **witness}
    seen = replace(seen, kind=told.need.value, urgent=way.urgent, life=life, language=german.CODE, account=account)
    return replace(seen, reason=way.reason) if told.now else replace(seen, offered=way.reason, reason=Reason.LANGUAGE)


def false_alarms(signals: own.Signals, texts: Iterable[str]) -> list[tuple[str, Need]]:
    """The texts that a site's signals alone would hand over, each with its need: seen before they count."""
    return own.false_alarms(signals, texts, lambda need: NOW_LIFE if need in LIFE else _bar(need))


def stopped(texts: Iterable[str]) -> list[str]:
    """The texts, each taken as a first message, that do not go to the articles alone: a need, an attack, a courtesy."""
    looked_at = ((text, screen(text)) for text in texts)
    return [text for text, seen in looked_at if seen.reason or seen.otherwise or seen.offered]


def _needed(seen: Screening, belief: Belief, people: Collection[str]) -> Screening | None:
    """What the belief leads to: a person now, a person unless an article plainly answers, a person offered, or None."""
    need, listed = belief.likeliest, _said_outright(belief)
    if listed is not None and (belief.person < NOW or listed in {Need.PERSON, *LIFE}):
        need = listed
    life = sum(belief.needs[each] for each in LIFE)
    if life >= OFFER_LIFE and need not in LIFE:
        need = max(LIFE, key=lambda each: belief.needs[each]) if life >= belief.needs[need] / 2 else need
    way, at_stake = WAYS[need], need in LIFE and life >= max(STAKE, belief.person / 2)
    shown = BESIDE if way.reason is Reason.DISTRESS else OFFER_LIFE
    doubtful = need is Need.BEREAVEMENT and listed is not need and belief.needs[need] < CONDOLED
    kind = Need.VULNERABLE if doubtful else need
    seen = replace(seen, kind=kind.value, urgent=way.urgent, life=at_stake or life >= shown)
    enough = NOW_LISTED if listed else NOW_LIFE if at_stake else _bar(need)
    if belief.person >= enough or listed in LIFE:
        seen = replace(seen, notice=NOTICES.get(need, ""))
        doubted = not listed and belief.person < NOW  # of danger: where an article plainly answers, both are shown
        if doubted or (way.route and way.route not in people):
            return replace(seen, otherwise=way.reason, plainly=True)
        return replace(seen, reason=way.reason)
    if belief.person >= (OFFER_LIFE if at_stake else OFFER):
        return replace(seen, offered=way.reason, life=at_stake)
    return None


def _bar(need: Need) -> float:
    """How likely a person must be for a need that is not about life."""
    return NOW_WISH if need in {Need.PERSON, Need.ANGER} else NOW


def _said_outright(belief: Belief) -> Need | None:
    """The need that the first listed phrase speaks of; money back and a missed answer are not among them."""
    kinds = (belief.cues[name].kind for name in FILES if name in belief.cues and name != "soft")
    return next((CUED[kind] for kind in kinds if kind in CUED), None)


def _polite(belief: Belief, needed: Screening | None) -> str:
    """The kind of courtesy that a message surely is as a whole, where nothing else is in it.

    What it asks about the assistant may yet be about the site ("what do you do with my address"): articles come first.
    """
    kind = belief.courtesy
    sure = belief.courtesies[kind] >= POLITE and kind is not Courtesy.ABOUT
    return kind.value if sure and needed is None else ""


def _manners(belief: Belief) -> str:
    """The kind of courtesy that a message is if it is about no subject of the site."""
    kind = belief.courtesy
    return kind.value if belief.courtesies[kind] >= PERHAPS else ""


def _soft(seen: Screening, belief: Belief) -> Screening:
    """A lost telephone, a stolen account, money to be given back: a person, where no article answers."""
    cues = (belief.cues[name] for name in FILES if name in belief.cues)
    cue = next((each for each in cues if each.reason is Reason.SECURITY), belief.cues.get("soft"))
    return replace(seen, kind=cue.kind, otherwise=cue.reason, urgent=cue.urgent) if cue else seen


def _account(belief: Belief, heard: Mapping[Need, float]) -> dict[str, Any]:
    """What was recognised, and by which witness, as the record keeps it."""
    likely = {need.value: round(share, 3) for need, share in belief.needs.items() if share >= 0.05}
    return {
        "person": round(belief.person, 3),
        "needs": likely,
        "meaning": round(belief.meaning, 2),
        "wording": round(belief.wording, 2),
        "context": round(belief.context, 2),
        "phrases": {name: cue.kind for name, cue in belief.cues.items()},
        "disputed": belief.disputed,
        "signals": {need.value: round(sure, 3) for need, sure in heard.items()},
    }


def _hostility(text: str, said: str, history: Sequence[Exchange]) -> tuple[tuple[str, ...], str]:
    """(all signs, the kind of attack or ""): of the message, its hidden readings, and its joined pieces."""
    signs = list(costumes(text))
    attack = next((name for name in signs if name in CONCEALING), "")
    hidden = list(readings(text))
    signs += [name for name, _ in hidden if name in CONCEALING]
    attack = attack or next((name for name, _ in hidden if name in CONCEALING), "")
    told = [Said(form) for form in (said, *(reading for _, reading in hidden))]
    cue = phrases("hostile").first_in(*told) or _in_pieces(said, history)
    if cue:
        signs.append(cue.kind)
        attack = attack or cue.kind
    return tuple(dict.fromkeys(signs)), attack


def _in_pieces(said: str, history: Sequence[Exchange]) -> Cue | None:
    """An order given in pieces, of which this message is the last; earlier attempts do not taint it."""
    before = fold("".join(e.customer[:400] for e in history[-4:]))
    if not before or len(said) > 200:
        return None
    joined = Said(before + said)
    return phrases("hostile").first_in(joined, beyond=len(before))


def _fed_up(said: str, belief: Belief, history: Sequence[Exchange]) -> str:
    """Words or behaviour that say the bot is not helping, since a person last had the conversation, or ""."""
    cue = belief.cues.get("frustration")
    if cue is not None and cue.kind == MISSED:
        return cue.kind
    since = list(takewhile(lambda e: e.outcome is not Outcome.HANDOFF, reversed(history)))
    if sum(e.feedback == -1 for e in since) >= 2:
        return "thumbs_down_twice"
    asked = _content(said)
    if any(e.outcome is Outcome.ANSWER and _same(asked, _content(fold(e.customer[:MAX_READ]))) for e in since[:3]):
        return "same_question_again"
    return ""


def _content(said: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", said)) - _STOP


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Nearly the same words (three quarters shared), and enough of them to mean something."""
    return len(one & other) >= 2 and len(one & other) * 4 >= len(one | other) * 3
