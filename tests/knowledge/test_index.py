"""The index belongs to one process, is built in slices that may be killed, and is audited without being repaired."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db import transaction as tx

from knowledge import tasks
from knowledge.editing import approval, ingest
from knowledge.index import store, sync
from knowledge.index.store import index
from knowledge.models import Category, Shelf, Source
from knowledge.readers.documents import Document
from sites.core import outbox
from sites.models import OutboxItem

from .conftest import built, free_port, look, publishes, sources

ROOT = Path(configured.BASE_DIR)


def collection(site, category="returns", audience="public"):
    wanted = (category, audience)
    return next(sync.name(s) for s in sync.plan(site.pk) if (s.category.slug, s.audience) == wanted)


def audit(site):
    return {check().category + "/" + check().audience: check() for _, check in sync.audits(site.pk)}


def test_two_processes_cannot_own_the_embedded_index(embedded, own_home):
    program = (
        "from knowledge.index.store import Taken, index\ntry:\n    index().own()\nexcept Taken as no:\n    print(no)"
    )
    said = run_python(program, own_home).stdout
    assert "Another process owns the search index" in said
    assert "CHROMA_URL" in said
    index().disown()
    assert (
        run_python("from knowledge.index.store import index\nindex().own()\nprint('mine')", own_home).stdout == "mine\n"
    )


def test_a_process_that_does_not_own_the_index_searches_exactly(shop, own_home):
    assert not index().ready()
    with pytest.raises(store.Unavailable, match="does not own"):
        index().query("shelf-1-1-x", np.zeros(384, np.float32), 3)
    assert look(publishes(shop), "return a product")[0].source == "returns"
    assert not (own_home / "chroma").exists()


def test_importing_the_room_does_not_load_chroma(own_home):
    program = "import sys\nfrom knowledge.retrieval import search\nprint('chromadb' in sys.modules)"
    assert run_python(program, own_home).stdout == "False\n"


def test_a_shelf_holds_what_is_approved_and_never_an_internal_article(shop, chroma):
    built(shop)
    held = {(s.category.slug, s.audience): s.passages for s in sync.plan(shop.pk)}
    assert held == {("returns", "public"): 3, ("returns", "gold"): 1, ("delivery", "public"): 1}
    internal = Source.objects.get(slug="returns-internal").revisions.get().passages.values_list("pk", flat=True)
    everything = {sync.passage_of(row) for name in index().collections() for row in index().ids(name)}
    assert everything
    assert everything.isdisjoint(internal)
    assert all(drift.whole for drift in audit(shop).values())


def test_building_again_changes_nothing(shop, chroma):
    built(shop)
    before = {name: index().ids(name) for name in index().collections()}
    built(shop)
    assert {name: index().ids(name) for name in index().collections()} == before


def test_withdrawing_takes_the_passages_off_the_shelf_and_restoring_puts_them_back(shop, chroma, cleo):
    built(shop)
    whole = index().ids(collection(shop))
    approval.withdraw(Source.objects.get(slug="returns"), actor=cleo, reason="wrong")
    assert sync.unsettled(shop.pk) > 0
    run_outbox()
    assert len(index().ids(collection(shop))) == 1
    approval.restore(Source.objects.get(slug="returns"), actor=cleo, reason="right after all")
    run_outbox()
    assert index().ids(collection(shop)) == whole


def test_a_retired_category_leaves_the_index(shop, chroma):
    built(shop)
    Category.objects.filter(slug="delivery").update(retired=True)
    with tx.atomic():
        sync.touch(shop.pk)
    run_outbox()
    assert collection(shop, "delivery") not in index().collections()


def test_rows_deleted_behind_our_back_are_reported_and_not_repaired(shop, chroma):
    built(shop)
    name = collection(shop)
    lost = sorted(index().ids(name))[:2]
    index().remove(name, lost)
    for _ in range(2):  # looking does not mend
        drift = audit(shop)["returns/public"]
        assert (sorted(drift.missing), drift.foreign, drift.different) == (lost, [], [])
        assert not drift.whole
    assert audit(shop)["delivery/public"].whole


def test_foreign_rows_changed_vectors_and_stray_collections_are_reported(shop, chroma):
    built(shop)
    name = collection(shop)
    changed = min(index().ids(name))
    rows = np.eye(384, dtype=np.float32)[:2]
    index().put(name, ["999999:feedbeef", changed], rows)
    index().put(f"shelf-{shop.pk}-0-stray", ["1:x"], rows[:1])
    found = audit(shop)
    assert found["returns/public"].foreign == ["999999:feedbeef"]
    assert found["returns/public"].different == [changed]
    assert found[f"shelf-{shop.pk}-0-stray/?"].foreign == ["1:x"]


def test_reindex_mends_what_the_audit_found(shop, embedded, capsys):
    built(shop)
    index().remove(collection(shop), sorted(index().ids(collection(shop)))[:2])
    with pytest.raises(CommandError) as refused:
        call_command("audit_index", site="hill")
    assert refused.value.returncode == 1
    assert "2 missing" in capsys.readouterr().out
    call_command("reindex", site="hill")
    call_command("audit_index", site="hill")
    assert "3 passages, whole" in capsys.readouterr().out


def test_an_unknown_site_is_named_with_those_that_exist(shop):
    with pytest.raises(CommandError, match=r"no site 'hull' \(known: hill\)") as refused:
        call_command("audit_index", site="hull")
    assert refused.value.returncode == 2


def test_work_that_finds_no_index_is_kept_for_later(shop):
    """This process does not own the index: the promise must survive, once."""
    run_outbox()
    waiting = OutboxItem.objects.filter(kind="build_shelves", state=OutboxItem.State.DUE)
    assert waiting.count() == 1
    index().own()
    waiting.update(due_at="2020-01-01T00:00Z")
    run_outbox()
    assert not sync.unsettled(shop.pk)


def test_a_build_goes_on_in_slices_and_loses_to_a_newer_wish(shop, embedded, cleo, monkeypatch):
    monkeypatch.setattr(sync, "ROWS", 1)
    shelf = next(s for s in sync.plan(shop.pk) if (s.category.slug, s.audience) == ("returns", "public"))
    assert not sync.build(shelf, seconds=0)
    assert len(index().ids(sync.name(shelf))) == 1
    steps = sync._steps

    def overtaken(*args):
        yield from steps(*args)
        Shelf.objects.filter(pk=shelf.pk).update(wanted="")  # an approval that lands while this is built

    monkeypatch.setattr(sync, "_steps", overtaken)
    assert not sync.build(shelf, seconds=60)
    assert Shelf.objects.get(pk=shelf.pk).built == ""
    monkeypatch.setattr(sync, "_steps", steps)
    assert sync.build(shelf, seconds=60)


def test_a_server_that_went_away_is_replaced_by_the_exact_search(shop, served, settings):
    built(shop)
    settings.CHROMA_URL = f"http://127.0.0.1:{free_port()}"
    index().disown()
    assert not index().ready()
    assert look(publishes(shop), "return a product")[0].source == "returns"


def test_a_server_that_never_answers_holds_a_turn_up_only_once(shop, settings):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        settings.CHROMA_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        Shelf.objects.update_or_create(
            site=shop, category=Category.objects.get(slug="returns"), audience="public",
            model=sync.embedder().model_id, defaults={"wanted": "x", "built": "x", "passages": 3},
        )  # fmt: skip
        for _ in range(2):
            assert not index().ready()
            assert look(publishes(shop), "return a product")[0].source == "returns"


def test_a_broken_server_is_unavailable_and_no_crash(settings, monkeypatch):
    settings.CHROMA_URL = "http://127.0.0.1:1"
    assert not index().ready()
    with pytest.raises(store.Unavailable):
        index().ids("shelf-1-1-x")


# ── Two processes at one database ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_build_killed_in_the_middle_is_finished_by_the_next(shop, own_home):
    """A child writes one row at a time and is killed with SIGKILL while it does, several times over."""
    long = [
        ingest.Item(f"a{n}", Document(f"Article {n}", f"Tent number {n} has {n} poles. It is green.", {}), ["returns"])
        for n in range(60)
    ]
    saved = ingest.save_many(shop, long, author="ada")
    approval.approve_many([each.revision for each in saved], actor="shell:test", reason="many")
    program = """
