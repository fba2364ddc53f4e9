"""A site says on which routes a person has the first word: in its bundle or on its page; a release takes it along."""

import pytest
import yaml

from chatbot.decide.needs.kinds import ROUTES
from release.bundles import bundle
from release.bundles.export import export
from release.gate.diff import diff
from release.live import snapshot
from sites.choices.routes import Route
from sites.models import Site
from tests.release import stage
from tests.release.test_bundle_errors import line_of, yaml_with

pytestmark = pytest.mark.django_db


def candidate(site):
    return snapshot.candidate(Site.objects.get(pk=site.pk))


def test_every_route_of_the_bot_can_be_chosen_and_no_other():
    assert set(ROUTES) == set(Route)


def test_a_site_that_chose_nothing_gives_every_article_the_first_word(ferry):
    assert candidate(ferry).routes == frozenset()


def test_a_bundle_names_them_and_its_export_names_the_same(folder, tmp_path):
    stage.write(folder, stage.plan(routes={"privacy": "person", "complaint": "article", "legal": "person"}))
    site = stage.load(folder)
    assert candidate(site).routes == {"privacy", "legal"}
    before = candidate(site).fingerprint
    export(site, tmp_path / "out")
    written = yaml.safe_load((tmp_path / "out" / "site.yaml").read_text())
    assert written["routes"] == {"legal": "person", "privacy": "person"}
    bundle.load(tmp_path / "out", actor="test")
    assert candidate(site).fingerprint == before


def test_a_bundle_that_does_not_name_them_takes_an_earlier_choice_back(ferry, folder):
    Site.objects.update(routes={"privacy": "person"})
    assert bundle.load(folder, actor="test").site.routes == {}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("privacy: persn", "“privacy” is “persn”; use article or person; did you mean “person”?"),
        ("privcy: person", "“privcy” is not known here; did you mean “privacy”?"),
        ("privacy: 1", "“privacy” must be text; put 1 in quotes"),
    ],
)
def test_what_is_no_route_or_nobody_names_its_line(folder, written, told):
    found = yaml_with(folder, "locale: en", f"locale: en\nroutes:\n  legal: person\n  {written}")
    assert found == [f"site.yaml:{line_of(folder, 'routes:') + 2}: {told}"]


def test_dan_sees_first_that_an_article_answers_where_a_person_did(ferry):
    before = candidate(ferry)
    Site.objects.update(routes={"privacy": "person"})
    after = candidate(ferry)

    def changes(one, other):
        return [(c.name, c.before, c.after, c.weakens) for c in diff(one, other) if c.what == "route"]

    assert changes(before, after) == [("privacy", "article", "person", False)]
    assert changes(after, before) == [("privacy", "person", "article", True)]
    assert changes(after, after) == []


def test_customers_get_it_with_a_release(ferry):
    stage.publish(ferry)
    Site.objects.update(routes={"privacy": "person"})
    assert snapshot.live(ferry.pk).routes == frozenset()
    stage.publish(Site.objects.get(pk=ferry.pk))
    assert snapshot.live(ferry.pk).routes == {"privacy"}
