"""Whoever reads a release's changes sees first what takes evidence away."""

import pytest

from knowledge.models import Category, Source
from release.gate.diff import diff
from release.live import snapshot
from release.models import Scenario
from sites.models import Site
from tests.release import stage

pytestmark = pytest.mark.django_db


def test_scenarios_that_are_gone_come_first_then_a_looser_gate_and_changed_ones(ferry):
    before = snapshot.candidate(ferry)
    Category.objects.filter(slug="tickets").update(title="Fares")
    Category.objects.create(site=ferry, slug="dogs", title="Dogs", asked_level=3)
    Source.objects.filter(slug="bags").update(audience="members")
    Scenario.objects.filter(slug="fare-adult").update(body={**stage.SCENARIOS[0], "expect": {}})
    Scenario.objects.filter(slug="weather").delete()
    Site.objects.update(strictness=1)
    changes = diff(before, snapshot.candidate(Site.objects.get(pk=ferry.pk)))
    order = [(change.what, change.name) for change in changes]
    assert order[0] == ("scenario", "weather")
    assert order[1:3] == [("gate", "strictness"), ("scenario", "fare-adult")]
    assert order[3] == ("category", "dogs")
    assert [change.weakens for change in changes] == sorted((c.weakens for c in changes), reverse=True)
