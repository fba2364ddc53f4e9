"""Where the bot is not sure it asks back with sections, and whoever types what a button says gets that section."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from chatbot.decide import bot, offers
from chatbot.decide.answer import choosing, compose, verify
from chatbot.decide.run import PUBLIC
from chatbot.outcome import Exchange, Offer
from conversations.outcomes import Outcome, Reason
from conversations.wording import Spoken
from knowledge.models import Category, Revision
from release.live import permits, snapshot
from release.live.permits import Permit
from release.scenarios import evals
from tests.chatbot.test_quotes import MODEL, hits

pytestmark = pytest.mark.django_db
ENGRAVED = "Can a gift card be engraved with a photo of my cat?"
NONE = "None of these"


class At:
    """The permits asked for, with those of some categories replaced."""

    def __init__(self, live, **changed: Permit) -> None:
        self.asked, self.changed = permits.AsAsked(live), changed

    def __call__(self, category: str) -> Permit:
        return self.changed.get(category.replace("-", "_")) or self.asked(category)

    def answering(self):
        return self.asked.answering()


@pytest.fixture
def live(fernway):
    return snapshot.live(fernway.pk)


def decide(live, text, *history: Exchange, **changed: Permit):
    return bot.decide(bot.Question(text, history), live, At(live, **changed))


def after(decision, text=ENGRAVED) -> Exchange:
    return Exchange(text, decision.outcome, decision.reason, decision.category, offers=decision.offers)


@pytest.fixture
def asked(live):
    """The question asked back, as Ada sees it."""
    found = decide(live, ENGRAVED)
    assert (found.outcome, found.reason) == (Outcome.CLARIFY, Reason.UNSURE)
    return found


# ── What is offered ───────────────────────────────────────────────────────────────────────────────────────────


def test_up_to_three_distinct_sections_are_offered_in_the_words_of_live_articles(live, asked):
    assert 1 <= len(asked.offers) <= offers.MOST
    assert len({(each.source, each.heading) for each in asked.offers}) == len(asked.offers)
    for each in asked.offers:
        revision = Revision.objects.get(pk=each.revision_id)
        assert (revision.title, revision.source.slug) == (each.title, each.source)
        assert each.category in live.revisions[revision.pk].categories
        assert each.text
        assert all(revision.passages.filter(pk=pk, start__lte=start).exists() for pk, start, _ in each.spans)
    assert (asked.text, asked.citations, asked.suggestions) == (Spoken().say("unsure"), (), ())


def test_what_choosing_shows_is_read_again_and_is_the_text_that_was_promised(live, asked):
    for each in asked.offers:
        chosen = bot.choose(bot.Question(each.title), live, each, At(live))
        assert (chosen.outcome, chosen.reason, chosen.text) == (Outcome.ANSWER, Reason.ANSWERED, each.text)
        assert {cited.source for cited in chosen.citations} == {each.source}
        assert (chosen.category, chosen.accepted) == (each.category, True)


@pytest.mark.parametrize(
    "permit", [Permit(level=1), Permit(level=3, paused=True), Permit(level=2, paused=True)], ids=str
)
def test_sections_of_a_category_that_is_not_exposed_or_paused_are_not_offered(live, permit):
    decided = decide(live, ENGRAVED, gift_cards=permit)
    assert decided.offers == ()
    assert decided.reason is not Reason.UNSURE


@pytest.mark.parametrize("change", [{"risk": "high"}, {"route": "human"}, {"tool": "order_status"}], ids=str)
def test_only_low_risk_categories_answered_from_articles_may_be_offered(fernway, change):
    Category.objects.filter(slug="gift-cards").update(**change)
    changed = snapshot.candidate(fernway).category("gift-cards")
    assert not offers.offerable(changed, Permit(level=3))


def test_of_a_category_that_a_person_reviews_a_choice_waits_as_a_draft(live):
    reviewed = {"gift_cards": Permit(level=2)}
    first = decide(live, ENGRAVED, **reviewed)
    chosen = bot.choose(bot.Question("x"), live, first.offers[0], At(live, **reviewed))
    assert (chosen.outcome, chosen.reason) == (Outcome.DRAFT, Reason.DRAFT_REVIEW)
    assert chosen.draft is not None
    assert chosen.draft.text == first.offers[0].text
    assert first.offers[0].text not in chosen.text


def test_a_choice_in_a_paused_category_is_decided_as_paused_before_it_is_settled(live, asked):
    paused = At(live, gift_cards=Permit(level=3, paused=True))
    chosen = bot.choose(bot.Question("x"), live, asked.offers[0], paused)
    assert (chosen.outcome, chosen.reason, chosen.citations) == (Outcome.HANDOFF, Reason.PAUSED, ())


def test_staff_who_test_a_question_see_what_each_choice_would_show(live, asked, people):
    client = Client()
    client.force_login(people["dan"])
    page = client.get(reverse("chatbot:test_question"), {"site": "fernway", "question": ENGRAVED}).content.decode()
    for each in asked.offers:
        assert page.count(escape(offers.label(each))) == 2, "of the candidate and of what is live"
        assert escape(each.text.split("\n")[0]) in page


def test_a_message_about_nothing_here_is_declined_as_before(live):
    declined = decide(live, "Who should I vote for?")
    assert (declined.outcome, declined.offers) == (Outcome.DECLINE, ())


def test_a_need_that_the_guard_only_suspects_waits_where_the_gate_itself_is_unsure(live):
    asked = decide(live, "What will you ask me on the phone when you check whether an order is fraud?")
    assert (asked.outcome, asked.accepted) == (Outcome.CLARIFY, False)
    assert asked.reason in {Reason.UNSURE, Reason.AMBIGUOUS}, "asked back, handed to nobody"


# ── Choosing by typing ────────────────────────────────────────────────────────────────────────────────────────


def test_typing_what_a_button_says_is_the_choice(live, asked):
    titles = [each.title for each in asked.offers]
    for each in asked.offers:
        alone = [f"  {each.title.upper()}. "] if titles.count(each.title) == 1 else []
        for said in (*alone, offers.label(each), each.heading):
            chosen = decide(live, said, after(asked))
            assert chosen.text == each.text, said


def test_a_title_that_two_sections_share_means_the_first_of_them(live, asked):
    first = asked.offers[0]
    assert decide(live, first.title, after(asked)).text == first.text


def test_typing_none_of_these_offers_a_person_first(live, asked):
    decided = decide(live, NONE, after(asked))
    assert (decided.outcome, decided.reason, decided.person) == (Outcome.DECLINE, Reason.REPEATED_DECLINE, "offered")
    assert decided.text == Spoken().say("none_of_these")
    assert decided.trace["chose"] is None
    assert (decided.category, decided.accepted) == ("gift-cards", False)


def test_the_same_words_are_no_choice_where_nothing_was_offered(live, asked):
    assert "chose" not in decide(live, asked.offers[0].title).trace
    declined = Exchange(ENGRAVED, Outcome.DECLINE, Reason.NOT_GROUNDED, "gift-cards")
    assert "chose" not in decide(live, NONE, declined).trace


def test_after_offers_a_question_is_answered_as_ever(live, asked):
    answered = decide(live, "How long do I have to return something I bought online?", after(asked))
    assert answered.outcome is Outcome.ANSWER
    assert "chose" not in answered.trace


def test_a_wish_for_a_person_is_no_choice_even_where_a_title_says_it(live, asked):
    bait = Offer("I want to talk to a person", "", "x", "gift-cards", 1, ((1, 0, 1),))
    before = Exchange(ENGRAVED, Outcome.CLARIFY, Reason.UNSURE, "gift-cards", offers=(bait,))
    assert decide(live, bait.title, before).reason is Reason.ASKED_FOR_HUMAN


# ── No circles ────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_offered_twice_in_a_row_and_a_second_miss_puts_a_person_first(live, asked):
    again = decide(live, "Can a gift card be engraved with a photo of my dog?", after(asked))
    assert (again.reason, again.person, again.offers) == (Reason.REPEATED_DECLINE, "offered", ())


def test_who_passed_over_a_section_and_asks_again_is_offered_the_others(live, monkeypatch):
    """As far as one of the others is likely enough by itself."""
    monkeypatch.setattr(bot, "OFFERED_FROM", 0.1)
    question = "which of your shops fix coats"
    offered = decide(live, question)
    assert offered.reason is Reason.UNSURE
    first = Exchange(question, offered.outcome, offered.reason, offered.category, offers=offered.offers[:1])
    again = decide(live, f"{question}, I mean", first)
    assert (again.reason, again.person) == (Reason.UNSURE, "offered")
    passed = {(each.source, each.heading) for each in offered.offers[:1]}
    assert not passed & {(each.source, each.heading) for each in again.offers}


def test_where_the_best_is_new_nothing_is_left_out_and_an_older_revision_is_the_same_section(asked):
    first, second, *_ = asked.offers
    sections = [SimpleNamespace(source=each.source, heading=each.heading) for each in asked.offers]
    assert offers.besides(sections, [second]) == sections
    assert offers.besides(sections, [replace(first, revision_id=0)]) == sections[1:]
    assert offers.besides([], [first]) == []


def test_nothing_is_offered_right_after_none_of_these(live, asked):
    none = Exchange(NONE, Outcome.DECLINE, Reason.REPEATED_DECLINE)
    again = decide(live, "Can a gift card be engraved with a photo of my dog?", after(asked), none)
    assert (again.offers, again.person) == ((), "offered")


def test_sections_offered_after_a_decline_come_with_a_person_first(live):
    declined = Exchange("Who should I vote for?", Outcome.DECLINE, Reason.OUT_OF_SCOPE)
    asked = decide(live, ENGRAVED, declined)
    assert (asked.reason, asked.person) == (Reason.UNSURE, "offered")
    assert asked.text.startswith(Spoken().say("person_first"))
    assert asked.offers


# ── The report ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_says_what_each_choice_would_show_and_a_title_may_be_typed_in_a_scenario(live, asked):
    wanted = asked.offers[-1]
    scenario = {"id": "engraved", "turns": [ENGRAVED], "expect": {"outcome": ["clarify"], "reason": ["unsure"]}}
    typed = {"id": "typed", "turns": [ENGRAVED, offers.label(wanted)], "expect": {"cites": [wanted.source]}}
    back, chosen = (case.as_json() for case in evals.evaluate(live, [scenario, typed]))
    assert back["offers"] == [
        {"title": each.title, "heading": each.heading, "source": each.source, "text": each.text}
        for each in asked.offers
    ]
    assert (chosen["passed"], chosen["text"], chosen["offers"]) == (True, wanted.text, [])


def test_ask_prints_the_offers(live, asked, capsys):
    call_command("ask", ENGRAVED, site="fernway", json=True)
    case = json.loads(capsys.readouterr().out)
    assert [each["title"] for each in case["offers"]] == [each.title for each in asked.offers]
    call_command("ask", ENGRAVED, site="fernway")
    assert asked.offers[0].title in capsys.readouterr().out


# ── Any question, any section ─────────────────────────────────────────────────────────────────────────────────

RULES = """# Returns

