"""An answer is drawn as what it is in its article: numbered steps, a table with its header, each article once."""

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage

pytestmark = pytest.mark.browser


def test_steps_are_a_numbered_list_in_order(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.ask("How do I clean my tent?")
    answer = ada.dialog.locator("article.bot").last
    steps = answer.locator("ol > li")
    expect(steps).to_have_count(4)
    expect(steps.first).to_contain_text("Pitch the tent")
    assert not steps.first.inner_text().startswith("1.")
    expect(steps.last.locator("button.cite")).to_have_count(1)


def test_a_row_stands_under_its_header_and_its_article_is_named_once(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.ask("When does the Dublin store open on Sunday?")
    answer = ada.dialog.locator("article.bot").last
    expect(answer.locator("thead th[scope=col]").first).to_have_text("Store")
    rows = answer.locator(".text > .wide tbody tr")
    expect(rows).to_have_count(5)  # a short table is whole
    expect(rows.filter(has_text="Dublin")).to_contain_text("12 noon to 6 pm")
    expect(answer.locator(".wide").first).to_have_attribute("tabindex", "0")
    titles = answer.locator("button.chip").all_inner_texts()
    assert len(titles) == len({title.partition(" · ")[2] for title in titles})


def test_the_rest_of_the_section_is_one_key_away_and_nothing_above_it_moves(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    ada.ask("What are the prices for repairs?")
    answer = ada.dialog.locator("article.bot").last
    more = answer.get_by_text("Show more")
    hidden = answer.locator("details").get_by_text("Resoling a pair of walking boots costs")
    expect(more).to_be_visible()
    expect(hidden).to_be_hidden()
    ada.dialog.get_by_role("button", name="Your conversations").wait_for()  # the foot is whole
    above = answer.locator("table").first.bounding_box()
    more.focus()
    ada.page.keyboard.press("Enter")
    expect(hidden).to_be_visible()
    assert answer.locator("table").first.bounding_box() == above
    ada.page.keyboard.press("Enter")
    expect(hidden).to_be_hidden()
