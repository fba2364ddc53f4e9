"""A person offered in the reply takes nothing back: a handoff stays one, and danger brings the crisis text."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from chatbot.decide import reply
from chatbot.outcome import Decision
from conversations.outcomes import Outcome, Reason
from conversations.wording import Spoken

SITE: Any = SimpleNamespace(spoken=Spoken(), crisis="If you are in danger, call 112.")


@pytest.mark.parametrize("reason", [Reason.PAUSED, Reason.SENSITIVE, Reason.TOOL_FAILED])
def test_a_handoff_stays_a_handoff_and_gets_the_crisis_text(reason: Reason) -> None:
    decided = reply.offering(SITE, Decision(reason, "A person comes."), Reason.DISTRESS, life=True)
    assert (decided.outcome, decided.person) == (Outcome.HANDOFF, "now")
    assert decided.text == "A person comes.\n\nIf you are in danger, call 112."
    assert decided.parts[-1].calls == ("112",)


def test_without_danger_a_handoff_is_left_as_it_is() -> None:
    handed = Decision(Reason.SENSITIVE, "A person comes.")
    assert reply.offering(SITE, handed, Reason.DISTRESS, life=False) == handed


def test_a_decline_to_somebody_who_may_be_in_danger_lists_no_subjects() -> None:
    listed = Decision(Reason.OUT_OF_SCOPE, "I can help with: Tents, Boots.", suggestions=("Tents", "Boots"))
    decided = reply.offering(SITE, listed, Reason.DISTRESS, life=True)
    assert (decided.outcome, decided.reason, decided.person) == (Outcome.DECLINE, Reason.DISTRESS, "offered")
    assert "Tents" not in decided.text
    assert decided.suggestions == ()
    assert decided.text.startswith(SITE.crisis)


def test_an_answer_keeps_its_quotes_after_the_offer() -> None:
    answered = Decision(Reason.ANSWERED, "Two years.")
    decided = reply.offering(SITE, answered, Reason.FRUSTRATION, life=False)
    assert decided.outcome is Outcome.ANSWER
    assert [part.text for part in decided.parts][-1] == "Two years."
    assert replace(decided, text="", parts=(), offered=False) == replace(answered, text="")
