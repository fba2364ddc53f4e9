"""A conversation is read from its beginning, with how each answer came about; not all is for everybody."""

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Turn
from sites.models import LedgerEntry, Role
from tests.escalation.conftest import agent, ask, settle
from tests.escalation.test_recognised import DANGER
from tests.unsealed import change

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(shop):
    conversation, turn = ask(shop)
    settle(turn, "decline", "not_grounded", "I have no article that answers this.")
    change(Turn.objects.filter(pk=turn.pk), trace={"needs": DANGER, "objections": ["no section surely answers it"]})
    return conversation


def shown(person, talk) -> str:
    client = Client()
    client.force_login(person)
    return client.get(reverse("admin:transcript", args=[talk.pk])).content.decode()


def test_alma_reads_what_was_said_and_below_each_question_in_words_why(shop, talk):
    page = shown(agent("alma", shop, Role.AUDITOR), talk)
    said, why, answer = "Where is my tent?", "No approved article answers this.", "I have no article that answers this."
    assert page.index(said) < page.index(why) < page.index(answer)
    assert "no section surely answers it" in page
    assert reverse("record", args=[talk.pk]) in page


def test_reading_it_is_an_entry_in_the_ledger(shop, talk):
    shown(agent("alma", shop, Role.AUDITOR), talk)
    assert f'"{talk.pk}"' in LedgerEntry.objects.get(site=shop, kind="read").body


@pytest.mark.parametrize(
    ("role", "told"),
    [(Role.AUDITOR, True), (Role.AGENT, True), (Role.CONTENT_OWNER, False), (Role.RELEASE_OWNER, False)],
)
def test_what_was_recognised_about_ada_is_for_who_takes_over_or_audits(shop, talk, role, told):
    person = agent("robin", shop, role)
    client = Client()
    client.force_login(person)
    assert ("may be in danger" in shown(person, talk)) is told
    record = client.get(reverse("admin:conversations_conversation_change", args=[talk.pk])).content.decode()
    rest = client.get(reverse("record", args=[talk.pk])).json()
    assert ("disputed" in record) is told
    assert ("needs" in rest["turns"][0]["trace"]) is told
    assert "no section surely answers it" in record


def test_the_list_of_conversations_leads_to_transcripts(shop, talk):
    client = Client()
    client.force_login(agent("alma", shop, Role.AUDITOR))
    page = client.get(reverse("admin:conversations_conversation_changelist")).content.decode()
    assert reverse("admin:transcript", args=[talk.pk]) in page
