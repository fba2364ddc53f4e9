"""The desk's pages: the right rows for the right people, customers' text as text, verbs with plain answers."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from conversations.models import Message
from escalation.desk import desk
from escalation.models import Handoff
from escalation.web import queue_screen, screens
from sites.access.roles import revoke
from sites.models import LedgerEntry, Role
from tests.escalation.conftest import agent, state_of, wait

pytestmark = pytest.mark.django_db
DESK = "/admin/escalation/handoff/desk/"
MARKUP = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'><b hx-get="/evil" hx-trigger="load">x</b>'


def page(conversation):
    return reverse("admin:desk_conversation", args=[getattr(conversation, "conversation_id", conversation)])


def post(client, handoff, verb, **form):
    address = reverse("admin:desk_act", args=[handoff.conversation_id, verb])
    return client.post(address, form, headers={"HX-Request": "true"})


def test_the_queue_shows_the_customers_of_bens_sites_only(client, shop, bank, ben, hugo):
    mine, other = wait(shop, text="Where is my tent?"), wait(bank, text="Where is my money?")
    client.force_login(ben)
    html = client.get(DESK).content.decode()
    assert f'id="h-{mine.pk}"' in html
    assert f'id="h-{other.pk}"' not in html
    assert "Where is my money?" not in html


def test_a_conversation_of_another_site_does_not_exist_for_ben(client, bank, ben):
    handoff = wait(bank)
    client.force_login(ben)
    assert client.get(page(handoff)).status_code == 404
    for verb in ("claim", "reply", "note", "release", "return", "close", "call-back", "approve", "reject"):
        assert post(client, handoff, verb, text="Hi", reason="x").status_code == 404
    assert state_of(handoff) == ("open", "waiting")


def test_the_desk_is_for_agents(client, shop):
    for name, role in (("cleo", Role.CONTENT_OWNER), ("alma", Role.AUDITOR)):
        client.force_login(agent(name, shop, role))
        assert client.get(DESK).status_code == 403


def test_an_auditor_reads_a_conversation_and_cannot_act_in_it(client, shop):
    handoff = wait(shop)
    client.force_login(agent("alma", shop, Role.AUDITOR))
    assert client.get(page(handoff)).status_code == 200
    refused = post(client, handoff, "claim")
    assert refused.status_code == 403
    assert "alma is not an agent of Fernway" in refused.content.decode()


def test_a_visitor_is_sent_to_sign_in(client, shop):
    handoff = wait(shop)
    assert client.get(DESK).status_code == 302
    assert post(client, handoff, "claim").status_code == 302
    assert state_of(handoff) == ("open", "waiting")


def test_a_role_that_was_taken_away_is_gone_on_the_next_click(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    client.get(DESK)
    revoke(ben, shop, Role.AGENT)
    assert post(client, handoff, "claim").status_code == 404
    assert client.get(DESK).status_code == 403


def test_claiming_from_the_queue_opens_the_conversation(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    answer = post(client, handoff, "claim", open="1")
    assert answer.headers["HX-Redirect"] == page(handoff)
    assert state_of(handoff) == ("claimed", "human")


def test_coming_second_is_a_409_with_a_sentence(client, shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=mia)
    client.force_login(ben)
    answer = post(client, handoff, "claim")
    assert answer.status_code == 409
    assert "Mia has already claimed this conversation." in answer.content.decode()


def test_a_whole_conversation_by_posts(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    for verb, form in (
        ("claim", {}),
        ("reply", {"text": "Hello"}),
        ("note", {"text": "hm"}),
        ("release", {}),
        ("claim", {}),
        ("return", {"reason": "done"}),
    ):
        assert post(client, handoff, verb, **form).status_code == 200, verb
    assert state_of(handoff) == ("closed", "bot")
    assert Message.objects.get(author="agent").text == "Hello"


def test_without_scripts_a_verb_answers_with_the_page(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    answer = client.post(reverse("admin:desk_act", args=[handoff.conversation_id, "claim"]), follow=True)
    assert answer.status_code == 200
    assert "You have the conversation." in answer.content.decode()


def test_a_verb_needs_the_csrf_token(shop, ben):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    assert post(strict, wait(shop), "claim").status_code == 403


def test_text_that_is_too_long_is_refused_and_nothing_is_sent(client, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    assert post(client, handoff, "reply", text="x" * 8001).status_code == 409
    assert not Message.objects.filter(author="agent").exists()


def test_what_is_no_character_is_sent_with_a_mark_in_its_place(client, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    assert post(client, handoff, "reply", text="a\x00b").status_code == 200
    assert Message.objects.get(author="agent").text == "a\ufffdb"


def test_markup_in_anything_a_customer_sends_stays_text(client, shop, ben):
    claims = {"sub": MARKUP, "name": MARKUP, "email": MARKUP}
    handoff = wait(shop, text=MARKUP, page="javascript:alert(3)//" + MARKUP, identity=claims)
    client.force_login(ben)
    for address in (DESK, page(handoff)):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert 'hx-get="/evil"' not in html
        assert 'href="javascript:' not in html
        assert "&lt;script&gt;alert(1)" in html


def test_markup_stays_text_in_what_is_pushed_as_well(shop, ben):
    handoff = wait(shop, text=MARKUP, identity={"sub": "x", "name": MARKUP})
    held = {"conversation": handoff.conversation_id, "seq": 0, "event": 0, "head": ""}
    for news in (queue_screen.news(ben, {"rows": {}}), screens.conversation_news(ben, held)):
        assert "<script>alert" not in news.html
        assert "<img" not in news.html
        assert "&lt;script&gt;alert(1)" in news.html


def test_every_page_forbids_inline_scripts_and_uses_none(client, shop, ben, pending):
    client.force_login(ben)
    for address in ("/admin/", DESK, page(pending.conversation_id), page(wait(shop))):
        answer = client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", html)
        assert not re.search(r"<[^>]+\son\w+=", html)
        assert " style=" not in html


def test_reading_a_conversation_is_itself_an_entry_in_the_ledger(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    client.get(page(handoff))
    entry = LedgerEntry.objects.get(kind="read")
    assert '"actor":"ben"' in entry.body
    assert str(handoff.conversation_id) in entry.body


def test_a_screen_that_is_up_to_date_gets_nothing(shop, ben):
    wait(shop)
    news = queue_screen.news(ben, {"rows": {}})
    assert news.html
    assert queue_screen.news(ben, news.held).html == ""


def test_a_claim_changes_one_row_and_no_other(shop, ben, mia):
    first, second = wait(shop), wait(shop)
    held = queue_screen.news(ben, {"rows": {}}).held
    desk.claim(first, actor=mia)
    html = queue_screen.news(ben, held).html
    assert f'id="h-{first.pk}"' in html
    assert 'hx-swap-oob="beforeend:#list-taken"' in html
    assert f'id="h-{second.pk}"' not in html


def test_a_handoff_that_is_over_leaves_the_screen(shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    held = queue_screen.news(ben, {"rows": {}}).held
    desk.close(handoff, actor=ben)
    news = queue_screen.news(ben, held)
    assert f'<div id="h-{handoff.pk}" hx-swap-oob="delete">' in news.html
    assert news.held == {"rows": {}}


def test_what_a_screen_claims_to_hold_is_not_repeated_to_others(shop, ben):
    news = queue_screen.news(ben, {"rows": {'"><script>alert(1)</script>': "x"}})
    assert "alert" not in news.html


def test_the_archive_and_the_drafts_list_show_own_sites_only(client, shop, bank, ben, pending):
    wait(shop, text="mine")
    wait(bank)
    client.force_login(ben)
    archive = client.get("/admin/escalation/handoff/").content.decode()
    assert archive.count('class="field-customer') == 1
    assert client.get("/admin/escalation/draft/").status_code == 200
    foreign = Handoff.objects.get(site=bank)
    assert client.get(f"/admin/escalation/handoff/{foreign.pk}/change/", follow=True).redirect_chain[0][0] == "/admin/"


def test_the_archive_leads_to_the_conversation(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    answer = client.get(f"/admin/escalation/handoff/{handoff.pk}/change/")
    assert (answer.status_code, answer.headers["Location"]) == (302, page(handoff))


def test_the_front_page_leads_each_to_their_work(client, shop, ben):
    wait(shop)
    client.force_login(ben)
    html = client.get("/admin/").content.decode()
    assert DESK in html
    assert "Fernway: agent" in html
    client.force_login(agent("cleo", shop, Role.CONTENT_OWNER))
    html = client.get("/admin/").content.decode()
    assert DESK not in html
    assert "Sources" in html


def test_a_superuser_works_every_desk(client, shop, bank):
    wait(shop), wait(bank)
    client.force_login(User.objects.create_superuser("root"))
    html = client.get(DESK).content.decode()
    assert html.count('data-row="') == 2
    assert "Rho Bank" in html
