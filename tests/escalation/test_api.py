"""The desk over REST: the same verbs, the same walls between sites."""

import pytest

from conversations.models import Event, Message
from escalation.desk import desk
from escalation.models import Block, Team
from escalation.queue import presence
from sites.models import Role
from tests.escalation.conftest import agent, state_of, wait

pytestmark = pytest.mark.django_db
QUEUE = "/api/v1/handoffs/"


def post(client, handoff, verb, **body):
    return client.post(f"{QUEUE}{handoff.pk}/{verb}/", body, content_type="application/json")


def test_the_queue_lists_the_handoffs_of_ones_own_sites(client, shop, bank, ben):
    mine = wait(shop, urgent=True)
    wait(bank)
    client.force_login(ben)
    (row,) = client.get(QUEUE).json()["results"]
    assert (row["id"], row["site"], row["state"], row["urgent"]) == (mine.pk, "shop", "open", True)
    assert row["conversation"] == str(mine.conversation_id)


def test_a_conversation_from_claim_to_close(client, shop, ben):
    handoff = wait(shop)
    client.force_login(ben)
    assert post(client, handoff, "claim").json()["agent"] == "ben"
    assert post(client, handoff, "reply", text="Hello").status_code == 200
    closed = post(client, handoff, "close", ending="resolved", reason="done").json()
    assert (closed["state"], closed["ending"]) == ("closed", "resolved")
    assert Message.objects.get(author="agent").text == "Hello"


def test_coming_second_is_a_409_with_a_sentence(client, shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=mia)
    client.force_login(ben)
    refused = post(client, handoff, "claim")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Mia has already claimed this conversation.")


def test_a_handoff_of_another_site_does_not_exist(client, bank, ben):
    handoff = wait(bank)
    client.force_login(ben)
    for verb in ("claim", "reply", "return", "release", "close", "call-back", "transfer", "block"):
        assert post(client, handoff, verb, text="Hi").status_code == 404
    assert state_of(handoff) == ("open", "waiting")


def test_other_roles_and_visitors_get_nothing(client, shop):
    handoff = wait(shop)
    assert client.get(QUEUE).status_code == 401
    client.force_login(agent("cleo", shop, Role.CONTENT_OWNER))
    assert client.get(QUEUE).json()["results"] == []
    assert post(client, handoff, "claim").status_code == 404


def test_a_reply_needs_its_text(client, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    assert post(client, handoff, "reply").status_code == 400
    assert post(client, handoff, "reply", text="x" * 8001).status_code == 400
    assert post(client, handoff, "close", ending="withdrawn").status_code == 400


def test_a_customer_is_passed_on_to_a_colleague_by_name_or_to_a_team(client, shop, ben, mia):
    handoff = desk.claim(wait(shop), actor=ben)
    presence.beat(mia)
    team = Team.objects.create(site=shop, name="Second line")
    client.force_login(ben)
    assert post(client, handoff, "transfer", to="mia", note="About a zip").json()["agent"] == "mia"
    client.force_login(mia)
    assert post(client, handoff, "transfer", team="Second line", note="About a zip").json()["state"] == "open"
    handoff.refresh_from_db()
    assert handoff.team == team


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"to": "nobody", "note": "x"}, "Nobody here is called nobody."),
        ({"team": "Third line", "note": "x"}, "There is no team called Third line here."),
        ({"note": "x"}, "Choose a colleague or a team of this site."),
    ],
)
def test_passing_on_to_nobody_is_refused_and_the_agent_keeps_the_customer(client, shop, ben, body, detail):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    refused = post(client, handoff, "transfer", **body)
    assert (refused.status_code, refused.json()["detail"]) == (409, detail)
    assert state_of(handoff) == ("claimed", "human")


def test_somebody_who_abuses_the_assistant_is_blocked(client, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    assert post(client, handoff, "block", scope="conversation", length="hour").status_code == 400  # no reason
    assert post(client, handoff, "block", scope="conversation", length="hour", reason="Insults").status_code == 200
    assert Block.objects.get().reason == "Insults"


def test_giving_back_needs_a_reason_and_closing_may_say_what_was_needed(client, shop, ben):
    handoff = desk.claim(wait(shop), actor=ben)
    client.force_login(ben)
    assert post(client, handoff, "return").json()["fields"] == {"reason": ["This field is required."]}
    assert post(client, handoff, "close", need="unneeded").status_code == 200
    assert Event.objects.get(kind="handoff.closed").body["need"] == "unneeded"


def test_every_verb_is_in_the_schema_that_staff_read(client, ben):
    client.force_login(ben)
    schema = client.get("/api/schema/?format=json").json()["paths"]
    verbs = {path.split("/")[-2] for path in schema if path.startswith("/api/v1/handoffs/{id}/")}
    assert verbs == {"{id}", "claim", "reply", "note", "return", "release", "close", "call-back", "transfer", "block"}
    assert schema["/api/v1/handoffs/{id}/reply/"]["post"]["requestBody"]
