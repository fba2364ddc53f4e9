"""A choice among offers: once, of this conversation only, read again, and on the record whatever comes of it."""

import json
import uuid
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from chatbot import turn as turns
from chatbot.tasks import _harvest
from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import privacy, record
from conversations.models import Choice, Citation, Message, Offer, State, Turn
from conversations.outcomes import Outcome, Reason
from conversations.wording import Spoken
from escalation.models import Draft
from knowledge.editing import approval
from knowledge.models import Category, Gap, Source
from release.exposure import levels
from release.live import pauses
from sites.core import ledger
from sites.models import LedgerEntry
from tests.doctrine.ada import RETURNS, Ada, identity

pytestmark = pytest.mark.django_db
ENGRAVED = "Can a gift card be engraved with a photo of my cat?"
NAMES = "Could a gift card be engraved with the names of my two dogs?"
WHY = {"reason": "A test needs it."}


@pytest.fixture
def ada(fernway) -> Ada:
    """Ada, who was asked back."""
    ada = Ada(fernway)
    assert ada.ask(ENGRAVED).reason == Reason.UNSURE
    return ada


def cards() -> Category:
    return Category.objects.get(slug="gift-cards")


def withdraw(source: str, actor) -> None:
    approval.withdraw(Source.objects.get(slug=source), actor=actor, reason="It says what is not so.")


def row(offer: dict) -> Offer:
    return Offer.objects.select_related("source", "revision").get(pk=offer["id"])


def words_of(offer: Offer) -> str:
    """The slices a choice may show."""
    return " ".join(offer.revision.text[start:end] for _, start, end in offer.spans)


def entries(site, kind: str) -> list[dict]:
    return [json.loads(e.body) for e in LedgerEntry.objects.filter(site=site, kind=kind).order_by("number")]


def thread(ada: Ada) -> chat.Thread:
    return chat.Thread(ada.conversation.pk, ada.site.pk, ada.token)


# ── The offers and the choice ─────────────────────────────────────────────────────────────────────────────────


def test_the_frame_names_each_section_and_tells_nothing_else_of_it(ada):
    assert ada.last["outcome"] == "clarify"
    assert 1 <= len(ada.offers) <= 3
    for offer in ada.offers:
        assert set(offer) == {"id", "title", "heading"}
        assert uuid.UUID(offer["id"]).version == 4, "random, so that nobody guesses another"
    assert "offers" not in ada.heard[0]


def test_choosing_shows_that_section_with_its_citation_as_an_answer_to_the_tap(ada):
    chosen = row(ada.offers[-1])
    turn = ada.tap(str(chosen.pk))
    assert (turn.outcome, turn.reason, turn.category) == ("answer", Reason.ANSWERED, cards())
    cited = Citation.objects.filter(message=turn.answer)
    assert {(c.source, c.revision) for c in cited} == {(chosen.source, chosen.revision)}
    assert [[c.passage_id, c.start, c.end] for c in cited] == chosen.spans
    tapped, answer = ada.heard[-2:]
    assert (tapped["author"], tapped["text"]) == ("customer", f"{chosen.title}: {chosen.heading}")
    assert (answer["author"], answer["reply_to"]) == ("bot", turn.question.client_id)
    assert answer["citations"]


def test_a_tap_is_in_the_record_and_in_the_chain(ada, fernway):
    offered = row(ada.offers[0])
    turn = ada.tap(ada.offers[0]["id"])
    assert turn.trace["chose"] == {"offer": str(offered.pk), "title": offered.title, "heading": offered.heading}
    choice = Choice.objects.get(question=turn.question)
    assert (choice.offer, choice.among.seq) == (offered, 2)
    asked_back, answered = entries(fernway, "turn")[-2:]
    assert [offered.revision_id, offered.spans] in asked_back["offered"]
    assert answered["chose"] == str(offered.pk)
    assert list(ledger.verify(fernway)) == []


