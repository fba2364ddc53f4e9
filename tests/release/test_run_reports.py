"""A run is read from its newly broken cases on, what may flicker is asked again, and its report cannot be altered."""

import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from release.gate import gate, results
from release.live import snapshot
from release.models import Release, Run, Scenario, Verdict
from release.scenarios import evals
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem
from tests.release import stage

pytestmark = pytest.mark.django_db


def judged(site, *failed: str) -> Run:
    run = gate.begin(snapshot.freeze(site, actor="test"), actor="test")
    cases = {each["id"]: each["id"] not in failed for each in gate.asked(run)}
    Verdict.objects.bulk_create(
        Verdict(run=run, scenario=name, passed=passed, why="" if passed else "no", case={"id": name, "passed": passed})
        for name, passed in cases.items()
    )
    assert gate.advance(run)
    return run


def add(site, name: str) -> None:
    body = {"id": name, "turns": [f"What about {name}?"], "expect": {"outcome": ["answer"]}}
    Scenario.objects.create(site=site, slug=name, body=body)


# ── Newly broken first ────────────────────────────────────────────────────────────────────────────────────────


def test_what_passes_in_what_is_live_comes_first(ferry):
    stage.publish(ferry)
    add(ferry, "berths")
    Scenario.objects.filter(slug="weather").update(body={**stage.SCENARIOS[2], "note": "again"})
    run = judged(ferry, "berths", "weather")
    failed, newly = results.failures(run)
    assert [verdict.scenario for verdict in failed] == ["weather", "berths"]
    assert newly == {"weather"}


def test_a_run_of_another_release_that_passed_but_is_not_live_does_not_count(ferry):
    stage.publish(ferry)
    add(ferry, "berths")
    judged(ferry)
    add(ferry, "decks")
    _, newly = results.failures(judged(ferry, "berths", "weather"))
    assert newly == {"weather"}


def test_a_rerun_of_what_is_live_is_compared_with_its_own_first_run(ferry):
    release = stage.publish(ferry)
    again = gate.begin(release, actor="the schedule")
    Verdict.objects.bulk_create(
        Verdict(run=again, scenario=each["id"], passed=each["id"] != "weather", case={"id": each["id"]})
        for each in gate.asked(again)
    )
    gate.advance(again)
    assert results.failures(again)[1] == {"weather"}


def test_the_page_shows_them_with_bars_intervals_and_the_classes_nobody_asked_about(ferry, who):
    stage.publish(ferry)
    add(ferry, "berths")
    run = judged(ferry, "berths", "weather")
    client = Client()
    client.force_login(who["dan"])
    page = client.get(reverse("admin:release_release_change", args=[run.release_id])).content.decode()
    assert page.index("newly broken") < page.index("<code>weather</code>") < page.index("<code>berths</code>")
    assert page.count("newly broken</span>") == 1
    assert "What is about no category: 0 of 2 passed, all must." in page
    assert "21 to 100 %" in page  # one of one
    assert "no scenario has this tag" in page


def test_a_run_that_nobody_goes_on_with_is_taken_up_where_it_stands(ferry, who):
    """As after a shell that was killed in the middle of `manage.py gate`."""
    release = snapshot.freeze(ferry, actor="test")
    run = gate.begin(release, actor="shell")
    Verdict.objects.create(run=run, scenario="weather", passed=True, case={"kept": True})
    client = Client()
    client.force_login(who["dan"])
    page = reverse("admin:release_release_change", args=[release.pk])
    assert "Go on with this run" in client.get(page).content.decode()
    client.post(reverse("admin:release_release_act", args=[release.pk, "run"]))
    assert "Go on with this run" not in client.get(page).content.decode()
    OutboxItem.objects.exclude(kind="gate_run").delete()
    while outbox.run_due(bulk=True, limit=1):
        pass
    run.refresh_from_db()
    assert (run.passed, run.verdicts.count()) == (True, 3)
    assert run.verdicts.get(scenario="weather").case == {"kept": True}


# ── Flicker ───────────────────────────────────────────────────────────────────────────────────────────────────


