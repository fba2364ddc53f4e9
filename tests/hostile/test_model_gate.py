"""The gate tests what will run: a run without its model is no run of the release, says so, and can be gone on with."""

import functools
import html
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chatbot.decide import bot, model
from chatbot.decide import build as deciding
from release.gate import gate, heard, results
from release.live import alarms, snapshot
from release.models import Release, Run
from sites.core import audit
from sites.models import LedgerEntry, Site
from tests.hostile.server import HABITS, Exchange, Hostile
from tests.release import stage

pytestmark = pytest.mark.django_db
FARES = ["What does a single ticket cost?", "How much is a ticket for an adult?", "Is a child under six free?"]
MORE = [
    {"id": f"fare-{n}", "turns": [text], "expect": {"outcome": ["answer"], "cites": ["fares"]}}
    for n, text in enumerate(FARES)
]


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process reads once what decides; here it is read in each test, for some have a model. Others keep theirs."""
    monkeypatch.setattr(bot, "fingerprint_parts", functools.cache(deciding.fingerprint_parts.__wrapped__))


@pytest.fixture
def ferry(db: None, tmp_path) -> Site:
    folder = stage.write(tmp_path / "ferry")
    with (folder / "scenarios" / "basics.jsonl").open("a") as file:
        file.writelines(json.dumps(each) + "\n" for each in MORE)
    return stage.load(folder)


@pytest.fixture
def flaky(liar: Hostile) -> Iterator[Callable[[int | None], None]]:
    """Have the model answer so many questions and then no more; None: all of them."""
    left: list[int | None] = [None]

    def answer(exchange: Exchange) -> None:
        if left[0] is None or left[0] > 0:
            left[0] = left[0] and left[0] - 1
            exchange.choose([1])
        else:
            exchange.reply(b"{}", "500 Gone")

    def lasts(n: int | None) -> None:
        left[0] = n
        model.line.breaker.reset()

    liar.habits, liar.habit = {**HABITS, "flaky": answer}, "flaky"
    return lasts


def run_of(site: Site) -> tuple[Release, Run]:
    release = snapshot.freeze(site, actor=stage.people(site)["dan"])
    run = gate.run(release, actor=stage.people(site)["dan"])
    release.refresh_from_db()
    return release, run


def test_a_run_whose_model_goes_away_in_the_middle_fails_with_the_right_words_and_resumed_it_passes(
    ferry: Site, flaky: Any, liar: Hostile
) -> None:
    flaky(4)
    release, run = run_of(ferry)
    assert (run.passed, run.away, release.state) == (False, True, "candidate")
    (why,) = run.objections
    assert why.startswith("The model was left out of ")
    assert "refused" in why
    assert "this was no run of this release" in why
    assert "Bring the model back and run the gate again: it goes on from here." in why
    assert results.export(run, actor="dan")["report"]["model_away"]
    held = run.verdicts.filter(case__model__effects__left_out__isnull=True).count()
    flaky(None)
    before = len(liar.asked)
    again, second = run_of(ferry)
    assert again == release
    assert (second.passed, second.away, again.state) == (True, False, "passed"), second.objections
    assert second.pk != run.pk, "what failed stays on the record"
    assert held
    report = results.export(second, actor="dan")["report"]
    assert report["model"]["left_out"] == 0
    asked = [json.loads(each["messages"][-1]["content"]).get("question") for each in liar.asked[before:]]
    assert stage.SCENARIOS[0]["turns"][0] not in asked, "what had been heard was not asked again"
    assert set(FARES) <= set(asked)
    assert "model_left_out" in LedgerEntry.objects.filter(kind="gate_run").latest("number").body
    assert [each for each in audit.of(ferry).findings if "release" in each.table] == []


def test_a_model_that_fails_every_time_passes_no_gate(ferry: Site, flaky: Any) -> None:
    flaky(0)
    release, run = run_of(ferry)
    assert (run.passed, release.state) == (False, "candidate")
    with pytest.raises(Exception, match="has no passing run"):
        gate.go_live(release, actor=stage.people()["dan"], second=stage.people()["cleo"], reason="Now.")


def test_a_run_stops_early_and_does_not_burn_through(ferry: Site, flaky: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(gate, "CHUNK", 1)
    flaky(0)
    _, run = run_of(ferry)
    assert run.verdicts.count() < run.total
    assert f"It stopped after {run.verdicts.count()} of {run.total} scenarios." in run.objections[0]


def test_a_scheduled_run_without_its_model_lowers_nothing(ferry: Site, flaky: Any) -> None:
    flaky(None)
    release, _ = run_of(ferry)
    who = stage.people()
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="It passed.")
    flaky(0)
    live = Release.objects.get(pk=release.pk)
    run = gate.begin(live, actor=alarms.SCHEDULE)
    while not gate.advance(run):
        pass
    assert run.away
    assert list(alarms.against(snapshot.of(live))) == []


def test_what_it_costs_is_told_before_and_what_it_did_after(ferry: Site, flaky: Any) -> None:
    flaky(None)
    release = snapshot.freeze(ferry, actor="dan")
    cost = gate.cost(release)
    assert cost is not None
    assert cost.questions == 5 * gate.AGAIN, "five of six may be answered; a poem must be declined"
    assert "tokens, some 0.01 in money" in str(heard.Cost(15, 9_900, 0.0099))
    assert str(cost) == f"at most 15 questions to the model, some {15 * heard.TOKENS:,} tokens"
    _, run = run_of(ferry)
    said = heard.of(run)
    assert said is not None
    assert 0 < said.asked <= cost.questions
    assert said.left_out == 0
    boss = Client()
    boss.force_login(stage.admin(ferry))
    page = boss.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "The model was asked" in page


def test_where_model_and_bot_disagree_the_releases_page_lists_it(ferry: Site, liar: Hostile) -> None:
    liar.habit = "none"
    release, run = run_of(ferry)
    said = heard.of(run)
    assert said is not None
    assert said.disagreements
    boss = Client()
    boss.force_login(stage.admin(ferry))
    page = boss.get(reverse("admin:release_release_change", args=[release.pk])).content.decode()
    assert "Where the model and the bot disagreed" in page
    assert said.disagreements[0].told in html.unescape(page)


def test_without_a_model_nothing_of_it_is_said(ferry: Site) -> None:
    release, run = run_of(ferry)
    assert heard.of(run) is None
    assert gate.cost(release) is None
    assert not run.away


@pytest.mark.parametrize("answers", [None, 0])
def test_in_shadow_a_run_tells_what_the_model_would_have_done_and_does_not_wait_for_it(
    ferry: Site, flaky: Any, settings: Any, answers: int | None
) -> None:
    settings.HANDRAIL_MODEL_USES = {"select": "shadow"}
    flaky(answers)
    release, run = run_of(ferry)
    said = heard.of(run)
    assert said is not None
    assert (run.passed, run.away, release.state) == (True, False, "passed"), run.objections
    assert (said.asked, said.left_out) == (0, 0)
    assert set(said.shadow) <= ({"left_out"} if answers == 0 else {"same", "changed"})
    assert said.shadow
    assert "In shadow: " in str(said)
    assert results.export(run, actor="dan")["report"]["model"]["shadow"] == dict(said.shadow.most_common())


def test_what_a_model_needs_is_imported_before_its_first_question(
    ferry: Site, flaky: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a slow machine takes the first calls of a run for time-outs, and the run for one without its model."""
    order: list[str] = []
    monkeypatch.setattr(bot, "load", lambda: order.append("load"))
    monkeypatch.setattr(model, "choose", lambda *said, **more: order.append("asked"))
    flaky(None)
    run_of(ferry)
    assert order[0] == "load"
    assert "asked" in order
