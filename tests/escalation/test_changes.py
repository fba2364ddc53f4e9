"""A change that a customer asks for: a person approves it, it runs once, it is undone while that is declared."""

import json
import os
import random
import signal
import threading
import time
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import delivery, privacy
from conversations.models import Conversation, State
from conversations.record import IllegalMove
from escalation.desk import approvals, desk
from escalation.models import Approval, Handoff
from release.live import pauses, snapshot
from sites.access.roles import NotAllowed
from tests.conftest import count
from tests.doctrine.ada import Ada, identity
from tests.hostile.conftest import bad_shop, shop, shop_service  # noqa: F401  the shop's service, and a hostile one
from tests.hostile.shop import ADAS
from tools import execution, registry, wire

ASK = "Please cancel my order FW-10233 for me"


def asked(fernway, text: str = ASK, sub: str = "ada") -> Approval:
    ada = Ada(fernway, identity(sub))
    turn = ada.ask(text)
    assert (turn.outcome, turn.reason) == ("handoff", "needs_approval")
    return Approval.objects.get(conversation=ada.conversation)


def last(approval: Approval) -> str:
    """What the customer read last."""
    return str(delivery.frames(approval.conversation_id, 0)[-1]["text"])


def state_of(fernway, number: str = "FW-10233") -> str:
    found = registry.call("order_status", number, identity("ada"), registry_site(fernway))
    return found.calls[0].result["status"]


def registry_site(fernway) -> Any:
    wire.forget()
    return snapshot.live(fernway.pk)


class Counting:
    """A system that counts what it is asked to do."""

    def __init__(self, server: Any, **changes: Any) -> None:
        body = {**ADAS, "number": "FW-10233", "status": "cancelled", **changes}
        server.habits = {"yes": lambda e: e.reply(json.dumps(body).encode())}
        server.habit = "yes"
        self.server = server

    @property
    def posts(self) -> list[str]:
        return [each["head"] for each in self.server.asked if each["head"].startswith("POST")]


@pytest.mark.django_db
def test_it_is_asked_in_words_and_nothing_happens_before_a_yes(fernway, shop):  # noqa: F811
    approval = asked(fernway)
    assert (approval.state, approval.words) == ("open", "Order FW-10233 is cancelled")
    assert approval.arguments == {"customer": "ada", "number": "FW-10233"}
    assert approval.declared["undo"]["name"] == "restore_order"
    assert approval.conversation.state == State.WAITING
    assert state_of(fernway) == "processing"


@pytest.mark.django_db
def test_a_yes_has_it_done_once_and_the_customer_hears_by_whom_then_it_is_undone(fernway, people, shop):  # noqa: F811
    approval = asked(fernway)
    done = approvals.approve(approval, actor=people["ben"])
    assert (done.state, done.told) == ("done", ["Order FW-10233 is cancelled now."])
    assert last(done) == "Ben has had this done for you: Order FW-10233 is cancelled. Order FW-10233 is cancelled now."
    assert state_of(fernway) == "cancelled"
    with pytest.raises(IllegalMove, match="done already, by ben"):
        approvals.approve(approval, actor=people["ben"])
    back = approvals.undo(done, actor=people["ben"], reason="she wants it after all")
    assert (back.state, back.undoes_id) == ("done", done.pk)
    assert last(done).startswith("Ben has had this taken back: Order FW-10233 is cancelled.")
    assert state_of(fernway) == "processing"
    with pytest.raises(IllegalMove, match="taken back already"):
        approvals.undo(done, actor=people["ben"], reason="again")


@pytest.mark.django_db
def test_a_no_has_a_reason_and_nothing_is_done(fernway, people, shop):  # noqa: F811
    approval = asked(fernway)
    with pytest.raises(IllegalMove, match="why not"):
        approvals.decline(approval, actor=people["ben"], reason=" ")
    approvals.decline(approval, actor=people["ben"], reason="it ships in a minute")
    assert last(approval) == "Ben has decided not to do this: Order FW-10233 is cancelled."
    with pytest.raises(IllegalMove, match="declined already"):
        approvals.approve(approval, actor=people["ben"])
    assert state_of(fernway) == "processing"


@pytest.mark.django_db
def test_what_the_system_would_not_do_is_told(fernway, people, shop):  # noqa: F811
    done = approvals.approve(asked(fernway, "Please cancel my order FW-10202 for me"), actor=people["ben"])
    assert (done.state, done.told) == ("refused", ["Order FW-10202 is packed already."])
    assert last(done).startswith("This could not be done: Order FW-10202 is cancelled.")


