"""A model may shorten a paragraph and never add: what is shown shortened was proven, and the whole is one tap away."""

import time
from collections import Counter
from typing import Any

import pytest

from chatbot import again
from chatbot.decide import condense, model
from chatbot.decide.answer import proven
from conversations.models import Message, Turn
from conversations.wording import ENGLISH
from release.live import pauses
from sites.models import Site
from tests.conftest import count
from tests.hostile.server import CUTS, HABITS, INJECTED, Exchange, Hostile
from tests.hostile.test_turns import ask, check, questions
from tests.hostile.test_understand import STRANGE

pytestmark = pytest.mark.django_db
USES = {"select": "on", "understand": "on", "condense": "on"}
WHOLE = (
    "Please note that you may return an item within 30 days, such as a jacket, because we check them by hand. The team "
    "looks at parcels in the order in which they come in. We do not refund outlet items."
)


@pytest.fixture
def on(liar: Hostile, settings: Any) -> Hostile:
    settings.HANDRAIL_MODEL_USES = {"condense": "on"}
    model.line.breaker.reset()
    return liar


@pytest.fixture
def long_one(fernway: Site, on: Hostile) -> str:
    """A question of the sample whose answer has a paragraph that is long enough to be shortened."""
    on.habit = "most of the words"
    for text in questions("answers"):
        model.line.breaker.reset()
        if any(vote["use"] == "condense" for vote in votes(ask(fernway, text))):
            on.asked.clear()
            return text
    raise AssertionError("no answer of the sample is long enough")


def votes(message: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Turn.objects.get(answer=message).trace.get("model_votes", [])
    return found


def keeping(liar: Hostile, words: Any) -> None:
    """Have the model keep the words (from 1) for which this is true."""

    def choose(exchange: Exchange) -> None:
        exchange.choose([n for n in range(1, exchange.count + 1) if words(n)])

    liar.habits, liar.habit = {**HABITS, "keeping": choose}, "keeping"


def shortened(liar: Hostile, gone: str) -> condense.Shortened:
    """WHOLE, where a model leaves out these words of it."""
    words, at = WHOLE.split(), len(WHOLE[: WHOLE.index(gone)].split())
    out = range(at + 1, at + 1 + len(gone.split()))
    keeping(liar, lambda n: n not in out and n <= len(words))
    model.line.breaker.reset()
    return condense.asked("Can I send it back?", WHOLE, None, lambda call: None)


def test_fillers_asides_and_descriptions_may_go(on: Hostile) -> None:
    assert shortened(on, "Please note that").text.startswith("You may return an item within 30 days, such as")
    assert "30 days because we check them" in shortened(on, "such as a jacket,").text
    assert shortened(on, "because we check them by hand.").text.split(". ")[0].endswith("such as a jacket")
    assert "order" not in shortened(on, "The team looks at parcels in the order in which they come in.").text


HARM = ("within 30 days,", "30", "days,", "may", "not", "We do not refund outlet items.", "an item", "outlet")


@pytest.mark.parametrize("gone", HARM)
def test_nothing_that_limits_may_go(on: Hostile, gone: str) -> None:
    found = shortened(on, gone)
    assert found.text == ""
    assert found.objections


def test_it_is_off_until_switched_on(fernway: Site, liar: Hostile) -> None:
    liar.habit = "most of the words"
    for text in questions("answers")[:5]:
        assert not [vote for vote in votes(ask(fernway, text)) if vote["use"] == "condense"]


def test_what_is_shortened_says_so_and_the_whole_is_behind_it(
    fernway: Site, on: Hostile, long_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proven, "objections", lambda block, short: [])
    keeping(on, lambda n: n <= 6)
    message = ask(fernway, long_one)
    (vote,) = votes(message)
    assert (vote["effect"], vote["words"][1]) == ("changed", 6)
    place = next(n for n, part in enumerate(message.parts) if part["text"] == ENGLISH["condensed"])
    short, more = message.parts[place + 1], message.parts[place + 1]["more"]
    whole = (more.get("parts") or [more])[0]["text"]
    assert whole.startswith(short["text"].rstrip("."))
    assert short["cites"]
    assert message.citations.exists()
    found = again.decide(Turn.objects.get(answer=message))
    assert found.now is not None
    assert not found.differs


def test_in_shadow_and_where_the_proof_refuses_the_paragraph_stands_as_it_is(
    fernway: Site, on: Hostile, long_one: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HANDRAIL_MODEL_USES = {}
    own = ask(fernway, long_one).text
    settings.HANDRAIL_MODEL_USES = {"condense": "on"}
    keeping(on, lambda n: n <= 6)
    message = ask(fernway, long_one)
    assert (message.text, votes(message)[0]["effect"]) == (own, "unfit")
    monkeypatch.setattr(proven, "objections", lambda block, short: [])
    settings.HANDRAIL_MODEL_USES = {"condense": "shadow"}
    message = ask(fernway, long_one)
    assert (message.text, votes(message)[0]["effect"], votes(message)[0]["shadow"]) == (own, "changed", True)


def test_where_the_proof_was_not_measured_well_enough_nobody_is_asked(
    fernway: Site, on: Hostile, long_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condense, "refusal", lambda: "harmful cuts may be let through")
    assert votes(ask(fernway, long_one)) == []
    assert on.asked == []


def test_a_paused_model_shortens_nothing(fernway: Site, on: Hostile, long_one: str, people: dict[str, Any]) -> None:
    pauses.pause(site=fernway, what="model", actor=people["dan"], reason="It is odd today.")
    assert votes(ask(fernway, long_one)) == []


def survive(site: Site, liar: Hostile, turns: int, deadline: float) -> Counter[str]:
    """So many turns against a server that does what it pleases, in all three uses; what its votes came to."""
    asked = [*questions("two-questions", "answers"), *STRANGE]
    effects = Counter[str]()
    for turn in range(turns):
        model.line.breaker.reset()
        liar.habit = (
            liar.dice.choice(list(CUTS)) if turn % 2 else None
        )  # a lie about sentences leaves no paragraph to cut
        began = time.monotonic()
        message = ask(site, liar.dice.choice(asked))
        assert time.monotonic() - began < deadline, liar.did[-3:]
        check(message)
        for offer in message.offers.all():
            assert INJECTED not in f"{offer.title} {offer.heading}"
        effects.update(f"{vote['use']} {vote['effect']}" for vote in votes(message))
    return effects


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(count(40, 1)))
def test_whatever_a_hostile_model_does_in_all_three_uses_no_word_is_added_and_no_limit_lost(
    fernway: Site, liar: Hostile, settings: Any, seed: int
) -> None:
    settings.HANDRAIL_MODEL_USES, settings.HANDRAIL_DEADLINE = USES, 3.6
    liar.dice.seed(seed)
    effects = survive(fernway, liar, count(250, 60), settings.HANDRAIL_DEADLINE)
    print(f"seed {seed}: {dict(effects.most_common())}; {len(set(liar.did))} habits")
    assert len(set(liar.did)) > 20


def test_without_the_proof_the_same_turns_lose_what_limits_them(
    fernway: Site, liar: Hostile, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: with the proof out it does."""
    settings.HANDRAIL_MODEL_USES, settings.HANDRAIL_DEADLINE = USES, 3.6
    monkeypatch.setattr(proven, "objections", lambda block, short: [])
    liar.habits = CUTS
    with pytest.raises(AssertionError):
        survive(fernway, liar, 100, settings.HANDRAIL_DEADLINE)
