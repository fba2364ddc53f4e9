"""What a site calls the same travels in its bundle, stands in its releases, and is heard by the bot."""

import pytest
import yaml

from chatbot.decide.answer import compose
from chatbot.decide.gate import reading
from knowledge.embedding.embedders import embedder
from knowledge.retrieval import search
from release.bundles import bundle
from release.bundles.export import export
from release.gate.diff import diff
from release.live import snapshot
from sites.choices import synonyms
from sites.models import Site
from tests.release import stage
from tests.release.test_bundle_errors import line_of, yaml_with

pytestmark = pytest.mark.django_db
GROUPS = [["Luggage", "clobber", "Odds  and Ends"], ["ticket", "fare"]]
KEPT = [["luggage", "clobber", "odds and ends"], ["ticket", "fare"]]


def candidate(site):
    return snapshot.candidate(Site.objects.get(pk=site.pk))


def loaded(folder, groups=GROUPS):
    stage.write(folder, stage.plan(synonyms=groups))
    return stage.load(folder)


def test_a_bundle_names_them_and_an_export_loads_to_the_same(folder, tmp_path):
    site = loaded(folder)
    assert site.synonyms == KEPT
    before = candidate(site).fingerprint
    export(site, tmp_path / "out")
    assert yaml.safe_load((tmp_path / "out" / "site.yaml").read_text())["synonyms"] == KEPT
    bundle.load(tmp_path / "out", actor="test")
    assert candidate(site).fingerprint == before
    stage.write(folder)
    assert bundle.load(folder, actor="test").site.synonyms == []


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ("[delivery]", "a group is a list of words like [delivery, shipping]"),
        ("[[delivery]]", "a group has 2 to 12 different words; this has 1"),
        ("[[delivery, Delivery]]", "a group has 2 to 12 different words; this has 1"),
        ("[[delivery, yes]]", "a group is a list of words like [delivery, shipping]"),
        ("[[delivery, '?!']]", "“?!” has no word in it"),
        ("[[delivery, 'a, b']]", "“a, b” has a comma in it; write each word by itself"),
        ("[[delivery, one two three four five]]", "“one two three four five” is longer than 4 words or 60 characters"),
        ("[[a, b], [c, a]]", "“a” is in another group already; put the two groups together"),
    ],
)
def test_what_is_no_group_is_named_with_its_line(folder, groups, why):
    found = yaml_with(folder, "locale: en", f"locale: en\nsynonyms: {groups}")
    assert found == [f"site.yaml:{line_of(folder, 'synonyms')}: {why}"]


def test_a_word_no_search_looks_for_is_warned_of(folder):
    stage.write(folder, stage.plan(synonyms=[["us", "crew"]]))
    assert any("“us” has no word that a search looks for" in str(each) for each in bundle.read(folder).warnings)


def test_they_are_covered_by_the_fingerprint_and_a_change_is_seen(ferry):
    before = candidate(ferry)
    Site.objects.update(synonyms=[["luggage", "clobber"]])
    first = candidate(ferry)
    Site.objects.update(synonyms=[["luggage", "clobber", "bags"]])
    after = candidate(ferry)
    assert len({before.fingerprint, first.fingerprint, after.fingerprint}) == 3
    assert [(change.what, change.before, change.after) for change in diff(first, after)] == [
        ("synonyms", "luggage, clobber", "removed"),
        ("synonyms", "", "luggage, clobber, bags"),
    ]


def test_a_release_of_before_there_were_any_still_reads(ferry):
    body = {key: value for key, value in candidate(ferry).body.items() if key != "synonyms"}
    assert not snapshot.parse(body).synonyms


def test_the_bot_reads_a_customers_word_as_the_articles(ferry):
    question, public = "how many pieces of clobber", frozenset({"public"})
    vector = embedder().encode_one(question)
    plain = candidate(ferry)
    Site.objects.update(synonyms=[["luggage", "clobber"]])
    same = candidate(ferry)
    found = {}
    for name, frozen in (("plain", plain), ("same", same)):
        hits = search.find(frozen.scope("luggage", public), question, vector)
        best = compose.sentences(question, vector, hits, frozenset({"clobber"}), frozen.synonyms)
        found[name] = (hits[0].lexical, best[0].covered if best else 0.0)
    assert found["same"][0] > found["plain"][0]
    assert found["same"][1] > found["plain"][1] == 0.0
    assert reading.mended("my clobbre", same, public) == "my clobber"
    assert reading.mended("my clobbre", plain, public) == "my clobbre"


# ── As people write them ──────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_read_and_written_back():
    groups = synonyms.read("Delivery, shipping ,postage\n\n  gift card,voucher  \n")
    assert groups == [["delivery", "shipping", "postage"], ["gift card", "voucher"]]
    assert synonyms.read(synonyms.lines(groups)) == groups


def test_a_line_that_is_no_group_is_named():
    with pytest.raises(synonyms.SynonymsError) as caught:
        synonyms.read("delivery, shipping\n\ntent\nshipping, freight")
    assert caught.value.problems == (
        "Line 3: a group has 2 to 12 different words; this has 1.",
        "Line 4: “shipping” is in another group already; put the two groups together.",
    )


def test_a_word_joins_the_group_of_another_and_two_groups_become_one():
    assert synonyms.joined([], "Freight", "delivery") == [["freight", "delivery"]]
    assert synonyms.joined([["delivery", "shipping"]], "freight", "shipping") == [["delivery", "shipping", "freight"]]
    both = synonyms.joined([["a", "b"], ["x", "y"], ["c", "d"]], "b", "d")
    assert both == [["x", "y"], ["a", "b", "c", "d"]]
    with pytest.raises(synonyms.SynonymsError, match="the same word already"):
        synonyms.joined([], "freight", "Freight")
