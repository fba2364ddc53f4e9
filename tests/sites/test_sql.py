"""The SQL of the hot path keeps what the ORM would have kept, on both databases."""

import uuid
from datetime import UTC, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.models import Conversation, Message, Turn
from sites.core import sql
from sites.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation():
    site = Site.objects.create(slug="ferry", name="Ferry")
    return Conversation.objects.create(site=site, token_digest="0" * 64)


def test_an_inserted_row_is_the_row_the_orm_reads(conversation):
    new = Message(
        conversation=conversation, seq=1, author="bot", text="Ahoy ☂", parts=[{"text": "Ahoy ☂", "cites": [1]}]
    )
    sql.insert(new)
    kept = Message.objects.get(pk=new.pk)
    for field in Message._meta.concrete_fields:
        assert getattr(kept, field.attname) == getattr(new, field.attname), field.name
    assert kept.at is not None


def test_an_insert_that_breaks_a_constraint_is_refused_as_the_orms_is(conversation):
    sql.insert(Message(conversation=conversation, seq=1, author="bot", text="One"))
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.insert(Message(conversation=conversation, seq=1, author="bot", text="Two"))


def test_an_update_says_how_many_rows_it_found_and_leaves_the_others(conversation):
    asked = Message(conversation=conversation, seq=1, author="customer", text="Hello")
    sql.insert(asked)
    lease, until = uuid.uuid4(), timezone.now() + timedelta(seconds=9)
    turn = Turn(conversation=conversation, question=asked, state="running", lease=lease, lease_until=until)
    sql.insert(turn)
    assert sql.update(Turn, {"id": turn.pk, "lease": uuid.uuid4()}, state="settled", outcome="answer") == 0
    assert sql.update(Turn, {"id": turn.pk, "lease": lease}, trace={"a": ["ü"]}, confidence=0.5) == 1
    kept = Turn.objects.get(pk=turn.pk)
    assert (kept.state, kept.trace, kept.confidence, kept.lease_until) == ("running", {"a": ["ü"]}, 0.5, until)


def test_a_time_comes_back_in_utc_and_a_lock_may_be_asked_for_everywhere(conversation):
    with transaction.atomic():
        found = sql.row("SELECT created_at FROM conversations_conversation WHERE id = %s FOR UPDATE", conversation.pk)
    assert sql.moment(found[0]).tzinfo is not None
    assert sql.moment(found[0]).astimezone(UTC) == conversation.created_at


def test_nothing_found_is_none_and_an_empty_list(conversation):
    statement = "SELECT id FROM conversations_message WHERE conversation_id = %s"
    assert sql.row(statement, conversation.pk) is None
    assert sql.rows(statement, conversation.pk) == []
