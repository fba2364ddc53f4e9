"""A wrong article: contained in the act of reporting it, everybody who read it found, corrected, and asked for ever."""

import json

import pytest
from django.core import mail
from django.utils import timezone

from conversations import delivery
from conversations.models import Event, Message
from knowledge.editing import approval, ingest
from knowledge.models import Category
from knowledge.retrieval import search
from release import tasks
from release.exposure import levels
from release.gate import gate
from release.incidents import lifecycle, reach, regression, remediation
from release.live import permits, snapshot
from release.models import Affected, Incident, Release, Run, Scenario
from sites.access.roles import NotAllowed
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem
from tests.release import stage, talk
from tests.release.talk import WRONG, Said, span, text_of, told, touched

pytestmark = pytest.mark.django_db


# ── Containing ────────────────────────────────────────────────────────────────────────────────────────────────


def keys_of(incident):
    return list(incident.affected.values_list("pk", flat=True))


def test_reporting_withdraws_pauses_and_demotes_in_the_same_act(ferry, who, fares):
    stage.publish(ferry)
    told(ferry, fares)
    passage = text_of(fares).passages.first().pk
    public = frozenset({"public"})
    assert search.citable(ferry.pk, "tickets", public, [passage])
    incident = lifecycle.report(
        fares,
        severity="severe",
        reason="The price is wrong.",
        measures=["withdraw", "pause_category", "demote"],
        actor=stage.admin(ferry),
    )
    assert incident.state == "contained"
    assert not search.citable(ferry.pk, "tickets", public, [passage])
    permit = permits.of(ferry.pk, "tickets")
    assert (permit.paused, permit.level) == (True, 1)
    kinds = list(incident.steps.values_list("kind", flat=True))
    assert kinds == ["opened", "measure", "measure", "measure", "contained"]
    assert list(ledger.verify(ferry)) == []


def test_a_measure_that_is_refused_leaves_no_trace_of_the_report(ferry, who, fares):
    with pytest.raises(NotAllowed, match="content owner"):
        lifecycle.report(
            fares, severity="severe", reason="Wrong.", measures=["pause_category", "withdraw"], actor=who["ben"]
        )
    assert not Incident.objects.exists()
    assert not permits.of(ferry.pk, "tickets").paused
    assert not LedgerEntry.objects.filter(kind__startswith="incident").exists()


def test_ben_pauses_what_he_may_not_withdraw(ferry, who, fares):
    incident = lifecycle.report(fares, severity="major", reason="Wrong.", actor=who["ben"])
    assert incident.state == "open"
    lifecycle.contain(incident, ["pause_category"], actor=who["ben"], reason="Until it is mended.")
    assert permits.of(ferry.pk, "tickets").paused
    assert incident.state == "contained"
    lifecycle.contain(incident, ["withdraw"], actor=who["cleo"], reason="It is wrong.")
    fares.refresh_from_db()
    assert fares.withdrawn_at
    with pytest.raises(Refused, match="no measure"):
        lifecycle.contain(incident, ["pray"], actor=who["ben"], reason="Please.")
    with pytest.raises(NotAllowed):
        lifecycle.report(fares, severity="major", reason="Wrong.", actor=who["eve"])


