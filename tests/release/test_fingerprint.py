"""The fingerprint covers everything that decides: each part changed alone changes it, and nothing else does."""

import json
from datetime import date

import pytest

from chatbot.decide import bot
from knowledge.editing import approval, ingest
from knowledge.models import Category, Example, Revision, Source
from release.live import snapshot
from release.models import Release, Rules, Scenario
from sites.models import Site
from tests.declared import SAMPLE
from tests.release import stage
from tools import models as tools
from tools.rows import body_of

pytestmark = pytest.mark.django_db


def fingerprint(site: Site) -> str:
    return snapshot.candidate(Site.objects.get(pk=site.pk)).fingerprint


def change_text(site):
    source = Source.objects.get(slug="fares")
    saved = ingest.revise(source, title="Fares", text="A ticket is free.", actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="cheaper")


def ask_more(site):
    source = Source.objects.get(slug="fares")
    text = source.revisions.first().text
    saved = ingest.revise(source, title="Fares", text=text, questions=["What do grown-ups pay?"], actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="asked often")


def declare(site, name="order_status", **changes):
    tool = SAMPLE.tools[name].as_json() | changes
    tools.Tool.objects.update_or_create(site=site, name=name, defaults={"body": tool})


def connect(site, **changes):
    body = body_of(SAMPLE.connections["shop"]) | changes
    tools.Connection.objects.update_or_create(site=site, name="shop", defaults={"body": body})


SIGNALS = [{"need": "fraud", "phrases": ["sim swap"], "examples": ["My ticket was sold twice."]}]
CHANGES = {
    "name": lambda site: Site.objects.update(name="Another Ferry"),
    "locale": lambda site: Site.objects.update(locale="en-GB"),
    "wording": lambda site: Site.objects.update(wording={"bye": "Ahoy."}),
    "crisis": lambda site: Site.objects.update(crisis="Call 112."),
    "contact": lambda site: Site.objects.update(contact={"phone": "1"}),
    "disclosure": lambda site: Site.objects.update(disclosure="And I like boats."),
    "strictness": lambda site: Site.objects.update(strictness=4),
    "route": lambda site: Site.objects.update(routes={"privacy": "person"}),
    "signal": lambda site: Site.objects.update(signals=SIGNALS),
    "synonyms": lambda site: Site.objects.update(synonyms=[["fare", "ticket"]]),
    "category title": lambda site: Category.objects.filter(slug="tickets").update(title="Fares"),
    "category description": lambda site: Category.objects.filter(slug="tickets").update(description="Prices"),
    "category owner": lambda site: Category.objects.filter(slug="tickets").update(owner="dan"),
    "category risk": lambda site: Category.objects.filter(slug="tickets").update(risk="high"),
    "category route": lambda site: Category.objects.filter(slug="tickets").update(route="human"),
    "category mode": lambda site: Category.objects.filter(slug="tickets").update(mode="paraphrase"),
    "category tool": lambda site: Category.objects.filter(slug="tickets").update(tool="order_status"),
    "tool": declare,
    "connection": connect,
    "asked level": lambda site: Category.objects.filter(slug="tickets").update(asked_level=2),
    "category order": lambda site: Category.objects.filter(slug="tickets").update(position=9),
    "category retired": lambda site: Category.objects.filter(slug="tickets").update(retired=True),
    "example": lambda site: Example.objects.filter(pk=Example.objects.first().pk).update(text="What about dogs?"),
    "example gone": lambda site: Example.objects.first().delete(),
    "counterexample": lambda site: Example.objects.create(site=site, text="Tell me a joke", counter=True),
    "example turned": lambda site: Example.objects.filter(pk=Example.objects.first().pk).update(counter=True),
    "text": change_text,
    "question": ask_more,
    "audience": lambda site: Source.objects.filter(slug="fares").update(audience="members"),
    "source category": lambda site: Source.objects.get(slug="fares").categories.set([]),
    "withdrawn": lambda site: approval.withdraw(Source.objects.get(slug="fares"), actor="test", reason="wrong"),
    "retired": lambda site: Source.objects.filter(slug="fares").update(retired=True),
    "bar": lambda site: Rules.objects.update(bar={"percent": 95}),
    "bar of a category": lambda site: Rules.objects.update(bars={"tickets": {"scenarios": 2}}),
    "who takes content live": lambda site: Rules.objects.update(content="automatic"),
    "scenario": lambda site: Scenario.objects.filter(slug="weather").update(
        body=stage.SCENARIOS[0] | {"id": "weather"}
    ),
    "scenario gone": lambda site: Scenario.objects.filter(slug="weather").delete(),
}


