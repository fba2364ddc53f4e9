"""A scenario that asks what an example says shows nothing about the gate, so it is refused at every door."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from knowledge.models import Example
from release.bundles import bundle
from release.bundles.export import export
from release.exposure import proposals
from release.gate import gate
from release.live import snapshot
from release.models import Proposal, Scenario
from release.scenarios.repeats import Examples, problem
from sites.core.problems import BadInput
from sites.core.refusal import Refused
from tests.release import stage

KNOWN = Examples(["How much is a ticket to the island?", "my suitcase is heavier than allowed", "opening hours"])
SAME = [
    "HOW MUCH is a ticket to the island",
    "Please, how much is the ticket to the island?",
    "Hello! How much is a ticket to the island? Thanks",
    "to the island: how much is a ticket?",
    "How much is a tickett to the island?",
    "How much is a tiket to the island?",
    "How much is a ticket to the islands?",
    "Opening hours, please.",
]
OTHER = [
    "How much is a ticket to the island for a dog?",
    "How much is a ticket to the harbour?",
    "How much is a ticket?",
    "my suitcase is not heavier than allowed",
    "What are your opening hours?",
    "?",
]


@pytest.mark.parametrize("message", SAME)
def test_the_same_words_in_any_order_or_with_a_slip_are_the_same_question(message):
    assert KNOWN.repeated(message) is not None


@pytest.mark.parametrize("message", OTHER)
def test_a_word_more_or_another_one_is_another_question(message):
    assert KNOWN.repeated(message) is None


def test_a_number_that_differs_by_a_digit_is_another_question():
    rules = Examples(["Can I return it after 30 days?", "Is 1000 too much?"])
    assert rules.repeated("Can I return it after 31 days?") is None
    assert rules.repeated("Is 100 too much?") is None


def test_only_the_judged_message_counts_and_an_incident_is_asked_as_it_was():
    asked = {"id": "x", "turns": ["opening hours", "And on Mondays?"]}
    assert problem(asked, KNOWN) is None
    assert problem({**asked, "turns": ["Opening hours"]}, KNOWN) == (
        "“x” repeats the example “opening hours”, so it would show nothing; ask it in other words"
    )
    assert problem({**asked, "turns": ["Opening hours"], "tags": ["incident"]}, KNOWN) is None


def copied(**more: object) -> dict:
    return {"id": "copied", "turns": [stage.TICKETS[0].upper()], **more}


def test_a_bundle_with_such_a_scenario_is_refused_with_file_and_line(folder):
    path = folder / "scenarios" / "basics.jsonl"
    path.write_text(path.read_text() + json.dumps(copied()) + "\n")
    with pytest.raises(BadInput) as caught:
        bundle.read(folder)
    assert str(caught.value) == (
        "scenarios/basics.jsonl:4: “copied” repeats the example “How much is a ticket to the island?”, "
        "so it would show nothing; ask it in other words"
    )


@pytest.mark.django_db
def test_it_is_refused_where_it_is_typed_and_where_it_is_proposed(ferry):
    who = stage.people(ferry)
    client = Client()
    client.force_login(who["dan"])
    data = {"site": ferry.pk, "file": "new.jsonl", "slug": copied()["id"], "turns": copied()["turns"][0]}
    page = client.post(reverse("admin:release_scenario_add"), data).content.decode()
    assert "repeats the example “How much is a ticket to the island?”" in page
    proposal = proposals.propose_scenario(ferry, copied(), actor="redteam", reason="It got through.")
    with pytest.raises(Refused, match="repeats the example"):
        proposals.confirm(proposal, actor=who["dan"])
    assert Proposal.objects.get().state == "open"
    assert not Scenario.objects.filter(slug="copied").exists()


@pytest.mark.django_db
def test_the_gate_does_not_run_when_an_example_has_come_to_say_what_a_scenario_asks(ferry):
    Example.objects.create(site=ferry, counter=True, text=stage.SCENARIOS[2]["turns"][0].lower())
    release = snapshot.freeze(ferry, actor="test")
    with pytest.raises(Refused, match="“weather” repeats the example"):
        gate.begin(release, actor="test")


@pytest.mark.django_db
def test_what_an_incident_taught_survives_the_way_through_files(ferry, tmp_path):
    body = copied(tags=["incident"], expect={"never": ["99"]})
    Scenario.objects.create(site=ferry, slug="copied", file="incidents.jsonl", body=body)
    export(ferry, tmp_path / "out")
    assert "copied" in [each.id for each in bundle.read(tmp_path / "out").scenarios]
