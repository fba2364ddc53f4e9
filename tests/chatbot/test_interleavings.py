"""The button against a running turn, in random interleavings: waiting at once, and no late answer lands."""

import random
import threading
import time
import uuid

import pytest
from django.db import close_old_connections

from chatbot import turn
from chatbot.outcome import Decision
from conversations import record
from conversations.models import Conversation, Message, State, Turn
from conversations.outcomes import Reason
from escalation.models import Handoff
from release.live import pauses
from tests.conftest import count

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]


def together(*works) -> None:
    """Run each on a thread of its own, all released at the same moment."""
    gate = threading.Barrier(len(works))
    failures: list[BaseException] = []

    def run(work) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures


def answer(rng: random.Random):
    """A bot that thinks for a moment and then answers: what it says does not matter here."""

    def decide(running):
        time.sleep(rng.random() * 0.01)
        return Decision(Reason.COURTESY, "Hello!")

    return decide


def races(site, rounds: int, seed: int) -> list[str]:
    """Ask, and press the button somewhere in between; returns what went wrong."""
    rng, wrong = random.Random(seed), []
    decide = answer(rng)
    for n in range(rounds):
        conversation, _ = record.open_conversation(site)
        pause = rng.random() * 0.015

        def ask(conversation=conversation):
            running = turn.begin(conversation.pk, uuid.uuid4().hex, "hello").turn
            while running is not None:
                running = turn.settle(running, decide(running))

        def press(conversation=conversation, pause=pause, n=n):
            time.sleep(pause)
            turn.ask_for_human(conversation.pk)
            state = Conversation.objects.get(pk=conversation.pk).state
            if state != State.WAITING:
                wrong.append(f"round {n}: {state} after the button")

        together(ask, press)
        messages = list(
            Message.objects.filter(conversation=conversation).order_by("seq").values_list("author", "outcome")
        )
        handed = messages.index(("system", ""))
        if any(author == "bot" for author, _ in messages[handed:]):
            wrong.append(f"round {n}: a late answer landed: {messages}")
        if Turn.objects.filter(conversation=conversation, state__in=["queued", "running"]).exists():
            wrong.append(f"round {n}: a turn never ended")
        if Handoff.objects.filter(conversation=conversation, state="open").count() != 1:
            wrong.append(f"round {n}: not exactly one open handoff")
    return wrong


def test_the_button_during_a_running_turn_wins_in_every_interleaving(fernway):
    assert not races(fernway, count(1000, 60), seed=7)


def test_a_late_answer_is_noticed_when_the_fence_is_taken_out(fernway, monkeypatch):
    monkeypatch.setattr(turn, "_with_bot", lambda conversation_id: True)
    monkeypatch.setattr(turn, "ask_for_human", _unfenced_button)
    assert races(fernway, count(200, 60), seed=7)


def _unfenced_button(conversation_id) -> None:
    """The real button: it reads the true state even when SETTLE no longer does."""
    from django.db import transaction

    from conversations import delivery
    from escalation.desk import desk

    with transaction.atomic():
        conversation = Conversation.objects.select_related("site").get(pk=conversation_id)
        turn.ledger.hold(conversation.site_id)
        delivery.append(conversation_id, author="system", text="A person is coming.", generated="fixed")
        desk.open_handoff(conversation, turn=None, reason=Reason.ASKED_FOR_HUMAN)


def test_nothing_is_answered_after_a_pause_has_committed(fernway, people):
    rng = random.Random(3)
    for _ in range(count(200, 20)):
        conversation, _ = record.open_conversation(fernway)
        running = turn.begin(conversation.pk, uuid.uuid4().hex, "How do I wash my down jacket?").turn
        decided = turn.decide(running)
        assert decided.reason is Reason.ANSWERED, decided
        paused = []

        def pause(paused=paused):
            time.sleep(rng.random() * 0.004)
            paused.append(pauses.pause(site=fernway, actor=people["dan"], reason="drill"))

        def settle(running=running, decided=decided):
            time.sleep(rng.random() * 0.004)
            turn.settle(running, decided)

        together(pause, settle)
        ledger = [e.kind for e in fernway.ledger.order_by("-number")[:3]]
        after_pause = ledger.index("turn") < next(i for i, kind in enumerate(ledger) if "pause" in kind)
        outcome = Message.objects.get(conversation=conversation, author="bot").outcome
        assert outcome == ("handoff" if after_pause else "answer")
        pauses.resume(site=fernway, actor=people["dan"], reason="drill over")
