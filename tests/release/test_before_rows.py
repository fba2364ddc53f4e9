"""A record of before entries spoke of rows is held to what its entries say, counted where they say nothing, and never a
failure; what comes after is held whole."""

import hashlib
import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from conversations import privacy
from conversations.models import Citation, Message, Turn
from knowledge.models import Revision
from release.models import Release
from sites.core import audit, ledger
from sites.models import LedgerEntry, LedgerHead
from tests.doctrine.ada import Ada
from tests.release import stage
from tests.unsealed import change

pytestmark = pytest.mark.django_db
FARE = "What is the price of a single ticket to the island for an adult?"


@pytest.fixture
def old(ferry):
    """The ferry line as the version before left it: the same chain, without rows, and then the migration."""
    stage.publish(ferry)
    Ada(ferry).ask(FARE)
    previous = "0" * 64
    for entry in LedgerEntry.objects.filter(site=ferry).order_by("number"):
        facts = json.loads(entry.body)
        facts.pop("rows", None)
        body = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"{previous}\n{entry.number}\n{entry.kind}\n{body}".encode()).hexdigest()
        change(LedgerEntry.objects.filter(pk=entry.pk), body=body, previous=previous, digest=digest)
        previous = digest
    LedgerHead.objects.filter(site=ferry).update(digest=previous)
    begun = import_module("sites.migrations.0014_record_begun")
    begun.begin(apps, type("Editor", (), {"connection": connection}))
    return ferry


def found(site) -> list[tuple[str, str]]:
    return [(each.table, each.what) for each in audit.of(site).findings]


def test_it_is_whole_and_says_what_is_covered_in_part_and_what_is_not(old):
    report = audit.of(old)
    assert report.findings == []
    assert report.whole == 0
    assert report.in_part >= 1 + 2 + 3 + 1, "a turn, its question and answer, three texts, a release"
    assert report.before["handrail_sites.membership"] == 4
    assert report.before["release.exposuremove"] > 0


def test_what_the_older_entries_say_is_still_compared(old):
    answered = Turn.objects.get()
    for rows, value, table in (
        (Message.objects.filter(pk=answered.question_id), {"text": "Free?"}, "conversations.message"),
        (Message.objects.filter(pk=answered.answer_id), {"text": "Free!"}, "conversations.message"),
        (Turn.objects.all(), {"outcome": "decline"}, "conversations.turn"),
        (Citation.objects.all(), {"start": 1}, "conversations.message"),
        (Revision.objects.filter(number=1, source__slug="fares"), {"text": "Free."}, "knowledge.revision"),
        (Release.objects.all(), {"body": {"revisions": []}}, "release.release"),
    ):
        before = next(iter(rows.values(*value)))
        change(rows, **value)
        assert table in [where for where, _ in found(old)], table
        change(rows, **before)
    assert found(old) == []


def test_what_comes_after_is_held_whole_and_what_is_put_in_is_found(old):
    new = Ada(old)
    new.ask(FARE)
    assert audit.of(old).findings == []
    Message.objects.filter(conversation=new.conversation, seq=1).update(name="x")
    assert ("conversations.message", "name differs from what was written") in found(old)
    Message.objects.filter(conversation=new.conversation, seq=1).update(name="")
    Message.objects.create(conversation=new.conversation, seq=99, author="agent", text="Free!")
    assert found(old) == [("conversations.message", "no entry speaks of it: it was put in by something else")]


def test_a_row_that_pretends_to_be_old_is_one_too_many(old):
    talk = Turn.objects.get().conversation
    Message.objects.create(pk=0, conversation=talk, seq=99, author="agent", text="Free!")
    assert found(old) == [("conversations.message", "3 rows of before entries spoke of rows, and there were 2")]


def test_an_erasure_lets_go_of_what_older_entries_say(old):
    talk = Turn.objects.get().conversation
    privacy.erase(privacy.kin(talk), old, actor="admin", reason="Asked for by letter.")
    assert audit.of(old).findings == []


def test_an_erasure_of_before_does_too(old):
    talk = Turn.objects.get().conversation
    Message.objects.filter(conversation=talk).update(text=privacy.ERASED)
    assert found(old)
    ledger.note(old.pk, "erased", actor="admin", conversation=str(talk.pk))
    assert audit.of(old).findings == []
