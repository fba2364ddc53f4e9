"""Where an article tells the same for several cases, in tabs or under headings, the one asked about or each."""

import pytest

from chatbot.decide.answer import extent, shown
from chatbot.outcome import Part
from knowledge.readers.documents import read
from tests.chatbot.test_show_more import draft, hits

pytestmark = pytest.mark.django_db

TABS = """# Starting again

<Tabs>
<TabItem value="desktop" label="Desktop">

To start it again:

1. Open the menu.
2. Choose Restart.

</TabItem>
<TabItem value="mobile" label="Mobile">

Close the app and open it.

</TabItem>
</Tabs>

After that it is quick again.
"""
PLACES = """# Sending back

## From the UK

Send it within 30 days.

## From the EU

Send it within 14 days.

## Gift cards

Nobody takes them back.
"""


def answer(text: str, words: str, question: str) -> tuple[Part, ...]:
    told = extent.told(draft(hits(text), words), question)
    return shown.parts(told.quotes, told.rest, told.labels)


def labels(parts: tuple[Part, ...]) -> list[str]:
    return [part.label for part in parts if part.label]


def test_of_tabs_the_one_that_is_asked_about_is_shown_under_its_name() -> None:
    text = read("restart.mdx", TABS.encode()).text
    (steps,) = answer(text, "Choose Restart", "How do I restart it on my laptop?")
    assert (steps.label, steps.kind, len(steps.items)) == ("Desktop", "steps", 2)
    assert steps.text.startswith("Desktop\nTo start it again:\n1. Open")


def test_the_tab_that_is_asked_about_is_shown_although_another_one_was_found() -> None:
    text = read("restart.mdx", TABS.encode()).text
    (part,) = answer(text, "Choose Restart", "How do I restart it on my phone?")
    assert (part.label, part.text) == ("Mobile", "Mobile\nClose the app and open it.")


def test_without_a_word_of_which_each_is_named_above_its_block_in_the_order_of_the_article() -> None:
    parts = answer(read("restart.mdx", TABS.encode()).text, "Close the app", "How do I restart it?")
    assert labels(parts) == ["Desktop", "Mobile"]
    assert "quick again" not in " ".join(part.text for part in parts)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Can I send it back? I live in Germany.", ["From the EU"]),
        ("Can I send it back from England?", ["From the UK"]),
        ("Can I send it back to us?", ["From the UK", "From the EU"]),
    ],
)
def test_headings_that_name_a_place_are_told_apart_like_tabs(question: str, named: list[str]) -> None:
    assert labels(answer(PLACES, "30 days", question)) == named


def test_a_heading_that_names_no_case_stays_unnamed() -> None:
    assert labels(answer(PLACES, "Nobody takes", "Can I send a gift card back?")) == []
