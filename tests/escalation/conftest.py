"""The people and conversations of a desk: Ben and Mia answer for the shop, Hugo for the bank."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message, State, Turn
from escalation import desk, presence
from escalation.models import Draft, Handoff
from knowledge.models import Category, Passage, Revision, Source
from sites import ledger
from sites.models import Role, Site
from sites.roles import grant

LEASE = timedelta(seconds=15)
ARTICLE = "Items can be returned within 30 days. They must be unused and in their packaging."


def agent(name: str, site: Site, role: str = Role.AGENT) -> User:
    user = User.objects.create_user(name, first_name=name.title())
    grant(user, site, role)
    return user


@pytest.fixture
def shop(db):
    return Site.objects.create(slug="shop", name="Fernway", contact={"email": "help@fernway.example"})


@pytest.fixture
def bank(db):
    return Site.objects.create(slug="bank", name="Rho Bank")


@pytest.fixture
def ben(shop):
    return agent("ben", shop)


@pytest.fixture
def mia(shop):
    return agent("mia", shop)


@pytest.fixture
def hugo(bank):
    return agent("hugo", bank)


def ask(site: Site, text: str = "Where is my tent?", **fields) -> tuple[Conversation, Turn]:
    """A customer asks; the turn is theirs to run."""
    conversation, _ = record.open_conversation(site, **fields)
    asked = record.ask(conversation.pk, uuid.uuid4().hex, text, LEASE)
    return conversation, asked.turn


def settle(turn: Turn, outcome: str, reason: str, text: str = "One moment.", **fields) -> Message:
    """What SETTLE does to rows, without the bot."""
    ended = {"state": Turn.State.SETTLED, "outcome": outcome, "reason": reason, "settled_at": timezone.now()}
    Turn.objects.filter(pk=turn.pk).update(**ended, **fields)
    return delivery.append(
        turn.conversation_id, author="bot", text=text, reply_to=turn.question.client_id, outcome=outcome
    )


def wait(site: Site, text: str = "Where is my tent?", reason: str = "complaint", urgent: bool = False, **fields):
    """A customer who was handed over and waits; the handoff."""
    conversation, turn = ask(site, text, **fields)
    with transaction.atomic():
        ledger.hold(site.pk)
        record.move(conversation.pk, {State.BOT}, State.WAITING)
        settle(turn, "handoff", reason)
        return desk.open_handoff(conversation, turn=turn, reason=reason, urgent=urgent, category="returns")


def said(conversation) -> list[tuple[str, str]]:
    """(author, text) of everything the customer sees, in order."""
    return list(Message.objects.filter(conversation=conversation).order_by("seq").values_list("author", "text"))


def state_of(handoff: Handoff) -> tuple[str, str]:
    """The states of a handoff and of its conversation, as they are now."""
    now = Handoff.objects.select_related("conversation").get(pk=handoff.pk)
    return now.state, now.conversation.state


@pytest.fixture
def returns(shop):
    return Category.objects.create(site=shop, slug="returns", title="Returns")


@pytest.fixture
def passage(shop, returns):
    """One live approved passage of the returns article."""
    source = Source.objects.create(site=shop, slug="returning", url="https://fernway.example/returning")
    source.categories.add(returns)
    revision = Revision.objects.create(
        source=source,
        number=1,
        title="Returning an item",
        text=ARTICLE,
        digest="0" * 64,
        state="approved",
        author="cleo",
        approver="dan",
        live=True,
        decided_at=timezone.now(),
    )
    return Passage.objects.create(
        revision=revision, ordinal=0, text=ARTICLE, start=0, sentences=[[0, 37], [38, 82]], digest="1" * 64
    )


@pytest.fixture
def pending(shop, returns, passage, ben):
    """A draft that waits for approval, while Ben is at his desk."""
    presence.beat(ben)
    conversation, turn = ask(shop, "Can I send it back?")
    quote = ARTICLE[:37]
    cited = {
        "n": 1,
        "source_id": passage.revision.source_id,
        "revision_id": passage.revision_id,
        "passage_id": passage.pk,
        "start": 0,
        "end": 37,
        "title": "Returning an item",
        "quote": quote,
        "url": "https://fernway.example/returning",
        "updated": timezone.now(),
        "audience": "public",
    }
    with transaction.atomic():
        ledger.hold(shop.pk)
        settle(turn, "draft", "draft_review", "A person is checking it.", category=returns)
        parts = [{"text": quote, "cites": [1]}]
        made = desk.draft(conversation, turn=turn, text=quote, parts=parts, citations=[cited])
    drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
    return drafts.get(pk=made.pk)
