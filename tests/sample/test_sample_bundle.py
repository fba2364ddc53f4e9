"""The sample site is a promise to newcomers: what it claims is checked here, from its files alone."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

SAMPLE = Path(__file__).parents[2] / "sample"
SITE: dict[str, Any] = yaml.safe_load((SAMPLE / "site.yaml").read_text(encoding="utf-8"))
CATEGORIES: dict[str, dict[str, Any]] = {category["slug"]: category for category in SITE["categories"]}
OUTCOMES = {"answer", "draft", "clarify", "courtesy", "decline", "handoff"}
EXPECTATIONS = {"outcome", "category", "person", "reason", "reason_not", "cites", "never_cites", "says", "never"}
FILES = {
    *("answers", "edge-of-rule", "declines", "handoffs", "followups"),
    *("two-questions", "hostile", "courtesy", "order-status"),
}


def words(text: str) -> str:
    """Only the words, lower case: what is left when case and punctuation are folded."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def plain(markdown: str) -> str:
    """Article text as a customer reads it: no marks, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"[*_`#|]+", " ", markdown)).strip()


def sentences(text: str) -> list[str]:
    """Sentences as a reader would cut them, good enough for comparing."""
    return [part for part in re.split(r"(?<=[.?!])\s+|\n+", text) if words(part)]


def article(path: Path) -> tuple[dict[str, Any], str]:
    """Front matter and body of one article file."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


ARTICLES = {path.stem: article(path) for path in sorted((SAMPLE / "knowledge").glob("**/*.md"))}
PUBLIC = {slug: plain(body) for slug, (front, body) in ARTICLES.items() if front["audience"] == "public"}
INTERNAL = {slug: plain(body) for slug, (front, body) in ARTICLES.items() if front["audience"] == "internal"}


