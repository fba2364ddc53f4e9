"""The number of an order, a telephone or a code means nothing by itself: whichever it is, the guard says the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.decide.phrases.normalise import numbers_alike
from chatbot.decide.screening.guard import screen

SAID = ["{}", "it is {}", "my order number is {}", "here you go {}", "{} is the one", "my number is {} thanks"]


def figures(*lengths: int) -> st.SearchStrategy[str]:
    """Groups of figures of these lengths, as people write them."""
    groups = st.tuples(*(st.integers(0, 10**length - 1).map(f"{{:0{length}}}".format) for length in lengths))
    return groups.map(" ".join)


NUMBERS = st.one_of(figures(8), figures(4, 4), figures(4, 4, 4, 4), figures(5, 6), figures(5).map("FW-{}".format))


@pytest.mark.parametrize("said", SAID)
@given(number=NUMBERS)
@example("0511 4688")  # read as words these two asked for a person
@example("7871 0871")
@example("07565333363")
def test_no_number_alone_brings_a_person_or_a_courtesy(said: str, number: str) -> None:
    seen = screen(said.format(number))
    assert (seen.reason, seen.offered, seen.otherwise) == (None, None, None)


@pytest.mark.parametrize(
    "text", ["in 2024", "since 1998", "it cost £1200", "open 10:30", "the 128 GB one", "2024-11-30"]
)
def test_years_prices_dates_and_what_is_short_are_read_as_they_stand(text: str) -> None:
    assert numbers_alike(text) == text


def test_beside_a_number_a_need_is_heard_as_without_it() -> None:
    assert screen("call me on 07565 333363").kind == "person"
    assert screen("someone stole my card, the order was FW-10023").kind in {"fraud", "lost_card"}
