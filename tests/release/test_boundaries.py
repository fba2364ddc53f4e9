"""The numbers, days and times of a statement are moved to the edge and one step beyond, and nothing else is."""

import pytest

from release.scenarios.boundaries import dates, numbers


def both(found):
    return {moved.edge: moved.text for moved in found}


@pytest.mark.parametrize(
    ("statement", "at", "beyond"),
    [
        (
            "return it within 30 days of delivery",
            "return it 30 days after delivery",
            "return it 31 days after delivery",
        ),
        ("reply within 1 day", "reply after 1 day", "reply after 2 days"),
        ("free on orders of £50 or more", "free on orders of £50", "free on orders of £49"),
        ("a parcel worth more than £250", "a parcel worth £250", "a parcel worth £251"),
        ("tents under 20 kg", "tents of 20 kg", "tents of 19 kg"),
        ("orders between £90 and £1,200", "orders of £1,200", "orders of £1,201"),
        ("save up to four cards", "save four cards", "save five cards"),
        ("a warranty of 2 years", "a warranty of 2 years", "a warranty of 3 years"),
        ("at least 12 letters", "12 letters", "11 letters"),
    ],
)
def test_a_number_is_asked_at_its_limit_and_one_beyond(statement, at, beyond):
    assert both(numbers(statement)) == {"at": at, "beyond": beyond}


@pytest.mark.parametrize(
    ("statement", "at", "beyond"),
    [
        ("returned until 31 January 2027", "returned on 31 January 2027", "returned on 1 February 2027"),
        ("ordered by Friday 18 December", "ordered on 18 December", "ordered on 19 December"),
        ("bought before 1 March 2024", "bought on 29 February 2024", "bought on 1 March 2024"),
        ("bought between 1 November and 24 December", "bought on 24 December", "bought on 25 December"),
        ("order before 8 pm", "order at 8 pm", "order at 9 pm"),
    ],
)
def test_a_day_or_an_hour_is_asked_at_its_limit_and_one_beyond(statement, at, beyond):
    assert both(dates(statement)) == {"at": at, "beyond": beyond}


def test_a_weekday_or_a_month_is_asked_as_it_stands():
    assert both(dates("closed on Sundays")) == {"at": "closed on Sundays"}
    assert both(dates("closed in May")) == {"at": "closed in May"}


def test_a_number_that_limits_nothing_is_left_alone():
    assert not [*numbers("The boat has 3 decks and sails at 10 knots"), *dates("The boat was built in Bergen")]


def test_a_day_that_does_not_exist_is_left_alone():
    assert not [*dates("bought before 31 February 2024")]