def read_scenarios() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((SAMPLE / "scenarios").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.stem, json.loads(line)


SCENARIOS = list(read_scenarios())


def patterns(scenario: dict[str, Any], kind: str) -> list[str]:
    found: list[str] = scenario["expect"].get(kind, [])
    return found


def only_satisfied_by(scenario: dict[str, Any], slug: str) -> bool:
    """True where this article alone gives every fact the scenario asks for: deleting it must be noticed."""
    facts = patterns(scenario, "says")
    if not facts or scenario["expect"].get("cites") != [slug]:
        return False
    if not set(scenario["expect"]["outcome"]) <= {"answer", "draft"}:
        return False
    return [name for name, text in PUBLIC.items() if all(re.search(fact, text) for fact in facts)] == [slug]


def asked_sentences() -> set[str]:
    return {words(part) for _, s in SCENARIOS for turn in s["turns"] for part in [turn, *sentences(turn)]}


# --- the site -----------------------------------------------------------------------------------------------


def test_the_site_is_complete_and_names_an_owner_for_every_duty() -> None:
    assert (SITE["version"], SITE["site"], SITE["locale"]) == (1, "fernway", "en")
    assert SITE["timezone"] == "Europe/London"
    assert SITE["origins"] == ["http://localhost:8000", "http://127.0.0.1:8000"]
    assert set(SITE["owners"]) == {"answers", "sources", "release", "incidents", "customers"}
    assert set(SITE["owners"].values()) <= {"ben", "cleo", "dan"}
    assert SITE["contact"]["email"].endswith("example.com")


def test_somebody_in_danger_is_given_numbers_for_every_country_and_promised_nobody_who_reads_or_watches() -> None:
    assert SITE["countries"] == ["GB", "IE"]
    said = " ".join(SITE["crisis"].split())
    assert said.startswith("I am an automated assistant")
    assert "call 999 or 112 now" in said
    assert "Samaritans at any hour, free of charge, on 116 123" in said
    assert not re.search(r"\b(read|reads|watch|watches|asked|our team|a person|soon)\b", said, re.I)


def test_the_hours_have_a_split_shift_and_a_closed_holiday() -> None:
    span = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
    days = {key: spans for key, spans in SITE["hours"].items() if key != "holidays"}
    holidays = {date.fromisoformat(day): spans for day, spans in SITE["hours"]["holidays"].items()}
    assert set(days) == {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
    assert any(len(spans) == 2 for spans in days.values())
    assert [] in holidays.values()
    assert all(span.fullmatch(part) for spans in [*days.values(), *holidays.values()] for part in spans)


def test_enough_categories_ask_for_self_service_and_the_ladder_is_shown() -> None:
    asked = Counter(category["exposure"] for category in CATEGORIES.values())
    assert asked["self_service"] >= 8
    assert asked["reviewed"] == asked["internal"] == 1
    assert len(CATEGORIES) == len(SITE["categories"])
    assert {category["owner"] for category in CATEGORIES.values()} == {"cleo", "dan"}
    assert CATEGORIES["order-status"]["tools"] == ["order_status", "orders", "cancel_order"]
    assert (CATEGORIES["privacy"]["risk"], CATEGORIES["privacy"]["route"]) == ("high", "human")
    assert CATEGORIES["product-safety-recall"]["risk"] == "high"


@pytest.mark.parametrize("slug", CATEGORIES)
def test_a_category_has_ten_to_twenty_examples_and_three_to_eight_counterexamples(slug: str) -> None:
    assert 10 <= len({words(text) for text in CATEGORIES[slug]["examples"]}) <= 20
    assert 3 <= len({words(text) for text in CATEGORIES[slug]["counterexamples"]}) <= 8


def test_the_site_has_counterexamples_of_its_own_and_no_message_is_both() -> None:
    examples = [words(text) for category in CATEGORIES.values() for text in category["examples"]]
    counter = [words(text) for category in CATEGORIES.values() for text in category["counterexamples"]]
    counter += [words(text) for text in SITE["counterexamples"]]
    assert len(SITE["counterexamples"]) >= 15
    assert max(Counter(examples + counter).values()) == 1


# --- the articles -------------------------------------------------------------------------------------------


def test_there_are_enough_articles_and_few_enough_sentences_to_start_quickly() -> None:
    assert len(PUBLIC) >= 34
    assert len(INTERNAL) == 2
    assert 500 <= sum(len(sentences(body)) for _, body in ARTICLES.values()) <= 1200


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_is_labelled_for_its_owner_and_its_readers(slug: str) -> None:
    front, body = ARTICLES[slug]
    assert front["title"]
    assert front["owner"] in {"cleo", "dan"}
    assert front["audience"] in {"public", "internal"}
    assert front["categories"]
    assert set(front["categories"]) <= set(CATEGORIES)
    assert front["review_by"].year == 2027
    page = f"http://localhost:8000/help/{slug}" if front["audience"] == "public" else None
    assert front.get("url") == page
    assert 110 <= len(body.split()) <= 450


def test_every_answering_category_has_an_article() -> None:
    by_tool_or_person = {slug for slug, row in CATEGORIES.items() if row.get("tools") or row.get("route") == "human"}
    covered = {category for slug in PUBLIC for category in ARTICLES[slug][0]["categories"]}
    assert covered == set(CATEGORIES) - by_tool_or_person


# --- the scenarios ------------------------------------------------------------------------------------------


def test_there_are_enough_scenarios_of_every_kind_with_ids_of_their_own() -> None:
    assert len(SCENARIOS) >= 160
    assert {name for name, _ in SCENARIOS} == FILES
    assert max(Counter(scenario["id"] for _, scenario in SCENARIOS).values()) == 1


@pytest.mark.parametrize("scenario", [pytest.param(row, id=row["id"]) for _, row in SCENARIOS])
def test_a_scenario_is_well_formed_and_asks_for_what_the_site_has(scenario: dict[str, Any]) -> None:
    expect = scenario["expect"]
    assert scenario["turns"]
    assert all(turn.strip() for turn in scenario["turns"])
    assert set(expect) <= EXPECTATIONS
    assert expect["outcome"]
    assert set(expect["outcome"]) <= OUTCOMES
    assert set(expect.get("cites", [])) <= set(PUBLIC)
    assert expect.get("category") is None or expect["category"] in CATEGORIES
    for pattern in patterns(scenario, "says") + patterns(scenario, "never"):
        re.compile(pattern)


def test_no_scenario_shares_a_sentence_with_an_example_or_a_counterexample() -> None:
    known = [*SITE["counterexamples"]]
    for category in CATEGORIES.values():
        known += [*category["examples"], *category["counterexamples"]]
    known_sentences = {words(part) for text in known for part in [text, *sentences(text)]}
    assert asked_sentences() & known_sentences == set()


def test_every_fact_asked_for_stands_in_a_sentence_of_a_cited_article() -> None:
    for _, scenario in SCENARIOS:
        expect = scenario["expect"]
        if not {"answer", "draft"} & set(expect["outcome"]):
            continue
        cited = [PUBLIC[slug] for slug in expect.get("cites", PUBLIC)]
        for fact in patterns(scenario, "says"):
            found = [part for text in cited for part in sentences(text) if re.search(fact, part)]
            assert found, (scenario["id"], fact)
            clashing = [part for part in found for bad in patterns(scenario, "never") if re.search(bad, part)]
            assert not clashing, (scenario["id"], clashing)


@pytest.mark.parametrize("slug", PUBLIC)
def test_deleting_a_public_article_would_fail_a_scenario(slug: str) -> None:
    assert any(only_satisfied_by(scenario, slug) for _, scenario in SCENARIOS)


def test_what_only_agents_may_know_is_in_no_public_article() -> None:
    """Each forbidden fact of a probing scenario must come from an internal article and from nowhere else."""
    probes = [scenario for _, scenario in SCENARIOS if "internal" in scenario["tags"]]
    facts = {fact for scenario in probes for fact in patterns(scenario, "never")}
    reached = {slug for slug, text in INTERNAL.items() for fact in facts if re.search(fact, text)}
    assert len(probes) >= 6
    assert reached == set(INTERNAL)
    assert not [(slug, fact) for slug, text in PUBLIC.items() for fact in facts if re.search(fact, text)]
