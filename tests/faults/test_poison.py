"""Work that always fails, or kills whoever does it: it is put aside after so many tries, and holds nobody up."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from sites.core import outbox
from sites.models import OutboxItem

pytestmark = pytest.mark.django_db
State = OutboxItem.State


class Killed(BaseException):
    """The worker is gone: nothing after this runs."""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Work that is fine, that fails, and that kills; returns what was done."""
    done: list[str] = []

    def fails(item: OutboxItem) -> None:
        raise ValueError("poison")

    def kills(item: OutboxItem) -> None:
        raise Killed

    handlers = {"fine": lambda item: done.append(item.kind), "fails": fails, "kills": kills}
    monkeypatch.setattr(outbox, "_handlers", handlers)
    return done


def look() -> None:
    """A worker looks once, long after the last time."""
    long_ago = timezone.now() - timedelta(hours=1)
    OutboxItem.objects.filter(state=State.DUE).update(due_at=long_ago)
    OutboxItem.objects.filter(state=State.LEASED).update(lease_until=long_ago)
    with suppress(ValueError, Killed):
        outbox.run_due(bulk=False)


@pytest.mark.parametrize(("kind", "why"), [("fails", "poison"), ("kills", "gone before its end")])
def test_poison_is_put_aside_after_its_tries_and_what_came_after_it_is_done(work, kind: str, why: str) -> None:
    poison = outbox.put(kind, {})
    outbox.put("fine", {})
    for _ in range(outbox.ATTEMPTS + 2):
        look()
    poison.refresh_from_db()
    assert work == ["fine"]
    assert (poison.state, poison.attempts) == (State.DEAD, outbox.ATTEMPTS)
    assert why in poison.error


def test_work_that_is_cut_short_now_and_then_is_done(work) -> None:
    item = outbox.put("fine", {})
    OutboxItem.objects.filter(pk=item.pk).update(state=State.LEASED, attempts=outbox.ATTEMPTS - 1)
    look()
    assert work == ["fine"]
