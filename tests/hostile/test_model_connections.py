"""A release names its own models: which is asked in which category, for what, and which where that one is gone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatbot.decide import bot, model, provider
from config.environment import Env, model_uses
from release.bundles import bundle, export
from release.gate import heard
from release.gate.diff import diff
from release.live import permits, snapshot
from release.live.snapshot import Snapshot
from release.readiness.content import data
from release.readiness.look import Look
from sites.core.problems import BadInput
from sites.models import Site
from tests.hostile.server import Hostile, hostile
from tests.release import stage
from tools.chat import DECLARED

pytestmark = pytest.mark.django_db
FARE, BAGS = stage.SCENARIOS[0]["turns"][0], stage.SCENARIOS[1]["turns"][0]
LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def two(settings: Any) -> Iterator[tuple[Hostile, Hostile]]:
    """Two model servers that a release may name; neither is the environment's."""
    with hostile() as first, hostile(seed=1) as second:
        settings.HANDRAIL_MODEL = DECLARED
        first.habit = second.habit = "the first sentence"
        provider.forget()
        model._line.cache_clear()
        model.warm()
        yield first, second
        provider.forget()
        model._line.cache_clear()


def connection(server: Hostile, name: str, **more: Any) -> dict[str, Any]:
    place = {"url": f"{server.url}/v1", "private": LOOPBACK}
    return {"name": name, "model": f"openai:{name}", **place, **more}


def site(folder: Path, said: dict[str, Any], **own: dict[str, Any]) -> Site:
    """The ferry line with these models; `own`: what a category says of its own."""
    plan = stage.plan(models=said)
    for category in plan["categories"]:
        category |= {"models": own[category["slug"]]} if category["slug"] in own else {}
    return stage.load(stage.write(folder, plan))


def decide(frozen: Snapshot, text: str) -> Any:
    return bot.decide(bot.Question(text), frozen, permits.AsAsked(frozen))


