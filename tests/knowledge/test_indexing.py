"""Embedding goes on in slices: shown as it goes, stopped and gone on with, killed and finished, never done twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from knowledge.editing import approval, indexing, ingest
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.models import Passage, PassageVectors, Revision, Source
from knowledge.readers.documents import Document
from sites.access.roles import NotAllowed
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Site
from tests.conftest import FULL

from .conftest import look, publishes

PASSAGES = 10_000 if FULL else 300
EACH = 50


def article(number, passages=EACH):
    return "\n\n".join(
        f"## Part {n}\n\nLocker {number}-{n} is opened with key {number * n + 7}." for n in range(passages)
    )


def save(site, number=0, passages=EACH, **more):
    document = Document(f"Lockers {number}", article(number, passages), {})
    return ingest.save(site, f"lockers-{number}", document, categories=["returns"], author="cleo", later=True, **more)


@pytest.fixture
def embedded(monkeypatch):
    """Every text the model is asked for from now on."""
    asked, plain = [], embedder().encode
    monkeypatch.setattr(embedder(), "encode", lambda texts: asked.extend(texts) or plain(texts))
    return asked


# ── Beside the people who wait for answers ────────────────────────────────────────────────────────────────────


def test_saving_in_the_editor_waits_for_nothing_and_the_rest_is_promised(shop, embedded):
    revision = save(shop).revision
    assert embedded == []
    assert indexing.progress(revision) == indexing.Progress(0, EACH, True)
    assert not [hit for hit in look(publishes(shop), "locker key") if hit.source == "lockers-0"]


def test_a_slice_is_progress_and_the_last_one_makes_it_found(shop, cleo, monkeypatch):
    revision = save(shop, passages=50).revision
    assert not indexing.advance(revision.pk, seconds=0)
    seen = []
    monkeypatch.setattr("knowledge.tasks.SLICE", 1e-9)
    for _ in range(12_000):  # a slice may be due a moment later than it was promised, and the machine be busy
        if outbox.run_due(bulk=True, limit=1):
            seen.append(indexing.progress(revision).done)
            monkeypatch.setattr("knowledge.tasks.SLICE", 0.05)
        elif indexing.progress(revision).whole:
            break
        else:
            time.sleep(0.01)
    assert seen == sorted(seen)
    assert seen[0] < 50
    promised = list(OutboxItem.objects.values("kind", "state", "attempts", "error"))
    assert indexing.progress(revision) == indexing.Progress(50, 50, False), promised
    approval.approve_many([revision], actor=cleo, reason="checked")
    assert look(publishes(shop), "Which key opens locker 0-9?")[0].source == "lockers-0"


def test_internal_text_is_not_prepared_for_a_search_it_is_never_in(shop, embedded):
    revision = save(shop, audience="internal").revision
    assert indexing.progress(revision).whole
    assert not OutboxItem.objects.filter(kind=indexing.KIND).exists()


def test_stopping_keeps_what_is_done_and_going_on_does_the_rest_only(shop, cleo, embedded):
    revision = save(shop, passages=50).revision
    indexing.advance(revision.pk, seconds=1e-3)
    half = indexing.progress(revision).done
    indexing.stop(revision, actor=cleo, reason="wrong file")
    while outbox.run_due(bulk=True):
        pass
    assert indexing.progress(revision) == indexing.Progress(half, 50, False)
    indexing.go_on(revision, actor=cleo)
    while outbox.run_due(bulk=True):
        pass
    assert indexing.progress(revision).whole
    assert max(Counter(embedded).values()) == 1
    moves = LedgerEntry.objects.filter(site=shop, kind__startswith="indexing_").values_list("kind", flat=True)
    assert list(moves) == ["indexing_stopped", "indexing_resumed"]


def test_a_worker_whose_work_was_stopped_does_not_take_it_up_again(shop, cleo, monkeypatch):
    revision = save(shop, passages=50).revision

    def stopped_meanwhile(number, *, seconds):
        indexing.stop(revision, actor=cleo, reason="wrong file")
        return False

    monkeypatch.setattr(indexing, "advance", stopped_meanwhile)
    while outbox.run_due(bulk=True):
        pass
    assert not indexing.progress(revision).going


def test_only_content_owners_of_the_site_stop_it_and_only_what_runs(shop, cleo, django_user_model):
    revision = save(shop, passages=2).revision
    with pytest.raises(NotAllowed):
        indexing.stop(revision, actor=django_user_model.objects.create_user("eve"), reason="because")
    with pytest.raises(Refused, match="Give a reason"):
        indexing.stop(revision, actor=cleo, reason=" ")
    with pytest.raises(Refused, match="nothing to go on with"):
        indexing.go_on(revision, actor=cleo)
    indexing.stop(revision, actor=cleo, reason="wrong file")
    with pytest.raises(Refused, match="Nothing is being prepared"):
        indexing.stop(revision, actor=cleo, reason="wrong file")


def test_the_page_shows_a_bar_while_it_goes_and_asks_to_be_loaded_again_at_the_end(shop, cleo, client):
    revision = save(shop, passages=10).revision
    client.force_login(cleo)
    page = reverse("admin:knowledge_revision_change", args=[revision.pk])
    assert '<progress max="10" value="0"' in client.get(page).content.decode()
    part = reverse("admin:knowledge_revision_progress", args=[revision.pk])
    assert "HX-Refresh" not in client.get(part)
    act = reverse("admin:knowledge_revision_act", args=[revision.pk, "stop"])
    assert "Stopped. What is done stays done." in client.post(act, {"reason": "wait"}, follow=True).content.decode()
    assert client.get(part)["HX-Refresh"] == "true"
    client.post(reverse("admin:knowledge_revision_act", args=[revision.pk, "go-on"]))
    while outbox.run_due(bulk=True):
        pass
    assert client.get(part)["HX-Refresh"] == "true"
    assert "<progress" not in client.get(page).content.decode()


# ── Only what changed ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_site_with_one_changed_article_embeds_only_that_article(tmp_path, db, embedded):
    from tests.release import stage

    folder = stage.write(tmp_path / "ferry")
    call_command("load_site", str(folder))
    (folder / "knowledge" / "fares.md").write_text(stage.FARES.replace("9 euros", "11 euros"))
    embedded.clear()
    call_command("load_site", str(folder))
    changed = Revision.objects.get(source__slug="fares", number=2)
    wanted = {text for one in _contents(changed) for text in (one.text, *one.sentences)}
    assert set(embedded) == wanted
    embedded.clear()
    call_command("load_site", str(folder))
    assert embedded == []


def test_a_changed_part_of_an_article_is_all_of_it_that_is_embedded(shop, cleo, embedded):
    source = save(shop, passages=50).source
    while outbox.run_due(bulk=True):
        pass
    embedded.clear()
    text = article(0, 50).replace("Locker 0-7 is", "Locker 0-7 was")
    ingest.revise(source, title="Lockers 0", text=text, actor=cleo)
    assert len(embedded) == 2, "the passage and its sentence"
    assert all("Locker 0-7 was" in each for each in embedded)


def test_the_same_text_on_another_site_is_not_embedded_again(shop, embedded):
    save(shop, passages=5)
    while outbox.run_due(bulk=True):
        pass
    embedded.clear()
    other = Site.objects.create(slug="dale", name="Dale")
    other.categories.create(slug="returns", title="Returns")
    assert indexing.progress(save(other, passages=5).revision).whole
    while outbox.run_due(bulk=True):
        pass
    assert embedded == []


def _contents(revision):
    from knowledge.index import sync

    return sync.of_digests(list(revision.passages.values_list("digest", flat=True)))


# ── Killed ────────────────────────────────────────────────────────────────────────────────────────────────────


def worker():
    """A worker of its own on this test's database."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else _postgres(connection.settings_dict)
    env = {**os.environ, "DATABASE_URL": url, "HANDRAIL_BUILD": "1", "PYTHONHASHSEED": "7"}
    env.pop("PYTEST_CURRENT_TEST", None)
    command = [sys.executable, "-m", "tests.knowledge.indexer"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def _postgres(at):
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST'] or '127.0.0.1'}:{at['PORT'] or 5432}/{at['NAME']}"


@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_followed_by_one_that_does_the_rest_and_nothing_twice(shop):
    revisions = [save(shop, number).revision for number in range(1, PASSAGES // EACH + 1)]
    contents = [one for revision in revisions for one in _contents(revision)]
    wanted = sum(1 + len(one.sentences) for one in contents)
    before = PassageVectors.objects.count()
    first = worker()
    told = [next(first.stdout) for _ in range(wanted // 2)]
    first.send_signal(signal.SIGKILL)
    told += first.stdout.readlines()
    first.wait()
    done = PassageVectors.objects.count() - before
    assert 0 < done < PASSAGES
    held = OutboxItem.objects.filter(state=OutboxItem.State.LEASED)
    assert held.update(lease_until=timezone.now() - timedelta(seconds=1)) <= 1  # the dead worker's lease runs out
    second = worker()
    again, _ = second.communicate(timeout=3000)
    assert again.endswith("done\n")
    assert not vectors.missing(one.digest for one in contents), "nothing missing"
    assert PassageVectors.objects.count() - before == PASSAGES, "nothing doubled"
    assert Passage.objects.filter(revision__in=revisions).count() == PASSAGES
    lines = (*told, *again.splitlines(keepends=True))
    embedded = Counter(line for line in lines if line.startswith("text") and line.endswith("\n"))
    assert len(embedded) == wanted
    repeated = sum(embedded.values()) - wanted
    assert repeated <= 2 * indexing.STEP, "what the killed slice had in hand, and no more"
    assert all(indexing.progress(revision).whole for revision in revisions)
    assert not OutboxItem.objects.filter(kind=indexing.KIND).exclude(state=OutboxItem.State.DONE).exists()
    assert Source.objects.filter(slug__startswith="lockers-").count() == PASSAGES // EACH
