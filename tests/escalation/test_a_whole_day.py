"""What an agent meets in a day: sent once, opened again, a colleague named, distress first, a subject that is none."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatbot import turn as turns
from config import demo_replies
from conversations import record
from conversations.models import Conversation, Message, State
from conversations.record import IllegalMove
from escalation.desk import desk, lookup, mentions, moving, proposals, reports, written
from escalation.models import CannedReply, Handoff
from escalation.models.talks import Mention
from escalation.packet import canned
from escalation.queue import urgency, waiting
from escalation.web import queue_screen
from release.live import pauses
from sites.access.roles import NotAllowed
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Role
from tests.escalation.conftest import agent, ask, said, settle, state_of, wait, whole

pytestmark = pytest.mark.django_db


# ── Sent once ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_double_click_sends_once_and_the_next_message_is_another(shop, ben):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    client = Client()
    client.force_login(ben)
    address = reverse("admin:desk_act", args=[handoff.conversation_id, "reply"])
    for _ in range(2):
        assert (
            client.post(address, {"text": "On its way.", "key": "k1"}, headers={"hx-request": "1"}).status_code == 200
        )
    assert client.post(address, {"text": "On its way.", "key": "k2"}, headers={"hx-request": "1"}).status_code == 200
    assert [text for author, text in said(handoff.conversation) if author == "agent"] == ["On its way."] * 2
    assert whole(shop) == []


def test_the_same_id_of_two_agents_is_two_messages(shop, ben, mia):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    desk.reply(handoff, actor=ben, text="Hello", key="1")
    desk.release(handoff, actor=ben)
    desk.claim(handoff, actor=mia)
    desk.reply(handoff, actor=mia, text="Hello", key="1")
    assert Message.objects.filter(author="agent").count() == 2


# ── Opened again ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_conversation_is_opened_again_by_an_agent_and_the_customer_is_told(shop, ben, mia):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    desk.close(handoff, actor=ben, need="needed")
    again = moving.reopen(Conversation.objects.get(pk=handoff.conversation_id), actor=mia, reason="She wrote a mail.")
    assert state_of(again) == ("claimed", "human")
    assert said(again.conversation)[-1][1].startswith("Mia, a person, has joined")
    desk.reply(again, actor=mia, text="Here I am again.")
    with pytest.raises(IllegalMove):
        moving.reopen(again.conversation, actor=ben, reason="Me too.")
    assert Handoff.objects.filter(conversation=again.conversation).count() == 2
    assert whole(shop) == []


def test_what_no_person_had_or_was_erased_is_not_opened_again(shop, ben, hugo):
    talk, turn = ask(shop)
    settle(turn, "answer", "answered")
    record.move(talk.pk, {State.BOT}, State.CLOSED)
    with pytest.raises(IllegalMove, match="No person"):
        moving.reopen(Conversation.objects.get(pk=talk.pk), actor=ben, reason="x")
    with pytest.raises(NotAllowed):
        moving.reopen(talk, actor=hugo, reason="x")


# ── Named ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_named_in_a_note_finds_it_on_their_desk_and_gets_a_mail_without_its_words(shop, ben, mia, hugo):
    type(mia).objects.filter(pk=mia.pk).update(email="mia@fernway.example")
    handoff = wait(shop)
    desk.note(handoff.conversation, actor=ben, text="@mia, she is afraid of dogs. @hugo @ben @nobody write to a@mia.ex")
    assert [each.user for each in Mention.objects.all()] == [mia]
    (mail,) = OutboxItem.objects.filter(kind="mail")
    assert mail.payload["to"] == "mia@fernway.example"
    assert "dogs" not in str(mail.payload)
    client = Client()
    client.force_login(mia)
    assert "You were named" in client.get(reverse("admin:desk")).content.decode()
    client.get(reverse("admin:desk_conversation", args=[handoff.conversation_id]))
    assert not mentions.unseen(mia).exists()
    assert "You were named" not in client.get(reverse("admin:desk")).content.decode()


# ── Distress, and the subject ─────────────────────────────────────────────────────────────────────────────────


def test_distress_is_first_whatever_else_is_urgent_and_nothing_later_takes_its_place(shop, ben):
    late, fraud, sad = wait(shop), wait(shop, reason="security", urgent=True), wait(shop)
    urgency.make_urgent(sad.conversation_id, reason="distress")
    rows = [row.pk for row in queue_screen.rows(ben)]
    assert rows == [sad.pk, fraud.pk, late.pk]
    assert [each.pk for each in waiting.queue([shop.pk])] == rows
    places = [waiting.queue_place(each.conversation_id)["position"] for each in (sad, fraud, late)]
    assert places == [1, 2, 3]
    with kept.writing(shop.pk) as head:
        urgency.put_first(Handoff.objects.get(pk=sad.pk), "security", head)
    assert Handoff.objects.get(pk=sad.pk).reason == "distress"


def test_a_guess_is_no_subject_of_a_handoff(shop, returns):
    talk, turn = ask(shop, "Hm?")
    settle(turn, "decline", "out_of_scope", category=returns, trace={"accepted": False})
    turns.ask_for_human(talk.pk)
    assert talk.handoffs.get().category == ""
    talk, turn = ask(shop, "Can I send it back?")
    settle(turn, "answer", "answered", category=returns, trace={"accepted": True})
    turns.ask_for_human(talk.pk)
    assert talk.handoffs.get().category == "returns"


# ── What an agent writes ──────────────────────────────────────────────────────────────────────────────────────


def test_lists_and_addresses_of_agents_are_drawn_as_such_and_lead_where_they_say(shop, ben):
    handoff = wait(shop)
    desk.claim(handoff, actor=ben)
    text = "Please:\n1. Print it (see https://fernway.example/label).\n2. Go to the shop.\n\n<b>javascript:alert(1)</b>"
    message = desk.reply(handoff, actor=ben, text=text)
    first, steps, last = message.parts
    assert (first["text"], last["text"]) == ("Please:", "<b>javascript:alert(1)</b>")
    assert steps["items"] == ["Print it (see https://fernway.example/label).", "Go to the shop."]
    assert steps["links"] == [{"text": "https://fernway.example/label", "url": "https://fernway.example/label"}]
    client = Client()
    client.force_login(ben)
    page = client.get(reverse("admin:desk_conversation", args=[handoff.conversation_id])).content.decode()
    assert 'href="https://fernway.example/label"' in page
    assert "<ol start" in page
    assert "<b>javascript" not in page


@pytest.mark.parametrize(
    ("text", "shapes"),
    [("One line.", []), ("- alone", []), ("- a\n- b", ["list"]), ("Hi\n- a\n- b\nBye", ["text", "list", "text"]),
     ("3. c\n4. d", ["steps"]), ("see http://x.example/a_(b).", ["text"]), ("5 - 3 = 2\n- 1", [])],
)  # fmt: skip
def test_only_what_is_a_list_or_an_address_becomes_one(text, shapes):
    assert [part.get("kind", "text") for part in written.parts(text)] == shapes


# ── Ready-made replies ────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_that_an_agent_proposes_is_found_once_an_owner_has_saved_it(shop, ben):
    handoff = wait(shop)
    proposals.propose(shop, actor=ben, shortcut="/late", title="It is late", text="Sorry {name}, it is late.")
    assert canned.ready(handoff.conversation, actor=ben) == []
    with pytest.raises(IllegalMove, match="already"):
        proposals.propose(shop, actor=ben, shortcut="late", title="x", text="y")
    with pytest.raises(IllegalMove, match="not a variable"):
        proposals.propose(shop, actor=ben, shortcut="b", title="x", text="{phone}")
    cleo = agent("cleo", shop, Role.CONTENT_OWNER)
    reply = CannedReply.objects.get()
    client = Client()
    client.force_login(cleo)
    posted = {"site": shop.pk, "shortcut": "late", "title": reply.title, "text": reply.text}
    client.post(reverse("admin:escalation_cannedreply_change", args=[reply.pk]), posted)
    assert [one.shortcut for one in canned.ready(handoff.conversation, actor=ben)] == ["late"]
    assert LedgerEntry.objects.filter(kind="reply_proposed").exists()


# ── A person, and reports ─────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_verified_person_has_their_conversations_and_notes_and_of_nobody_else(shop, ben, hugo):
    ada = {"sub": "ada", "name": "Ada Byrne"}
    first, second = wait(shop, "One", identity=ada), wait(shop, "Two", identity=ada)
    other = wait(shop, "Three", identity={"sub": "eve"})
    desk.note(first.conversation, actor=ben, text="Prefers mail.")
    client = Client()
    client.force_login(ben)
    page = client.get(reverse("admin:desk_person", args=[second.conversation_id])).content.decode()
    assert "Prefers mail." in page
    assert str(first.conversation_id) in page
    assert str(other.conversation_id) not in page
    assert client.get(reverse("admin:desk_person", args=[wait(shop).conversation_id])).status_code == 404
    client.force_login(hugo)
    assert client.get(reverse("admin:desk_person", args=[second.conversation_id])).status_code == 404


def test_without_a_released_tool_nothing_is_looked_up(shop, ben, hugo):
    assert lookup.offered(shop) == []
    with pytest.raises(Refused, match="no such tool"):
        lookup.look(shop, "orders", {"sub": "ada"}, actor=ben)
    with pytest.raises(NotAllowed):
        lookup.look(shop, "orders", {"sub": "ada"}, actor=hugo)


def test_what_a_released_tool_tells_of_a_verified_customer_is_looked_up_on_the_record(fernway, people):
    ben = people["ben"]
    assert {tool.name for tool in lookup.offered(fernway)} == {"orders", "loyalty_points"}
    with pytest.raises(Refused, match="Nobody has proved"):
        lookup.look(fernway, "orders", {}, actor=ben)
    found = lookup.look(fernway, "orders", {"sub": "ada"}, actor=ben)  # its system does not run in this test
    assert (found.reason, found.lines) == ("tool_failed", ())
    entry = LedgerEntry.objects.filter(kind="looked_up").latest("number")
    assert '"tool":"orders"' in entry.body
    assert '"ada"' not in entry.body
    pauses.pause(site=fernway, what="tools", actor=people["dan"], reason="The shop is wrong.")
    with pytest.raises(Refused, match="paused"):
        lookup.look(fernway, "orders", {"sub": "ada"}, actor=ben)


def test_the_demos_agents_begin_with_ready_made_replies(shop, ben):
    assert (demo_replies.seed(shop), demo_replies.seed(shop)) == (5, 0)
    ready = {one.shortcut: one.text for one in canned.ready(wait(shop).conversation, actor=ben)}
    assert ready["hello"].startswith("Hello there, this is Ben of Fernway.")


def test_the_queue_stands_beside_a_conversation_with_the_very_one_marked(shop, bank, ben):
    mine, theirs = wait(shop), wait(bank)
    client = Client()
    client.force_login(ben)
    page = client.get(reverse("admin:desk_beside", args=[mine.conversation_id])).content.decode()
    assert f'{mine.conversation_id}/" aria-current="page"' in page
    assert str(theirs.conversation_id) not in page


def test_a_report_counts_by_day_agent_and_category_and_its_file_holds_no_formula(shop, ben, hugo):
    type(ben).objects.filter(pk=ben.pk).update(first_name="=cmd()")
    ben.refresh_from_db()
    for n in range(3):
        handoff = wait(shop)
        if n:
            desk.claim(handoff, actor=ben)
            desk.close(handoff, actor=ben, need="needed")
    today = timezone.localdate()
    (day,) = reports.of(shop, today, today, "day", actor=ben)
    assert (day.name, day.handoffs, day.claimed, day.closed, day.resolved) == (today.isoformat(), 3, 2, 2, 2)
    share, low, high = day.resolved_share
    assert (share, high) == (1.0, 1.0)
    assert 0.3 < low < 0.4  # Wilson, 2 of 2
    client = Client()
    client.force_login(ben)
    asked = {"site": shop.slug, "by": "agent", "since": today.isoformat(), "until": today.isoformat()}
    assert client.get(reverse("admin:desk_reports"), asked).status_code == 200
    file = client.post(reverse("admin:desk_reports"), asked).content.decode("utf-8-sig")
    lines = file.splitlines()
    assert lines[0].startswith("agent,handoffs,claimed,closed,resolved,resolved_share")
    assert [line.split(",")[0] for line in lines[1:]] == ["'=cmd()", "nobody yet"]
    assert '"what":"desk by agent"' in LedgerEntry.objects.filter(kind="exported").last().body
    with pytest.raises(NotAllowed):
        reports.of(shop, today, today, "day", actor=hugo)
