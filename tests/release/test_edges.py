"""Questions at the edge of the articles' rules: in the articles' words, with the sentences that must be shown."""

import json
import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.text.markdown import plain
from knowledge.text.passages import split
from release.scenarios import written as written
from release.scenarios.edges import Article, misleads, scenarios

LUGGAGE = """Passengers can bring luggage within 30 days of booking. Outlet tickets are different: they allow one bag.

Dogs are welcome on all ferries except Bergen. Bags cannot be sent unless they are dry.

Luggage to Bergen costs 5 euros and takes two days.

Luggage to Oslo costs 9 euros and takes three days.

Bags bought before 1 March 2024 can be repaired.
"""
SENTENCES = st.sampled_from(
    [
        "You can return a bag within 14 days of delivery.",
        "Wet bags are different: they stay on **deck**.",
        "Bags to Oslo cost £9.",
        "Bags to Bergen cost £5.",
        "The fare does not apply to [dogs](https://example.com).",
        "Dogs travel free, except in May.",
        "It is closed until 3 pm.",
        "Yes!",
        "- Bags are free unless they are wet.",
        "# Luggage",
        "| Route | Price |\n|---|---|\n| Oslo | £9 |",
    ]
)


def article(text: str, source: str = "luggage", title: str = "Luggage on board") -> Article:
    pieces = split(text, title, lambda words: len(words.split()) + 2)
    return Article.of(source, title, text, [span for piece in pieces for span in piece.sentences])


def made(text: str) -> list[dict]:
    return list(scenarios([article(text)]))


def asked(text: str, kind: str) -> dict[str, list[str]]:
    return {each["turns"][0]: each["quotes"] for each in made(text) if each["tags"] == ["edge", kind]}


@given(st.lists(SENTENCES, min_size=1, max_size=8), st.sampled_from(["\n\n", " ", "\n"]))
@settings(max_examples=60)
def test_every_sentence_that_must_be_shown_stands_in_the_article(sentences, between):
    text = between.join(sentences)
    for scenario in made(text):
        assert scenario["quotes"]
        assert all(quote in text for quote in scenario["quotes"])
        assert all(re.search(says, plain(" ".join(scenario["quotes"]))) for says in scenario["expect"]["says"])


@given(st.lists(SENTENCES, min_size=1, max_size=8))
@settings(max_examples=30)
def test_the_same_articles_give_the_same_questions_each_once(sentences):
    text = "\n\n".join(sentences)
    again = made(text)
    assert again == made(text)
    assert len({each["id"] for each in again}) == len({each["turns"][0].casefold() for each in again}) == len(again)


@given(st.lists(SENTENCES, min_size=1, max_size=8))
@settings(max_examples=30)
def test_what_is_made_is_a_valid_scenario_file(sentences):
    for scenario in made("\n\n".join(sentences)):
        assert written.parse(json.dumps(scenario)) == (scenario, [])


def test_a_limit_is_asked_at_it_and_beyond_it_with_the_exception_beside_it():
    questions = asked(LUGGAGE, "number")
    quotes = questions["Can passengers bring luggage 31 days after booking?"]
    assert "Can passengers bring luggage 30 days after booking?" in questions
    assert [quote.split(" ")[0] for quote in quotes] == ["Passengers", "Outlet"]


def test_a_rule_is_asked_where_only_the_sentence_after_it_tells_its_exception():
    assert asked(LUGGAGE, "beside")["Can passengers bring luggage within 30 days of booking?"] == [
        "Outlet tickets are different: they allow one bag."
    ]


def test_the_subject_of_an_exception_is_asked_for():
    questions = asked(LUGGAGE, "exception")
    assert "Luggage on board: are dogs welcome on all ferries, also Bergen?" in questions
    assert "Luggage on board: can bags be sent if they are dry?" in questions
    assert "Luggage on board: what about outlet tickets?" in questions


def test_a_rule_for_one_place_asked_about_another_needs_the_rule_of_the_other():
    assert asked(LUGGAGE, "place")["Does luggage to Oslo cost 5 euros?"] == [
        "Luggage to Oslo costs 9 euros and takes three days."
    ]


def test_a_last_day_is_asked_on_both_of_its_sides():
    questions = asked(LUGGAGE, "date")
    assert "Luggage on board: can bags bought on 29 February 2024 be repaired?" in questions
    assert "Luggage on board: can bags bought on 1 March 2024 be repaired?" in questions


def test_only_an_answer_without_its_condition_misleads():
    scenario = made("Bags cannot be sent unless they are dry.")[0]
    case = {"outcome": "answer", "text": "Bags cannot be sent unless they are dry.", "citations": []}
    assert misleads(scenario, case) == []
    assert misleads(scenario, {**case, "text": "Bags are sent by ferry."})
    assert misleads(scenario, {**case, "text": "Please hold.", "draft": {"text": "Bags are sent.", "citations": []}})
    for outcome in ("decline", "clarify", "handoff"):
        assert misleads(scenario, {**case, "outcome": outcome, "text": "I cannot say."}) == []


@pytest.mark.django_db
def test_the_command_writes_scenarios_of_public_articles_and_judges_them(ferry, tmp_path, capsys):
    out = tmp_path / "edges.jsonl"
    call_command("edges", "--site", "ferry", "--out", str(out), "--run")
    found = written.read([out])
    assert {each.body["expect"]["cites"][0] for each in found} == {"fares"}
    assert any("also on Mondays" in each.body["turns"][0] for each in found)
    assert re.search(rf"^all +{len(found)} ", capsys.readouterr().out, re.M)


@pytest.mark.django_db
def test_a_folder_that_does_not_exist_is_named_before_anything_is_asked(ferry, tmp_path):
    with pytest.raises(CommandError, match="folder does not exist"):
        call_command("edges", "--site", "ferry", "--out", str(tmp_path / "no" / "edges.jsonl"))
