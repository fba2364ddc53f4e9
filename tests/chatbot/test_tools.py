"""Bounded tools: what is not declared is refused, what writes waits for a person, and every call is kept."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from pydantic import BaseModel

from chatbot import outside, tools
from chatbot.identity import Identity
from conversations.outcomes import Reason

SITE: Any = SimpleNamespace(site="fernway", wording={})
ADA = Identity("ada", int(time.time()) + 86_400)


class Text(BaseModel):
    text: str


class Desk:
    """A tool of the tests' own, and whom it was used for."""

    def __init__(self, **declared: Any) -> None:
        self.used: list[str] = []
        words = {"name": "desk", "title": "Desk", "description": "", "arguments": Text, "site": lambda: "fernway"}
        self.tool = tools.Tool(**{**words, "asked": lambda text, whole: Text(text=text), "run": self.run, **declared})

    def run(self, arguments: Text, customer: str, own: Any, seconds: float) -> tools.Read:
        self.used.append(customer)
        return tools.Read((f"You said {arguments.text}.",), {"said": arguments.text})


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Any:
    cache.clear()

    def declared(**words: Any) -> Desk:
        desk = Desk(**words)
        monkeypatch.setattr(tools, "REGISTRY", {"desk": desk.tool})
        return desk

    return declared


def test_a_tool_nobody_declared_is_refused_and_the_attempt_is_kept() -> None:
    found = tools.call("give_refund", "500 pounds please", ADA, SITE)
    assert found is not None
    assert (found.reason, found.lines) == (Reason.TOOL_FAILED, ())
    assert [(c.tool, c.state) for c in found.calls] == [("give_refund", "refused")]


def test_a_tool_that_says_nothing_of_itself_counts_as_one_that_writes(declare: Any) -> None:
    desk = declare()
    found = tools.call("desk", "hello", ADA, SITE)
    assert (found.reason, found.calls[0].state, desk.used) == (Reason.NEEDS_APPROVAL, "refused", [])
    assert found.calls[0].arguments == {"text": "hello"}


def test_a_reading_tool_is_used_for_the_verified_customer(declare: Any) -> None:
    desk = declare(writes=False)
    found = tools.call("desk", "hello", ADA, SITE)
    assert (found.reason, found.lines, desk.used) == (Reason.ANSWERED, ("You said hello.",), ["ada"])
    assert (found.cited.n, found.cited.title, found.cited.quote) == (1, "Desk", "You said hello.")
    assert found.calls[0].arguments == {"text": "hello", "customer": "ada"}


@pytest.mark.parametrize("who", [None, Identity("ada", int(time.time())), Identity("ada", 0)])
def test_nobody_and_an_expired_sign_in_are_asked_to_sign_in(declare: Any, who: Identity | None) -> None:
    desk = declare(writes=False)
    found = tools.call("desk", "hello", who, SITE)
    assert (found.reason, found.calls[0].state, desk.used) == (Reason.NEEDS_IDENTITY, "refused", [])


def test_a_tool_that_needs_no_identity_is_told_none(declare: Any) -> None:
    desk = declare(writes=False, identity=False)
    tools.call("desk", "hello", ADA, SITE)
    assert desk.used == [""]


def test_a_tool_of_one_site_is_none_of_anothers(declare: Any) -> None:
    desk = declare(writes=False)
    found = tools.call("desk", "hello", ADA, SimpleNamespace(site="otherway", wording={}))
    assert (found.reason, desk.used) == (Reason.TOOL_FAILED, [])


def test_a_text_that_is_no_question_for_the_tool_is_left_to_the_articles(declare: Any) -> None:
    declare(writes=False, asked=lambda text, whole: None)
    assert tools.call("desk", "hello", ADA, SITE) is None


def test_a_customer_has_so_many_calls_a_minute_and_another_has_their_own(
    declare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    desk = declare(writes=False, a_minute=3)
    ends = [tools.call("desk", "hello", ADA, SITE) for _ in range(5)]
    assert [f.reason for f in ends] == [Reason.ANSWERED] * 3 + [Reason.TOOL_FAILED] * 2
    assert ends[-1].calls[0].state == "refused"
    tools.call("desk", "hello", Identity("ben", 2_000_000), SITE)
    assert desk.used == ["ada"] * 3 + ["ben"]


def test_a_failure_is_a_reason_and_never_an_error(declare: Any) -> None:
    def fails(*_: Any) -> tools.Read:
        raise outside.Failed("status 500")

    declare(writes=False, run=fails)
    found = tools.call("desk", "hello", ADA, SITE)
    assert (found.reason, found.lines, found.calls[0].state) == (Reason.TOOL_FAILED, (), "failed")
    assert found.calls[0].result == {"why": "status 500"}


def test_a_tool_gets_two_seconds_and_never_more_than_the_turn_has_left(declare: Any) -> None:
    given: list[float] = []

    def run(arguments: Text, customer: str, own: Any, seconds: float) -> tools.Read:
        given.append(seconds)
        return tools.Read(("Done.",), {})

    declare(writes=False, run=run)
    tools.call("desk", "hello", ADA, SITE)
    tools.call("desk", "hello", ADA, SITE, until=time.monotonic() + 0.5)
    assert given[0] == tools.LONGEST
    assert given[1] <= 0.5


def test_the_declarations_are_one_stable_text() -> None:
    assert tools.describe() == tools.describe()
    declared = json.loads(tools.describe())
    assert [d["name"] for d in declared] == tools.names() == ["order_status"]
    assert not any(d["writes"] for d in declared), "no tool may write yet: there is nobody to approve it"
    assert all(d["identity"] for d in declared)
