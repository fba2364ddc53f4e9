"""A wrong article: contained in the act of reporting it, everybody who read it found, corrected, and asked for ever."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Citation, Conversation, Event, Message, Turn
from knowledge import approval, ingest, search
from knowledge.models import Category, Passage, Revision, Source
from release import blast, exposure, gate, incidents, lessons, snapshot, tasks, worklist
from release.models import Affected, Incident, Release, Run, Scenario
from release.people import Refused
from sites import ledger, outbox
from sites.models import LedgerEntry, OutboxItem
from sites.roles import NotAllowed
from tests.conftest import count
from tests.release import stage, talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db
WRONG = "A single ticket to the island costs 9 euros for an adult."


@pytest.fixture
def who(ferry):
    return stage.people(ferry)


@pytest.fixture
def fares(ferry) -> Source:
    return Source.objects.get(site=ferry, slug="fares")


def text_of(source: Source) -> Revision:
    return source.revisions.select_related("source").get(number=1)


def span(revision: Revision, words: str) -> tuple[Revision, int, int]:
    at = revision.text.index(words)
    return revision, at, at + len(words)


def told(site, source: Source, **fields) -> Conversation:
    """One conversation that was shown the wrong price."""
    cites = (span(text_of(source), WRONG),)
    return talk.write(site, [[Said(cites, category=Category.objects.get(slug="tickets"))]], **fields)[0]


def touched(incident: Incident) -> set:
    return set(incident.affected.values_list("conversation", flat=True))


# ── The blast radius ──────────────────────────────────────────────────────────────────────────────────────────


def scan(site, matches, since=None, until=None) -> set:
    """Who was shown a matching citation, found by looking at every message and every citation, one by one."""
    found = set()
    citations: dict[int, list[Citation]] = {}
    for citation in Citation.objects.all():
        citations.setdefault(citation.message_id, []).append(citation)
    for message in Message.objects.select_related("conversation"):
        if message.conversation.site_id != site.pk or message.author == "customer":
            continue
        if (since and message.at < since) or (until and message.at > until):
            continue
        if any(matches(citation) for citation in citations.get(message.pk, [])):
            found.add(message.conversation_id)
    return found


def test_the_affected_are_exactly_those_a_scan_of_every_turn_finds(ferry, who, fares):
    talk.many(ferry, count(10_000, 600))
    now = timezone.now()
    since, until = now - timedelta(days=20), now - timedelta(days=3)
    passage = Passage.objects.filter(revision__source__slug="bags").first()
    end = passage.start + len(passage.text)
    by_source = incidents.report(fares, severity="major", reason="A wrong price.", actor=who["dan"])
    within = incidents.report(
        passage, severity="minor", reason="A wrong limit.", since=since, until=until, actor=who["dan"]
    )
    assert touched(by_source) == scan(ferry, lambda c: c.source_id == fares.pk)
    wanted = scan(
        ferry,
        lambda c: c.revision_id == passage.revision_id and c.start < end and c.end > passage.start,
        since,
        until,
    )
    assert touched(within) == wanted
    assert 0 < len(wanted) < len(touched(by_source)) < Conversation.objects.count()


def test_a_turn_reaches_everybody_who_was_shown_one_of_its_sentences(ferry, who, fares):
    first, second = (told(ferry, fares) for _ in range(2))
    other = talk.write(ferry, [[Said((span(text_of(fares), "Children under six travel free of charge."),))]])[0]
    incident = incidents.report(first.turns.get(), severity="minor", reason="Wrong.", actor=who["ben"])
    assert touched(incident) == {first.pk, second.pk}
    assert other.pk not in touched(incident)
    assert incident.category.slug == "tickets"
    assert list(incident.sources.all()) == [fares]


def test_a_release_reaches_what_it_answered_and_its_drafts_that_were_sent_on(ferry, who, fares):
    release = stage.publish(ferry)
    said = Said((span(text_of(fares), WRONG),))
    answered, draft, waiting, declined = talk.write(
        ferry,
        [
            [said],
            [Said((), "draft", "draft_review")],
            [Said((), "draft", "draft_review")],
            [Said((), "decline", "out_of_scope")],
        ],
        release=release.fingerprint,
    )
    talk.write(ferry, [[said]], release="0" * 64)
    sent = delivery.append(draft.pk, author="bot", text=WRONG, reply_to="ask-0", approved_by="Ben")
    delivery.append(waiting.pk, author="system", text="A person will answer.", generated="fixed")
    incident = incidents.report(release, severity="minor", reason="It answers oddly.", actor=who["dan"])
    assert touched(incident) == {answered.pk, draft.pk}
    assert incident.affected.get(conversation=draft).message == sent
    assert declined.pk not in touched(incident)


def test_a_complaint_is_about_the_last_answer_before_it(ferry, who, fares):
    complained, other = told(ferry, fares), told(ferry, fares)
    event = record.event(complained.pk, "complaint", actor="customer", body={"text": "That was wrong."})
    incident = incidents.report(event, severity="major", reason="The price was wrong.", actor=who["ben"])
    assert touched(incident) == {complained.pk, other.pk}
    with pytest.raises(Refused, match="is not a complaint"):
        incidents.report(
            record.event(other.pk, "rating", body={"value": 1}), severity="minor", reason="x", actor=who["ben"]
        )
    quiet, _ = record.open_conversation(ferry)
    early = record.event(quiet.pk, "complaint")
    with pytest.raises(Refused, match="had said nothing"):
        incidents.report(early, severity="minor", reason="x", actor=who["ben"])


def test_a_discarded_answer_and_another_sites_conversation_reach_nobody(ferry, who, fares, tmp_path):
    from release import bundle

    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    said = Said((span(text_of(fares), WRONG),), state=Turn.State.DISCARDED)
    talk.write(ferry, [[said]])
    talk.write(other, [[Said((span(text_of(fares), WRONG),))]])
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert touched(incident) == set()
    with pytest.raises(Refused, match="Nothing was sent"):
        incidents.report(Turn.objects.first(), severity="minor", reason="Wrong.", actor=who["dan"])


def test_an_answer_that_was_under_way_is_found_a_moment_later(ferry, who, fares):
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    late = told(ferry, fares)
    assert touched(incident) == set()
    OutboxItem.objects.filter(kind="incident_survey").update(due_at=timezone.now())
    OutboxItem.objects.exclude(kind="incident_survey").delete()
    assert outbox.run_due(bulk=True) == 1
    assert touched(incident) == {late.pk}
    assert incidents.survey(incident) == 0


# ── Containing ────────────────────────────────────────────────────────────────────────────────────────────────


def test_reporting_withdraws_pauses_and_demotes_in_the_same_act(ferry, who, fares):
    stage.publish(ferry)
    told(ferry, fares)
    passage = text_of(fares).passages.first().pk
    public = frozenset({"public"})
    assert search.citable(ferry.pk, "tickets", public, [passage])
    incident = incidents.report(
        fares,
        severity="severe",
        reason="The price is wrong.",
        measures=["withdraw", "pause_category", "demote"],
        actor=stage.admin(ferry),
    )
    assert incident.state == "contained"
    assert not search.citable(ferry.pk, "tickets", public, [passage])
    permit = exposure.permit(ferry.pk, "tickets")
    assert (permit.paused, permit.level) == (True, 1)
    kinds = list(incident.steps.values_list("kind", flat=True))
    assert kinds == ["opened", "measure", "measure", "measure", "contained"]
    assert list(ledger.verify(ferry)) == []


def test_a_measure_that_is_refused_leaves_no_trace_of_the_report(ferry, who, fares):
    with pytest.raises(NotAllowed, match="content owner"):
        incidents.report(
            fares, severity="severe", reason="Wrong.", measures=["pause_category", "withdraw"], actor=who["ben"]
        )
    assert not Incident.objects.exists()
    assert not exposure.permit(ferry.pk, "tickets").paused
    assert not LedgerEntry.objects.filter(kind__startswith="incident").exists()


def test_ben_pauses_what_he_may_not_withdraw(ferry, who, fares):
    incident = incidents.report(fares, severity="major", reason="Wrong.", actor=who["ben"])
    assert incident.state == "open"
    incidents.contain(incident, ["pause_category"], actor=who["ben"], reason="Until it is mended.")
    assert exposure.permit(ferry.pk, "tickets").paused
    assert incident.state == "contained"
    incidents.contain(incident, ["withdraw"], actor=who["cleo"], reason="It is wrong.")
    fares.refresh_from_db()
    assert fares.withdrawn_at
    with pytest.raises(Refused, match="no measure"):
        incidents.contain(incident, ["pray"], actor=who["ben"], reason="Please.")
    with pytest.raises(NotAllowed):
        incidents.report(fares, severity="major", reason="Wrong.", actor=who["eve"])


def test_a_release_that_went_wrong_is_rolled_back_in_the_same_act(ferry, who, fares):
    first = stage.publish(ferry)
    saved = ingest.revise(fares, title="Fares", text="A ticket costs 99 euros.", actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="better")
    second = stage.publish(ferry)
    incident = incidents.report(
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
    incident = incidents.report(fares, severity="severe", reason="Wrong.", actor=who["dan"])
    with pytest.raises(Refused, match="Incident 1 is severe and not contained"):
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    assert snapshot.live(ferry.pk) is None
    incidents.contain(incident, ["pause_category"], actor=who["dan"], reason="Until it is mended.")
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    assert snapshot.live(ferry.pk).fingerprint == release.fingerprint


def test_a_lesser_incident_stops_no_release_but_one_of_weight_stops_a_step_up(ferry, who, fares):
    stage.publish(ferry)
    tickets = Category.objects.get(slug="tickets")
    exposure.lower_level(tickets, 1, actor=who["dan"], reason="A wrong price.")
    incidents.report(fares, severity="major", reason="Wrong.", actor=who["dan"])
    release = ready(ferry, who)
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Summer.")
    with pytest.raises(Refused, match=r"incident 1 \(major\) is not resolved"):
        exposure.raise_level(tickets, actor=who["cleo"], second=who["dan"], reason="Again.")


# ── The customers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_goes_into_the_thread_of_a_closed_conversation_and_to_the_address(ferry, who, fares):
    ada = told(ferry, fares, state="closed", contact="ada@example.org")
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    row = incident.affected.get()
    worklist.correct(row, actor=who["ben"], text="A single ticket costs 11 euros. Sorry for the mistake.")
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
    row = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"]).affected.get()
    for name in ("dan", "cleo", "eve"):
        with pytest.raises(NotAllowed, match=r"owner of customers decides on them \(ben\)"):
            worklist.decide(row, "honoured", actor=who[name], reason="We keep our word.")
        with pytest.raises(NotAllowed):
            worklist.correct(row, actor=who[name], text="It is 11 euros.")
    assert not delivery.frames(row.conversation_id, 2)
    worklist.decide(row, "honoured", actor=who["ben"], reason="We keep our word.")
    assert (row.state, row.decided_by, row.note) == ("honoured", "ben", "We keep our word.")


def test_a_customer_is_decided_on_once_and_only_for_the_better_after_that(ferry, who, fares):
    told(ferry, fares)
    row = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"]).affected.get()
    stale = Affected.objects.get(pk=row.pk)
    worklist.correct(row, actor=who["ben"], text="It is 11 euros.")
    with pytest.raises(Refused, match="already: corrected"):
        worklist.correct(stale, actor=who["ben"], text="It is 12 euros.")
    assert Message.objects.filter(conversation=row.conversation_id, author="agent").count() == 1
    worklist.decide(row, "compensated", actor=who["ben"], reason="2 euros paid back.")
    with pytest.raises(Refused, match="already: compensated"):
        worklist.decide(row, "unreachable", actor=who["ben"], reason="Gone.")


def test_one_text_corrects_many_and_leaves_those_already_decided_on(ferry, who, fares):
    rows = [told(ferry, fares) for _ in range(4)]
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    first = incident.affected.first()
    worklist.decide(first, "not_affected", actor=who["ben"], reason="Asked about a bicycle.")
    assert worklist.correct_all(incident.affected.all(), actor=who["ben"], text="It is 11 euros.") == 3
    assert worklist.of(incident) == [("corrected", 3), ("not affected", 1)]
    assert len(rows) == 4


def test_a_customer_who_is_shown_it_again_after_a_correction_is_reviewed_again(ferry, who, fares):
    ada = told(ferry, fares)
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    row = incident.affected.get()
    worklist.correct(row, actor=who["ben"], text="It is 11 euros.")
    incidents.survey(incident)
    row.refresh_from_db()
    assert row.state == "corrected"
    again = delivery.append(ada.pk, author="bot", text=WRONG)
    revision, start, end = span(text_of(fares), WRONG)
    facts = {"source": fares, "revision": revision, "start": start, "end": end, "title": "Fares", "quote": WRONG}
    delivery.cite(again, [{"n": 1, "updated": timezone.now(), **facts}])
    incidents.survey(incident)
    row.refresh_from_db()
    assert (row.state, row.answers) == ("to_review", 2)


# ── The whole story ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_article_from_its_report_to_the_gate_that_never_lets_it_through_again(ferry, who, fares):
    stage.publish(ferry)
    question = stage.SCENARIOS[0]["turns"][0]
    cites = (span(text_of(fares), WRONG),)
    talk.write(ferry, [[Said(cites, question=question, category=Category.objects.get(slug="tickets"))]] * 3)
    incident = incidents.report(
        fares, severity="severe", reason="A ticket costs 11 euros.", measures=["withdraw"], actor=who["cleo"]
    )
    with pytest.raises(Refused, match="3 of 3 conversations are still to be reviewed; the post-mortem is not written"):
        incidents.resolve(incident, actor=who["dan"], reason="Done.")
    worklist.correct_all(incident.affected.all(), actor=who["ben"], text="A single ticket costs 11 euros.")
    incidents.learn(incident, lesson="The price list of last year was loaded.", actor=who["dan"])
    with pytest.raises(Refused, match="it has no scenario yet"):
        incidents.resolve(incident, actor=who["dan"], reason="Done.")
    body = lessons.proposed(incident)
    assert body["turns"] == [question]
    lessons.write(incident, body, actor=who["cleo"])
    incidents.resolve(incident, actor=who["dan"], reason="Everybody has been told.")
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
    incident = incidents.report(fares, severity="minor", reason="Wrong.", measures=["demote"], actor=who["dan"])
    lessons.write(incident, lessons.proposed(incident), actor=who["dan"])
    Scenario.objects.filter(slug="incident-1").update(body={"id": "incident-1", "turns": ["Hello"], "expect": {}})
    weaker = ready(ferry, who)
    with pytest.raises(Refused, match="scenario of incident 1"):
        gate.go_live(weaker, actor=who["dan"], second=who["cleo"], reason="Summer.")
    Scenario.objects.filter(slug="incident-1").delete()
    without = ready(ferry, who)
    with pytest.raises(Refused, match="scenario of incident 1"):
        gate.go_live(without, actor=who["dan"], second=who["cleo"], reason="Summer.")
    lessons.write(incident, lessons.proposed(incident), actor=who["dan"])
    whole = ready(ferry, who)
    gate.go_live(whole, actor=who["dan"], second=who["cleo"], reason="Summer.")


def test_a_scenario_that_expects_nothing_or_takes_another_ones_name_is_refused(ferry, who, fares):
    told(ferry, fares)
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    body = lessons.proposed(incident)
    with pytest.raises(Refused, match="expects nothing"):
        lessons.write(incident, {**body, "expect": {}}, actor=who["dan"])
    with pytest.raises(Refused, match="has a scenario “weather” already"):
        lessons.write(incident, {**body, "id": "weather"}, actor=who["dan"])
    with pytest.raises(Refused, match="not JSON"):
        lessons.write(incident, "{", actor=who["dan"])
    with pytest.raises(NotAllowed):
        lessons.write(incident, body, actor=who["ben"])
    lessons.write(incident, json.dumps(body), actor=who["dan"])
    lessons.write(incident, {**body, "id": "price", "tags": ["fares"]}, actor=who["dan"])
    assert Scenario.objects.get(slug="price").body["tags"] == ["fares", "incident"]  # so it must not fail
    assert Scenario.objects.filter(file="incidents.jsonl").count() == 1


def test_the_scenario_leaves_out_what_the_new_text_still_says(ferry, who, fares):
    children = "Children under six travel free of charge."
    cites = (span(text_of(fares), WRONG), span(text_of(fares), children))
    talk.write(ferry, [[Said(cites)]])
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert len(lessons.proposed(incident)["expect"]["never"]) == 2
    saved = ingest.revise(fares, title="Fares", text=text_of(fares).text.replace("9 euros", "11 euros"), actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="The right price.")
    (never,) = lessons.proposed(incident)["expect"]["never"]
    assert "9" in never
    assert "Children" not in never


def test_the_same_article_reported_again_opens_the_resolved_incident(ferry, who, fares):
    first = told(ferry, fares)
    incident = incidents.report(fares, severity="minor", reason="Wrong.", measures=["withdraw"], actor=who["cleo"])
    worklist.decide(incident.affected.get(), "not_affected", actor=who["ben"], reason="Asked about a bicycle.")
    incidents.learn(incident, lesson="A slip.", actor=who["cleo"])
    incidents.resolve(incident, actor=who["cleo"], reason="Done.")
    second = told(ferry, fares)
    passage = text_of(fares).passages.first()
    again = incidents.report(passage, severity="severe", reason="It is back.", actor=who["ben"])
    assert again == incident
    assert (again.state, again.severity, again.contained_at) == ("open", "severe", None)
    assert touched(again) == {first.pk, second.pk}
    assert "reported_again" in list(again.steps.values_list("kind", flat=True))
    assert Incident.objects.count() == 1
    worklist.decide(again.affected.get(conversation=second), "not_affected", actor=who["ben"], reason="No.")
    with pytest.raises(Refused, match="it must be contained"):
        incidents.resolve(again, actor=who["dan"], reason="Done.")


def test_who_was_told_is_kept_when_nothing_is_reported_twice_at_once(ferry, who, fares):
    told(ferry, fares)
    incident = incidents.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert incidents.report(fares, severity="minor", reason="Wrong.", actor=who["ben"]) == incident
    assert incident.affected.count() == 1
    assert blast.answers(incident).count() == 1
    assert tasks.incident_survey(OutboxItem(payload={"incident": incident.pk})) == {"new": 0}
    assert Run.objects.count() == 0
