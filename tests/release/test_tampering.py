"""Whoever may write the database and drop its triggers changes nothing of the record unnoticed, as long as the anchors
are elsewhere; and each part of the comparison is needed for that."""

import random

import pytest
from django.db import connection, transaction

from conversations import record
from conversations.models import Citation, Message
from escalation.desk import desk
from escalation.models import Handoff
from sites.core import audit, kept, seal
from sites.models import LedgerHead, Membership
from tests.conftest import count
from tests.doctrine.ada import Ada
from tests.release import stage
from tests.release.tampering import KINDS, Eve

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(7200)]
FARE = "What is the price of a single ticket to the island for an adult?"
ASKED = (FARE, "How many bags may I bring?", "Who won the chess match?", "Thank you!")


@pytest.fixture
def recorded(ferry):
    """A record in which much has happened: a release, answers, declines, and a person who took over."""
    stage.publish(ferry)
    kept.append(ferry.pk, "memberships_changed", {}, *Membership.objects.filter(site=ferry))
    for _ in range(3):
        ada = Ada(ferry)
        for text in ASKED:
            ada.ask(text)
        record.thumb(ada.conversation.pk, 2, -1, "wrong", "")
        record.rate(ada.conversation.pk, 2, "no")
    ben = stage.people()["ben"]
    ada.ask("I want to talk to a human")
    handoff = desk.claim(Handoff.objects.get(conversation=ada.conversation), actor=ben)
    record.ask(ada.conversation.pk, "while-ben-is-there", "Are you there?", record.timedelta(seconds=9))
    desk.reply(handoff, actor=ben, text="I am.")
    desk.close(handoff, actor=ben, reason="done")
    return ferry


@pytest.fixture
def eve(recorded) -> Eve:
    """Eve has dropped the triggers, and kept a backup from before the last customer."""
    with connection.cursor() as cursor:
        for name in seal.TRIGGERS:
            of = "conversations_turn" if "turn" in name else "handrail_sites_ledgerentry"
            cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {of}"))
    eve = Eve(recorded, random.Random(7))
    eve.keep_backup()
    Ada(recorded).ask(FARE)
    return eve


def anchor(site) -> audit.Anchor:
    head = LedgerHead.objects.get(site=site)
    return audit.Anchor(head.number, head.digest)


def missed(eve: Eve, tries: int, kinds=KINDS, anchored: bool = True) -> list[str]:
    """What the audit did not find, or found in another place, of so many tamperings; each is undone."""
    held, unnoticed = anchor(eve.site), []
    for n in range(tries):
        with transaction.atomic():
            places, what = eve.tamper(kinds[n % len(kinds)])
            found = audit.of(eve.site, [held] if anchored else []).findings
            if not any(f"{each.table} {each.key}".startswith(place) for each in found for place in places):
                unnoticed.append(what)
            transaction.set_rollback(True)
    return unnoticed


def test_a_record_nobody_touched_is_whole_and_every_table_is_in_it(recorded):
    report = audit.of(recorded, [anchor(recorded)])
    assert report.findings == []
    assert (report.in_part, report.before.total(), report.under_way) == (0, 0, 0)
    assert report.whole > 60
    assert Citation.objects.exists()
    assert Message.objects.filter(author="agent").exists()


def test_every_tampering_is_found_where_it_was_done(eve):
    tries = count(1000, 60)
    assert missed(eve, tries) == []
    print(f"{tries} tamperings on {connection.vendor}, all found and located")
    assert audit.of(eve.site, [anchor(eve.site)]).findings == [], "each was undone"


def same(held, said, values):
    return None


WITHOUT = {
    "the comparison of rows": ((kept, "differing", same), ("edit",), True),
    "looking for rows that no entry speaks of": ((audit._Audit, "_unsaid", lambda self: iter(())), ("insert",), True),
    "the anchors": ((audit._Audit, "_anchored", lambda self, anchors: iter(())), ("truncate", "backup"), False),
}


@pytest.mark.parametrize("part", list(WITHOUT))
def test_with_a_part_of_the_comparison_taken_out_tamperings_get_through(eve, monkeypatch, part):
    change, kinds, anchored = WITHOUT[part]
    monkeypatch.setattr(*change)
    assert missed(eve, 20, kinds, anchored)


def test_who_writes_the_chain_anew_is_only_found_by_the_anchor(eve):
    chain = []
    while not chain:
        with transaction.atomic():
            _, what = eve.tamper("edit")
            chain = [what] if "covered up" in what and not audit.of(eve.site).findings else []
            held = anchor(eve.site)
            transaction.set_rollback(True)
    (found,) = audit.of(eve.site, [audit.Anchor(held.number, held.digest)]).findings
    assert (found.table, found.number) == (audit.ENTRIES, held.number)
    assert "written anew" in found.what


def test_a_missing_head_and_a_shortened_tail_are_found(eve):
    site, held = eve.site, anchor(eve.site)
    with transaction.atomic():
        LedgerHead.objects.filter(site=site).delete()
        assert [each.table for each in audit.of(site).findings] == [audit.HEADS]
        transaction.set_rollback(True)
    with transaction.atomic():
        eve.truncate()
        found = audit.of(site, [held]).findings
        assert (found[0].number, found[0].table) == (held.number, audit.ENTRIES)
        transaction.set_rollback(True)