class Moody:
    """A bot that answers as it does and fails on the tries that are named."""

    def __init__(self, monkeypatch, *bad: int) -> None:
        self.asked, self.bad, self.real = 0, bad, evals._case
        monkeypatch.setattr(evals, "_case", self)

    def __call__(self, frozen, scenario, permit):
        self.asked += 1
        case = replace(self.real(frozen, scenario, permit), passed=True, why="")
        return replace(case, passed=False, why="it said otherwise") if self.asked in self.bad else case


def test_a_case_is_asked_once_where_nothing_can_flicker(ferry, monkeypatch):
    moody = Moody(monkeypatch)
    run = gate.run(snapshot.freeze(ferry, actor="test"), actor="test")
    assert (moody.asked, run.passed) == (3, True)
    assert "asked" not in run.verdicts.first().case


def test_where_a_model_decides_each_case_must_pass_every_time(ferry, monkeypatch):
    parts = snapshot.running_build() | {"model": "openai:some"}
    monkeypatch.setattr(snapshot, "running_build", lambda: parts)
    moody = Moody(monkeypatch, 5)
    run = gate.run(snapshot.freeze(ferry, actor="test"), actor="test")
    assert (moody.asked, run.passed, run.failed) == (9, False, 1)
    verdict = run.verdicts.get(passed=False)
    assert verdict.why == "it flickers: 2 of 3 tries passed; it said otherwise"
    assert (verdict.case["asked"], verdict.case["held"]) == (3, 2)


def test_a_case_that_failed_before_under_the_same_fingerprint_is_asked_again_and_again(ferry, monkeypatch):
    """Whoever freezes the same candidate once more after it failed gets no easier run."""
    failed = judged(ferry, "weather")
    moody = Moody(monkeypatch, 5)
    run = gate.run(snapshot.freeze(ferry, actor="test"), actor="test")
    assert run.release != failed.release
    assert run.fingerprint == failed.fingerprint
    assert (moody.asked, run.passed) == (5, False)
    assert run.verdicts.get(passed=False).scenario == "weather"


# ── The signed report ─────────────────────────────────────────────────────────────────────────────────────────


def signed(run: Run) -> dict:
    """The report as it comes back from a file."""
    return json.loads(json.dumps(results.export(run, actor="dan")))


def test_a_report_holds_the_whole_run_and_that_it_was_taken_is_on_record(ferry):
    run = judged(ferry, "weather")
    report = results.verify(signed(run))
    assert (report["release"], report["fingerprint"], report["passed"]) == (1, run.fingerprint, False)
    assert {case["id"] for case in report["cases"]} == {"fare-adult", "bags-free", "weather"}
    assert {line["name"]: line["passed"] for line in report["categories"]} == {"tickets": 1, "luggage": 1, "": 0}
    assert LedgerEntry.objects.get(kind="gate_report").body.count(run.fingerprint) == 0


def leaves(value, path=()):
    if isinstance(value, dict | list) and value:
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))
    else:
        yield path


def test_every_single_value_that_is_altered_is_noticed(ferry):
    document = signed(judged(ferry, "weather"))
    places = list(leaves(document["report"]))
    assert len(places) > 60
    for path in places:
        altered = json.loads(json.dumps(document))
        inside = altered["report"]
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = "altered"
        with pytest.raises(Refused, match="changed after it was signed"):
            results.verify(altered)


@pytest.mark.parametrize("part", ["algorithm", "key", "signature"])
def test_a_signature_that_is_altered_is_noticed(ferry, part):
    document = signed(judged(ferry))
    document["signed"][part] = "AAAA" + document["signed"][part][4:]
    with pytest.raises(Refused):
        results.verify(document)
    del document["signed"][part]
    with pytest.raises(Refused):
        results.verify(document)


@pytest.mark.parametrize("document", [None, [], {}, {"report": 1}, {"report": {}, "signed": 3}])
def test_what_is_no_report_is_said_to_be_none(document):
    with pytest.raises(Refused):
        results.verify(document)


def test_eve_signs_a_report_of_her_own_and_nobody_believes_it(ferry):
    run = judged(ferry)
    with override_settings(SECRET_KEY="eve"):
        forged = signed(run)
        hers = results.public_key()
    with pytest.raises(Refused, match="not signed with this key"):
        results.verify(forged)
    assert results.verify(forged, hers)["passed"]