def test_none_of_these_puts_a_person_first_and_the_question_is_a_gap(ada):
    turn = ada.tap(None)
    assert (turn.outcome, turn.reason, turn.category) == ("decline", Reason.REPEATED_DECLINE, cards())
    assert (ada.heard[-2]["text"], ada.last["person"]) == (Spoken().say("widget.none"), "offered")
    assert Choice.objects.get(question=turn.question).offer is None
    _harvest()
    assert [(gap.text, gap.category) for gap in Gap.objects.all()] == [(ENGRAVED, cards())]


def test_after_none_of_these_nothing_is_offered_again_at_once(ada):
    ada.tap(None)
    again = ada.ask("Can a gift card be engraved with a photo of my dog?")
    assert (again.reason, ada.offers, ada.last["person"]) == (Reason.REPEATED_DECLINE, [], "offered")


def test_a_typed_title_is_the_same_choice(ada):
    chosen = row(ada.offers[0])
    turn = ada.ask(str(chosen))
    assert turn.outcome == "answer"
    assert Choice.objects.get(question=turn.question).offer == chosen
    with pytest.raises(record.NotOffered):
        ada.tap(str(chosen.pk))


def test_a_question_in_between_leaves_the_choice_open(ada):
    offer = ada.offers[0]["id"]
    assert ada.ask(RETURNS).outcome == "answer"
    assert ada.tap(offer).outcome == "answer"


# ── What was taken back in the meantime ───────────────────────────────────────────────────────────────────────


def test_a_section_withdrawn_between_offer_and_choice_is_not_shown(ada, people):
    offer = row(ada.offers[0])
    withdraw(offer.source.slug, people["cleo"])
    turn = ada.tap(str(offer.pk))
    assert (turn.outcome, turn.reason, ada.last["person"]) == ("decline", Reason.NOT_GROUNDED, "offered")
    assert ada.last["text"] == Spoken().say("offer_gone")
    assert ada.last["citations"] == []


def test_a_section_withdrawn_while_the_choice_is_answered_is_not_shown(ada, people):
    offer = row(ada.offers[0])
    running = turns.choose(ada.conversation.pk, "tap", offer.pk).turn
    decided = turns.decide(running)
    assert decided.outcome is Outcome.ANSWER
    withdraw(offer.source.slug, people["cleo"])
    turns.settle(running, decided)
    assert (ada.last["outcome"], ada.last["citations"]) == ("decline", [])
    assert words_of(offer)[:40] not in ada.last["text"]


def test_a_slice_that_is_no_longer_whole_is_refused_by_the_verifier(ada):
    offer = row(ada.offers[0])
    Offer.objects.filter(pk=offer.pk).update(spans=[[pk, start + 3, end] for pk, start, end in offer.spans])
    turn = ada.tap(str(offer.pk))
    assert (turn.outcome, turn.reason, ada.last["citations"]) == ("decline", Reason.NOT_GROUNDED, [])
    assert "cuts a sentence" in turn.trace["objections"][0]


def test_a_newer_text_of_the_article_is_not_mistaken_for_the_one_that_was_offered(ada, fernway, people, monkeypatch):
    offer = row(ada.offers[0])
    live = turns.snapshot.live(fernway.pk)
    facts = {pk: fact for pk, fact in live.revisions.items() if pk != offer.revision_id}
    later = replace(live, revisions=facts, _scopes={})
    monkeypatch.setattr(turns.snapshot, "live", lambda site_id: later)
    turn = ada.tap(str(offer.pk))
    assert (turn.reason, ada.last["citations"]) == (Reason.NOT_GROUNDED, [])


def test_a_paused_category_leads_to_a_person(ada, fernway, people):
    pauses.pause(site=fernway, category=cards(), what="all", actor=people["dan"], **WHY)
    turn = ada.tap(ada.offers[0]["id"])
    assert (turn.outcome, turn.reason, ada.state) == ("handoff", Reason.PAUSED, State.WAITING)


def test_a_category_taken_down_keeps_the_section_for_the_agent(ada, people):
    levels.lower_level(cards(), 1, actor=people["dan"], **WHY)
    offer = row(ada.offers[0])
    turn = ada.tap(str(offer.pk))
    assert (turn.outcome, turn.reason, ada.last["person"]) == ("decline", Reason.NOT_EXPOSED, "offered")
    assert turn.trace["suggestion"]["citations"][0]["revision_id"] == offer.revision_id
    assert ada.last["citations"] == []


