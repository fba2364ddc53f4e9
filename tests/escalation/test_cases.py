"""A message that is a statutory notice opens a case with its date, whatever the assistant answers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from chatbot import turn
from chatbot.outcome import Decision
from conversations import record
from conversations.models import Event
from conversations.outcomes import Reason
from conversations.wording import ENGLISH
from escalation.desk import complaints
from escalation.models import Handoff
from escalation.models.customers import Complaint
from escalation.packet import packet
from release.monitoring import monitor
from tests.escalation.conftest import ask, said, whole

pytestmark = pytest.mark.django_db
WORDS = "I hereby withdraw from the contract for my tent."
KINDS = ["complaint", "withdrawal", "data_request", "injury", "notice"]


class Noticed(Decision):
    """A decision on a message that is a notice as well."""

    notice = ""


def decided(reason: Reason, notice: str, text: str = "One moment.") -> Decision:
    made = Noticed(reason, text)
    object.__setattr__(made, "notice", notice)
    return made


@pytest.fixture
def at(monkeypatch):
    """It is a quarter to midnight in London, and the next day in Berlin."""
    now = datetime(2026, 5, 22, 22, 45, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def settle(shop, reason: Reason, notice: str):
    """Ada writes and the assistant has decided; her conversation and the turn."""
    conversation, running = ask(shop, WORDS)
    turn.settle(running, decided(reason, notice))
    return conversation, running


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_is_kept_with_its_kind_whatever_the_assistant_answers(shop, kind):
    conversation, running = settle(shop, Reason.OUT_OF_SCOPE, kind)
    case = Complaint.objects.get()
    assert (case.kind, case.state, case.text, case.key) == (kind, "open", WORDS, f"turn-{running.pk}")
    authors = [author for author, _ in said(conversation)]
    assert authors == ["customer", "bot", "system"]
    line = ENGLISH["complaint_kept" if kind == "complaint" else "notice_kept"].partition("$")[0]
    assert said(conversation)[-1][1].startswith(line)
    assert whole(shop) == []


def test_the_day_of_receipt_is_the_sites_own_day(shop, at, client, ben):
    shop.timezone = "Europe/Berlin"
    shop.save()
    conversation, _ = settle(shop, Reason.NOT_GROUNDED, "withdrawal")
    assert said(conversation)[-1][1] == "Your message has been kept as a formal notice, received on 23 May 2026."
    facts = dict(packet.packet(conversation).facts)
    assert facts["Kept as"] == "Withdrawal from a contract, received on 23 May 2026"
    client.force_login(ben)
    listed = client.get(reverse("admin:escalation_complaint_changelist")).content.decode()
    assert "23 May 2026, 00:45" in listed
    page = client.get(reverse("admin:escalation_complaint_change", args=[Complaint.objects.get().pk])).content.decode()
    assert "received 23 May 2026, 00:45" in page


def test_with_a_handoff_ada_hears_the_same_line_and_then_what_happens_next(shop):
    conversation, _ = settle(shop, Reason.PRIVACY_REQUEST, "data_request")
    texts = [text for author, text in said(conversation) if author == "system"]
    assert texts[0].startswith("Your message has been kept as a formal notice")
    assert texts[1:] == ["They will see everything you have written here."]
    assert Handoff.objects.get().reason == "privacy_request"


@pytest.mark.parametrize("notice", ["", "complaint", "withdrawal"])
def test_a_complaint_that_is_handed_over_is_kept_once_a_turn(shop, notice):
    settle(shop, Reason.COMPLAINT, notice)
    assert [case.kind for case in Complaint.objects.all()] == [notice or "complaint"]


def test_a_turn_that_keeps_its_case_twice_has_one_and_tells_ada_once(shop):
    conversation, running = ask(shop, WORDS)
    with transaction.atomic():
        first = complaints.typed(conversation, running, "withdrawal")
        assert complaints.typed(conversation, running, "complaint") == first
    assert [author for author, _ in said(conversation)] == ["customer", "system"]
    assert Event.objects.filter(kind="case").count() == 1


def test_what_is_no_notice_opens_no_case(shop):
    conversation, _ = settle(shop, Reason.OUT_OF_SCOPE, "")
    assert not Complaint.objects.exists()
    assert [author for author, _ in said(conversation)] == ["customer", "bot"]


def test_a_kind_nobody_knows_is_kept_as_an_other_notice(shop):
    settle(shop, Reason.COURTESY, "subpoena")
    assert Complaint.objects.get().kind == "notice"


def test_a_case_whose_turn_fails_half_way_is_not_kept(shop, monkeypatch):
    conversation, running = ask(shop, WORDS)
    monkeypatch.setattr(turn, "_keep_calls", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        turn.settle(running, decided(Reason.OUT_OF_SCOPE, "injury"))
    assert not Complaint.objects.exists()
    assert [author for author, _ in said(conversation)] == ["customer"]


def test_a_withdrawal_speaks_against_no_answer_and_a_complaint_does(shop):
    settle(shop, Reason.OUT_OF_SCOPE, "withdrawal")
    assert not Event.objects.filter(kind="complaint").exists()
    settle(shop, Reason.OUT_OF_SCOPE, "complaint")
    week = monitor.Period(7, timezone.now() + timedelta(hours=1))
    assert monitor.complaints(shop, week, synthetic=False).total == 1


def test_ben_filters_the_list_by_kind_and_answers_a_withdrawal(shop, ben, client):
    conversation, _ = settle(shop, Reason.OUT_OF_SCOPE, "withdrawal")
    settle(shop, Reason.OUT_OF_SCOPE, "injury")
    client.force_login(ben)
    listed = reverse("admin:escalation_complaint_changelist")
    only = client.get(listed, {"kind__exact": "injury"}).context["cl"].queryset
    assert [case.kind for case in only] == ["injury"]
    in_order = client.get(listed, {"o": "2"}).context["cl"].queryset
    assert [case.kind for case in in_order] == ["injury", "withdrawal"]
    case = Complaint.objects.get(kind="withdrawal")
    complaints.answer(case, actor=ben, text="Your contract has ended.")
    assert said(conversation)[-1] == ("agent", "Your contract has ended.")


def test_ada_can_still_make_a_complaint_with_the_form(shop):
    conversation, _ = record.open_conversation(shop)
    made = complaints.make(conversation.pk, key="1", text="Torn.", email="ada@example.org")
    assert made.kind == "complaint"
