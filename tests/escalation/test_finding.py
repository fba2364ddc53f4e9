"""An agent finds conversations by words, person, subject, tag, day and how it went; each search is on the record."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations import privacy, record
from conversations.models import Conversation
from escalation.desk import bulk, desk, search, tags
from escalation.desk.search import Wanted
from escalation.models.talks import Tag
from escalation.queue import presence
from sites.access.roles import NotAllowed
from sites.models import LedgerEntry, Role, Site
from tests.escalation.conftest import agent, ask, settle, state_of, wait, whole

pytestmark = pytest.mark.django_db


def find(user, **wanted) -> list[Conversation]:
    from sites.access.roles import sites_of

    return search.find(sites_of(user, Role.AGENT), Wanted(**wanted), actor=user).rows


@pytest.fixture
def said(shop, returns):
    """Ada asked for her tent and was answered; Bo, signed in, has a complaint and waits."""
    ada, turn = ask(shop, "Where is my green tent?")
    settle(turn, "answer", "answered", category=returns, trace={"accepted": True})
    bo = wait(shop, "The zip of my jacket broke", identity={"sub": "bo-7", "name": "Bo Müller", "email": "bo@mail.ex"})
    return {"ada": ada, "bo": bo.conversation}


def test_each_way_of_searching_finds_the_one_it_means(shop, ben, said):
    tags.put(said["bo"], "VIP", actor=ben)
    for wanted, who in (
        ({"text": "tent GREEN"}, "ada"), ({"text": "zip"}, "bo"), ({"who": "Bo Mü"}, "bo"),
        ({"who": "bo@mail"}, "bo"),
        ({"outcome": "turn:answer"}, "ada"), ({"outcome": "state:waiting"}, "bo"),
        ({"text": "jacket", "outcome": "turn:handoff"}, "bo"),
    ):  # fmt: skip
        assert find(ben, **wanted) == [said[who]], wanted
    assert find(ben, text="tent zip") == []
    assert find(ben, outcome="nonsense:x") == [said["bo"], said["ada"]]
    today = said["ada"].created_at.date()
    assert find(ben, since=today, until=today) == [said["bo"], said["ada"]]


@pytest.mark.parametrize("name", ["Zoë Ångström", 'Al "Bear" Lee', "C\\D", "日本 花子", "O'Neill %_", "ΆΔΑ"])
def test_a_person_is_found_by_a_name_as_it_is_written_on_either_database(shop, ben, name):
    talk = wait(shop, "Hello?", identity={"sub": "x-1", "name": name}).conversation
    wait(shop, "Hello?", identity={"sub": "x-2", "name": "Somebody Else"})
    assert find(ben, who=name) == [talk]
    assert find(ben, who=f"{name}!") == []


def test_nothing_of_another_site_is_found(shop, bank, ben, hugo, said):
    assert find(hugo, text="tent") == []
    assert find(hugo, outcome="state:waiting") == []
    client = Client()
    client.force_login(hugo)
    page = client.get(reverse("admin:desk_search"), {"q": "tent"}).content.decode()
    assert "green tent" not in page


def test_a_search_is_written_in_the_record_without_its_words(shop, ben, said):
    client = Client()
    client.force_login(ben)
    page = client.get(reverse("admin:desk_search"), {"q": "green tent"}).content.decode()
    assert "Where is my green tent?" in page
    entry = LedgerEntry.objects.filter(site=shop, kind="read").latest("number")
    assert '"actor":"ben"' in entry.body
    assert '"search"' in entry.body
    assert "tent" not in entry.body


def test_words_are_read_a_slice_at_a_time_and_the_page_leads_further_back(shop, ben, monkeypatch):
    old, _ = ask(shop, "Where is my kayak?")
    for _ in range(4):
        ask(shop, "Something else")
    monkeypatch.setattr(search, "SLICE", 3)
    sites = Site.objects.filter(pk=shop.pk)
    found = search.find(sites, Wanted(text="kayak"), actor=ben)
    assert (found.rows, found.looked is not None) == ([], True)
    found = search.find(sites, Wanted(text="kayak"), actor=ben, upto=int(found.older["upto"]))
    assert found.rows == [old]
    assert found.older == {}


def test_a_search_takes_as_many_queries_for_many_rows_as_for_few(shop, ben):
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            find(ben, text="parcel")
        return len(seen)

    for _ in range(2):
        wait(shop, "Where is my parcel?")
    few = asked()
    for _ in range(20):
        wait(shop, "Where is my parcel?")
    assert asked() == few


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plan as SQLite tells it")
def test_the_newest_are_read_by_an_index_and_words_by_the_keys_of_messages(shop):
    rows = Conversation.objects.filter(site=shop, synthetic=False).order_by("-created_at")[:50]
    assert "conversation_newest" in rows.explain()
    said_in = search._said("parcel", 10, 20)
    assert "PRIMARY KEY (rowid>? AND rowid<?)" in said_in.explain()
    theirs = privacy.of_person(shop, "bo-7")
    assert "conversation_person" in theirs.explain()
    assert "conversation_person" in theirs.order_by("-created_at")[:50].explain()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plan as SQLite tells it")
@pytest.mark.parametrize("listed", ["conversations_conversation", "escalation_handoff"])
def test_the_lists_of_the_admin_come_in_order_from_an_index_and_put_nothing_in_order(said, ben, listed):
    client = Client()
    client.force_login(ben)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(f"admin:{listed}_changelist")).status_code == 200
    (rows,) = [each["sql"] for each in asked if f'ORDER BY "{listed}"."' in each["sql"]]
    with connection.cursor() as cursor:
        plan = str(cursor.execute(f"EXPLAIN QUERY PLAN {rows}").fetchall())
    assert "_newest (site_id=?)" in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


# ── Many at once ──────────────────────────────────────────────────────────────────────────────────────────────


def test_many_are_tagged_assigned_and_closed_and_each_refusal_is_told(shop, ben, mia):
    waiting = [wait(shop) for _ in range(3)]
    talks = [each.conversation for each in waiting]
    presence.beat(mia)
    assert bulk.tag(talks, actor=ben, name="recall").done == 3
    assert Tag.objects.filter(name="recall").count() == 3
    desk.claim(waiting[0], actor=ben)
    outcome = bulk.assign(talks, actor=ben, to=mia)
    assert outcome.done == 2
    assert outcome.told == "2 done. 1 not: You have already claimed this conversation."
    assert [state_of(each) for each in waiting] == [("claimed", "human")] * 3
    outcome = bulk.close(talks, actor=ben, need="needed")
    assert outcome.told == "1 done. 2 not: Mia has this conversation."
    assert whole(shop) == []


def test_nobody_is_assigned_who_is_no_agent_there_or_offline(shop, bank, ben, mia, hugo):
    handoff = wait(shop)
    assert "Hugo is not an agent" in bulk.assign([handoff.conversation], actor=ben, to=hugo).told
    assert "Mia is offline" in bulk.assign([handoff.conversation], actor=ben, to=mia).told
    with pytest.raises(NotAllowed):
        bulk.assign([handoff.conversation], actor=hugo, to=hugo)
    assert state_of(handoff) == ("open", "waiting")


def test_the_page_does_one_verb_and_never_on_another_sites_conversation(shop, bank, ben, hugo):
    mine, theirs = wait(shop).conversation, wait(bank).conversation
    client = Client()
    client.force_login(ben)
    chosen = {
        "conversation": [str(mine.pk), str(theirs.pk), "no key"],
        "verb": "tag",
        "tag": "recall",
        "here": "q=tent",
    }
    answer = client.post(reverse("admin:desk_bulk"), chosen)
    assert answer.url == reverse("admin:desk_search") + "?q=tent"
    assert list(Tag.objects.values_list("conversation", flat=True)) == [mine.pk]


def test_tags_go_with_the_words_they_stand_beside(shop, ben):
    handoff = wait(shop)
    tags.put(handoff.conversation, "afraid of dogs", actor=ben)
    desk.claim(handoff, actor=ben)
    desk.close(handoff, actor=ben, need="needed")
    privacy.erase(
        Conversation.objects.filter(pk=handoff.conversation_id),
        shop,
        actor=agent("anna", shop, Role.ADMIN),
        reason="Asked.",
    )
    assert not Tag.objects.exists()
    bodies = record.Event.objects.filter(kind="tagged").values_list("body", flat=True)
    assert "dogs" not in str(list(bodies)) + "".join(LedgerEntry.objects.values_list("body", flat=True))
