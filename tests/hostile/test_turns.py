"""Whole turns of the sample site with a hostile model: all that is said is approved text or fixed wording."""

import json
import random
import re
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chatbot import turn
from chatbot.decide import model
from conversations import record
from conversations.models import Message, ToolCall, Turn
from conversations.outcomes import Reason
from conversations.wording import ENGLISH, INSIDE
from knowledge.models import Revision
from knowledge.text.markdown import plain
from release.live import pauses
from sites.models import Site
from tests.conftest import count
from tests.hostile.server import INJECTED, LIMITS, Hostile
from tests.hostile.shop import SECRET
from tests.hostile.test_orders import OWN, PRIVATE, attempt
from tools import registry, wire
from tools.identity import Identity
from tools.sentences import cleaned

ROOT = Path(__file__).parents[2]


def questions(*files: str) -> list[str]:
    lines = "\n".join((ROOT / f"sample/scenarios/{name}.jsonl").read_text() for name in files).splitlines()
    scenarios = [json.loads(line) for line in lines if line]
    return [s["turns"][0] for s in scenarios if len(s["turns"]) == 1]


def template(line: str) -> str:
    """A line of wording as a pattern: its words as they are, anything for its `$names`."""
    return re.escape(re.sub(r"\$\w+", "\x00", line)).replace("\x00", "(?s:.+?)")


LINES = "|".join(template(line) for key, line in ENGLISH.items() if key not in INSIDE)
FIXED = re.compile(rf"(?:(?:{LINES})\s*)+")


def start(site: Site, text: str, identity: dict[str, Any] | None = None) -> Turn:
    """One question in a conversation of its own, recorded."""
    conversation, _ = record.open_conversation(site, locale="en", page="", identity=identity or {}, disclosure="")
    asked = turn.begin(conversation.pk, str(uuid.uuid4()), text)
    assert asked.turn is not None
    return asked.turn


def ask(site: Site, text: str, identity: dict[str, Any] | None = None) -> Message:
    """One question, taken through all three phases, and the one message it ended in."""
    begun = start(site, text, identity)
    assert turn.take(begun) is None
    assert Turn.objects.get(pk=begun.pk).state == Turn.State.SETTLED
    return Message.objects.get(conversation_id=begun.conversation_id, author=Message.Author.BOT)


def check(message: Message) -> None:
    """Every sentence is a slice of an approved revision, word for word, or fixed wording."""
    cited = {c.n: c for c in message.citations.all()}
    for n, citation in cited.items():
        revision = Revision.objects.get(pk=citation.revision_id)
        assert revision.state == Revision.State.APPROVED, n
        assert revision.text[citation.start : citation.end] == citation.quote
    behind = [
        each for part in message.parts if "more" in part for each in (part["more"], *part["more"].get("parts", ()))
    ]
    for before, part in zip(({"text": ""}, *message.parts, *behind), (*message.parts, *behind), strict=False):
        if before["text"] == ENGLISH["condensed"]:
            check_shortened(part)
        elif part["cites"]:
            quotes = [" ".join(plain(cited[n].quote).split()) for n in part["cites"]]
            shown = part["text"].removeprefix(part.get("label", "\0") + "\n")
            pieces = [*shown.split("\n"), *(line for item in part.get("items", ()) for line in item.split("\n"))]
            assert all(any(" ".join(piece.split()) in quote for quote in quotes) for piece in pieces), part
        else:
            assert FIXED.fullmatch(part["text"]), part["text"]
    assert message.text == "\n\n".join(part["text"] for part in message.parts)
    assert INJECTED not in message.text


def check_shortened(part: dict[str, Any]) -> None:
    """Words of the paragraph behind it in their order, and none gone that changes what is said."""
    whole = (part["more"].get("parts") or [part["more"]])[0]["text"]
    left = iter(re.findall(r"\w+", whole.casefold()))
    assert all(word in left for word in re.findall(r"\w+", part["text"].casefold())), (whole, part["text"])
    limits = [LIMITS.findall(text) for text in (whole, part["text"])]
    lost = [word for word in limits[0] if limits[0].count(word) > limits[1].count(word)]
    assert not lost, (lost, whole, part["text"])