from knowledge.index import store, sync
from knowledge.index.store import index
from sites.models import Site
put = index().put
def told(*args):
    put(*args)
    print("row", flush=True)
index().put, sync.ROWS = told, 1
index().own()
sync.build_site(Site.objects.get())
"""
    for rows in (3, 20):
        with start_python(program, own_home) as child:
            for _ in range(rows):
                assert child.stdout.readline() == "row\n"
            os.kill(child.pid, signal.SIGKILL)
    index().own()  # the lock of the dead is free
    assert 23 <= sum(len(index().ids(name)) for name in index().collections()) < 65
    assert sync.unsettled(shop.pk)
    built(shop)
    assert all(drift.whole for drift in audit(shop).values())
    assert len(index().ids(collection(shop))) == 63


@pytest.mark.django_db(transaction=True)
def test_commands_beside_a_running_server_ask_it_and_do_not_open_its_index(shop, embedded, own_home):
    with serving():
        said = manage(own_home, "reindex", "--site", "hill")
        assert said.returncode == 0, said.stderr
        assert "5 passages on 3 shelves" in said.stdout
        index().remove(collection(shop), sorted(index().ids(collection(shop)))[:1])
        said = manage(own_home, "audit_index", "--site", "hill")
        assert said.returncode == 1
        assert "returns · public: 3 passages, differs" in said.stdout
        assert "1 missing" in said.stdout
        assert "delivery · public: 1 passages, whole" in said.stdout


@pytest.mark.django_db(transaction=True)
def test_a_server_that_does_not_answer_ends_the_command_with_a_sentence(shop, embedded, own_home):
    built(shop)
    said = manage(own_home, "audit_index", "--site", "hill", "--timeout", "1")
    assert said.returncode == 2
    assert "has not answered within 1 seconds" in said.stderr


class serving:
    """The bulk worker of a serving process, as a thread."""

    def __enter__(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def _run(self):
        while not self.stop.wait(0.05):
            outbox.run_due(bulk=True, limit=1)
        connections.close_all()


def run_outbox():
    OutboxItem.objects.filter(kind="build_shelves", state="due", due_at__gt="2100-01-01T00:00Z").delete()
    while outbox.run_due(bulk=True):
        pass


def environment(home):
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        login = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT'] or 5432}"
        url = f"postgres://{login}/{database['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "HANDRAIL_HOME": str(home), "HANDRAIL_BUILD": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings", "CHROMA_URL": ""}  # fmt: skip


def start_python(program, home):
    source = f"import django\ndjango.setup()\n{program}"
    return subprocess.Popen([sys.executable, "-c", source], env=environment(home), cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def run_python(program, home):
    with start_python(program, home) as child:
        out, err = child.communicate(timeout=60)
    return subprocess.CompletedProcess(program, child.returncode, out, err)


def manage(home, *words):
    return subprocess.run([sys.executable, "manage.py", *words], env=environment(home), cwd=ROOT, text=True,
                          capture_output=True, timeout=120, check=False)  # fmt: skip


def test_reports_are_cut_but_counted():
    drift = sync.Drift("returns", "public", 90, True, missing=[f"{n}:x" for n in range(90)])
    assert tasks.report(drift)["missing"] == {"count": 90, "first": [f"{n}:x" for n in range(20)]}
    assert sources([]) == []