def test_a_release_that_went_wrong_is_rolled_back_in_the_same_act(ferry, who, fares):
    first = stage.publish(ferry)
    saved = ingest.revise(fares, title="Fares", text="A ticket costs 99 euros.", actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")
    second = stage.publish(ferry)
    incident = lifecycle.report(
        second, severity="severe", reason="It quotes nonsense.", measures=["rollback"], actor=who["dan"]
    )
    assert incident.state == "contained"
    assert snapshot.live(ferry.pk).fingerprint == first.fingerprint


# ── Going live and up ─────────────────────────────────────────────────────────────────────────────────────────


def ready(site, who) -> Release:
    """Another release that passed."""
    Category.objects.filter(slug="tickets").update(description=timezone.now().isoformat())
    release = snapshot.freeze(site, actor=who["dan"])
    stage.passed(release)
    return release


def test_nothing_goes_live_while_a_severe_incident_is_open(ferry, who, fares):
    release = ready(ferry, who)
    incident = lifecycle.report(fares, severity="severe", reason="Wrong.", actor=who["dan"])
    with pytest.raises(Refused, match="Incident 1 is severe and not contained"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    assert snapshot.live(ferry.pk) is None
    lifecycle.contain(incident, ["pause_category"], actor=who["dan"], reason="Until it is mended.")
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint


def test_a_lesser_incident_stops_no_release_but_one_of_weight_stops_a_step_up(ferry, who, fares):
    stage.publish(ferry)
    tickets = Category.objects.get(slug="tickets")
    levels.lower_level(tickets, 1, actor=who["dan"], reason="A wrong price.")
    lifecycle.report(fares, severity="major", reason="Wrong.", actor=who["dan"])
    release = ready(ferry, who)
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    with pytest.raises(Refused, match=r"incident 1 \(major\) is not resolved"):
        levels.raise_level(tickets, actor=who["cleo"], second=who["dan"], reason="Again.")


# ── The customers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_goes_into_the_thread_of_a_closed_conversation_and_to_the_address(ferry, who, fares):
    ada = told(ferry, fares, state="closed", contact="ada@example.org")
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    row = incident.affected.get()
    remediation.correct(row, actor=who["ben"], text="A single ticket costs 11 euros. Sorry for the mistake.")
    last = delivery.frames(ada.pk, 0)[-1]
    assert (last["author"], last["name"]) == ("agent", "Ben")
    assert last["text"].startswith("This corrects an answer you were given here on ")
    assert last["text"].endswith("A single ticket costs 11 euros. Sorry for the mistake.")
    ada.refresh_from_db()
    assert (ada.state, row.state, row.decided_by) == ("closed", "corrected", "ben")
    assert Event.objects.get(conversation=ada, kind="incident.corrected").actor == "ben"
    outbox.run_due(bulk=False)
    assert mail.outbox[0].to == ["ada@example.org"]
    assert "11 euros" in mail.outbox[0].body
    assert "What does it cost" not in mail.outbox[0].body


def test_only_the_owner_of_customers_or_an_administrator_decides(ferry, who, fares):
    told(ferry, fares)
    row = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"]).affected.get()
    for name in ("dan", "cleo", "eve"):
        with pytest.raises(NotAllowed, match=r"owner of customers decides on them \(ben\)"):
            remediation.decide(row, "honoured", actor=who[name], reason="We keep our word.")
        with pytest.raises(NotAllowed):
            remediation.correct(row, actor=who[name], text="It is 11 euros.")
    assert not delivery.frames(row.conversation_id, 2)
    remediation.decide(row, "honoured", actor=who["ben"], reason="We keep our word.")
    assert (row.state, row.decided_by, row.note) == ("honoured", "ben", "We keep our word.")


def test_a_customer_is_decided_on_once_and_only_for_the_better_after_that(ferry, who, fares):
    told(ferry, fares)
    row = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"]).affected.get()
    stale = Affected.objects.get(pk=row.pk)
    remediation.correct(row, actor=who["ben"], text="It is 11 euros.")
    with pytest.raises(Refused, match="already: corrected"):
        remediation.correct(stale, actor=who["ben"], text="It is 12 euros.")
    assert Message.objects.filter(conversation=row.conversation_id, author="agent").count() == 1
    remediation.decide(row, "compensated", actor=who["ben"], reason="2 euros paid back.")
    with pytest.raises(Refused, match="already: compensated"):
        remediation.decide(row, "unreachable", actor=who["ben"], reason="Gone.")


def test_one_text_corrects_many_and_leaves_those_already_decided_on(ferry, who, fares):
    rows = [told(ferry, fares) for _ in range(4)]
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    first = incident.affected.first()
    remediation.decide(first, "not_affected", actor=who["ben"], reason="Asked about a bicycle.")
    assert remediation.correct_all(incident, keys_of(incident), actor=who["ben"], text="It is 11 euros.") == 3
    assert remediation.of(incident) == [("corrected", 3), ("not affected", 1)]
    assert len(rows) == 4


def test_a_customer_who_is_shown_it_again_after_a_correction_is_reviewed_again(ferry, who, fares):
    ada = told(ferry, fares)
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    row = incident.affected.get()
    remediation.correct(row, actor=who["ben"], text="It is 11 euros.")
    lifecycle.survey(incident)
    row.refresh_from_db()
    assert row.state == "corrected"
    again = delivery.append(ada.pk, author="bot", text=WRONG)
    revision, start, end = span(text_of(fares), WRONG)
    facts = {"source": fares, "revision": revision, "start": start, "end": end, "title": "Fares", "quote": WRONG}
    delivery.cite(again, [{"n": 1, "updated": timezone.now(), **facts}])
    lifecycle.survey(incident)
    row.refresh_from_db()
    assert (row.state, row.answers) == ("to_review", 2)


# ── The whole story ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_article_from_its_report_to_the_gate_that_never_lets_it_through_again(ferry, who, fares):
    stage.publish(ferry)
    question = stage.SCENARIOS[0]["turns"][0]
    cites = (span(text_of(fares), WRONG),)
    talk.write(ferry, [[Said(cites, question=question, category=Category.objects.get(slug="tickets"))]] * 3)
    incident = lifecycle.report(
        fares, severity="severe", reason="A ticket costs 11 euros.", measures=["withdraw"], actor=who["cleo"]
    )
    with pytest.raises(Refused, match="3 of 3 conversations are still to be reviewed; the post-mortem is not written"):
        lifecycle.resolve(incident, actor=who["dan"], reason="Done.")
    remediation.correct_all(incident, keys_of(incident), actor=who["ben"], text="A single ticket costs 11 euros.")
    lifecycle.learn(incident, lesson="The price list of last year was loaded.", actor=who["dan"])
    with pytest.raises(Refused, match="it has no scenario yet"):
        lifecycle.resolve(incident, actor=who["dan"], reason="Done.")
    body = regression.proposed(incident)
    assert body["turns"] == [question]
    regression.write(incident, body, actor=who["cleo"])
    lifecycle.resolve(incident, actor=who["dan"], reason="Everybody has been told.")
    assert incident.state == "resolved"

    approval.restore(fares, actor=who["cleo"], reason="A test: the old text comes back.")
    old = gate.run(snapshot.freeze(ferry, actor=who["dan"]), actor=who["dan"])
    assert not old.passed
    failed = old.verdicts.get(scenario="incident-1")
    assert "which it must not" in failed.why
    assert failed.case["citations"][0]["source"] == "fares"
    with pytest.raises(Refused, match="no passing run"):
        gate.go_live(old.release, actor=who["dan"], second=who["cleo"], reason="Please.")

    saved = ingest.revise(fares, title="Fares", text=text_of(fares).text.replace("9 euros", "11 euros"), actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="The right price.")
    new = gate.run(snapshot.freeze(ferry, actor=who["dan"]), actor=who["dan"])
    assert new.passed, [v.why for v in new.verdicts.filter(passed=False)]


def test_a_release_without_the_incidents_scenario_or_with_a_weaker_one_never_goes_live(ferry, who, fares):
    told(ferry, fares)
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", measures=["demote"], actor=who["dan"])
    regression.write(incident, regression.proposed(incident), actor=who["dan"])
    Scenario.objects.filter(slug="incident-1").update(body={"id": "incident-1", "turns": ["Hello"], "expect": {}})
    weaker = ready(ferry, who)
    with pytest.raises(Refused, match="scenario of incident 1"):
        gate.go_live(weaker, actor=who["dan"], second=who["cleo"], reason="Summer.")
    Scenario.objects.filter(slug="incident-1").delete()
    without = ready(ferry, who)
    with pytest.raises(Refused, match="scenario of incident 1"):
        gate.go_live(without, actor=who["dan"], second=who["cleo"], reason="Summer.")
    regression.write(incident, regression.proposed(incident), actor=who["dan"])
    whole = ready(ferry, who)
    gate.go_live(whole, actor=who["dan"], second=who["cleo"], reason="Summer.")


def test_a_scenario_that_expects_nothing_or_takes_another_ones_name_is_refused(ferry, who, fares):
    told(ferry, fares)
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    body = regression.proposed(incident)
    with pytest.raises(Refused, match="expects nothing"):
        regression.write(incident, {**body, "expect": {}}, actor=who["dan"])
    with pytest.raises(Refused, match="has a scenario “weather” already"):
        regression.write(incident, {**body, "id": "weather"}, actor=who["dan"])
    with pytest.raises(Refused, match="not JSON"):
        regression.write(incident, "{", actor=who["dan"])
    with pytest.raises(NotAllowed):
        regression.write(incident, body, actor=who["ben"])
    regression.write(incident, json.dumps(body), actor=who["dan"])
    regression.write(incident, {**body, "id": "price", "tags": ["fares"]}, actor=who["dan"])
    assert Scenario.objects.get(slug="price").body["tags"] == ["fares", "incident"]  # so it must not fail
    assert Scenario.objects.filter(file="incidents.jsonl").count() == 1


def test_the_scenario_leaves_out_what_the_new_text_still_says(ferry, who, fares):
    children = "Children under six travel free of charge."
    cites = (span(text_of(fares), WRONG), span(text_of(fares), children))
    talk.write(ferry, [[Said(cites)]])
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert len(regression.proposed(incident)["expect"]["never"]) == 2
    saved = ingest.revise(fares, title="Fares", text=text_of(fares).text.replace("9 euros", "11 euros"), actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="The right price.")
    (never,) = regression.proposed(incident)["expect"]["never"]
    assert "9" in never
    assert "Children" not in never


def test_the_same_article_reported_again_opens_the_resolved_incident(ferry, who, fares):
    first = told(ferry, fares)
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", measures=["withdraw"], actor=who["cleo"])
    remediation.decide(incident.affected.get(), "not_affected", actor=who["ben"], reason="Asked about a bicycle.")
    lifecycle.learn(incident, lesson="A slip.", actor=who["cleo"])
    lifecycle.resolve(incident, actor=who["cleo"], reason="Done.")
    second = told(ferry, fares)
    passage = text_of(fares).passages.first()
    again = lifecycle.report(passage, severity="severe", reason="It is back.", actor=who["ben"])
    assert again == incident
    assert (again.state, again.severity, again.contained_at) == ("open", "severe", None)
    assert touched(again) == {first.pk, second.pk}
    assert "reported_again" in list(again.steps.values_list("kind", flat=True))
    assert Incident.objects.count() == 1
    remediation.decide(again.affected.get(conversation=second), "not_affected", actor=who["ben"], reason="No.")
    with pytest.raises(Refused, match="it must be contained"):
        lifecycle.resolve(again, actor=who["dan"], reason="Done.")


def test_who_was_told_is_kept_when_nothing_is_reported_twice_at_once(ferry, who, fares):
    told(ferry, fares)
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["ben"]) == incident
    assert incident.affected.count() == 1
    assert reach.answers(incident).count() == 1
    assert tasks.incident_survey(OutboxItem(payload={"incident": incident.pk})) == {"new": 0}
    assert Run.objects.count() == 0
