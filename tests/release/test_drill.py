"""The drill rehearses on the running data, leaves nothing changed, and is refused while it could hurt somebody."""

import contextlib
import io
import time

import pytest
from django.core.management import CommandError, call_command

from conversations import record
from knowledge.editing import approval, ingest
from knowledge.index import store
from knowledge.models import Category, Passage, Revision, Source
from knowledge.retrieval import search
from release.gate import gate
from release.incidents import lifecycle
from release.live import pauses, snapshot
from release.readiness import drill
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import LedgerEntry
from tests import scale
from tests.conftest import FULL, count
from tests.release import stage

pytestmark = pytest.mark.django_db
PUBLIC = frozenset({"public"})


def change(slug: str, text: str) -> None:
    saved = ingest.revise(Source.objects.get(slug=slug), title=slug, text=text, actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")


def twice(ferry) -> None:
    """Two releases, one after the other."""
    stage.publish(ferry)
    change("fares", "A ticket costs 11 euros.")
    stage.publish(ferry)


def test_a_rehearsed_rollback_moves_everything_and_leaves_nothing_changed(ferry, who):
    twice(ferry)
    before, entries = drill._visible(ferry), LedgerEntry.objects.count()
    way = drill.rehearse_rollback(ferry, actor=who["dan"])
    assert (way.number, way.revisions) == (1, 3)
    assert way.withdrawn in {"fares", "bags"}
    assert drill._visible(ferry) == before
    assert LedgerEntry.objects.count() == entries


def test_a_withdrawn_article_that_came_back_would_be_noticed(ferry, who, monkeypatch):
    twice(ferry)
    monkeypatch.setattr(drill.approval, "withdraw", lambda *args, **fields: None)
    with pytest.raises(drill.Failed, match="was withdrawn and could be quoted"):
        drill.rehearse_rollback(ferry, actor=who["dan"])
    monkeypatch.undo()
    monkeypatch.setattr(drill.gate, "rollback", lambda *args, **fields: None)
    with pytest.raises(drill.Failed, match="is not what is live"):
        drill.rehearse_rollback(ferry, actor=who["dan"])


def test_there_is_no_drill_while_it_could_hurt_somebody(ferry, who):
    assert "Nothing is live" in "".join(drill.objections(ferry))
    twice(ferry)
    assert list(drill.objections(ferry)) == []
    pauses.pause(category=Category.objects.get(slug="tickets"), actor="shell", reason="Wrong.")
    assert "is paused; a drill would lift it" in "".join(drill.objections(ferry))
    with pytest.raises(CommandError, match="No drill now"):
        call_command("drill", site="ferry")
    pauses.resume(category=Category.objects.get(slug="tickets"), actor="shell", reason="Right.")
    lifecycle.report(Source.objects.get(slug="fares"), severity="minor", reason="Wrong.", actor=who["ben"])
    assert "Incident 1 is open" in "".join(drill.objections(ferry))
    conversation, _ = record.open_conversation(ferry)
    record.ask(conversation.pk, "1", "What does a ticket cost?", drill.QUIET)
    assert "Customers are writing" in "".join(drill.objections(ferry))
    assert "Customers are writing" not in "".join(drill.objections(ferry, customers=True))


def test_only_a_release_owner_holds_a_drill(ferry, who):
    twice(ferry)
    for verb in (drill.rehearse_pause, drill.rehearse_rollback):
        with pytest.raises(NotAllowed):
            verb(ferry, actor=who["ben"])


def test_where_there_is_no_way_back_it_says_so(ferry, who, monkeypatch):
    stage.publish(ferry)
    with pytest.raises(Refused, match="no earlier release"):
        drill.rehearse_rollback(ferry, actor=who["dan"])
    monkeypatch.setattr(drill, "rehearse_pause", lambda *args, **fields: drill.PauseTimes(0.0, 0.0, 0.0, 0.0))
    said = io.StringIO()
    call_command("drill", site="ferry", stdout=said)
    assert "NOT REHEARSED. There is no earlier release to go back to." in said.getvalue()
    assert LedgerEntry.objects.filter(kind="drill").count() == 1


def test_a_pause_nobody_saw_is_lifted_and_reported(ferry, monkeypatch):
    stage.publish(ferry)
    monkeypatch.setattr(drill._Observer, "__init__", lambda self, site: setattr(self, "process", Blind()))
    with pytest.raises(drill.Failed, match="did not see the site paused"):
        drill.rehearse_pause(ferry, actor="shell")
    assert not list(pauses.engaged(ferry.pk))


class Blind:
    """An observer that sees nothing."""

    stdout = io.StringIO("ready\n")

    def kill(self) -> None: ...

    def wait(self) -> None: ...


def test_a_rollback_of_many_passages_takes_little_and_leaves_the_withdrawn_withdrawn(ferry, who):
    tickets = Category.objects.get(slug="tickets")
    with contextlib.suppress(store.Unavailable):  # the last step of filling; a rollback needs no index
        scale.fill(ferry, tickets, count(10_000, 400))
    first = stage.publish(ferry)
    again = [
        Revision(
            source=r.source,
            number=r.number + 1,
            title=r.title,
            text=r.text,
            digest=f"{r.digest}-2",
            state="approved",
            author="a",
            approver="b",
            decided_at=r.decided_at,
        )
        for r in Revision.objects.filter(source__slug__startswith="article-").select_related("source")
    ]
    Revision.objects.bulk_create(again)
    second = stage.publish(ferry)
    assert Revision.objects.filter(live=True, number=2).count() == len(again)
    gone = Source.objects.get(slug="article-0")
    approval.withdraw(gone, actor=who["cleo"], reason="Wrong.")
    began = time.perf_counter()
    gate.rollback(ferry, actor=who["dan"], reason="Back.")
    seconds = time.perf_counter() - began
    passages = Passage.objects.filter(revision__live=True)
    print(f"rollback from {second.number} to {first.number}: {passages.count()} passages in {seconds:.2f} s")
    assert set(Revision.objects.filter(live=True).values_list("pk", flat=True)) == set(snapshot.of(first).revisions)
    of_gone = list(passages.filter(revision__source=gone).values_list("pk", flat=True))
    kept = list(passages.filter(revision__source__slug="article-1").values_list("pk", flat=True))
    assert of_gone
    assert search.citable(ferry.pk, "tickets", PUBLIC, of_gone) == set()
    assert search.citable(ferry.pk, "tickets", PUBLIC, kept) == set(kept)
    if FULL:
        assert seconds <= 5