@pytest.mark.django_db
def test_anothers_order_is_not_cancelled_whatever_the_agent_approves(fernway, people, shop):  # noqa: F811
    done = approvals.approve(asked(fernway, "Please cancel my order FW-10219 for me"), actor=people["ben"])
    assert (done.state, done.told) == ("refused", ["I found no order FW-10219 in your account."])


@pytest.mark.django_db
def test_who_has_not_signed_in_asks_for_no_change(fernway, shop):  # noqa: F811
    assert Ada(fernway).ask(ASK).reason == "needs_identity"
    assert not Approval.objects.exists()


@pytest.mark.django_db
def test_what_it_lacks_is_asked_for_first(fernway, shop):  # noqa: F811
    ada = Ada(fernway, identity("ada"))
    assert ada.ask("please cancel my order for me").reason == "asking"
    assert "Cancel my order FW-10233" in ada.last["suggestions"]
    assert ada.ask("Cancel my order FW-10233").reason == "needs_approval"
    assert Approval.objects.get().words == "Order FW-10233 is cancelled"


@pytest.mark.django_db
def test_how_to_cancel_is_still_answered_from_the_article(fernway, shop):  # noqa: F811
    ada = Ada(fernway, identity("ada"))
    assert ada.ask("how do i cancel an order i just placed").outcome == "answer"


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["expired", "withdrawn", "paused", "closed"])
def test_what_is_over_or_paused_never_runs(fernway, people, bad_shop, why):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    if why == "expired":
        Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif why == "paused":
        pauses.pause(site=fernway, what="tools", actor=people["dan"], reason="to see")
    elif why == "withdrawn":
        desk.customer_leaves(approval.conversation_id)
    else:
        handoff = Handoff.objects.get(conversation=approval.conversation)
        desk.claim(handoff, actor=people["ben"])
        desk.close(handoff, actor=people["ben"], ending="resolved", reason="", need="needed")
    with pytest.raises(IllegalMove):
        approvals.approve(approval, actor=people["ben"])
    assert counting.posts == []
    approvals.sweep()
    expected = {"expired": "expired", "paused": "open"}.get(why, "withdrawn")
    assert Approval.objects.get(pk=approval.pk).state == expected
    assert counting.posts == []


@pytest.mark.django_db
def test_whoever_may_not_approve_does_not(fernway, people, bad_shop):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    for name in ("cleo", "dan", "alma"):
        with pytest.raises(NotAllowed, match="is not an agent"):
            approvals.approve(approval, actor=people[name])
    assert counting.posts == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (lambda e: e.reply(b"{}", "500 Oops"), "unknown"),
        (lambda e: None, "unknown"),
        (lambda e: e.reply(b"not JSON"), "unknown"),
        (lambda e: e.reply(json.dumps({**ADAS, "customer": "grace", "status": "cancelled"}).encode()), "unknown"),
        (lambda e: e.reply(b"{}", "401 Who are you"), "failed"),
        (lambda e: e.reply(b"{}", "409 Packed"), "refused"),
    ],
)
def test_what_was_sent_and_not_answered_for_is_not_known(fernway, people, bad_shop, reply, state):  # noqa: F811
    approval = asked(fernway)
    bad_shop.habits, bad_shop.habit = {"so": reply}, "so"
    wire.forget()
    ended = approvals.approve(approval, actor=people["ben"])
    assert ended.state == state
    assert "Grace" not in last(ended)


@pytest.mark.django_db
def test_a_process_that_dies_after_the_yes_is_finished_with_the_same_key(fernway, people, bad_shop, monkeypatch):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    real = execution.run
    for place in ("before it is sent", "after it was sent"):
        Approval.objects.filter(pk=approval.pk).update(state="open", tries=0)
        counting.server.asked.clear()

        def dies(*args: Any, place: str = place) -> Any:
            if place == "after it was sent":
                real(*args)
            raise SystemExit

        monkeypatch.setattr(execution, "run", dies)
        with pytest.raises(SystemExit):
            approvals.approve(approval, actor=people["ben"])
        monkeypatch.setattr(execution, "run", real)
        assert approvals.sweep() == 0, "its time to answer is not over"
        Approval.objects.update(began_at=timezone.now() - approvals.LEASE)
        assert approvals.sweep() == 1
        assert Approval.objects.get(pk=approval.pk).state == "done"
        keys = {line for head in counting.posts for line in head.split("\r\n") if line.startswith("Idempotency-Key")}
        assert keys == {f"Idempotency-Key: {approval.key}"}, place


