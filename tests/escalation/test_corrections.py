"""A change is corrected before it is approved, within its types; what changes where things go is told to the old."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations import delivery
from conversations.models import Conversation
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from escalation.desk import approvals
from escalation.models import Approval
from release.live import snapshot
from sites.access.roles import NotAllowed
from sites.models import LedgerEntry, OutboxItem
from tests.declared import SAMPLE, Declaring
from tests.doctrine.ada import Ada, identity
from tests.escalation.test_changes import Counting, asked, last
from tests.hostile.conftest import bad_shop  # noqa: F401  a shop that says what it is told to
from tools import registry
from tools.declaration import Tool

pytestmark = pytest.mark.django_db
WHY = "you meant the other one"


def corrected(approval: Approval, ben: Any, **given: str) -> Approval:
    return approvals.correct(approval, actor=ben, given=given, reason=WHY)


def test_what_is_corrected_is_what_runs_and_both_are_kept_and_told(fernway, people, bad_shop):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop, number="FW-10202")
    made = corrected(approval, people["ben"], number="fw 10202")
    assert (made.arguments, made.words) == ({"customer": "ada", "number": "FW-10202"}, "Order FW-10202 is cancelled")
    assert made.asked == {"words": "Order FW-10233 is cancelled", "arguments": approval.arguments}
    assert last(made) == (
        "Ben has corrected what you asked for. It is now: Order FW-10202 is cancelled. "
        "You had asked for: Order FW-10233 is cancelled."
    )
    done = approvals.approve(made, actor=people["ben"], seen=1)
    assert done.state == "done"
    assert [head.split(" ")[1] for head in counting.posts] == ["/orders/FW-10202/cancel?customer=ada"]
    assert LedgerEntry.objects.filter(site=fernway, kind="approval.corrected").count() == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"number": "all of them"}, "is no number as it is declared"),
        ({"number": "FW-1"}, "is no number as it is declared"),
        ({"number": "FW-10202 and FW-10203"}, "is no number as it is declared"),
        ({"number": "../../admin"}, "is no number as it is declared"),
        ({"customer": "grace"}, "“customer” is nothing that can be corrected"),
        ({"colour": "red"}, "“colour” is nothing that can be corrected"),
        ({"number": "FW-10233"}, "Nothing was changed"),
        ({}, "Nothing was changed"),
    ],
)
def test_nothing_else_than_what_is_declared_can_be_put_in(fernway, people, bad_shop, given, why):  # noqa: F811
    approval = asked(fernway)
    with pytest.raises(IllegalMove, match=why):
        corrected(approval, people["ben"], **given)
    now = Approval.objects.get(pk=approval.pk)
    assert (now.arguments, now.corrections, now.asked) == (approval.arguments, 0, {})


def test_who_read_it_before_the_correction_does_not_approve_it(fernway, people, bad_shop):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    corrected(approval, people["ben"], number="FW-10202")
    with pytest.raises(IllegalMove, match="corrected meanwhile"):
        approvals.approve(approval, actor=people["ben"], seen=0)
    assert counting.posts == []
    for name in ("cleo", "dan", "alma"):
        with pytest.raises(NotAllowed):
            corrected(approval, people[name], number="FW-10203")


def test_ben_corrects_it_on_the_page(fernway, people, bad_shop):  # noqa: F811
    approval = asked(fernway)
    ben = Client()
    ben.force_login(people["ben"])
    act = reverse("admin:desk_act", args=[approval.conversation_id, "change-correct"])
    wrong = ben.post(act, {"approval": approval.pk, "to-number": "x", "reason": WHY}, follow=True).content.decode()
    assert "“x” is no number as it is declared" in wrong
    shown = ben.post(
        act, {"approval": approval.pk, "to-number": "FW-10202", "reason": WHY}, follow=True
    ).content.decode()
    assert "Corrected, and the customer was told: Order FW-10202 is cancelled." in shown
    assert "Was asked for as" in shown
    assert 'name="to-customer"' not in shown


# ── What changes where things are sent ────────────────────────────────────────────────────────────────────────

MOVES = Declaring().but("cancel_order", reroutes=True, fresh=10)


def ask(minutes: float | None, **changes: Any) -> registry.Found:
    who = replace(identity("ada"), auth_time=int(time.time() - minutes * 60) if minutes is not None else 0, **changes)
    found = registry.call("cancel_order", "cancel FW-10233", who, MOVES)
    assert found is not None
    return found


def test_it_needs_a_sign_in_that_is_fresh_and_an_address_that_can_be_told() -> None:
    assert ask(1).wanted == {
        "tool": "cancel_order", "words": "Order FW-10233 is cancelled", "contact": "ada@example.com",
        "arguments": {"customer": "ada", "number": "FW-10233"},
    }  # fmt: skip
    for minutes in (11, None):
        assert (ask(minutes).reason, ask(minutes).stale) == (Reason.NEEDS_IDENTITY, True)
    assert ask(1, email="").reason is Reason.TOOL_FAILED


def test_a_declaration_that_leaves_the_fresh_sign_in_out_is_none() -> None:
    body = SAMPLE.tools["cancel_order"].as_json()
    with pytest.raises(ValueError, match="needs “fresh:”"):
        Tool.model_validate({**body, "reroutes": True})


def test_who_signed_in_long_ago_is_asked_to_do_so_again_and_the_old_address_is_told(
    fernway,
    people,
    bad_shop,  # noqa: F811
    monkeypatch,
):
    live = snapshot.live(fernway.pk)
    moved = replace(live, tools={**live.tools, "cancel_order": MOVES.tools["cancel_order"]})
    monkeypatch.setattr(snapshot, "live", lambda *args, **more: moved)
    Counting(bad_shop)
    text = "Please cancel my order FW-10233 for me"
    stale = Ada(fernway, identity("ada"))
    assert stale.ask(text).reason == "needs_identity"
    assert "signed in just now" in delivery.frames(stale.conversation.pk, 0)[-1]["text"]
    fresh = Ada(fernway, replace(identity("ada"), auth_time=int(time.time()) - 5))
    assert fresh.ask(text).reason == "needs_approval"
    approval = Approval.objects.get(conversation=fresh.conversation)
    now = {**fresh.conversation.identity, "email": "eve@example.com"}
    Conversation.objects.filter(pk=fresh.conversation.pk).update(identity=now)
    assert approvals.approve(approval, actor=people["ben"]).state == "done"
    (mail,) = OutboxItem.objects.filter(kind="mail")
    assert mail.payload["to"] == "ada@example.com"
    assert "Order FW-10233 is cancelled" in mail.payload["text"]
