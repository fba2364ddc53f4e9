"""A category passes at its bar once it has enough scenarios, and nothing fails in the classes that must not."""

import pytest

from knowledge.models import Category
from release.core import bars
from release.core.bars import Bar
from release.exposure import levels
from release.gate import gate
from release.gate.diff import diff
from release.live import permits, snapshot
from release.models import Rules, Run, Scenario
from sites.core.refusal import Refused
from sites.models import Site
from tests.release import stage

FOUR_IN_FIVE = Bar(80, 10)
SOURCES = {"fares": frozenset({"tickets"}), "both": frozenset({"tickets", "luggage"})}


def scenario(name: str, category: str | None = "tickets", *tags: str) -> dict:
    return {"id": name, "turns": ["?"], "expect": {"category": category}, "tags": list(tags)}


def against(failed: set[str], *scenarios: dict, bar: Bar = FOUR_IN_FIVE, reason: str = "answered") -> list[str]:
    """What stands against a run of these scenarios in which some failed."""
    went = {each["id"]: each["id"] not in failed for each in scenarios}
    tally = bars.tally(scenarios, went, SOURCES, {"tickets": bar, "luggage": bar, "": bar})
    return list(bars.objections(tally, [{"id": name, "reason": reason} for name in failed]))


def many(n: int, *tags: str) -> list[dict]:
    return [scenario(f"s{number}", "tickets", *tags) for number in range(n)]


def test_a_bar_is_met_from_its_share_on():
    assert against({"s0", "s1"}, *many(10)) == []
    assert against({"s0", "s1", "s2"}, *many(10)) == ["“tickets”: 7 of 10 passed, its bar is 80 %."]


def test_with_too_few_scenarios_all_must_pass():
    assert against({"s0"}, *many(9)) == ["“tickets”: 8 of 9 passed, all must with fewer than 10."]


def test_all_must_pass_where_nobody_wrote_a_bar():
    assert against({"s0"}, *many(200), bar=bars.STANDARD) == ["“tickets”: 199 of 200 passed, all must."]


@pytest.mark.parametrize("tag", bars.CLASSES)
def test_one_failure_in_a_class_that_must_not_fail_fails_the_run_whatever_the_bar(tag):
    (found,) = against({"bad"}, *many(99), scenario("bad", "tickets", "answers", tag))
    assert found == f"Nothing may fail in the class “{tag}”: 1 of 1 did."


def test_a_case_on_which_the_bot_broke_is_within_no_bar():
    assert against({"s0"}, *many(50), reason="error") == ["The bot broke on s0; see the log."]


def test_a_scenario_counts_for_what_it_expects_else_for_the_articles_it_expects_to_be_cited():
    assert bars.about({"expect": {"category": "luggage", "cites": ["fares"]}}, SOURCES) == {"luggage"}
    assert bars.about({"expect": {"cites": ["both", "nowhere"]}}, SOURCES) == {"tickets", "luggage"}
    assert bars.about({"expect": {"category": None}}, SOURCES) == frozenset()
    assert bars.about({}, SOURCES) == frozenset()


def test_what_is_about_no_category_has_the_bar_of_the_site():
    strangers = [scenario(f"n{number}", None) for number in range(20)]
    assert against({"n1"}, *strangers) == []
    assert against({"n1", "n2", "n3", "n4", "n5"}, *strangers) == [
        "What is about no category: 15 of 20 passed, its bar is 80 %."
    ]


# ── On a site ─────────────────────────────────────────────────────────────────────────────────────────────────

db = pytest.mark.django_db


def rule(site: Site, **fields: object) -> None:
    Rules.objects.update_or_create(site=site, defaults=fields)


def run(site: Site, *failed: str) -> Run:
    """A run of the candidate in which these failed."""
    return stage.ran(snapshot.freeze(site, actor="test"), *failed)


def more(site: Site, count: int, *tags: str) -> None:
    for number in range(count):
        body = scenario(f"more-{number}", "tickets", *tags) | {"turns": [f"What about berth {number}?"]}
        Scenario.objects.create(site=site, slug=body["id"], body=body)


@db
def test_a_release_within_its_bar_passes_and_goes_live_and_its_failures_stay_visible(ferry):
    more(ferry, 9)
    rule(ferry, bars={"tickets": {"percent": 90, "scenarios": 10}}, bar={"scenarios": 1})
    passed = run(ferry, "more-3")
    assert (passed.passed, passed.failed, passed.release.state) == (True, 1, "passed")
    who = stage.people(ferry)
    gate.go_live(passed.release, actor=who["dan"], second=who["cleo"], reason="Nine of ten.")
    assert snapshot.live(ferry.pk).bars["tickets"] == Bar(90, 10)


@db
def test_a_failure_that_must_not_be_keeps_a_release_from_going_live_in_spite_of_its_bar(ferry):
    more(ferry, 9, "commitment")
    rule(ferry, bars={"tickets": {"percent": 80, "scenarios": 1}})
    failed = run(ferry, "more-3")
    assert (failed.passed, failed.release.state) == (False, "failed")
    assert failed.objections == ["Nothing may fail in the class “commitment”: 1 of 9 did."]
    who = stage.people(ferry)
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(failed.release, actor=who["dan"], second=who["cleo"], reason="Please.")


@db
def test_a_category_with_too_few_scenarios_is_not_served_at_level_3_whatever_it_earned(ferry):
    stage.publish(ferry)
    assert permits.of(ferry.pk, "tickets").level == 3
    rule(ferry, bar={}, bars={"luggage": {"scenarios": 1}})
    release = snapshot.freeze(ferry, actor="test")
    stage.passed(release)
    who = stage.people(ferry)
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    assert permits.of(ferry.pk, "tickets").level == 2
    assert permits.of(ferry.pk, "luggage").level == 3
    levels.lower_level(Category.objects.get(slug="tickets"), 2, actor=who["dan"], reason="Too few.")
    with pytest.raises(Refused, match="it has 1 scenarios, level 3 needs 10"):
        levels.raise_level(Category.objects.get(slug="tickets"), actor=who["cleo"], second=who["dan"], reason="x")


@db
def test_a_first_release_stops_at_level_2_with_too_few_scenarios(ferry):
    rule(ferry, bar={})
    stage.publish(ferry)
    assert levels.level_of(Category.objects.get(slug="tickets")) == 2
    assert permits.of(ferry.pk, "tickets").level == 2


@db
def test_a_lowered_bar_stands_first_among_the_changes_after_what_is_gone(ferry):
    before = snapshot.candidate(ferry)
    Site.objects.update(name="Ferry")
    Scenario.objects.filter(slug="weather").delete()
    rule(
        ferry, bar={"scenarios": 1}, bars={"tickets": {"percent": 85}, "luggage": {"scenarios": 3}}, content="automatic"
    )
    changes = diff(before, snapshot.candidate(Site.objects.get(pk=ferry.pk)))
    assert (changes[0].name, changes[0].after) == ("weather", "removed")
    assert {(c.name, c.before, c.after) for c in changes if c.weakens and c.what == "gate"} == {
        ("bar of tickets", "100 % of at least 1", "85 % of at least 1"),
        ("a change of content alone", "two people take it live", "it goes live by itself when it passes"),
    }
    raised = next(c for c in changes if c.name == "bar of luggage")
    assert not raised.weakens
    assert raised.after == "100 % of at least 3"