Unused items can come back within 30 days. However, outlet items must come back within 14 days.

## By post

Put the label on the parcel. Bring it to a counter:

- the post office
- a parcel shop
- one of our stores

## What we cannot take back

We cannot take back:

1. opened gas cartridges
2. ropes that were used
3. gift cards

## What it costs

| Country | Fee |
|---------|-----|
| Germany | free |
| Norway | 9.50 EUR |
""" + "\n".join(f"Rule {n} says that a parcel of kind {n} waits {n} days, except on day {n}." for n in range(2, 40))


@given(st.sampled_from(["label", "gift cards", "Norway fee", "outlet 14 days", "ropes", "kind 7", "counter", "?"]))
def test_whatever_is_asked_each_offer_is_verified_whole_and_short(question):
    found = hits(RULES, question)
    vector = MODEL.encode([question])[0]
    sections = choosing.sections(found)
    assert len({each.heading for each in sections}) == len(sections)
    for section in sections:
        draft = compose.quote(question, vector, section.hits, 1.0, room=offers.WORDS)
        words = sum(len(quote.text.split()) for quote in draft.quotes)
        longest = max(
            sum(len(quote.text.split()) for quote in compose.assembled([each]))
            for each in compose.sentences(question, vector, section.hits)
        )
        assert words <= max(offers.WORDS, longest)
        assert verify.check(draft) == []


def test_a_passage_in_the_middle_of_a_list_belongs_to_the_section_the_list_is_in():
    assert choosing.heading("Returns > By post > Bring it to a counter:") == "Returns > By post"
    assert choosing.heading("Returns > By post") == "Returns > By post"


def test_passages_of_another_category_or_audience_are_not_read_again(live, asked):
    moved = Offer("T", "", "s", "delivery", 1, asked.offers[0].spans)
    assert offers.draft(moved, live, PUBLIC).why == offers.GONE
    assert offers.draft(asked.offers[0], live, frozenset()).why == offers.GONE
    assert offers.draft(Offer("T", "", "s", "gift-cards", 1, ()), live, PUBLIC).why == offers.GONE
