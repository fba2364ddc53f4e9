"""The clock inside the serving process asks only for work that waits, and for all work that does."""

from datetime import timedelta

import pytest
from celery.beat import ScheduleEntry
from django.utils import timezone

from chatbot import tasks
from config import beat
from config.celery import SETTINGS, app
from conversations.models import Turn
from escalation.desk import desk
from escalation.models import Approval, Handoff
from sites.core import outbox
from sites.models import OutboxItem
from tests.doctrine.ada import RETURNS, Ada

AGO = timezone.now() - timedelta(minutes=1)


@pytest.fixture
def sent(monkeypatch, tmp_path) -> list[str]:
    """What the clock sends, where it is told that an entry's time has come."""
    names: list[str] = []
    monkeypatch.setattr(beat.Sparing, "apply_async", lambda self, entry, **more: names.append(entry.task))
    monkeypatch.setattr(beat, "close_old_connections", lambda: None)  # the test's own is no thread's
    monkeypatch.setattr(outbox, "_handlers", {"letter": lambda item: None})
    return names


def strikes(tmp_path, task: str) -> None:
    clock = beat.Sparing(app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    clock.apply_entry(ScheduleEntry(name=task, task=task, schedule=timedelta(seconds=2), app=app))


@pytest.mark.django_db
@pytest.mark.parametrize("task", sorted(beat.WAITING))
def test_nothing_is_asked_for_while_nothing_waits(task: str, sent, tmp_path) -> None:
    strikes(tmp_path, task)
    assert sent == []


@pytest.mark.django_db
@pytest.mark.parametrize(("bulk", "task"), [(False, "chatbot.tasks.fast"), (True, "chatbot.tasks.bulk")])
def test_a_promise_that_is_due_is_asked_for_and_one_of_tomorrow_is_not(bulk: bool, task: str, sent, tmp_path) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    outbox.put("letter", {}, bulk=bulk, due_at=tomorrow)
    outbox.put("letter", {}, bulk=not bulk)
    strikes(tmp_path, task)
    assert sent == []
    OutboxItem.objects.filter(due_at=tomorrow).update(due_at=timezone.now())
    strikes(tmp_path, task)
    assert sent == [task]


@pytest.mark.django_db
def test_a_promise_whose_worker_has_died_is_asked_for_when_its_lease_is_over(sent, tmp_path) -> None:
    item = outbox.put("letter", {})
    OutboxItem.objects.update(state=OutboxItem.State.LEASED, lease_until=timezone.now() + timedelta(seconds=60))
    strikes(tmp_path, "chatbot.tasks.fast")
    assert sent == []
    OutboxItem.objects.filter(pk=item.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    strikes(tmp_path, "chatbot.tasks.fast")
    assert sent == ["chatbot.tasks.fast"]


@pytest.mark.django_db
@pytest.mark.parametrize("left", [{"state": "running", "lease_until": AGO}, {"state": "queued", "created_at": AGO}])
def test_a_turn_that_a_dead_process_left_is_asked_for(left, fernway, sent, tmp_path) -> None:
    running = Ada(fernway).write(RETURNS)
    strikes(tmp_path, "chatbot.tasks.sweep")
    assert sent == []
    Turn.objects.filter(pk=running.pk).update(**left)
    strikes(tmp_path, "chatbot.tasks.sweep")
    assert sent == ["chatbot.tasks.sweep"]


@pytest.mark.django_db
def test_a_turn_that_the_gap_list_was_not_told_of_is_asked_for_once(fernway, sent, tmp_path) -> None:
    Ada(fernway).ask("Can I hire a kayak?")
    strikes(tmp_path, "chatbot.tasks.harvest")
    assert sent == ["chatbot.tasks.harvest"]
    tasks._harvest()
    strikes(tmp_path, "chatbot.tasks.harvest")
    assert len(sent) == 1


@pytest.mark.django_db
def test_agents_are_looked_after_while_one_has_a_customer(fernway, people, sent, tmp_path) -> None:
    Ada(fernway).ask("I want to talk to a person")
    strikes(tmp_path, "escalation.tasks.free_vanished")
    assert sent == []
    desk.claim(Handoff.objects.get(), actor=people["ben"])
    strikes(tmp_path, "escalation.tasks.free_vanished")
    assert sent == ["escalation.tasks.free_vanished"]


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "asked"), [("open", True), ("running", True), ("done", False), ("declined", False)])
def test_changes_are_looked_after_until_they_have_ended(state: str, asked: bool, fernway, sent, tmp_path) -> None:
    turn, now = Ada(fernway).ask(RETURNS), timezone.now()
    ends = {"expires_at": now + timedelta(hours=1), "began_at": now if state == "running" else None}
    facts = {"tool": "orders", "words": "It is changed", "declared": {}, "asked_at": now, **ends}
    Approval.objects.create(site=fernway, conversation=turn.conversation, turn=turn, state=state, **facts)
    strikes(tmp_path, "escalation.tasks.end_changes")
    assert sent == ["escalation.tasks.end_changes"] * asked


def test_what_cannot_be_looked_at_is_asked_for(sent, tmp_path, monkeypatch, caplog) -> None:
    def broken() -> bool:
        raise OSError("the disk is gone")

    monkeypatch.setattr(beat, "WAITING", {"chatbot.tasks.fast": broken})
    strikes(tmp_path, "chatbot.tasks.fast")
    assert sent == ["chatbot.tasks.fast"]
    assert "could not be seen" in caplog.text


def test_a_task_of_which_nothing_is_known_is_asked_for_each_time(sent, tmp_path) -> None:
    strikes(tmp_path, "release.tasks.look")
    assert sent == ["release.tasks.look"]


def test_every_task_that_is_looked_at_first_is_one_that_the_clock_asks_for() -> None:
    assert set(beat.WAITING) <= {entry["task"] for entry in SETTINGS["beat_schedule"].values()}