@pytest.mark.parametrize("part", CHANGES)
def test_each_part_changed_alone_changes_it(ferry, part):
    before = fingerprint(ferry)
    CHANGES[part](ferry)
    assert fingerprint(ferry) != before


@pytest.mark.parametrize(
    "changes",
    [
        {"timeout": 3},
        {"limits": {"person": 1}},
        {"belongs_to": {"$.customer": "customer"}},
        {"outcomes": [{"say": [{"say": "Order $number is somewhere."}]}]},
        {"examples": ["where did it go"]},
    ],
)
def test_a_declaration_that_says_something_else_changes_it(ferry, changes):
    declare(ferry)
    before = fingerprint(ferry)
    declare(ferry, **changes)
    assert fingerprint(ferry) != before


def test_a_connection_that_leads_elsewhere_changes_it(ferry):
    connect(ferry)
    before = fingerprint(ferry)
    connect(ferry, url="https://elsewhere.example.com")
    assert fingerprint(ferry) != before


@pytest.mark.parametrize("part", ["code", "dependencies", "embedder", "model"])
def test_each_part_of_the_build_changed_alone_changes_it(ferry, part, monkeypatch):
    before = snapshot.candidate(ferry)
    parts = {**bot.fingerprint_parts(), part: "another"}
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: parts)
    assert snapshot.candidate(ferry).fingerprint != before.fingerprint
    assert not before.matches_build


def test_what_does_not_decide_does_not_count(ferry):
    before = fingerprint(ferry)
    Site.objects.update(origins=["https://elsewhere.example.com"], desk_closed=True)
    Source.objects.filter(slug="fares").update(review_by=date(2030, 1, 1), owner="dan")
    ingest.revise(Source.objects.get(slug="fares"), title="Fares", text="A draft nobody approved.", actor="cleo")
    assert fingerprint(ferry) == before


def test_two_readings_of_one_candidate_are_equal(ferry):
    assert fingerprint(ferry) == fingerprint(ferry)


def test_a_body_edited_in_the_database_is_nobodys_release(ferry):
    release = stage.publish(ferry)
    body = {**release.body, "crisis": "Buy more tickets."}
    Release.objects.filter(pk=release.pk).update(body=body)
    snapshot.forget()
    assert snapshot.live(ferry.pk) is None
    with pytest.raises(snapshot.Tampered):
        snapshot.of(release)


def test_freezing_the_same_candidate_twice_is_one_release(ferry):
    dan = stage.people(ferry)["dan"]
    first = snapshot.freeze(ferry, actor=dan)
    assert snapshot.freeze(ferry, actor=dan) == first
    Revision.objects.filter(source__slug="fares").update(state=Revision.State.REJECTED)
    assert snapshot.freeze(ferry, actor=dan).number == first.number + 1


def test_the_scope_of_a_search_holds_only_what_was_evaluated_for_the_audience(ferry):
    frozen = snapshot.candidate(ferry)
    public = frozen.scope("tickets", frozenset({"public"}))
    assert {frozen.revisions[pk].source for pk in public.revisions} == {"fares"}
    assert frozen.scope("tickets", frozenset({"public"})) is public
    assert frozen.scope("luggage", frozenset({"public"})).key != public.key


def leaves(value, path=()):
    """Every place of a JSON value that holds no other: its path and what is there."""
    if isinstance(value, dict) and value:
        for key in value:
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


def test_every_single_value_of_the_body_counts(ferry):
    Site.objects.update(routes={"privacy": "person"}, signals=SIGNALS)
    declare(ferry)
    connect(ferry)
    whole = snapshot.candidate(Site.objects.get(pk=ferry.pk))
    places = [each for each in leaves(whole.body) if each[1] != {}]  # what is empty has no value to change
    assert len(places) > 50
    for path, value in places:
        body = json.loads(json.dumps(whole.body))
        inside = body
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = value + 1 if isinstance(value, int | float) else f"{value}!"
        assert snapshot.parse(body).fingerprint != whole.fingerprint, path
    assert snapshot.parse(whole.body).fingerprint == whole.fingerprint


def test_the_tests_know_every_part_of_the_build_and_of_the_body(ferry):
    assert set(bot.fingerprint_parts()) == {"code", "dependencies", "embedder", "model"}
    parts = {"format", "site", "wording", "crisis", "contact", "disclosure", "strictness", "build", "categories"}
    parts |= {
        "routes",
        "signals",
        "synonyms",
        "counterexamples",
        "gate",
        "revisions",
        "scenarios",
        "tools",
        "connections",
        "models",
    }
    assert set(snapshot.candidate(ferry).body) == parts