def votes(frozen: Snapshot, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = decide(frozen, text).trace.get("model_votes", [])
    return found


def test_each_category_asks_its_own_model_or_none(two: tuple[Hostile, Hostile], tmp_path: Path) -> None:
    first, second = two
    said = {"connections": [connection(first, "one"), connection(second, "two")], "connection": "one", "select": "on"}
    frozen = snapshot.candidate(site(tmp_path, said, luggage={"connection": "two"}))
    decide(frozen, FARE)
    assert (len(first.asked), len(second.asked)) == (1, 0)
    decide(frozen, BAGS)
    assert (len(first.asked), len(second.asked)) == (1, 1)
    frozen = snapshot.candidate(site(tmp_path, said, luggage={"select": "off"}))
    assert votes(frozen, BAGS) == []
    assert (len(first.asked), len(second.asked)) == (1, 1)


def with_fallback(two: tuple[Hostile, Hostile], folder: Path, habit: str) -> Snapshot:
    """A release whose first model does this, and which asks the second where the first gives no answer."""
    first, second = two
    first.habit = habit
    said = {"connections": [connection(first, "one"), connection(second, "two")], "connection": "one"}
    return snapshot.candidate(site(folder, {**said, "fallback": "two", "select": "on"}))


def test_where_one_gives_no_answer_the_other_is_asked_and_not_the_same_twice(
    two: tuple[Hostile, Hostile], tmp_path: Path
) -> None:
    first, second = two
    trace = decide(with_fallback(two, tmp_path, "status 500"), FARE).trace
    assert trace["model_calls"] == ["refused", "chose"]
    assert trace["model_names"] == ["one", "two"]
    assert (len(first.asked), len(second.asked)) == (1, 1)


def test_a_model_that_is_down_is_left_alone_and_the_fallback_serves(
    two: tuple[Hostile, Hostile], tmp_path: Path
) -> None:
    first, second = two
    frozen = with_fallback(two, tmp_path, "a closed connection")
    assert [votes(frozen, FARE)[0]["effect"] for _ in range(5)].count("left_out") == 0
    assert (len(first.asked), len(second.asked)) == (3, 5)


def test_a_key_is_named_and_goes_to_its_own_connection_alone(
    two: tuple[Hostile, Hostile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    monkeypatch.setenv("TOOL_MODEL_KEY", "the-key-of-one")
    monkeypatch.setenv("OPENAI_API_KEY", "the-environments-own")
    said = {
        "connections": [connection(first, "one", key="TOOL_MODEL_KEY"), connection(second, "two")],
        "connection": "one",
        "select": "on",
    }
    frozen = snapshot.candidate(site(tmp_path, said, luggage={"connection": "two"}))
    decide(frozen, FARE)
    decide(frozen, BAGS)
    assert "bearer the-key-of-one" in first.asked[0]["head"].lower()
    assert not {"the-key-of-one", "the-environments-own"} & set(second.asked[0]["head"].split())
    assert "the-key-of-one" not in json.dumps(frozen.body)


def test_a_key_that_is_not_set_is_a_wrong_key(two: tuple[Hostile, Hostile], tmp_path: Path) -> None:
    said = {"connections": [connection(two[0], "one", key="TOOL_UNSET")], "connection": "one", "select": "on"}
    trace = decide(snapshot.candidate(site(tmp_path, said)), FARE).trace
    assert trace["model_calls"] == ["wrong_key"]
    assert two[0].asked == []


def test_an_address_inside_is_asked_only_where_its_network_is_named(
    two: tuple[Hostile, Hostile], tmp_path: Path
) -> None:
    one = connection(two[0], "one", private=["10.0.0.0/8"])
    frozen = snapshot.candidate(site(tmp_path, {"connections": [one], "connection": "one", "select": "on"}))
    assert set(decide(frozen, FARE).trace["model_calls"]) == {"connection"}
    assert two[0].asked == []


def test_parameters_and_price_are_the_connections_own(two: tuple[Hostile, Hostile], tmp_path: Path) -> None:
    one = connection(two[0], "one", temperature=0.5, tokens=64, price=[1_000, 2_000])
    frozen = snapshot.candidate(site(tmp_path, {"connections": [one], "connection": "one", "select": "on"}))
    trace = decide(frozen, FARE).trace
    assert (two[0].asked[0]["temperature"], two[0].asked[0].get("max_completion_tokens")) == (0.5, 64)
    assert trace["model_cost"] == pytest.approx(3_000 / 1_000_000)


def test_without_the_setting_a_declared_model_is_never_asked(
    two: tuple[Hostile, Hostile], tmp_path: Path, settings: Any
) -> None:
    settings.HANDRAIL_MODEL = ""
    said = {"connections": [connection(two[0], "one")], "connection": "one", "select": "on"}
    assert votes(snapshot.candidate(site(tmp_path, said)), FARE) == []
    assert two[0].asked == []


def test_in_shadow_it_is_asked_recorded_and_compared_and_nothing_changes(
    two: tuple[Hostile, Hostile], tmp_path: Path, settings: Any
) -> None:
    first, _ = two
    said = {"connections": [connection(first, "one")], "connection": "one", "select": "shadow"}
    frozen = snapshot.candidate(site(tmp_path, said))
    settings.HANDRAIL_MODEL = ""
    alone = decide(frozen, FARE)
    settings.HANDRAIL_MODEL = DECLARED
    for habit, effect in (("none", "overruled"), ("the last sentence", None), ("status 500", "left_out")):
        model._line.cache_clear()
        first.habit = habit
        shown = decide(frozen, FARE)
        (vote,) = shown.trace["model_votes"]
        assert vote["shadow"]
        assert effect in (None, vote["effect"])
        assert (shown.text, shown.citations) == (alone.text, alone.citations)
        assert not shown.trace["model"], "a pause of the model takes nothing back"
    assert heard.add([("fare", True, {"model": {"effects": {}, "calls": {}, "tokens": 3, "shadow": {"same": 2}}})])


def test_what_is_declared_goes_out_and_comes_back_and_its_change_is_shown(
    two: tuple[Hostile, Hostile], tmp_path: Path
) -> None:
    said = {"connections": [connection(two[0], "one", host="ourselves")], "connection": "one", "select": "shadow"}
    ferry = site(tmp_path / "a", said, luggage={"select": "off"})
    before = snapshot.candidate(ferry)
    export.export(ferry, tmp_path / "out")
    written = yaml.safe_load((tmp_path / "out" / "site.yaml").read_text())
    assert written["models"]["connections"][0]["host"] == "ourselves"
    bundle.load(tmp_path / "out", actor="dan")
    ferry.refresh_from_db()
    assert snapshot.candidate(ferry).fingerprint == before.fingerprint
    after = snapshot.candidate(site(tmp_path / "b", {**said, "select": "on"}, luggage={"select": "off"}))
    (change,) = [each for each in diff(before, after) if each.what == "models"]
    assert (change.name, change.before, change.after, change.weakens) == ("select", "shadow", "on", True)


WRONG = {
    "http: may be read by anybody": {"url": "http://llm.example.com/v1", "private": []},
    "names no model": {"model": "gpt"},
    "is no price": {"price": ["cheap", 1]},
    "the name of an environment variable": {"key": "sk-secret"},
    "“url” is missing": {"url": "", "private": []},
    "use a number from 0 to 2": {"temperature": 9},
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_names_its_line_and_the_mend(tmp_path: Path, text: str) -> None:
    right = {"name": "one", "model": "openai:one", "url": "https://llm.example.com/v1"}
    said = {"connections": [{**right, **WRONG[text]}], "connection": "one", "select": "on"}
    with pytest.raises(BadInput, match=r"site\.yaml:") as error:
        bundle.read(stage.write(tmp_path, stage.plan(models=said)))
    assert text in str(error.value)


def test_who_names_a_connection_that_nobody_declares_is_told(tmp_path: Path) -> None:
    plan = stage.plan(models={"connection": "two", "select": "on"})
    with pytest.raises(BadInput, match="there is no connection “two”; declared: none"):
        bundle.read(stage.write(tmp_path, plan))
    plan = stage.plan()
    plan["categories"][0]["models"] = {"connection": "three"}
    with pytest.raises(BadInput, match="there is no connection “three”"):
        bundle.read(stage.write(tmp_path, plan))


def test_how_far_each_use_goes_is_read_and_a_slip_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_MODEL_USES", "select, understand:shadow")
    assert model_uses(Env()) == {"select": "on", "understand": "shadow"}
    for slip in ("selekt", "select:sometimes"):
        monkeypatch.setenv("HANDRAIL_MODEL_USES", slip)
        with pytest.raises(ImproperlyConfigured, match="it is some of select, understand, condense"):
            model_uses(Env())


def test_page_and_checklist_say_who_is_asked_what_and_who_runs_it(two: tuple[Hostile, Hostile], tmp_path: Path) -> None:
    connections = [connection(two[0], "one", host="ourselves, in Leeds"), connection(two[1], "two")]
    said = {"connections": connections, "connection": "one", "fallback": "two", "select": "on"}
    ferry = site(tmp_path, said, luggage={"select": "shadow"})
    stage.publish(ferry)
    boss = Client()
    boss.force_login(stage.admin(ferry))
    page = boss.get(reverse("chatbot:model")).content.decode()
    assert "Only models that a site" in page
    assert "run by ourselves, in Leeds" in page
    assert "<td>in shadow</td>" in page
    facts = {fact.label: fact for fact in data(Look(ferry, timezone.now()))}
    assert "run by ourselves, in Leeds" in facts["Model one"].value
    assert facts["Model two"].open
