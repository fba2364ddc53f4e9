"""The packet: everything needed to take over, on one screen, from the record and nothing else."""

import pytest
from django.db import transaction

from conversations import record
from conversations.models import ToolCall, Turn
from escalation.desk import desk
from escalation.packet.packet import packet, thread, web
from tests.escalation.conftest import ARTICLE, LEASE, ask, settle, wait
from tests.unsealed import change

pytestmark = pytest.mark.django_db


def trace(passage, **more):
    return {
        "hits": [{"passage": passage.pk, "source": "returning", "score": 0.8, "dense": 0.7, "lexical": 5.5}],
        "objections": ["the question's “boots” is in no sentence"],
        "signs": ["anger"],
        "threshold": 0.6,
        "accepted": True,
        "suggestion": {"text": ARTICLE[:37], "quotes": [{"title": "Returning an item", "quote": ARTICLE[:37]}]},
        **more,
    }


def test_it_says_in_words_why_a_person_is_needed(shop):
    assert packet(wait(shop, reason="complaint").conversation).reason == "A complaint."


def test_it_shows_what_was_found_with_scores_and_what_was_not_sent_and_why(shop, returns, passage):
    handoff = wait(shop)
    change(Turn.objects.filter(pk=handoff.turn_id), trace=trace(passage), confidence=0.81, category=returns)
    (finding,) = packet(handoff.conversation).findings
    assert (finding.category, finding.confidence, finding.threshold) == ("Returns", 0.81, 0.6)
    assert [(f.title, f.text, f.score) for f in finding.found] == [("Returning an item", ARTICLE, 0.8)]
    assert finding.unsent == "Items can be returned within 30 days."
    assert finding.objections == ("the question's “boots” is in no sentence",)
    assert finding.signs == ("anger",)


def test_it_shows_tool_calls_with_their_results(shop):
    handoff = wait(shop)
    ToolCall.objects.create(turn=handoff.turn, tool="order_status", arguments={"order": "1"}, state="ok", ms=4)
    (finding,) = packet(handoff.conversation).findings
    assert [call.tool for call in finding.tools] == ["order_status"]


def test_a_passage_of_another_site_is_never_shown_whatever_the_trace_says(bank, passage):
    handoff = wait(bank)
    change(Turn.objects.filter(pk=handoff.turn_id), trace=trace(passage))
    (finding,) = packet(handoff.conversation).findings
    assert finding.found == ()


def test_an_answer_that_came_too_late_is_named_as_such(shop):
    handoff = wait(shop)
    change(Turn.objects.filter(pk=handoff.turn_id), state="discarded")
    (finding,) = packet(handoff.conversation).findings
    assert "nothing was sent" in finding.why


def test_identity_is_what_was_verified_and_an_address_that_was_typed_is_marked(shop):
    ada = packet(wait(shop, identity={"sub": "ada", "name": "Ada Byrne", "email": "ada@example.com"}).conversation)
    eve = packet(wait(shop, contact="ada@example.com").conversation)
    assert (ada.customer, ada.verified) == ("Ada Byrne", True)
    assert (eve.customer, eve.verified) == ("Visitor", False)
    assert dict(ada.facts)["Identity"] == "Verified as ada"
    assert dict(ada.facts)["E-mail"] == "ada@example.com (verified)"
    assert "not verified" in dict(eve.facts)["E-mail"]


def test_the_thread_has_messages_in_seq_order_with_notes_between_them(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    desk.note(handoff.conversation, actor=ben, text="be gentle")
    desk.reply(handoff, actor=ben, text="Hello")
    entries = thread(handoff.conversation)
    assert [e.seq for e in entries if e.seq] == [1, 2, 3, 4]
    assert [e.kind for e in entries][-2:] == ["note", "agent"]


def test_only_what_is_new_is_read_for_a_push(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    entries = thread(handoff.conversation)
    seq, event = max(e.seq for e in entries), max(e.event for e in entries)
    desk.reply(handoff, actor=ben, text="Hello")
    assert [e.text for e in thread(handoff.conversation, seq, event)] == ["Hello"]


def test_a_move_the_customer_heard_of_is_not_said_twice_unless_it_has_a_reason(shop, ben):
    handoff = desk.release(desk.claim(wait(shop), actor=ben), actor=ben, reason="needs Mia")
    moves = [(e.label, e.text) for e in thread(handoff.conversation) if e.kind == "move"]
    assert moves == [("Put before people", "A complaint."), ("Back to the queue", "needs Mia")]


def test_earlier_conversations_are_those_of_the_same_verified_person_on_the_same_site(shop, bank):
    ada = {"sub": "ada"}
    earlier, _ = ask(shop, identity=ada)
    ask(bank, identity=ada)
    ask(shop, identity={"sub": "eve"})
    now = wait(shop, identity=ada)
    assert packet(now.conversation).earlier == (earlier,)
    assert packet(wait(shop).conversation).earlier == ()


def test_a_conversation_without_a_handoff_has_a_packet_too(shop):
    conversation, turn = ask(shop)
    settle(turn, "answer", "answered")
    shown = packet(conversation)
    assert (shown.handoff, shown.reason) == (None, "")


def test_an_unsettled_turn_is_not_explained_yet(shop):
    conversation, _ = ask(shop)
    assert packet(conversation).findings == ()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "//evil", ""])
def test_only_web_addresses_become_links(address):
    assert web(address) == ""


def test_web_addresses_stay_links():
    assert web("https://fernway.example/x") == "https://fernway.example/x"


def test_a_draft_is_part_of_the_packet(pending):
    assert packet(pending.conversation).draft == pending


def test_the_packet_of_a_button_pressed_first_thing_is_complete(shop):
    conversation, _ = record.open_conversation(shop)
    with transaction.atomic():
        desk.open_handoff(conversation, turn=None, reason="asked_for_human")
    shown = packet(conversation)
    assert shown.findings == ()
    assert shown.reason == "The customer asked for a person."
    record.ask(conversation.pk, "later", "hello", LEASE)
    assert packet(conversation).findings == ()


def test_an_agent_reports_what_the_assistant_said_from_the_packet(shop, ben, client):
    conversation, turn = ask(shop)
    said = settle(turn, "decline", "out_of_scope")
    change(Turn.objects.filter(pk=turn.pk), answer=said)
    (finding,) = packet(conversation).findings
    assert finding.report.endswith(f"kind=turn&key={turn.pk}&site=shop")
    client.force_login(ben)
    assert client.get(finding.report).status_code == 200
