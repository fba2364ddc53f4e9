"""What a site's own signals would hand over besides what they are for is shown on its questions before it counts."""

import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from release.bundles import bundle
from release.gate import false_alarms
from release.live import snapshot
from sites.models import Site
from tests.release import stage

pytestmark = pytest.mark.django_db
SUITCASE = [{"need": "fraud", "phrases": ["suitcase", "pieces of luggage", "poem"], "examples": []}]
EXAMPLES = ["Can I take a suitcase on board?", "my suitcase is heavier than allowed"]


def warned(folder) -> list[str]:
    return [str(each) for each in bundle.load(folder, actor="test").warnings]


def site_with(signals) -> Site:
    Site.objects.update(signals=signals)
    return Site.objects.get(slug="ferry")


def test_cleo_loads_a_bundle_and_is_warned_of_each_question_it_would_hand_over(folder):
    stage.people()
    stage.write(folder, stage.plan(signals=SUITCASE))
    at = next(n for n, line in enumerate((folder / "site.yaml").read_text().split("\n"), 1) if "slug: luggage" in line)
    bags, poem = (stage.SCENARIOS[n]["turns"][-1] for n in (1, 2))
    said = "the signals of “fraud” would hand"
    assert warned(folder) == [
        *(f"site.yaml:{at}: {said} an example of “luggage”, “{text}”, to a person" for text in EXAMPLES),
        f"scenarios/basics.jsonl:2: {said} the question of the scenario “bags-free”, “{bags}”, to a person",
        f"scenarios/basics.jsonl:3: {said} the question of the scenario “weather”, “{poem}”, to a person",
    ]


def test_the_command_prints_them(folder, capsys):
    stage.people()
    stage.write(folder, stage.plan(signals=SUITCASE))
    call_command("load_site", str(folder))
    assert f"warning: site.yaml:{line(folder)}: the signals of “fraud” would hand" in capsys.readouterr().err


def line(folder) -> int:
    return next(n for n, text in enumerate((folder / "site.yaml").read_text().split("\n"), 1) if "luggage" in text)


def test_an_example_is_held_against_them_by_its_meaning_too(ferry):
    signals = [{"need": "fraud", "phrases": [], "examples": ["May I take a suitcase on board of the ferry?"]}]
    alarms = false_alarms.of(snapshot.candidate(site_with(signals)))
    assert EXAMPLES[0] in [alarm.asked.text for alarm in alarms]


def test_a_site_whose_signals_are_for_something_else_is_not_warned(folder):
    stage.people()
    stage.write(folder, stage.plan(signals=[{"need": "danger", "phrases": ["man overboard"]}]))
    assert warned(folder) == []


@pytest.mark.parametrize(
    ("expect", "warns"),
    [
        ({"outcome": ["handoff"]}, False),
        ({"outcome": ["answer", "handoff"]}, False),
        ({"reason": ["security"]}, False),
        ({"outcome": ["answer"]}, True),
        ({"says": ["two pieces"]}, True),
        ({}, True),
    ],
)
def test_a_scenario_that_expects_a_person_is_no_false_alarm(folder, expect, warns):
    stage.people()
    stage.write(folder, stage.plan(signals=[{"need": "danger", "phrases": ["man overboard"]}]))
    scenario = {"id": "sea", "turns": ["Hello", "What do you do about a man overboard?"], "expect": expect}
    (folder / "scenarios" / "basics.jsonl").write_text(json.dumps(scenario) + "\n")
    assert any("man overboard" in text for text in warned(folder)) == warns


def test_the_examples_of_a_category_that_people_answer_are_no_false_alarms(folder):
    plan = stage.plan(signals=SUITCASE)
    plan["categories"][1]["route"] = "human"
    stage.people()
    stage.write(folder, plan)
    assert [text for text in warned(folder) if "example of" in text] == []


def test_dan_sees_them_on_the_page_of_the_release(ferry):
    who = stage.people(ferry)
    release = snapshot.freeze(site_with(SUITCASE), actor=who["dan"])
    browser = Client()
    browser.force_login(who["dan"])
    page = browser.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "Its signals would hand over what is not meant:" in page
    assert "an example of “luggage”, “Can I take a suitcase on board?”, to a person" in page
    plain = snapshot.freeze(site_with([]), actor=who["dan"])
    assert "Its signals" not in browser.get(reverse("admin:release_release_change", args=[plain.pk])).content.decode()


def test_the_sites_page_tells_the_first_ten_and_how_many_more(ferry):
    many = [{"need": "fraud", "phrases": ["ticket", "luggage", "fare", "bags", "bag"], "examples": []}]
    told = false_alarms.of_site(site_with(many))
    all_of_them = len(false_alarms.of(snapshot.candidate(site_with(many))))
    assert all_of_them > 11
    assert len(told) == 11
    assert told[-1] == f"And so with {all_of_them - 10} more; a release's page lists them."