@pytest.mark.django_db
def test_where_no_repeats_are_known_a_lost_one_is_reported_and_not_sent_again(fernway, people, bad_shop, monkeypatch):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    body = approval.declared | {"tool": {k: v for k, v in approval.declared["tool"].items() if k != "repeats"}}
    Approval.objects.update(declared=body)
    monkeypatch.setattr(execution, "run", lambda *a: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        approvals.approve(approval, actor=people["ben"])
    Approval.objects.update(began_at=timezone.now() - approvals.LEASE)
    approvals.sweep()
    ended = Approval.objects.get(pk=approval.pk)
    assert (ended.state, counting.posts) == ("unknown", [])
    assert last(ended).startswith("We are not certain yet whether this was done:")


@pytest.mark.django_db(transaction=True)
def test_many_agents_at_once_are_one_execution(fernway, people, bad_shop):  # noqa: F811
    approval, counting, agents = asked(fernway), Counting(bad_shop), count(100, 12)
    ends: list[str] = []

    def press() -> None:
        try:
            ends.append(approvals.approve(approval, actor=people["ben"]).state)
        except IllegalMove as refusal:
            ends.append(str(refusal))
        finally:
            connections.close_all()

    pressing = [threading.Thread(target=press) for _ in range(agents)]
    for each in pressing:
        each.start()
    for each in pressing:
        each.join()
    assert ends.count("done") == 1
    assert len(counting.posts) == 1
    assert len(ends) == agents
    print(f"{agents} agents: 1 execution")


@pytest.mark.django_db
def test_an_erasure_empties_it_and_what_was_open_never_runs(fernway, people, bad_shop):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    desk.customer_leaves(approval.conversation_id)
    theirs = Conversation.objects.filter(pk=approval.conversation_id)
    privacy.erase(theirs, fernway, actor=people["admin"], reason="asked for it")
    left = Approval.objects.get(pk=approval.pk)
    assert (left.state, left.arguments, left.declared, left.told) == ("withdrawn", {}, {}, [])
    with pytest.raises(IllegalMove):
        approvals.approve(left, actor=people["ben"])
    assert counting.posts == []


@pytest.mark.django_db
def test_an_agent_has_it_done_on_the_page_of_the_conversation(fernway, people, bad_shop):  # noqa: F811
    approval, counting = asked(fernway), Counting(bad_shop)
    ben = Client()
    ben.force_login(people["ben"])
    page = reverse("admin:desk_conversation", args=[approval.conversation_id])
    shown = ben.get(page).content.decode()
    assert "Order FW-10233 is cancelled" in shown
    assert "Take a cancellation back" in shown
    act = reverse("admin:desk_act", args=[approval.conversation_id, "change-approve"])
    shown = ben.post(act, {"approval": approval.pk}, follow=True).content.decode()
    assert "Order FW-10233 is cancelled: done." in shown
    assert "Take it back" in shown
    assert len(counting.posts) == 1


def _let_go() -> None:
    """Close every connection, those that a pool keeps too: a process and its child share none."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3_600)
def test_killed_at_any_moment_it_was_sent_under_one_key_or_not_at_all(fernway, people, bad_shop):  # noqa: F811
    """A process of its own approves, and is killed: what is open was never sent, what was sent ends as done."""
    first, counting, dice, ends = asked(fernway), Counting(bad_shop), random.Random(3), []
    for _ in range(count(1_000, 15)):
        approval = Approval.objects.get(pk=first.pk)
        approval.pk, approval.key, approval.state = None, uuid.uuid4(), "open"
        approval.save()
        _let_go()
        if not (child := os.fork()):
            with suppress(BaseException):
                approvals.approve(Approval.objects.get(pk=approval.pk), actor=people["ben"])
            os._exit(0)
        time.sleep(dice.random() * 0.12)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        Approval.objects.filter(state="running").update(began_at=timezone.now() - approvals.LEASE)
        approvals.sweep()
        ended = Approval.objects.get(pk=approval.pk).state
        sent = [head for head in counting.posts if str(approval.key) in head]
        assert (ended, bool(sent)) in {("open", False), ("done", True)}
        ends.append(ended)
    print(f"{len(ends):,} kills: {ends.count('done')} done once, {ends.count('open')} never sent")
    assert "done" in ends


@pytest.mark.django_db
def test_the_same_key_at_the_shop_changes_nothing_the_second_time(fernway, people, shop):  # noqa: F811
    approval = asked(fernway)
    assert approvals.approve(approval, actor=people["ben"]).state == "done"
    declared, arguments = approval.declared, approval.arguments
    again = execution.run("fernway", registry_site(fernway).spoken, declared, arguments, str(approval.key))
    assert (again.ended.value, again.lines) == ("done", ("Order FW-10233 is cancelled now.",))
    other = execution.run("fernway", registry_site(fernway).spoken, declared, arguments, "another-key")
    assert other.ended.value == "refused"
    approvals.undo(Approval.objects.get(pk=approval.pk), actor=people["ben"], reason="put back for the next test")
