"""What a customer said is erased for good, wherever it is kept; that something happened stays, and the chain holds."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from chatbot import turn as turns
from chatbot.tasks import _harvest
from conversations import delivery, privacy, record, replay
from conversations.models import Citation, Conversation, Event, Message, ToolCall, Turn
from escalation.desk import blocks, complaints, desk, unsent
from escalation.models import Draft, Handoff
from escalation.queue import presence
from knowledge.insights import gaps
from knowledge.models import Example, Gap
from release.exposure import proposals
from release.gate import gate
from release.incidents import lifecycle, reach, regression, remediation
from release.models import Affected, Proposal, Release, Scenario
from sites.access.roles import NotAllowed
from sites.core import audit
from sites.core.refusal import Refused
from sites.models import LedgerEntry
from sites.models.endpoints import Delivery, Endpoint
from tests.doctrine.ada import RETURNS, Ada, identity

pytestmark = pytest.mark.django_db
SECRET = "zebrafinch"
"""Planted wherever a customer's words, or words about a customer, can be kept."""
ERASE = {"reason": "Asked for by letter."}


def planted(marker: str = SECRET) -> list[tuple[str, str]]:
    """Every table and column of the whole database in which the marker stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            found += [(table, names[n]) for row in rows for n, cell in enumerate(row) if marker in str(cell).lower()]
    return sorted(set(found))


def claimed(ada: Ada, ben) -> Handoff:
    handoff = Handoff.objects.get(conversation=ada.conversation, state="open")
    return desk.claim(handoff, actor=ben)


@pytest.fixture
def ada(fernway) -> Ada:
    return Ada(fernway, identity(f"ada-{SECRET}"))


@pytest.fixture
def history(ada, fernway, people):
    """All that can happen around one customer, with the marker in every text; ended at the desk."""
    ben, dan, admin = people["ben"], people["dan"], people["admin"]
    presence.beat(ben)
    Endpoint.objects.create(site=fernway, url="https://help.example/hook", nonce="n")
    Conversation.objects.filter(pk=ada.conversation.pk).update(page=f"https://shop.example/{SECRET}")
    answered = ada.ask(RETURNS)
    ada.ask(f"Which mutual fund should {SECRET} buy?")
    record.thumb(ada.conversation.pk, answered.answer.seq, -1, f"{SECRET}", f"No use to {SECRET}.")
    gaps.note(fernway.pk, None, f"Which mutual fund should {SECRET} buy?", "out_of_scope")
    ToolCall.objects.create(turn=answered, tool="orders", arguments={"who": SECRET}, result={"to": SECRET}, state="ok")
    Draft.objects.create(
        conversation=ada.conversation, turn=answered, text=SECRET, parts=[{"text": SECRET}], state="rejected"
    )
    wrong = lifecycle.report(answered, severity="minor", reason="A wrong number.", actor=dan)
    remediation.decide(
        Affected.objects.get(incident=wrong), "honoured", actor=admin, reason=f"We told {SECRET} by telephone."
    )
    body = {"id": "from-ada", "turns": [f"Which mutual fund should {SECRET} buy?"], "expect": {"outcome": ["decline"]}}
    proposals.propose_scenario(fernway, body, actor=dan, reason="It was asked.")
    complaints.make(ada.conversation.pk, key=f"k-{SECRET}", text=f"{SECRET} is cross.", email=f"{SECRET}@example.com")
    handoff = claimed(ada, ben)
    turns.begin(ada.conversation.pk, f"id-{SECRET}", f"Please write to {SECRET}@example.com.")
    desk.reply(handoff, actor=ben, text=f"Dear {SECRET}, I will.")
    desk.note(ada.conversation, actor=ben, text=f"{SECRET} was rude.")
    unsent.keep(ada.conversation, actor=ben, kind="reply", text=f"Dear {SECRET}")
    blocks.block(ada.conversation, actor=ben, scope="person", length="day", reason=f"{SECRET} swore.")
    desk.close(desk.claim(desk.release(handoff, actor=ben, reason=f"{SECRET} waits."), actor=ben), actor=ben,
               reason=f"{SECRET} is content.", need="needed")  # fmt: skip
    record.rate(ada.conversation.pk, 1, f"Not what {SECRET} wanted.")
    return ada


def test_no_cell_of_the_database_holds_a_word_of_an_erased_customer(history, fernway, people):
    before = planted()
    assert len(before) > 20, before
    privacy.erase(privacy.of_person(fernway, f"ada-{SECRET}"), fernway, actor=people["admin"], **ERASE)
    assert planted() == []


def test_that_it_happened_what_was_quoted_and_the_chain_stay(history, fernway, people):
    conversation = history.conversation
    quotes = list(Citation.objects.filter(message__conversation=conversation).values_list("quote", flat=True))
    ends = list(Turn.objects.filter(conversation=conversation).values_list("outcome", "reason", "release"))
    done = privacy.erase(privacy.kin(conversation_now(conversation)), fernway, actor=people["admin"], **ERASE)
    assert (done.conversations, done.told) == (1, "Erased what was said in 1 conversation.")
    assert list(Citation.objects.filter(message__conversation=conversation).values_list("quote", flat=True)) == quotes
    assert list(Turn.objects.filter(conversation=conversation).values_list("outcome", "reason", "release")) == ends
    answered = Message.objects.filter(conversation=conversation, generated="quote")
    assert all(message.text != privacy.ERASED for message in answered)
    found = audit.of(fernway).findings
    assert [each for each in found if each.table.startswith(("conversations.", "escalation.", audit.ENTRIES))] == []
    entry = LedgerEntry.objects.filter(site=fernway, kind="erased").get()
    assert ERASE["reason"] in entry.body
    assert str(conversation.pk) in entry.body
    closed = Event.objects.get(conversation=conversation, kind="handoff.closed")
    assert closed.body["need"] == "needed"
    assert "reason" not in closed.body
    shown = replay.read(conversation_now(conversation), actor="alma")
    assert {turn["question"] for turn in shown["turns"]} == {privacy.ERASED}
    incident = history.site.incidents.get()
    assert reach.answers(incident).filter(conversation=conversation).exists(), "who was told what is still known"


def test_the_secret_of_an_erased_conversation_opens_nothing(history, fernway, people):
    assert record.resume(fernway, str(history.conversation.pk), history.token)
    privacy.erase(privacy.kin(conversation_now(history.conversation)), fernway, actor=people["admin"], **ERASE)
    assert record.resume(fernway, str(history.conversation.pk), history.token) is None
    assert record.resume(fernway, str(history.conversation.pk), "") is None


def test_no_rollback_brings_an_erased_word_back(history, fernway, people):
    privacy.erase(privacy.kin(conversation_now(history.conversation)), fernway, actor=people["admin"], **ERASE)
    live = Release.objects.get(site=fernway, state="live")
    assert SECRET not in str(live.body).lower()
    Release.objects.filter(pk=live.pk).update(state="retired")
    gate.rollback(fernway, Release.objects.get(pk=live.pk), actor=people["dan"], reason="Back to what it was.")
    assert planted() == []


def test_words_that_people_made_the_sites_own_are_named_for_a_person_to_take_out(history, fernway, people):
    gap = Gap.objects.filter(site=fernway, text__contains=SECRET).first()
    category = fernway.categories.first()
    proposals.confirm(Proposal.objects.get(site=fernway, kind="scenario"), actor=people["cleo"])
    gaps.deny(gap, category, actor=people["cleo"])
    done = privacy.erase(privacy.kin(conversation_now(history.conversation)), fernway, actor=people["admin"], **ERASE)
    assert done.left == [
        "Scenario “from-ada” asks in the same words, also in the releases that hold it.",
        f"An example of {category} has the same words: “{gap.text}”.",
    ]
    assert Example.objects.filter(text=gap.text).exists()
    assert Scenario.objects.filter(slug="from-ada").exists()


def test_a_scenario_born_from_her_words_leaves_none_of_them_in_the_chain(history, fernway, people):
    incident = fernway.incidents.get()
    regression.write(incident, {**regression.proposed(incident), "turns": [f"Hello {SECRET}"]}, actor=people["dan"])
    assert not LedgerEntry.objects.filter(site=fernway, body__icontains=SECRET).exists()


def test_an_incident_suggests_no_scenario_of_erased_words(history, fernway, people):
    incident = fernway.incidents.get()
    assert regression.proposed(incident)["turns"][-1] == RETURNS
    privacy.erase(privacy.kin(conversation_now(history.conversation)), fernway, actor=people["admin"], **ERASE)
    assert regression.proposed(incident) is None


def test_a_question_that_others_asked_in_the_same_words_stays_on_the_list_of_gaps(fernway, people):
    mine, others = "Do you sell gift cards?", Ada(fernway)
    ada = Ada(fernway, identity("ada"))
    for each in (ada, others):
        turns.begin(each.conversation.pk, uuid.uuid4().hex, mine)
        gaps.note(fernway.pk, None, mine, "out_of_scope")
    Turn.objects.update(state="discarded")
    privacy.erase(privacy.kin(ada.conversation), fernway, actor=people["admin"], **ERASE)
    assert Gap.objects.filter(site=fernway, text=mine).count() == 2
    privacy.erase(privacy.kin(others.conversation), fernway, actor=people["admin"], **ERASE)
    assert not Gap.objects.filter(site=fernway, text=mine).exists()


def test_a_question_noted_later_is_not_noted_after_its_erasure(fernway, people):
    ada = Ada(fernway)
    ada.ask(f"Which mutual fund should {SECRET} buy?")
    privacy.erase(privacy.kin(ada.conversation), fernway, actor=people["admin"], **ERASE)
    _harvest()
    assert not Gap.objects.filter(site=fernway, text=privacy.ERASED).exists()
    assert planted() == []


def test_what_a_webhook_was_still_to_be_told_is_not_told(history, fernway, people):
    assert Delivery.objects.filter(state="due").exists()
    privacy.erase(privacy.kin(conversation_now(history.conversation)), fernway, actor=people["admin"], **ERASE)
    assert not Delivery.objects.exists()


def test_what_a_person_has_or_the_assistant_answers_now_is_not_taken_from_under_them(fernway, people):
    ada = Ada(fernway)
    running = ada.write(RETURNS)
    everything = privacy.kin(ada.conversation)
    with pytest.raises(Refused, match="being answered this moment"):
        privacy.erase(everything, fernway, actor=people["admin"], **ERASE)
    turns.take(running)
    turns.ask_for_human(ada.conversation.pk)
    with pytest.raises(Refused, match="is waiting: close it at the desk first"):
        privacy.erase(everything, fernway, actor=people["admin"], **ERASE)
    assert RETURNS in [message["text"] for message in delivery.frames(ada.conversation.pk, 0)]


def test_all_of_a_person_go_or_none(fernway, people):
    first, second = Ada(fernway, identity("ada")), Ada(fernway, identity("ada"))
    first.ask(RETURNS)
    turns.ask_for_human(second.conversation.pk)
    with pytest.raises(Refused):
        privacy.erase(privacy.of_person(fernway, "ada"), fernway, actor=people["admin"], **ERASE)
    assert first.state == "bot"
    assert RETURNS in [message["text"] for message in first.heard]


def test_only_an_administrator_erases_with_a_reason_and_on_their_own_site(history, fernway, people):
    own = privacy.kin(conversation_now(history.conversation))
    page = f"/admin/conversations/conversation/{history.conversation.pk}/erase/"
    for name in ("ben", "cleo", "dan", "alma"):
        with pytest.raises(NotAllowed):
            privacy.erase(own, fernway, actor=people[name], **ERASE)
        client = Client()
        client.force_login(people[name])
        assert client.post(page, ERASE).status_code in (403, 404)
    with pytest.raises(Refused, match="Say in a few words why"):
        privacy.erase(own, fernway, actor=people["admin"], reason=" ")
    other = type(fernway).objects.create(slug="other", name="Other")
    with pytest.raises(Refused, match="no such conversation on this site"):
        privacy.erase(own, other, actor=people["admin"], **ERASE)
    assert planted()


def test_the_page_says_what_goes_and_what_stays_and_erases_the_whole_person(history, fernway, people, client):
    second = Ada(fernway, identity(f"ada-{SECRET}"))
    second.ask(f"Hello, {SECRET} here.")
    client.force_login(people["admin"])
    address = f"/admin/conversations/conversation/{history.conversation.pk}/"
    assert "Erase what was said" in client.get(f"{address}change/").content.decode()
    page = client.get(f"{address}erase/").content.decode()
    assert "Goes for good" in page
    assert "the 1 other conversation of the same verified person" in page
    answer = client.post(f"{address}erase/", {**ERASE, "all": "1"}, follow=True).content.decode()
    assert "Erased what was said in 2 conversations." in answer
    assert planted() == []


def test_the_command_and_the_programs_way_do_the_same(fernway, people, client, capsys):
    first, second = Ada(fernway, identity("ada")), Ada(fernway)
    first.ask(f"Which mutual fund should {SECRET} buy?")
    second.ask(f"Which bond should {SECRET} buy?")
    with pytest.raises(CommandError, match="no such conversation"):
        call_command("erase", site="fernway", sub="nobody", reason="Asked for.")
    with pytest.raises(CommandError, match="not a valid UUID"):
        call_command("erase", site="fernway", conversation="nonsense", reason="Asked for.")
    call_command("erase", site="fernway", sub="ada", reason="Asked for.")
    assert "Erased what was said in 1 conversation." in capsys.readouterr().out
    client.force_login(people["admin"])
    answer = client.post(f"/api/v1/record/{second.conversation.pk}/erase/", {"reason": "Asked for."})
    assert answer.json() == {"erased": 1, "left": []}
    assert planted() == []


def conversation_now(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)
