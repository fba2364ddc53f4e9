"""The usual numbers by country, and the draft made of them: warm, short, and promising nobody who reads or watches."""

import re
from datetime import date

import pytest

from sites.choices import crisis
from sites.choices.countries import CODES

COUNTRIES = sorted(crisis.catalogue())
PROMISES = re.compile(
    r"\b(read|reads|watch|watches|monitor|looks?|our team|our people|asked|soon|shortly|I have|we will|they will)\b",
    re.I,
)


def test_every_entry_is_a_country_with_numbers_a_source_and_the_day_it_was_checked():
    for code, country in crisis.catalogue().items():
        assert code in CODES
        assert country.name
        assert all(re.fullmatch(r"\d{2,5}", number) for number in country.emergency), code
        assert country.emergency
        assert country.lines
        for line in country.lines:
            assert re.fullmatch(r"[\d ]{3,15}", line.number), line
            assert line.source
            assert line.hours
            assert isinstance(line.checked, date), line
    assert {"GB", "IE", "US", "NO"} <= set(COUNTRIES)


@pytest.mark.parametrize("codes", [[code] for code in COUNTRIES] + [COUNTRIES, ["DK"], []])
def test_a_draft_names_an_automated_assistant_and_promises_nobody(codes):
    text = crisis.propose(codes).text
    assert text.startswith("I am an automated assistant, and ")
    assert text.endswith("You can also press “Talk to a human” here.")
    assert "in danger now, please call " in text
    assert not PROMISES.search(text.replace("could look up", "")), PROMISES.search(text)


def test_a_draft_for_one_country_is_short_and_names_no_country():
    assert crisis.propose(["GB"]).text == (
        "I am an automated assistant, and what you write sounds more important than anything else I could look up. "
        "If you or somebody else is in danger now, please call 999 or 112. If you would like somebody to talk to, you "
        "can call Samaritans on 116 123, at any hour and free of charge. You can also press “Talk to a human” here."
    )
    assert all(len(crisis.propose([code]).text) < 450 for code in COUNTRIES)


def test_numbers_that_are_the_same_stand_once_and_others_with_their_country():
    text = crisis.propose(["GB", "IE", "US"]).text
    assert "call 999 or 112 (United Kingdom, Ireland) or 911 (United States)." in text
    assert text.count("Samaritans on 116 123") == 1
    assert crisis.propose(["GB", "IE"]).text == crisis.propose(["GB"]).text, "all that are served need no name"
    assert "988 Suicide & Crisis Lifeline on 988, at any hour and free of charge (United States)" in text


def test_a_country_that_is_not_known_is_named_and_nobody_there_is_told_anothers_number():
    draft = crisis.propose(["GB", "DK"])
    assert draft.unknown == ("DK",)
    assert "999 or 112 (United Kingdom) or the emergency number where you are." in draft.text
    assert "Samaritans on 116 123, at any hour and free of charge (United Kingdom)" in draft.text
    alone = crisis.propose(["DK"])
    assert "please call the emergency number where you are." in alone.text
    assert not re.search(r"\d", alone.text)


def test_a_line_that_is_closed_at_night_says_so():
    assert "every day from 10 in the morning to midnight" in crisis.propose(["IT"]).text
