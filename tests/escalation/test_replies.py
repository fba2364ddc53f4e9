"""Writing a reply: what is half written waits for its agent, ready-made words are filled in, quotes carry a source."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatbot.web import chat
from conversations.models import Citation, Event, Message
from conversations.record import IllegalMove
from escalation.desk import desk, quoting, unsent
from escalation.desk.quoting import Quote
from escalation.models import CannedReply, Receipt, Unsent
from escalation.packet import canned
from escalation.web import screens
from knowledge.models import Source
from sites.access.roles import NotAllowed
from sites.models import Role
from tests.escalation.conftest import ARTICLE, agent, wait

pytestmark = pytest.mark.django_db
ADA = {"sub": "ada", "name": "Ada Byrne"}


@pytest.fixture
def talk(shop, ben, returns):
    """Ben has Ada."""
    return desk.claim(wait(shop, identity=ADA), actor=ben)


# ── Half written ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_half_written_waits_for_its_agent_in_any_browser(talk, ben, mia):
    unsent.keep(talk.conversation, actor=ben, kind="reply", text="Hello Ada, I am lo")
    unsent.keep(talk.conversation, actor=ben, kind="note", text="she sounds")
    assert unsent.of(talk.conversation, ben) == {"reply": "Hello Ada, I am lo", "note": "she sounds"}
    assert unsent.of(talk.conversation, mia) == {}
    elsewhere = Client()
    elsewhere.force_login(ben)
    html = elsewhere.get(reverse("admin:desk_conversation", args=[talk.conversation_id])).content.decode()
    assert "Hello Ada, I am lo</textarea>" in html


def test_what_was_sent_or_given_up_no_longer_waits(talk, ben):
    for kind in Unsent.Kind.values:
        unsent.keep(talk.conversation, actor=ben, kind=kind, text="x")
    desk.reply(talk, actor=ben, text="x")
    assert unsent.of(talk.conversation, ben) == {"note": "x"}
    unsent.keep(talk.conversation, actor=ben, kind="note", text=" ")
    assert not Unsent.objects.exists()


def test_a_refused_reply_is_still_waiting(talk, ben, mia):
    unsent.keep(talk.conversation, actor=mia, kind="reply", text="Mine too")
    with pytest.raises(IllegalMove):
        desk.reply(talk, actor=mia, text="Mine too")
    assert unsent.of(talk.conversation, mia) == {"reply": "Mine too"}


def test_keeping_is_for_agents_of_the_site_and_for_text_that_fits(client, talk, ben, hugo):
    address = reverse("admin:desk_keep", args=[talk.conversation_id])
    client.force_login(hugo)
    assert client.post(address, {"kind": "reply", "text": "x"}).status_code == 404
    client.force_login(ben)
    assert client.post(address, {"kind": "reply", "text": "x"}).status_code == 204
    assert client.post(address, {"kind": "secret", "text": "x"}).status_code == 409
    assert client.post(address, {"kind": "reply", "text": "x" * 8001}).status_code == 409
    with pytest.raises(NotAllowed):
        unsent.keep(talk.conversation, actor=hugo, kind="reply", text="x")


# ── Ready-made ──────────────────────────────────────────────────────────────────────────────────────────────


def test_ready_made_words_know_customer_agent_category_and_site(shop, bank, talk, ben):
    text = "Hello {name}, {agent} of {site} here, about {category}. {name}!"
    CannedReply.objects.create(site=shop, shortcut="hello", title="Greeting", text=text)
    CannedReply.objects.create(site=bank, shortcut="theirs", title="Other", text="x")
    (one,) = canned.ready(talk.conversation, actor=ben)
    assert one.text == "Hello Ada Byrne, Ben of Fernway here, about Returns. Ada Byrne!"


def test_who_has_not_signed_in_is_greeted_without_a_name(shop, ben):
    CannedReply.objects.create(site=shop, shortcut="hello", title="Greeting", text="Hello {name},")
    assert canned.ready(wait(shop).conversation, actor=ben)[0].text == "Hello there,"


def test_owners_manage_them_in_the_admin_and_agents_do_not(client, shop, ben):
    address = reverse("admin:escalation_cannedreply_add")
    client.force_login(ben)
    assert client.get(address).status_code == 403
    assert client.get(reverse("admin:escalation_cannedreply_changelist")).status_code == 200
    client.force_login(agent("cleo", shop, Role.CONTENT_OWNER))
    form = {"site": shop.pk, "shortcut": "late", "title": "Late parcel", "text": "Dear {nam}"}
    assert "{nam} is not a variable" in client.post(address, form).content.decode()
    assert client.post(address, form | {"text": "Dear {name}"}).status_code == 302
    assert CannedReply.objects.get().shortcut == "late"


def test_an_owner_of_one_site_writes_none_for_another(client, shop, bank):
    client.force_login(agent("cleo", shop, Role.CONTENT_OWNER))
    form = {"site": bank.pk, "shortcut": "x", "title": "x", "text": "x"}
    assert client.post(reverse("admin:escalation_cannedreply_add"), form).status_code == 200
    theirs = CannedReply.objects.create(site=bank, shortcut="theirs", title="x", text="x")
    address = reverse("admin:escalation_cannedreply_change", args=[theirs.pk])
    assert client.post(address, form, follow=True).redirect_chain[0][0] == "/admin/"
    assert CannedReply.objects.get().text == "x"


# ── Quotes ──────────────────────────────────────────────────────────────────────────────────────────────────


def quote(passage, start=0, end=37) -> Quote:
    return Quote("returns", passage.pk, start, end)


def test_a_quote_becomes_a_citation_cut_from_the_stored_text(talk, ben, passage):
    words = f"Hello Ada. {ARTICLE[:37]} Kind regards"
    message = desk.reply(talk, actor=ben, text=words, quotes=[quote(passage)])
    cited = Citation.objects.get(message=message)
    assert (cited.quote, cited.title, cited.passage_id) == (ARTICLE[:37], "Returning an item", passage.pk)
    assert message.parts == [{"text": words, "cites": [1]}]


def test_words_that_were_changed_are_no_longer_a_quote(talk, ben, passage):
    message = desk.reply(talk, actor=ben, text="Within thirty days or so.", quotes=[quote(passage)])
    assert not Citation.objects.filter(message=message).exists()


def test_a_quote_withdrawn_while_it_was_written_stops_the_reply(talk, ben, passage):
    Source.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(IllegalMove, match="“Returning an item” may not be quoted"):
        desk.reply(talk, actor=ben, text=ARTICLE, quotes=[quote(passage)])
    assert not Message.objects.filter(author="agent").exists()


def test_a_quote_of_another_site_is_none(bank, hugo, passage):
    handoff = desk.claim(wait(bank), actor=hugo)
    message = desk.reply(handoff, actor=hugo, text=ARTICLE, quotes=[quote(passage)])
    assert not Citation.objects.filter(message=message).exists()


def test_a_source_for_other_customers_is_not_quoted_to_this_one(talk, ben, passage):
    Source.objects.update(audience="partners")
    with pytest.raises(IllegalMove, match="to this customer"):
        desk.reply(talk, actor=ben, text=ARTICLE, quotes=[quote(passage)])


def test_places_that_cannot_be_read_are_left_out():
    assert quoting.parse(["returns:5:0:37", "nonsense", "a:b:c:d", "returns:5:0", ""]) == [Quote("returns", 5, 0, 37)]


def test_articles_are_searched_live_and_give_sentences_to_quote(fernway, people):
    handoff = desk.claim(wait(fernway), actor=people["ben"])
    found = quoting.look_up(handoff.conversation, "how do I wash a down jacket")
    assert found
    best = next(sentence for sentence in found[0].sentences if sentence.best)
    message = desk.reply(handoff, actor=people["ben"], text=f"Hello. {best.text}", quotes=[best.place])
    assert Citation.objects.get(message=message).quote == best.text
    Source.objects.update(withdrawn_at=timezone.now())
    assert quoting.look_up(handoff.conversation, "how do I wash a down jacket") == []


# ── Delivery ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_is_sent_and_then_shown_when_the_customers_screen_says_so(talk, ben):
    assert screens.head_of(talk.conversation, ben)["receipt"] is None
    message = desk.reply(talk, actor=ben, text="Hello")
    before = screens.head_of(talk.conversation, ben)
    assert before["receipt"]["seen"] is False
    thread = chat.Thread(talk.conversation_id, talk.site_id, "")
    chat.seen(thread, {"seq": message.seq})
    after = screens.head_of(talk.conversation, ben)
    assert after["receipt"]["seen"] is True
    assert after["signature"] != before["signature"]
    desk.reply(talk, actor=ben, text="Still there?")
    assert screens.head_of(talk.conversation, ben)["receipt"]["seen"] is False


@pytest.mark.parametrize("seq", [None, "x", -1, 0, True, 10**12])
def test_nonsense_is_no_receipt(talk, ben, seq):
    chat.seen(chat.Thread(talk.conversation_id, talk.site_id, ""), {"seq": seq})
    assert not Receipt.objects.exists()


def test_nobody_has_seen_what_was_not_said_yet(talk, ben):
    chat.seen(chat.Thread(talk.conversation_id, talk.site_id, ""), {"seq": 1000})
    desk.reply(talk, actor=ben, text="Hello")
    assert screens.head_of(talk.conversation, ben)["receipt"]["seen"] is False


def test_a_receipt_never_goes_back(talk, ben):
    thread = chat.Thread(talk.conversation_id, talk.site_id, "")
    for seq in (2, 1):
        chat.seen(thread, {"seq": seq})
    assert Receipt.objects.get().seq == 2
    assert not Event.objects.filter(kind="seen").exists()