@pytest.mark.timeout(3_600)
def test_whatever_a_hostile_model_does_only_approved_text_is_said_and_in_time(fernway: Site, liar: Hostile) -> None:
    asked = questions("two-questions", "answers")
    for n in range(count(1_000, 60)):
        model.line.breaker.reset()
        began = time.monotonic()
        message = ask(fernway, asked[n % len(asked)])
        assert time.monotonic() - began < settings.HANDRAIL_DEADLINE, liar.did[-2:]
        check(message)
    assert len(set(liar.did)) > 20


def test_a_model_that_is_down_costs_no_answer(fernway: Site, liar: Hostile) -> None:
    """What customers get with a dead model is what they get with none."""
    asked = questions("answers")[:6]
    liar.habit = "a closed connection"
    with_dead_model = [ask(fernway, text).text for text in asked]
    settings.HANDRAIL_MODEL = ""
    assert [ask(fernway, text).text for text in asked] == with_dead_model
    assert len(liar.did) == model.line.breaker.patience, "after that it was left alone"


def test_a_paused_model_is_not_called(fernway: Site, liar: Hostile, people: dict[str, Any]) -> None:
    question = questions("answers")[0]
    liar.habit = "the first sentence"
    ask(fernway, question)
    assert len(liar.did) == 1
    pauses.pause(site=fernway, what="model", actor=people["dan"], reason="It is odd today.")
    check(ask(fernway, question))
    assert len(liar.did) == 1


def test_an_answer_in_flight_that_a_model_chose_falls_with_its_pause(
    fernway: Site, liar: Hostile, people: dict[str, Any]
) -> None:
    liar.habit = "the first sentence"
    begun = start(fernway, questions("answers")[0])
    decision = turn.decide(begun)
    assert decision.reason is Reason.ANSWERED
    pauses.pause(site=fernway, what="model", actor=people["dan"], reason="It is odd today.")
    turn.settle(begun, decision)
    assert Turn.objects.get(pk=begun.pk).reason == Reason.PAUSED


# ── Orders, through whole turns ───────────────────────────────────────────────────────────────────────────────


def signed_in(sub: str) -> dict[str, Any]:
    return Identity(sub, int(time.time()) + 600).claims()


def test_a_signed_in_customer_hears_where_her_order_is(fernway: Site, shop: str) -> None:
    message = ask(fernway, "Where is my order FW-10023?", signed_in("ada"))
    assert (message.outcome, message.generated) == ("answer", "tool")
    assert "Order FW-10023 (“Kestrel rain jacket" in message.text
    citation = message.citations.get()
    assert (citation.title, citation.quote, citation.url) == ("Order system", message.text, "")
    kept = ToolCall.objects.get(turn__answer=message)
    assert (kept.tool, kept.state, kept.arguments["customer"]) == ("order_status", "ok", "ada")


def test_a_visitor_is_asked_to_sign_in(fernway: Site, shop: str) -> None:
    message = ask(fernway, "Where is my order FW-10023?")
    assert (message.outcome, message.generated) == ("decline", "fixed")
    assert ToolCall.objects.get(turn__answer=message).state == "refused"


def test_a_shop_that_lies_or_stalls_means_a_person(fernway: Site, bad_shop: Hostile) -> None:
    for habit in ("another customer's order", "broken JSON", "a stall"):
        wire.forget()
        bad_shop.habit = habit
        message = ask(fernway, "Where is my order FW-10023?", signed_in("ada"))
        assert message.outcome == "handoff", habit
        assert SECRET not in message.text
        assert ToolCall.objects.get(turn__answer=message).state == "failed"


@pytest.mark.timeout(3_600)
def test_no_text_to_the_bot_reaches_anothers_order(fernway: Site, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.rate, "count", lambda *whose: (1, 0))
    dice = random.Random(11)
    for _ in range(count(1_000, 40)):
        victim, eve = dice.sample(sorted(OWN), 2)
        text = dice.choice(["", "Where is my order? ", "Has it shipped? "]) + attempt(dice, victim)
        message = ask(fernway, text.replace("\x00", " "), dice.choice([{}, signed_in(eve)]))
        secrets = PRIVATE[victim] - PRIVATE[eve]
        assert not any(cleaned(secret) in message.text for secret in secrets)
        told = ToolCall.objects.filter(turn__answer=message, state="ok")
        assert all(call.arguments["number"] in OWN[eve] for call in told if "status" in call.result)