def test_in_a_reviewed_category_a_person_looks_at_the_section_first(ada, people):
    levels.lower_level(cards(), 2, actor=people["dan"], **WHY)
    turn = ada.tap(ada.offers[0]["id"])
    assert (turn.outcome, ada.last["citations"]) == ("draft", [])
    assert Draft.objects.get(turn=turn).citations


@pytest.mark.parametrize("how", ["withdrawn", "paused", "taken down"])
def test_what_was_taken_back_while_the_bot_was_thinking_is_not_even_named(fernway, people, how):
    ada = Ada(fernway)
    running = ada.write(ENGRAVED)
    decided = turns.decide(running)
    assert len(decided.offers) > 1
    first, *others = decided.offers
    if how == "withdrawn":
        withdraw(first.source, people["cleo"])
    elif how == "paused":
        pauses.pause(site=fernway, category=cards(), what="all", actor=people["dan"], **WHY)
    else:
        levels.lower_level(cards(), 1, actor=people["dan"], **WHY)
    turns.settle(running, decided)
    kept = [each.title for each in others if each.source != first.source] if how == "withdrawn" else []
    assert [each["title"] for each in ada.offers] == kept
    assert ada.last["outcome"] == ("clarify" if kept else "decline")


# ── No way round the gate ─────────────────────────────────────────────────────────────────────────────────────


def refused(ada: Ada, offer: str | None) -> None:
    before = (Message.objects.count(), Turn.objects.count(), Choice.objects.count())
    with pytest.raises(record.NotOffered):
        ada.tap(offer)
    assert (Message.objects.count(), Turn.objects.count(), Choice.objects.count()) == before


def test_an_offer_made_to_somebody_else_is_refused_and_kept(ada, fernway):
    eve = Ada(fernway)
    eve.ask(ENGRAVED)
    refused(eve, ada.offers[0]["id"])
    assert entries(fernway, "choice_refused")[-1]["conversation"] == str(eve.conversation.pk)
    assert eve.conversation.events.filter(kind="choice.refused").count() == 1
    assert list(ledger.verify(fernway)) == []


@pytest.mark.parametrize("offer", [str(uuid.uuid4()), str(uuid.UUID(int=0)), None], ids=["made up", "zero", "none"])
def test_without_an_open_offer_nothing_can_be_chosen(fernway, offer):
    ada = Ada(fernway)
    ada.ask(RETURNS)
    refused(ada, offer)
    ada.ask(ENGRAVED)
    if offer:
        refused(ada, offer)


def test_a_second_tap_is_refused_whatever_it_chooses(ada):
    first, *_, last = ada.offers
    ada.tap(first["id"])
    for again in (first["id"], last["id"], None):
        refused(ada, again)


def test_only_the_last_offers_are_open(ada):
    old = ada.offers[0]["id"]
    ada.ask(RETURNS)
    assert ada.ask(NAMES).reason == Reason.UNSURE
    new = ada.offers[0]["id"]
    refused(ada, old)
    assert ada.tap(new).outcome == "answer"


def test_the_same_frame_again_is_acknowledged_and_stored_once(ada):
    offer = uuid.UUID(ada.offers[0]["id"])
    first = turns.choose(ada.conversation.pk, "tap-1", offer)
    again = turns.choose(ada.conversation.pk, "tap-1", offer)
    assert (again.seq, again.new, again.turn) == (first.seq, False, None)
    turns.take(first.turn)
    assert [m["text"] for m in ada.heard if m["author"] == "customer"].count(str(row(ada.heard[1]["offers"][0]))) == 1


