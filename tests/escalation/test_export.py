"""The record leaves as a file: logged first, read a few rows at a time, and safe in a spreadsheet."""

import csv
import io
import json

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations import export
from conversations.models import Turn
from escalation.desk import complaints
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Role
from tests.escalation.conftest import agent, ask, settle

pytestmark = pytest.mark.django_db
FORMULAS = ["=1+1", "+44 20 7946 0018", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠x"]


@pytest.fixture
def alma(shop):
    return agent("alma", shop, Role.AUDITOR)


def answered(turn, text="In Leeds."):
    message = settle(turn, "answer", "answered", text)
    Turn.objects.filter(pk=turn.pk).update(answer=message)


def today():
    return timezone.localdate()


def streamed(response) -> str:
    async def read() -> str:
        return "".join([piece.decode() async for piece in response.streaming_content])

    return async_to_sync(read)()


def table(site, actor) -> list[dict[str, str]]:
    text = "".join(export.turns(site, today(), today(), actor=actor))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_table_holds_each_turn_with_its_answer(shop, alma):
    _, turn = ask(shop, "Where is my tent, “please”, and\nwhen?")
    answered(turn, "In Leeds, at 10 am.")
    (row,) = table(shop, alma)
    assert row["question"] == "Where is my tent, “please”, and\nwhen?"
    assert (row["outcome"], row["answer"]) == ("answer", "In Leeds, at 10 am.")
    assert set(row) == set(export.COLUMNS)


@pytest.mark.parametrize("typed", FORMULAS)
def test_no_cell_begins_as_a_formula_whoever_wrote_it(shop, alma, typed):
    _, turn = ask(shop, typed)
    answered(turn, typed)
    (row,) = table(shop, alma)
    assert row["question"] == f"'{typed}"
    assert row["answer"] == f"'{typed}"


def test_it_is_an_entry_in_the_ledger_before_the_first_row_is_read(shop, alma):
    ask(shop)
    export.turns(shop, today(), today(), actor=alma)  # and nobody reads on
    entry = LedgerEntry.objects.get(site=shop, kind="exported")
    assert '"alma"' in entry.body
    assert str(today()) in entry.body


def test_rows_are_read_a_few_at_a_time(shop, alma, django_assert_num_queries):
    for _ in range(5):
        _, turn = ask(shop)
        answered(turn)
    pieces = export.turns(shop, today(), today(), actor=alma)
    with django_assert_num_queries(2):  # the turns, their citations
        list(pieces)


def test_another_sites_record_is_not_in_it_and_not_to_be_had(shop, bank, alma):
    _, turn = ask(bank, "My savings?")
    answered(turn)
    assert table(shop, alma) == []
    with pytest.raises(NotAllowed):
        export.turns(bank, today(), today(), actor=alma)
    with pytest.raises(NotAllowed):
        export.turns(shop, today(), today(), actor=agent("ben", shop))


def test_ada_gets_what_she_wrote_and_read_and_nothing_people_noted_of_her(shop, alma):
    conversation, turn = ask(shop, "Where is my tent?", identity={"sub": "ada", "name": "Ada"})
    settle(turn, "answer", "answered", "In Leeds.", trace={"needs": {"needs": {"anger": 0.9}}})
    complaints.make(conversation.pk, key="1", text="It is torn.", email="ada@example.com")
    (line,) = export.person(shop, "ada", actor=alma)
    held = json.loads(line)
    assert [each["text"] for each in held["messages"]][:2] == ["Where is my tent?", "In Leeds."]
    assert held["complaints"][0]["text"] == "It is torn."
    assert held["identity"]["name"] == "Ada"
    assert "needs" not in line
    assert "ada" not in LedgerEntry.objects.get(site=shop, kind="exported").body.replace("actor", "")


def test_everything_of_each_conversation_is_a_line_of_json(shop, alma):
    conversation, turn = ask(shop)
    answered(turn)
    (line,) = export.conversations(shop, today(), today(), actor=alma)
    assert json.loads(line)["conversation"] == str(conversation.pk)


def test_nobody_of_that_name_and_days_the_wrong_way_round_are_said_so(shop, alma):
    with pytest.raises(Refused, match="Nobody of that name"):
        export.person(shop, "eve", actor=alma)
    with pytest.raises(Refused, match="last day lies before"):
        export.turns(shop, today(), today() - timezone.timedelta(days=1), actor=alma)


def test_alma_takes_it_from_the_page_and_ben_does_not_see_it(shop, alma):
    _, turn = ask(shop)
    answered(turn, "In Leeds.")
    client, page = Client(), reverse("admin:conversations_export")
    client.force_login(alma)
    assert page in client.get(reverse("admin:conversations_conversation_changelist")).content.decode()
    given = {"site": "shop", "what": "csv", "since": today(), "until": today()}
    response = client.post(page, given)
    assert "In Leeds." in streamed(response)
    assert response["Content-Disposition"] == f'attachment; filename="shop-{today()}-{today()}.csv"'
    assert "Whose?" in client.post(page, {"site": "shop", "what": "person"}).content.decode()
    client.force_login(agent("ben", shop))
    assert client.get(page).status_code == 403


def test_the_command_writes_a_file_and_never_over_one(shop, tmp_path):
    _, turn = ask(shop)
    answered(turn, "In Leeds.")
    file = tmp_path / "record.csv"
    call_command("export_record", site="shop", since=today(), out=file)
    assert "In Leeds." in file.read_text("utf-8-sig")
    with pytest.raises(CommandError, match="exists"):
        call_command("export_record", site="shop", since=today(), out=file)
