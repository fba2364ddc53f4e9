"""Another help desk works on one site's handoffs with a token, and on nothing else."""

import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from conversations.models import Event
from escalation.desk import desk
from escalation.models import Handoff
from escalation.queue import waiting
from sites.access import integrations
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Role
from sites.models.endpoints import Integration
from tests.escalation.conftest import agent, said, state_of, wait

pytestmark = pytest.mark.django_db
QUEUE = "/api/v1/handoffs/"


@pytest.fixture
def anna(shop) -> User:
    return agent("anna", shop, Role.ADMIN)


@pytest.fixture
def program(shop, anna) -> tuple[Integration, str]:
    return integrations.create(shop, "Fernway support", actor=anna)


class Caller:
    """A program with a token."""

    def __init__(self, client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str):
        return self.client.get(path, headers=self.headers)

    def do(self, handoff: Handoff, verb: str, **body):
        path, sent = f"{QUEUE}{handoff.pk}/{verb}/", json.dumps(body)
        return self.client.post(path, sent, content_type="application/json", headers=self.headers)


@pytest.fixture
def caller(client, program) -> Caller:
    return Caller(client, program[1])


def test_it_lists_reads_claims_replies_notes_and_closes(caller, shop):
    handoff = wait(shop, text="Where is my tent?")
    assert [h["id"] for h in caller.get(f"{QUEUE}?state=open").json()["results"]] == [handoff.pk]
    whole = caller.get(f"{QUEUE}{handoff.pk}/").json()
    assert whole["messages"][0]["text"] == "Where is my tent?"
    assert whole["customer"] == "Visitor"
    assert caller.do(handoff, "claim").json()["state"] == "claimed"
    assert caller.do(handoff, "reply", text="It is on its way.").status_code == 200
    assert caller.do(handoff, "note", text="Called the courier.").status_code == 200
    assert caller.do(handoff, "close", reason="found").json()["ending"] == "resolved"
    assert state_of(handoff) == ("closed", "closed")
    words = [text for _, text in said(handoff.conversation)]
    assert "Fernway support, a person, has joined. You are no longer talking to the AI assistant." in words
    assert "It is on its way." in words
    assert Event.objects.get(kind="note").body["text"] == "Called the courier."


def test_it_gives_a_conversation_back_to_the_assistant(caller, shop):
    handoff = wait(shop)
    caller.do(handoff, "claim")
    assert caller.do(handoff, "return", reason="answered").json()["ending"] == "returned"
    assert state_of(handoff) == ("closed", "bot")


def test_a_late_verb_is_refused_in_a_sentence(caller, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    refused = caller.do(handoff, "claim")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Ben has already claimed this conversation.")


def test_every_move_names_the_program_in_the_record(caller, program, shop):
    caller.do(wait(shop), "claim")
    name = program[0].user.get_username()
    assert Event.objects.get(kind="handoff.claimed").actor == name
    assert name in LedgerEntry.objects.get(kind="handoff.claimed").body


def test_reading_a_handoff_is_itself_in_the_record(caller, program, shop):
    caller.get(f"{QUEUE}{wait(shop).pk}/")
    assert program[0].user.get_username() in LedgerEntry.objects.get(kind="read").body


def test_another_sites_handoffs_are_not_there(caller, bank):
    handoff = wait(bank)
    assert caller.get(QUEUE).json()["results"] == []
    assert caller.get(f"{QUEUE}{handoff.pk}/").status_code == 404
    assert caller.do(handoff, "claim").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/record/", "/api/v1/releases/", "/api/v1/sources/", "/admin/"])
def test_the_token_opens_nothing_but_handoffs(caller, shop, path):
    assert caller.get(path).status_code in (302, 401, 403, 404)


@pytest.mark.parametrize("token", ["", "hrt_", "hrt_wrong", "Bearer", "\x00", "hrt_" + "x" * 5000])
def test_a_wrong_token_is_refused(client, shop, program, token):
    assert Caller(client, token).get(QUEUE).status_code == 401


def test_a_revoked_token_is_refused_from_the_next_request_on(caller, program, anna, shop):
    assert caller.get(QUEUE).status_code == 200
    integrations.revoke(program[0], actor=anna, reason="moved to another")
    assert caller.get(QUEUE).status_code == 401
    with pytest.raises(Refused):
        integrations.revoke(program[0], actor=anna, reason="again")


def test_the_token_is_kept_as_a_digest_and_its_account_cannot_sign_in(program, client):
    integration, token = program
    assert token not in json.dumps(list(Integration.objects.values()), default=str)
    assert not integration.user.has_usable_password()
    assert not integration.user.is_staff


def test_only_an_administrator_of_the_site_makes_one(shop, ben, bank, anna):
    with pytest.raises(NotAllowed):
        integrations.create(shop, "Mine", actor=ben)
    with pytest.raises(NotAllowed):
        integrations.create(bank, "Mine", actor=anna)
    with pytest.raises(Refused, match="Give it a name"):
        integrations.create(shop, "  ", actor=anna)


def test_the_token_is_on_the_page_once(client, shop, anna):
    client.force_login(anna)
    add = reverse("admin:handrail_sites_integration_add")
    page = client.post(add, {"site": shop.pk, "value": "Fernway support"}).content.decode()
    token = page.partition('class="secret">')[2].partition("<")[0]
    assert integrations.of_token(token) is not None
    where = reverse("admin:handrail_sites_integration_change", args=[Integration.objects.get().pk])
    assert token not in client.get(where).content.decode()
    client.post(where, {"verb": "revoke", "reason": "no longer used"})
    assert integrations.of_token(token) is None


def test_a_site_answered_from_elsewhere_is_open_by_its_hours(shop, program):
    assert waiting.at_the_desk(shop, timezone.now()).open
