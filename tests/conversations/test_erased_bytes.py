"""After an erasure no byte of the customer stands in the database's files, its log, the index or what was logged."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations import privacy, record
from conversations.models import Conversation, Message
from sites.core import outbox, sql
from sites.models import OutboxItem, Site
from tests.conftest import count
from tests.conversations import test_erasing
from tests.conversations.test_erasing import ERASE, SECRET, planted

pytestmark = pytest.mark.django_db(transaction=True)
ada, history = test_erasing.ada, test_erasing.history  # fixtures
OTHERS = count(10_000, 200)


def files() -> list[Path]:
    """All that the database and the index keep on this machine."""
    name = Path(str(connection.settings_dict["NAME"]))
    beside = [*name.parent.glob(f"{name.name}*")] if connection.vendor == "sqlite" else []
    return [*beside, *(path for path in (Path(settings.HANDRAIL_HOME) / "chroma").rglob("*") if path.is_file())]


def found_in() -> list[str]:
    return sorted(path.name for path in files() if SECRET.encode() in path.read_bytes().lower())


def everything() -> str:
    """Every row of every table as PostgreSQL writes it; bytes stand in it as hexadecimal digits."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told).lower()


def crowd(site: Site) -> None:
    """Others' conversations, before and after in the same pages."""
    talks = [Conversation(site=site, token_digest=f"{n:064}", identity={"name": f"Grace {n}"}) for n in range(OTHERS)]
    Conversation.objects.bulk_create(talks, batch_size=500)
    said = [
        Message(conversation=talk, seq=seq, author="customer", text=f"Where is my parcel {n}? " * 4)
        for n, talk in enumerate(talks)
        for seq in (1, 2)
    ]
    Message.objects.bulk_create(said, batch_size=500)


def test_no_byte_of_an_erased_customer_stands_anywhere(
    fernway: Site,
    history: Any,
    people: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    crowd(fernway)
    mia, _ = record.open_conversation(fernway, identity={"sub": f"ada-{SECRET}"}, locale=SECRET[:8], page=SECRET)
    for n in range(count(200, 20)):
        record.ask(mia.pk, str(n), f"{SECRET} {n} " * 30, timedelta(seconds=1))
    record.discard_queued(mia.pk)
    mia.turns.filter(state="running").update(state="discarded", settled_at=timezone.now())
    if connection.vendor == "sqlite":
        assert sql.scrub()
        assert found_in(), "the words are in the file, or the test shows nothing"
    with caplog.at_level(logging.DEBUG):
        privacy.erase(privacy.of_person(fernway, f"ada-{SECRET}"), fernway, actor=people["admin"], **ERASE)
    assert not found_in()
    assert not planted()
    assert Conversation.objects.get(pk=mia.pk).locale == ""
    assert SECRET not in caplog.text.lower()
    if connection.vendor == "postgresql":
        told = everything()
        assert SECRET not in told
        assert SECRET.encode().hex() not in told
    assert Conversation.objects.filter(identity__name="Grace 1").exists(), "nobody else lost a word"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the log that is emptied is SQLite's")
def test_a_reader_in_the_way_is_waited_for_by_the_outbox(
    fernway: Site,
    history: Any,
    people: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql, "scrub", lambda: False)
    privacy.erase(privacy.of_person(fernway, f"ada-{SECRET}"), fernway, actor=people["admin"], **ERASE)
    (promised,) = OutboxItem.objects.filter(kind="scrub")
    with pytest.raises(privacy.Busy):
        privacy.scrub(promised)
    monkeypatch.undo()
    privacy.scrub(promised)
    assert not found_in()


def test_the_promise_is_one_the_outbox_knows() -> None:
    assert "scrub" in outbox._handlers
