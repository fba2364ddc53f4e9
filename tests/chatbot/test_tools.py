"""Bounded tools: what is not declared is refused, what writes waits for a person, and every call is kept."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from conversations.outcomes import Reason
from tests.declared import Declaring
from tests.hostile.server import Hostile, hostile
from tools import registry, wire
from tools.connection import Connection
from tools.declaration import Tool
from tools.identity import Identity

ADA = Identity("ada", int(time.time()) + 86_400, email="ada@example.com")
DESK: dict[str, Any] = {
    "name": "desk",
    "title": "The desk",
    "access": "read",
    "request": {"connection": "desk", "path": "/said/{text}", "query": {"who": "{customer}"}},
    "arguments": {"customer": {"claim": "sub"}, "text": {"pattern": "hello|goodbye"}},
    "belongs_to": {"$.who": "customer"},
    "keep": {"said": {"path": "$.said"}},
    "outcomes": [{"say": ["You said $said."]}],
}
HABITS = {
    "the truth": lambda e: e.reply(truth(e.request["head"])),
    "broken": lambda e: e.reply(b"{}", "500 No"),
}


def who(head: str) -> str:
    return head.split(" ")[1].partition("who=")[2]


def truth(head: str) -> bytes:
    return json.dumps({"who": who(head), "said": "hello", "more": "unread"}).encode()


@pytest.fixture
def desk() -> Iterator[Hostile]:
    """A small system of the tests' own."""
    cache.clear()
    wire.forget()
    with hostile(HABITS) as server:
        server.habit = "the truth"
        yield server
    wire.forget()


def at(server: Hostile | None, **declared: Any) -> Declaring:
    said = {key: value for key, value in {**DESK, **declared}.items() if value is not ...}
    url = server.url if server else "http://127.0.0.1:9"
    place = {"name": "desk", "title": "Desk", "url": url, "private": ["127.0.0.1/32"]}
    return Declaring(tools={"desk": Tool.model_validate(said)}, connections={"desk": Connection.model_validate(place)})


def call(site: Any, who: Identity | None = ADA, text: str = "hello", **more: Any) -> registry.Found:
    found = registry.call("desk", text, who, site, **more)
    assert found is not None
    return found


def test_a_tool_nobody_declared_is_refused_and_the_attempt_is_kept() -> None:
    found = registry.call("give_refund", "500 pounds please", ADA, at(None))
    assert found is not None
    assert (found.reason, found.lines) == (Reason.TOOL_FAILED, ())
    assert [(c.tool, c.state) for c in found.calls] == [("give_refund", "refused")]


def test_what_writes_is_refused_and_what_was_asked_is_kept(desk: Hostile) -> None:
    found = call(at(desk, access="write", change="$text is said", request={**DESK["request"], "method": "POST"}))
    assert (found.reason, found.calls[0].state, desk.asked) == (Reason.NEEDS_APPROVAL, "refused", [])
    assert found.calls[0].arguments == {"text": "hello", "customer": "ada"}
    assert found.wanted == {"tool": "desk", "words": "hello is said", "arguments": {"text": "hello", "customer": "ada"}}


def test_a_reading_tool_is_used_for_the_verified_customer(desk: Hostile) -> None:
    found = call(at(desk))
    assert (found.reason, found.lines, found.title) == (Reason.ANSWERED, ("You said hello.",), "Desk")
    assert found.calls[0].arguments == {"text": "hello", "customer": "ada"}
    assert found.calls[0].result == {"said": "hello"}, "nothing else is kept"


@pytest.mark.parametrize("who", [None, Identity("ada", int(time.time())), Identity("ada", 0)])
def test_nobody_and_an_expired_sign_in_are_asked_to_sign_in(desk: Hostile, who: Identity | None) -> None:
    found = call(at(desk), who)
    assert (found.reason, found.calls[0].state, desk.asked) == (Reason.NEEDS_IDENTITY, "refused", [])


def test_a_sign_in_without_the_claim_that_is_needed_is_refused(desk: Hostile) -> None:
    site = at(desk, arguments={**DESK["arguments"], "customer": {"claim": "email"}})
    assert call(site, Identity("ada", ADA.expires)).calls[0].result == {
        "why": "the sign-in lacks a claim that it needs"
    }
    assert desk.asked == []


def test_a_tool_that_needs_no_identity_is_told_none(desk: Hostile) -> None:
    request = {"connection": "desk", "path": "/said/{text}"}
    site = at(desk, identity="none", request=request, arguments={"text": {"pattern": "hello"}}, belongs_to={})
    assert call(site).reason is Reason.ANSWERED
    assert "ada" not in desk.asked[0]["head"]


def test_a_tool_of_one_site_is_none_of_anothers(desk: Hostile) -> None:
    found = call(Declaring("otherway", tools={}, connections={}))
    assert (found.reason, desk.asked) == (Reason.TOOL_FAILED, [])


def test_a_text_that_is_no_question_for_the_tool_is_left_to_the_articles(desk: Hostile) -> None:
    assert registry.call("desk", "good evening", ADA, at(desk)) is None


def test_a_customer_has_so_many_calls_a_minute_and_another_has_their_own(
    desk: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    site = at(desk, limits={"person": 3})
    ends = [call(site) for _ in range(5)]
    assert [f.reason for f in ends] == [Reason.ANSWERED] * 3 + [Reason.TOOL_FAILED] * 2
    assert ends[-1].calls[0].state == "refused"
    call(site, Identity("ben", 2_000_000))
    assert [who(each["head"]) for each in desk.asked] == ["ada"] * 3 + ["ben"]


def test_a_whole_site_has_so_many_calls_a_minute(desk: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    site = at(desk, limits={"site": 2})
    ends = [call(site, Identity(f"customer-{n}", 2_000_000)) for n in range(4)]
    assert [f.reason for f in ends] == [Reason.ANSWERED] * 2 + [Reason.TOOL_FAILED] * 2


def test_a_failure_is_a_reason_and_never_an_error(desk: Hostile) -> None:
    desk.habit = "broken"
    found = call(at(desk))
    assert (found.reason, found.lines, found.calls[0].state) == (Reason.TOOL_FAILED, (), "failed")
    assert found.calls[0].result == {"why": "status 500"}


def test_a_system_that_keeps_failing_is_left_alone(desk: Hostile) -> None:
    desk.habit = "broken"
    ends = [call(at(desk)).calls[0].result for _ in range(wire.PATIENCE + 2)]
    assert ends[-2:] == [{"why": "left alone after repeated failures"}] * 2
    assert len(desk.asked) == wire.PATIENCE


def test_a_tool_gets_its_seconds_and_never_more_than_the_turn_has_left(
    desk: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    real = wire.send
    monkeypatch.setattr(wire, "send", lambda *a: (given.append(a[-1]), real(*a))[1])
    call(at(desk, timeout=3))
    call(at(desk, timeout=3), until=time.monotonic() + 0.5)
    assert given[0] == 3
    assert given[1] <= 0.5


def test_nothing_is_asked_of_a_private_address_that_is_not_listed(desk: Hostile) -> None:
    site = at(desk)
    body = site.connections["desk"].model_dump(exclude_defaults=True)
    elsewhere = Connection.model_validate({**body, "private": ["10.0.0.0/8"]})
    found = call(Declaring(tools=site.tools, connections={"desk": elsewhere}))
    assert found.calls[0].result == {"why": "an address or a reply that is refused"}
    assert desk.asked == []
