"""Whoever answers in a conversation reads what the record holds of it, and is told where there is none."""

import uuid

import pytest

from conversations import history, record
from conversations.models import Conversation, State
from sites.models import Site

pytestmark = pytest.mark.django_db


def test_a_conversation_that_was_erased_is_closed_and_has_no_site():
    gone = uuid.uuid4()
    assert history.state_of(gone) == State.CLOSED
    for read in (history.site_of, history.sender_of):
        with pytest.raises(Conversation.DoesNotExist, match=f"no conversation {gone}; it may have been erased"):
            read(gone)


def test_what_ada_proved_and_in_which_language_she_writes_is_read_with_her_site():
    site = Site.objects.create(slug="ferry", name="Island Ferry")
    conversation, _ = record.open_conversation(site, identity={"sub": "ada"}, locale="de")
    assert history.site_of(conversation.pk) == site.pk
    assert history.state_of(conversation.pk) == State.BOT
    assert history.sender_of(conversation.pk) == ({"sub": "ada"}, "de")
    assert history.verified(conversation.pk)


def test_a_visitor_who_proved_nothing_is_not_verified():
    site = Site.objects.create(slug="ferry", name="Island Ferry")
    conversation, _ = record.open_conversation(site)
    assert not history.verified(conversation.pk)
    assert history.ratings(conversation.pk) == {}
