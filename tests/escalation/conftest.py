"""The people and conversations of a desk: Ben and Mia answer for the shop, Hugo for the bank."""

import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Conversation, Message, State, Turn
from escalation.desk import desk
from escalation.models import Draft, Handoff
from escalation.queue import presence
from knowledge.models import Category, Passage, Revision, Source
from sites.access.roles import grant
from sites.core import audit, kept
from sites.models import Role, Site

DESK = "/admin/escalation/handoff/desk/"
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
    with kept.writing(turn.conversation.site_id):
        Turn.objects.filter(pk=turn.pk).update(**ended, **fields)
        kept.note(turn.conversation.site_id, Turn, turn.pk)
        kept.note(turn.conversation.site_id, Message, turn.question_id)
        return delivery.append(
            turn.conversation_id, author="bot", text=text, reply_to=turn.question.client_id, outcome=outcome
        )


def whole(site: Site) -> list[str]:
    """What is wrong with the chain, and with the rows of conversations and of the desk that it answers for."""
    found = audit.of(site).findings
    return [str(each) for each in found if not each.table.startswith(("knowledge.", "handrail_sites.membership"))]


def wait(site: Site, text: str = "Where is my tent?", reason: str = "complaint", urgent: bool = False, **fields):
    """A customer who was handed over and waits; the handoff."""
    conversation, turn = ask(site, text, **fields)
    with kept.writing(site.pk):
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
    with kept.writing(shop.pk):
        settle(turn, "draft", "draft_review", "A person is checking it.", category=returns)
        parts = [{"text": quote, "cites": [1]}]
        made = desk.draft(conversation, turn=turn, text=quote, parts=parts, citations=[cited])
    drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
    return drafts.get(pk=made.pk)


# ── The desk in real browsers ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def origin():
    """The product's own ASGI application, served from this process on the test database."""
    import uvicorn
    from django.db import connections

    from config.asgi import application
    from sites.core import hints
    from tests.server import free_port

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    hints.bind(None)
    connections.close_all()


@pytest.fixture(scope="module")
def browser():
    """One browser a file."""
    from tests.journeys.stage import chromium

    with pytest.MonkeyPatch.context() as patch, chromium() as opened:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright keeps a loop in the tests' own thread
        yield opened


@pytest.fixture
def screens(browser, origin):
    """Open the desk as somebody; complaints of the browser (scripts, CSP) fail the test at its end."""
    complaints: list[str] = []
    contexts = []

    def open_as(user, path=DESK, **options):
        from django.test import Client

        client = Client()
        client.force_login(user)
        context = browser.new_context(base_url=origin, **options)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": origin}])
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    refusals = [line for line in complaints if "409" not in line]
    assert refusals == []
