"""A conversation is its holder's: no other secret opens it and no staff session; the desk's socket asks for a role."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chatbot.web import chat
from chatbot.web.consumers import ChatConsumer
from chatbot.web.door import Refusal
from conversations import record
from escalation.models import Handoff
from escalation.web.consumers import DeskConsumer
from sites.access.roles import NotAllowed
from sites.models import Role, Site
from tests.rights.ground import person
from tests.rights.table import allowed, table

pytestmark = pytest.mark.django_db
JSON, HOME = "application/json", "https://shop.example"
BODIES: dict[str, dict[str, Any]] = {"ask": {"id": "1", "text": "Hi"}, "choose": {"id": "2", "offer": None}}
VERBS = ("ask", "choose", "human", *chat.NOTES)


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Shop", origins=[HOME])


@pytest.fixture
def bank() -> Site:
    return Site.objects.create(slug="bank", name="Bank", origins=[HOME])


def answers(talk: uuid.UUID, client: Client, secret: str) -> set[int]:
    shown = {"Authorization": f"Bearer {secret}"} if secret else {}
    path = f"/api/v1/conversations/{talk}/"
    said = [client.post(f"{path}{verb}/", BODIES.get(verb, {}), JSON, headers=shown).status_code for verb in VERBS]
    return {client.get(path, headers=shown).status_code, *said}


@pytest.mark.parametrize("role", [None, *Role])
def test_no_session_and_no_other_secret_opens_a_conversation(role: Role | None, shop: Site, bank: Site) -> None:
    talk, _ = record.open_conversation(shop)
    _, other = record.open_conversation(bank)
    client = Client()
    if role is not None:
        assert not allowed("GET /conversations/<conversation>/", role)
        client.force_login(person("robin", **{role: shop}))
    assert answers(talk.pk, client, "") == answers(talk.pk, client, other) == {404}


def test_its_own_secret_does(shop: Site) -> None:
    talk, secret = record.open_conversation(shop)
    assert allowed("POST /conversations/<conversation>/<verb>/", "customer")
    assert 404 not in answers(talk.pk, Client(), secret)


def test_a_secret_of_one_site_opens_nothing_by_the_name_of_another(shop: Site, bank: Site) -> None:
    talk, secret = record.open_conversation(shop)
    with pytest.raises(Refusal) as refused:
        chat.open_thread({"site": "bank", "conversation": str(talk.pk), "token": secret}, HOME, "x")
    assert refused.value.code == "token"


@pytest.mark.parametrize("verb", sorted(set(ChatConsumer.verbs) - {"hello"}))
def test_no_frame_does_anything_before_hello(verb: str) -> None:
    socket = ChatConsumer()
    socket.thread = None
    assert allowed(f"/ws/chat/ {verb}", "customer")
    with pytest.raises(Refusal) as refused:
        socket.verb({"type": verb})
    assert refused.value.code == "hello_first"


@pytest.mark.parametrize("role", [None, *Role])
def test_the_desks_socket_shows_a_conversation_to_whom_the_table_says(
    role: Role | None, shop: Site, bank: Site
) -> None:
    """With another site administered, so that the socket itself is open to everybody here."""
    talk, _ = record.open_conversation(shop)
    user = person("robin", admin=bank)
    if role is not None:
        user.memberships.create(site=shop, role=role)
    handoff = Handoff.objects.create(site=shop, conversation=talk, reason="complaint", opened_at=talk.created_at)
    Handoff.objects.filter(pk=handoff.pk).update(state="claimed", agent=user, claimed_at=talk.created_at)
    socket = DeskConsumer()
    socket.conversation, socket.held = talk.pk, {"conversation": talk.pk, "seq": 0, "event": 0, "head": ""}
    assert socket.may_see(user) == allowed("/ws/desk/ watch", role or "")
    assert bool(socket.news(None, 0.0, user).html) == allowed("/ws/desk/ watch", role or "")
    assert types(socket, user) == allowed("/ws/desk/ typing", role or "")
    assert {f"/ws/desk/ {verb}" for verb in DeskConsumer.verbs} <= set(table())


def types(socket: DeskConsumer, user: User) -> bool:
    """Whether the customer is told that this person is typing."""
    told: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("escalation.desk.desk.hints.send", lambda *said, **more: told.append(said))
        try:
            socket.agent_types(user)
        except NotAllowed:
            return False
    return bool(told)
