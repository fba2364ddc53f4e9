"""A recorded turn is decided again on what it saw and heard, to the very same; another release shows what it would
change; nothing is written by it."""

import json
import random

import pytest
from django.core.management import call_command
from django.urls import reverse

from chatbot import again
from conversations.models import Conversation, Event, Message, Turn
from knowledge.editing import approval, ingest
from release.live import pauses, snapshot
from sites.core import audit
from sites.models import LedgerEntry
from tests.conftest import count
from tests.doctrine.ada import Ada
from tests.release import stage

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(7200)]
STRANGE = ["Who won the chess match?", "Thank you!", "I want to complain", "and for a child?", "tickets", "hello", "no"]


def talk(site, turns: int) -> list[Turn]:
    """So many turns of several customers, with whatever they came upon."""
    chance, done = random.Random(3), []
    asked = [*stage.TICKETS, *stage.LUGGAGE, *STRANGE]
    while len(done) < turns:
        ada = Ada(site)
        for _ in range(5):
            if Conversation.objects.get(pk=ada.conversation.pk).state == "bot" and len(done) < turns:
                done.append(ada.ask(chance.choice(asked)))
    return done


def again_all(turns) -> list[again.Again]:
    keys = [turn.pk for turn in turns]
    return [again.decide(turn) for turn in Turn.objects.filter(pk__in=keys).order_by("pk")]


@pytest.fixture
def live(ferry):
    stage.publish(ferry)
    return ferry


def test_every_turn_comes_out_with_the_identical_hash(live):
    turns = talk(live, count(1000, 40))
    before = {model: model.objects.count() for model in (Message, Turn, Event, LedgerEntry)}
    found = again_all(turns)
    assert [each.as_json() for each in found if each.now is None or each.then.digest != each.now.digest] == []
    assert {model: model.objects.count() for model in before} == before, "nothing was written"
    ends = {each.then.outcome for each in found}
    print(f"{len(found)} turns decided again, all identical; outcomes: {sorted(ends)}")
    assert {"answer", "decline"} <= ends


def test_what_was_paused_or_lowered_or_rated_since_changes_nothing(live):
    who = stage.people(live)
    turns = talk(live, 10)
    pauses.pause(site=live, actor=who["dan"], reason="Something is odd.")
    assert all(each.now and not each.differs for each in again_all(turns))


def test_of_another_release_exactly_the_turns_that_rest_on_the_changed_article_differ(live, fares, capsys):
    turns = talk(live, count(1000, 40))
    old = fares.revisions.get(live=True).pk
    text = stage.FARES.partition("# Fares")[2].replace("costs 9 euros", "costs 11 euros")
    made = ingest.revise(fares, title="Fares", text=f"# Fares{text}", actor="cleo").revision
    approval.submit(made, actor="cleo")
    approval.approve(made, actor="dan")
    release = snapshot.freeze(live, actor="dan")
    cite = {t.pk for t in turns if t.answer and t.answer.citations.filter(revision=old).exists()}
    offered = {t.pk for t in turns if t.answer and t.answer.offers.filter(revision=old).exists()}
    keys = {t.pk for t in turns}
    call_command("replay", "--against", str(release.number), "--site", live.slug, "--since", "2020-01-01")
    differ = {json.loads(line)["turn"] for line in capsys.readouterr().out.splitlines()} & keys
    print(f"of {len(turns)} turns {len(cite)} cite the article, {len(differ)} are listed as different")
    assert cite
    assert differ == cite | offered, "exactly those that quote it, or offer a section of it"
    assert not any(each.differs for each in again_all(turns)), "on their own release they are as they were"


def test_a_record_that_was_rewritten_does_not_come_out_the_same(live):
    (turn,) = talk(live, 1)
    Message.objects.filter(pk=turn.answer_id).update(text="A ticket costs 2 euros.")
    (found,) = again_all([turn])
    assert "text" in found.differs


def test_what_was_erased_or_never_decided_is_said_to_be_so(live):
    (turn,) = talk(live, 1)
    turn.trace = {"erased": True}
    assert "erased" in again.decide(turn).note
    turn.trace, turn.release = {}, ""
    assert "no release" in again.decide(turn).note


def test_the_command_prints_it_and_is_logged(live, capsys):
    (turn,) = talk(live, 1)
    call_command("replay", "--again", str(turn.pk), "--as", "alma")
    said = json.loads(capsys.readouterr().out)
    assert (said["same"], said["turn"]) == (True, turn.pk)
    call_command("replay", "--against", "1", "--site", live.slug, "--since", "2020-01-01")
    assert "1 turns, 0 would end otherwise on release 1" in capsys.readouterr().err
    kinds = LedgerEntry.objects.filter(site=live).order_by("-number").values_list("kind", flat=True)[:2]
    assert set(kinds) == {"read", "replayed"}
    assert [each for each in audit.of(live).findings if each.table.startswith("conversations.")] == []


def test_an_auditor_decides_it_again_on_the_records_page(live, client):
    from sites.access.roles import grant

    (turn,) = talk(live, 1)
    alma = stage.people()["eve"]
    address = reverse("chatbot:again", args=[turn.pk])
    client.force_login(alma)
    assert client.get(address).status_code in (302, 403, 404), "whoever has no role is told nothing"
    grant(alma, live, "auditor")
    client.force_login(alma)
    page = client.get(reverse("admin:conversations_conversation_change", args=[turn.conversation_id]))
    assert address in page.content.decode()
    shown = client.get(address).content.decode()
    assert "The very same" in shown
    assert again.recorded(turn).digest in shown