def test_a_report_is_taken_in_the_admin_and_checked_at_the_shell(ferry, who, tmp_path, capsys):
    run = judged(ferry)
    client = Client()
    client.force_login(who["dan"])
    answer = client.get(reverse("admin:release_run_report", args=[run.pk]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="gate-ferry-{run.pk}.json"'
    path = tmp_path / "report.json"
    path.write_bytes(answer.content)
    call_command("verify_report", path)
    assert "as it was signed: release 1 of ferry passed, 3 scenarios" in capsys.readouterr().out
    path.write_text(path.read_text().replace('"passed": true', '"passed": false', 1))
    with pytest.raises(CommandError, match="changed after it was signed"):
        call_command("verify_report", path)
    eve = Client()
    eve.force_login(who["eve"])
    assert eve.get(reverse("admin:release_run_report", args=[run.pk])).status_code in (302, 403)


def test_a_run_that_is_not_over_has_no_report(ferry):
    run = gate.begin(snapshot.freeze(ferry, actor="test"), actor="test")
    with pytest.raises(Refused, match="not finished"):
        results.export(run, actor="dan")


# ── Another build ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_live_on_another_build_is_frozen_again_and_must_pass_here(ferry, who, monkeypatch):
    first = stage.publish(ferry)
    Scenario.objects.filter(slug="weather").delete()
    parts = snapshot.running_build() | {"model": "another"}
    monkeypatch.setattr(snapshot, "running_build", lambda: parts)
    stage.publish(ferry)
    client = Client()
    client.force_login(who["dan"])
    page = client.get(reverse("admin:release_release_change", args=[first.pk])).content.decode()
    assert "Rolling back to this release needs a passing run first" in page
    assert "It was evaluated with another model." in page
    with pytest.raises(Refused, match=r"not the same: model.*freeze it again"):
        gate.rollback(ferry, first, actor=who["dan"], reason="Back.")
    client.post(reverse("admin:release_release_act", args=[first.pk, "again"]))
    again = Release.objects.get(number=3)
    assert again.body == {**first.body, "build": parts}
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(again, actor=who["dan"], second=who["cleo"], reason="Back.")
    stage.passed(again)
    gate.go_live(again, actor=who["dan"], second=who["cleo"], reason="Back.")
    assert snapshot.live(ferry.pk).fingerprint == again.fingerprint


def test_the_command_runs_the_gate_here_and_says_how_it_went(ferry, who, tmp_path, capsys):
    path = tmp_path / "report.json"
    call_command("gate", "ferry", actor="dan", out=path)
    assert Release.objects.get().state == "passed"
    assert "about no category" in capsys.readouterr().out
    assert results.verify(json.loads(path.read_text()))["passed"]
    add(ferry, "moon")
    with pytest.raises(SystemExit) as ended:
        call_command("gate", "ferry", actor="dan")
    assert ended.value.code == 1
    with pytest.raises(SystemExit) as ended:
        call_command("gate", "ferry", release=9, actor="dan")
    assert ended.value.code == 2
    before = Run.objects.count()
    call_command("go_live", "ferry", actor="dan", second="cleo", reason="It passed.", release=1)
    assert Run.objects.count() == before
    assert snapshot.live(ferry.pk).fingerprint == Release.objects.get(number=1).fingerprint


def test_any_two_releases_are_compared(ferry, who):
    stage.publish(ferry)
    add(ferry, "berths")
    stage.publish(ferry)
    add(ferry, "decks")
    third = snapshot.freeze(ferry, actor="test")
    client = Client()
    client.force_login(who["dan"])
    page = reverse("admin:release_release_change", args=[third.pk])
    assert "<td>berths</td>" not in client.get(page).content.decode()
    with_first = client.get(page, {"with": "1"}).content.decode()
    assert "Changes from release 1" in with_first
    assert "berths" in with_first


def test_a_report_that_was_signed_under_a_key_of_before_verifies_while_that_is_named(ferry, who, settings):
    run = judged(ferry)
    before, key = results.export(run, actor=who["dan"]), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" * 5, [key]
    assert results.verify(before)["run"] == run.pk
    assert results.export(run, actor=who["dan"])["signed"]["key"] != before["signed"]["key"]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Refused, match="another SECRET_KEY"):
        results.verify(before)
