"""Loading fills the candidate, twice as well as once, and grants nothing to anybody."""

import json

import pytest

from knowledge.models import Category, Example, Revision, Source
from release.bundles import bundle
from release.bundles.export import export
from release.live import permits, snapshot
from release.models import Exposure, Release, Scenario
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import LedgerEntry
from tests.release import stage

pytestmark = pytest.mark.django_db


def test_a_loaded_site_can_be_evaluated_but_nothing_of_it_is_live(ferry):
    candidate = snapshot.candidate(ferry)
    assert {facts.source for facts in candidate.revisions.values()} == {"fares", "bags", "goodwill"}
    assert snapshot.live(ferry.pk) is None
    assert not Release.objects.exists()
    assert not Exposure.objects.exists()
    assert not Revision.objects.filter(live=True).exists()
    assert permits.of(ferry.pk, "tickets").level == 1


def test_its_texts_are_approved_in_the_name_of_the_bundle(ferry):
    assert set(Revision.objects.values_list("state", "author", "approver")) == {("approved", "test", "bundle")}


def test_loading_again_changes_nothing(ferry, folder):
    before = snapshot.candidate(ferry).fingerprint
    rows = list(Example.objects.values_list("pk")), list(Scenario.objects.values_list("pk"))
    loaded = bundle.load(folder, actor="test")
    assert (loaded.created, loaded.changed, loaded.retired) == (False, 0, 0)
    assert snapshot.candidate(ferry).fingerprint == before
    assert (list(Example.objects.values_list("pk")), list(Scenario.objects.values_list("pk"))) == rows


def test_what_a_load_sets_of_a_site_is_on_record_with_what_it_was(ferry, folder):
    def told():
        return [json.loads(entry.body) for entry in LedgerEntry.objects.filter(site=ferry, kind="site_changed")]

    bundle.load(folder, actor="test")
    assert told() == [], "the same again is no news"
    stage.write(folder, stage.plan(origins=["https://eve.example"]))
    bundle.load(folder, actor="test")
    (entry,) = told()
    assert entry["actor"] == "test"
    assert (list(entry["before"]), entry["after"]) == (["origins"], {"origins": ["https://eve.example"]})


def test_a_changed_article_becomes_a_new_revision_and_the_live_one_stays(ferry, folder):
    release = stage.publish(ferry)
    (folder / "knowledge" / "fares.md").write_text(stage.FARES.replace("9 euros", "11 euros"))
    assert bundle.load(folder, actor="test").changed == 1
    live = Revision.objects.get(source__slug="fares", live=True)
    assert "9 euros" in live.text
    assert live.pk in snapshot.of(release).revisions
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint
    assert snapshot.candidate(ferry).fingerprint != release.fingerprint


def test_a_removed_file_leaves_the_candidate_and_stays_live_until_a_release(ferry, folder):
    stage.publish(ferry)
    (folder / "knowledge" / "bags.md").unlink()
    loaded = bundle.load(folder, actor="test")
    assert "retired from the candidate" in str(loaded.warnings[-1])
    source = Source.objects.get(slug="bags")
    assert source.retired
    assert source.withdrawn_at is None
    assert source.revisions.filter(live=True).exists()
    assert "bags" not in {f.source for f in snapshot.candidate(ferry).revisions.values()}
    assert "bags" in {f.source for f in snapshot.live(ferry.pk).revisions.values()}


def test_a_file_that_comes_back_is_in_the_candidate_again(ferry, folder):
    (folder / "knowledge" / "bags.md").unlink()
    bundle.load(folder, actor="test")
    stage.write(folder)
    bundle.load(folder, actor="test")
    assert not Source.objects.get(slug="bags").retired


def test_a_removed_category_is_retired_not_deleted(ferry, folder):
    stage.publish(ferry)
    (folder / "knowledge" / "bags.md").unlink()
    (folder / "scenarios" / "basics.jsonl").write_text("")
    stage.write(folder, stage.plan(categories=stage.plan()["categories"][:1]))
    (folder / "knowledge" / "bags.md").unlink()
    (folder / "scenarios" / "basics.jsonl").write_text("")
    bundle.load(folder, actor="test")
    assert Category.objects.get(slug="luggage").retired
    assert set(snapshot.candidate(ferry).by_slug) == {"tickets"}
    assert set(snapshot.live(ferry.pk).by_slug) == {"tickets", "luggage"}


def test_a_missing_account_of_an_owner_is_a_warning(db, folder):
    loaded = bundle.load(folder, actor="test")
    assert [str(p) for p in loaded.warnings] == [
        f"site.yaml: the owner {name} has no active account here" for name in ("ben", "cleo", "dan")
    ]


def test_eve_loads_nothing(ferry, folder):
    before = LedgerEntry.objects.count()
    with pytest.raises(NotAllowed):
        bundle.load(folder, actor=stage.people()["eve"])
    assert LedgerEntry.objects.count() == before


def test_an_exported_site_is_the_same_site(ferry, tmp_path):
    before = snapshot.candidate(ferry)
    export(ferry, tmp_path / "out")
    loaded = bundle.load(tmp_path / "out", actor="test")
    assert loaded.changed == 0
    assert loaded.warnings == ()
    assert snapshot.candidate(ferry).fingerprint == before.fingerprint


def test_the_sample_site_survives_its_export(people, tmp_path):
    """The whole sample, with its tables, dates and internal articles, comes back as it was."""
    from pathlib import Path

    from django.conf import settings

    site = bundle.load(Path(settings.BASE_DIR) / "sample", actor="test").site
    before = snapshot.candidate(site).fingerprint
    export(site, tmp_path / "out")
    assert bundle.load(tmp_path / "out", actor="test").changed == 0
    assert snapshot.candidate(site).fingerprint == before


def test_an_export_never_overwrites(ferry, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        export(ferry, tmp_path)
