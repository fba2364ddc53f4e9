"""The database itself refuses to change the record, and an erasure's marker cannot be left on."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from conversations import privacy
from conversations.models import Turn
from sites.core import ledger, seal
from sites.models import LedgerEntry, Site
from tests.escalation.conftest import ask, settle


@pytest.fixture
def shop(db):
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def ended(shop) -> Turn:
    _, turn = ask(shop)
    settle(turn, "decline", "out_of_scope")
    return Turn.objects.get(pk=turn.pk)


def run(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def marked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM handrail_sites_unsealed")
        return bool(cursor.fetchone()[0])


LEDGER = (
    "UPDATE handrail_sites_ledgerentry SET body = '{}'",
    "UPDATE handrail_sites_ledgerentry SET number = number + 1",
    "DELETE FROM handrail_sites_ledgerentry",
)
TURNS = (
    "UPDATE conversations_turn SET reason = 'answered'",
    "UPDATE conversations_turn SET trace = '{\"x\": 1}'",
    "UPDATE conversations_turn SET state = 'running', lease_until = NULL",
    "UPDATE conversations_turn SET settled_at = NULL",
    "UPDATE conversations_turn SET confidence = 0.25",
    "DELETE FROM conversations_turn",
)


@pytest.mark.parametrize("statement", LEDGER)
def test_an_entry_is_neither_changed_nor_deleted(shop, statement):
    ledger.note(shop.pk, "read", actor="alma")
    with pytest.raises(IntegrityError, match="only added to"):
        run(statement)
    with seal.opened():
        run(statement)


@pytest.mark.parametrize("statement", TURNS)
def test_a_turn_that_has_ended_is_neither_changed_nor_deleted(ended, statement):
    with pytest.raises(IntegrityError, match="only added to"):
        run(statement)
    with seal.opened():
        run(statement)


def test_one_under_way_moves_and_one_that_ended_may_still_be_noted_and_answered_once(shop, ended):
    _, running = ask(shop)
    Turn.objects.filter(pk=running.pk).update(lease_until=None, trace={"x": 1})
    answer = settle(running, "decline", "out_of_scope")
    Turn.objects.filter(pk=running.pk).update(noted=True, answer=answer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Turn.objects.filter(pk=running.pk).update(answer=ended.answer)


def test_an_erasure_may_and_seals_again(shop, ended):
    privacy.erase(privacy.kin(ended.conversation), shop, actor="admin", reason="Asked for by letter.")
    assert Turn.objects.get(pk=ended.pk).trace == {"erased": True}
    assert not marked()
    with pytest.raises(IntegrityError):
        run(TURNS[0])


def test_whatever_fails_inside_takes_the_marker_with_it(shop):
    def dying() -> None:
        with transaction.atomic(), seal.opened():
            assert marked()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        dying()
    assert not marked()


@pytest.mark.parametrize("row", [(1, 2), (1, 1), (2, 2), (2, 1)])
@pytest.mark.django_db(transaction=True)
def test_no_marker_can_be_committed(row):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO handrail_sites_unsealed (id, never) VALUES (%s, %s)", row)
    assert not marked()


@pytest.mark.django_db(transaction=True)
def test_a_marker_that_is_left_on_fails_the_whole_transaction():
    shop = Site.objects.create(slug="shop", name="Fernway")
    entry = ledger.note(shop.pk, "read", actor="alma")

    def left_on() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO handrail_sites_unsealed (id, never) VALUES (1, 2)")
            cursor.execute("DELETE FROM handrail_sites_ledgerentry")

    with pytest.raises(IntegrityError):
        left_on()
    assert LedgerEntry.objects.filter(pk=entry.pk).exists()


def test_a_trigger_that_is_gone_is_said(shop, capsys):
    assert seal.missing() == []
    on = "" if connection.vendor == "sqlite" else " ON handrail_sites_ledgerentry"
    run(f"DROP TRIGGER handrail_ledger_sealed_delete{on}")
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    assert "handrail_ledger_sealed_delete" in capsys.readouterr().out
