"""A bundle names the countries a site serves, by code: checked with their line, kept by an export, in no release."""

import pytest
import yaml

from release.bundles import bundle
from release.bundles.export import export
from release.live import snapshot
from sites.models import Site
from tests.release import stage
from tests.release.test_bundle_errors import line_of, yaml_with

pytestmark = pytest.mark.django_db


def test_countries_of_a_bundle_are_the_sites_and_an_export_keeps_them(folder, tmp_path):
    stage.people()
    stage.write(folder, stage.plan(countries=["GB", "NO"]))
    site = bundle.load(folder, actor="test").site
    assert Site.objects.get(pk=site.pk).countries == ["GB", "NO"]
    export(site, tmp_path / "out")
    assert yaml.safe_load((tmp_path / "out" / "site.yaml").read_text())["countries"] == ["GB", "NO"]
    assert bundle.read(tmp_path / "out").manifest.countries == ("GB", "NO")


def test_a_bundle_need_not_name_any(folder):
    assert bundle.read(folder).manifest.countries == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("gb", "“gb” is no country's code; did you mean “GB”?"),
        ("UK", "“UK” is no country's code; did you mean “GB”?"),
        ("XX", "“XX” is no country's code; use two capital letters (ISO 3166), like GB"),
        ("Ireland", "“Ireland” is no country's code; use two capital letters (ISO 3166), like GB"),
        ("GB", "“GB” stands here twice; keep one"),
        ("NO", "False is not text; put it in quotes"),
    ],
)
def test_what_is_no_country_names_its_line(folder, written, told):
    found = yaml_with(folder, "locale: en", f"locale: en\ncountries:\n- GB\n- {written}\n- IE")
    line = line_of(folder, "countries:") + 2
    assert found == [f"site.yaml:{line}: {told}"]


def test_a_bundle_that_says_nothing_in_a_crisis_is_loaded_with_a_warning(folder):
    stage.people()
    stage.write(folder, stage.plan(crisis=""))
    told = "site.yaml:1: “crisis” says nothing to somebody in danger; no release goes live without"
    assert [str(each) for each in bundle.load(folder, actor="test").warnings] == [told]


def test_another_country_is_no_other_release(ferry):
    before = snapshot.candidate(ferry).fingerprint
    Site.objects.update(countries=["GB"])
    assert snapshot.candidate(Site.objects.get(pk=ferry.pk)).fingerprint == before
