"""The strictness of a site's gate: its owners choose it for the candidate, and a release takes it to customers."""

import pytest

from release.bundles import bundle
from release.bundles.export import export
from release.gate import strictness
from release.gate.diff import diff
from release.live import snapshot
from release.models import Release
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site, Strictness
from tests.release import stage

pytestmark = pytest.mark.django_db


def choose(site, wanted, actor, reason="Too many strangers."):
    strictness.choose(site, wanted, actor=actor, reason=reason)


def candidate(site):
    return snapshot.candidate(Site.objects.get(pk=site.pk))


def unsay(release):
    """The release as a build froze it that knew no strictness, with the fingerprint of that body."""
    body = {key: value for key, value in release.body.items() if key != "strictness"}
    fingerprint = snapshot.parse(body).fingerprint
    Release.objects.filter(pk=release.pk).update(body=body, fingerprint=fingerprint)
    release.runs.update(fingerprint=fingerprint)
    snapshot.forget()
    return Release.objects.get(pk=release.pk)


def changes(before, after):
    return [(c.before, c.after, c.weakens) for c in diff(before, after) if c.what == "gate"]


def test_a_site_that_chose_nothing_is_balanced(ferry):
    assert candidate(ferry).strictness == Strictness.BALANCED == 2


def test_cleo_and_dan_may_choose_and_it_is_in_the_record(ferry, who):
    choose(ferry, Strictness.STRICT, who["cleo"])
    assert candidate(ferry).strictness == 4
    choose(ferry, Strictness.OPEN, who["dan"])
    assert candidate(ferry).strictness == 1
    assert LedgerEntry.objects.filter(kind="strictness_chosen").count() == 2
    assert '"reason":"Too many strangers."' in LedgerEntry.objects.filter(kind="strictness_chosen").last().body
    assert not list(ledger.verify(ferry))


@pytest.mark.parametrize("name", ["ben", "eve"])
def test_an_agent_or_a_stranger_may_not(ferry, who, name):
    with pytest.raises(NotAllowed):
        choose(ferry, Strictness.OPEN, who[name])
    assert candidate(ferry).strictness == 2


@pytest.mark.parametrize(
    ("wanted", "reason", "said"),
    [(3, "Why not.", "Choose open"), (4, " ", "Give a reason"), (2, "Once more.", "balanced already")],
)
def test_what_is_no_choice_is_refused_and_leaves_no_trace(ferry, who, wanted, reason, said):
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused, match=said):
        choose(ferry, wanted, who["dan"], reason)
    assert (candidate(ferry).strictness, LedgerEntry.objects.count()) == (2, before)


def test_the_fingerprint_changes_with_the_choice_and_comes_back_with_it(ferry, who):
    balanced = candidate(ferry).fingerprint
    choose(ferry, Strictness.STRICT, who["dan"])
    assert candidate(ferry).fingerprint != balanced
    choose(ferry, Strictness.BALANCED, who["dan"])
    assert candidate(ferry).fingerprint == balanced


def test_customers_keep_the_live_strictness_until_a_release(ferry, who):
    stage.publish(ferry)
    choose(ferry, Strictness.VERY_STRICT, who["dan"])
    assert snapshot.live(ferry.pk).strictness == 2
    stage.publish(Site.objects.get(pk=ferry.pk))
    assert snapshot.live(ferry.pk).strictness == 8


def test_a_release_frozen_before_there_was_a_choice_is_whole_and_balanced(ferry):
    old = unsay(stage.publish(ferry))
    assert "strictness" not in old.body
    live = snapshot.live(ferry.pk)
    assert (live.fingerprint, live.strictness) == (old.fingerprint, 2.0)
    assert snapshot.of(old) == live


def test_what_changed_names_a_looser_gate_first_and_says_nothing_of_an_equal_one(ferry, who):
    old = snapshot.of(unsay(stage.publish(ferry)))
    assert changes(None, old) == [("", "balanced", False)]
    assert changes(old, candidate(ferry)) == []
    choose(ferry, Strictness.STRICT, who["dan"])
    strict = candidate(ferry)
    assert changes(old, strict) == [("balanced", "strict", False)]
    assert changes(strict, old) == [("strict", "balanced", True)]
    assert diff(strict, old)[0].what == "gate"


@pytest.mark.parametrize("word", ["open", "balanced", "strict", "very_strict"])
def test_a_bundle_says_it_by_name_and_its_export_says_the_same(folder, tmp_path, word):
    stage.write(folder, stage.plan(strictness=word))
    site = stage.load(folder)
    assert Strictness(site.strictness).name.lower() == word
    before = candidate(site).fingerprint
    export(site, tmp_path / "out")
    assert f"strictness: {word}\n" in (tmp_path / "out" / "site.yaml").read_text()
    bundle.load(tmp_path / "out", actor="test")
    bundle.load(tmp_path / "out", actor="test")
    assert candidate(site).fingerprint == before


def test_a_bundle_that_does_not_say_it_is_balanced_also_over_an_earlier_choice(ferry, folder, who):
    choose(ferry, Strictness.STRICT, who["dan"])
    assert bundle.load(folder, actor="test").site.strictness == Strictness.BALANCED