@pytest.mark.parametrize(
    "frame",
    [
        {"id": "t"},
        {"id": "t", "offer": 7},
        {"id": "t", "offer": "1' OR 1=1"},
        {"id": "t", "offer": ["x"]},
        {"id": "t", "offer": {"$ne": None}},
        {"id": "t", "offer": "a" * 5000},
        {"id": "", "offer": None},
        {"id": 5, "offer": None},
        {"id": "x" * 65, "offer": None},
        {"offer": None},
    ],
    ids=repr,
)
def test_a_malformed_choice_is_a_bad_frame_and_loses_nothing(ada, frame):
    with pytest.raises(Refusal) as refusal:
        chat.choose(thread(ada), frame, "203.0.113.9")
    assert refusal.value.code == "bad_frame"
    assert ada.tap(ada.offers[0]["id"]).outcome == "answer"


def test_guessing_counts_against_the_limit(ada, monkeypatch):
    monkeypatch.setattr(settings, "HANDRAIL_LIMIT_CONVERSATION", 3)
    codes = []
    for n in range(5):
        with pytest.raises(Refusal) as refusal:
            chat.choose(thread(ada), {"id": f"g{n}", "offer": str(uuid.uuid4())}, "203.0.113.10")
        codes.append(refusal.value.code)
    assert "rate_limited" in codes[3:]
    assert ada.conversation.events.filter(kind="choice.refused").count() <= 4


def test_a_closed_conversation_takes_no_choice(ada):
    record.move(ada.conversation.pk, {State.BOT}, State.CLOSED)
    with pytest.raises(Refusal) as refusal:
        chat.choose(thread(ada), {"id": "t", "offer": ada.offers[0]["id"]}, "203.0.113.11")
    assert refusal.value.code == "closed"


def test_while_a_person_has_the_conversation_the_choice_reaches_the_person(ada):
    offer = ada.offers[0]
    turns.ask_for_human(ada.conversation.pk)
    asked = turns.choose(ada.conversation.pk, "t", uuid.UUID(offer["id"]))
    assert (asked.turn, ada.last["author"], ada.last["text"]) == (None, "customer", str(row(offer)))


def test_who_came_by_a_mailed_link_into_a_signed_in_conversation_is_led_to_a_person(fernway):
    ada = Ada(fernway, identity())
    ada.ask(ENGRAVED)
    way = chat.links.Way(ada.conversation.pk, 1)
    chat.choose(
        chat.Thread(ada.conversation.pk, fernway.pk, "", way), {"id": "t", "offer": ada.offers[0]["id"]}, "203.0.113.12"
    )
    assert ada.state == State.WAITING


# ── Over REST ─────────────────────────────────────────────────────────────────────────────────────────────────


def post(ada: Ada, body: dict):
    path = f"/api/v1/conversations/{ada.conversation.pk}/choose/"
    return Client().post(path, body, "application/json", headers={"Authorization": f"Bearer {ada.token}"})


def test_the_same_choice_can_be_made_where_sockets_are_blocked(ada):
    answered = post(ada, {"id": "rest-1", "offer": ada.offers[0]["id"]})
    assert answered.json() == {"type": "ack", "id": "rest-1", "seq": 3}
    assert (ada.last["outcome"], ada.last["reply_to"]) == ("answer", "rest-1")
    refusal = post(ada, {"id": "rest-2", "offer": None})
    assert (refusal.status_code, refusal.json()["code"]) == (400, "bad_frame")
    assert refusal.json()["text"] == Spoken().say("refused.offer")


def test_without_the_conversations_secret_nothing_can_be_chosen(ada, fernway):
    eve = Ada(fernway)
    eve.conversation, mine = ada.conversation, eve.conversation
    assert post(eve, {"id": "x", "offer": ada.offers[0]["id"]}).status_code == 404
    assert mine.pk != ada.conversation.pk
    assert Choice.objects.count() == 0


# ── Erasing ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_offers_and_choices_are_erased_with_their_conversation(ada, fernway):
    ada.tap(ada.offers[0]["id"])
    other = Ada(fernway)
    other.ask(ENGRAVED)
    conversations = type(ada.conversation).objects.filter(pk=ada.conversation.pk)
    privacy.erase(conversations, fernway, actor="test", reason="Asked for by letter.")
    assert set(Offer.objects.values_list("message__conversation", flat=True)) == {other.conversation.pk}
    assert not Choice.objects.exists()
    assert all("offers" not in message for message in ada.heard)
