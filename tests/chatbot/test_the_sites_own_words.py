"""What a turn says when it ends otherwise than it was decided is said in the site's own words too."""

from dataclasses import replace

import pytest
from django.db import OperationalError

from chatbot import turn
from chatbot.outcome import Cited, Decision, Part
from chatbot.web import chat
from chatbot.web.door import Refusal
from conversations import record
from conversations.models import Message
from conversations.outcomes import Outcome, Reason
from conversations.wording import LOCALES, Spoken, spoken
from sites.models import Site

pytestmark = pytest.mark.django_db
OWN = {"error": "Oops.", "contact_taken": "Noted: $email.", "looking": "One tick…", "paused": "We paused it."}


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Fernway", wording=OWN, owners={"answers": "ben"})


@pytest.fixture
def asked(shop, monkeypatch):
    monkeypatch.setattr(Site, "spoken", property(lambda site: site))
    conversation, token = record.open_conversation(shop)
    return chat.Thread(conversation.pk, shop.pk, token), record.ask(conversation.pk, "1", "How much?", turn.LEASE).turn


def said(thread):
    return list(Message.objects.filter(conversation=thread.id).order_by("seq").values_list("text", flat=True))


def test_a_turn_that_failed(asked, monkeypatch):
    _, running = asked
    monkeypatch.setattr(turn.bot, "decide", lambda *_: 1 / 0)
    assert turn.decide(running).text == "Oops."


def test_a_turn_that_failed_with_the_database_is_a_handoff_all_the_same(asked, monkeypatch):
    def away(*_):
        raise OperationalError("the database is away")

    monkeypatch.setattr(turn, "site_of", away)
    decision = turn.decide(asked[1])
    assert (decision.outcome, decision.reason) == (Outcome.HANDOFF, Reason.ERROR)
    assert decision.text == Spoken().say("error")


def test_an_address_that_was_taken(asked):
    thread, _ = asked
    chat.contact(thread, {"email": "ada@example.com"})
    assert said(thread)[-1] == "Noted: ada@example.com."


def test_a_turn_that_was_overtaken_keeps_the_person_and_the_crisis_text_that_it_put_first(asked):
    cited = Cited(1, "Fares", "Nine euros.", "", "", "public", "fares", 1, 1, 0, 11)
    first = (Part("Call 112."), Part("Would you like a person?"))
    answer = Decision(
        Reason.ANSWERED, "…", parts=(*first, Part("Nine euros.", (1,))), citations=(cited,), offered=True, life=True
    )
    lesser = turn._instead(asked[0].site_id, answer, Reason.PAUSED)
    assert [part.text for part in lesser.parts] == ["Call 112.", "Would you like a person?", "We paused it."]
    assert (lesser.citations, lesser.life) == ((), True)
    plain = turn._instead(asked[0].site_id, Decision(Reason.ANSWERED, "Nine.", parts=answer.parts[2:]), Reason.PAUSED)
    assert (plain.text, plain.parts) == ("We paused it.", ())


def test_a_refusal_that_the_widget_shows(asked):
    thread = replace(asked[0], spoken=Spoken(overrides={"refused.email": "No address.", "refused.too_long": "$count!"}))
    with pytest.raises(Refusal, match=r"No address\."):
        chat.contact(thread, {"email": "ada"})
    with pytest.raises(Refusal, match="4001!"):
        chat.ask(thread, {"id": "2", "text": "a" * 4001}, "")


def test_the_widget_is_sent_the_words_that_did_not_come_with_its_files(asked, shop):
    thread, after = replace(asked[0], words=""), Spoken().unheld("")
    assert not {"queue", "rate", "human"} & after.keys(), "they come with one of the files"
    words = chat.welcome(thread, 0)["words"]
    assert words == {**after, "looking": "One tick…", "version": words["version"]}
    Site.objects.update(wording={"widget.queue": "No. $n, $human", "widget.human": "Ask Ben"})
    words = chat.welcome(thread, 0)["words"]
    own = {"queue": "No. {n}, Ask Ben", "human": "Ask Ben"}
    assert words == {**after, **own, "version": words["version"]}


def test_words_travel_once_and_again_when_the_site_has_changed_one(asked, shop):
    held = chat.welcome(replace(asked[0], words=""), 0)["words"]["version"]
    thread = replace(asked[0], words=held)
    assert "words" not in chat.welcome(thread, 0)
    Site.objects.update(wording={})
    words = chat.welcome(thread, 0)["words"]
    assert words.pop("version") != held
    assert words == Spoken().widget, "whole, for a word that was the site's own is not any more"


@pytest.mark.parametrize(("group", "without"), [("BEFORE", "launch"), ("LATER", "rate")])
def test_words_that_are_dealt_out_otherwise_are_of_another_version(monkeypatch, group, without):
    held = Spoken().first["version"]
    monkeypatch.setattr(spoken, group, getattr(spoken, group) - {without})
    assert Spoken().unheld(held).keys() >= Spoken().widget.keys()


def test_a_widget_that_does_not_say_what_it_has_is_sent_every_word(asked, shop):
    hello = {"site": "shop"}
    thread = chat.open_thread(hello, "http://localhost", "localhost")
    assert chat.welcome(thread, 0)["words"].items() >= Spoken.of(shop).widget.items()
    thread = chat.open_thread(hello | {"words": ""}, "http://localhost", "localhost")
    assert "rate" not in chat.welcome(thread, 0)["words"]


def test_what_a_site_says_otherwise_in_the_second_file_comes_with_the_first_one_or_its_welcome():
    own = Spoken("de", {"widget.rate": "Na, wie war es?"})
    for words in (own.first, own.unheld("")):
        assert words["rate"] == "Na, wie war es?"
        assert "good" not in words
    assert Spoken("fr", {"widget.human": "Un humain"}).first["good"] == "Great", "no file brings anything in French"


@pytest.mark.parametrize("theirs", LOCALES)
def test_whoever_writes_in_another_language_is_told_in_it_which_one_is_read(theirs):
    told = {Spoken(locale).unserved(theirs) for locale in ("en", "fr")}
    assert len(told) == 1
    assert not [line for line in told if "$" in line]


def test_a_language_without_a_line_of_its_own_is_answered_in_the_sites_words():
    assert Spoken("de", {"language": "Nur auf $language."}).unserved("cy") == "Nur auf Englisch."


def test_lists_are_joined_by_the_sites_own_words():
    assert Spoken().join("or", ["Tickets"]) == "Tickets"
    assert Spoken().join("or", ["Tickets", "Bags"]) == "Tickets or Bags"
    own = Spoken("en", {"and": "$one, und $other"})
    assert own.join("and", ["first", "second", "third"]) == "first, und second, und third"
