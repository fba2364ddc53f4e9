"""Cleo brings in a PDF: looked at, approved, gated, answered from with its page, edited, withdrawn, answered no more.

The tests of this file are one story, in order, on one server. Every screen on the way is looked at in light and dark,
on a desktop and on a phone.
"""

import sqlite3

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.stage import Stage, confirmed, prepared, press, proposed, tried
from tests.journeys.test_accessible import wrong
from tests.knowledge import made
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
ADD = "/admin/knowledge/source/add/"
SOURCES = "/admin/knowledge/source/?q=climbing-skins"
BOOKLET = "https://www.fernway.example/climbing-skins.pdf"
QUESTION = "How should I store climbing skins over the winter?"
SKINS = made.pdf(
    made.page("# Climbing skins", "Brush ice and needles off a climbing skin before you fold it."),
    made.page("# Storing", "Store climbing skins over the winter glue to glue, at eight degrees or less."),
    made.page("# New glue", "Skins that have lost their grip get new glue in our workshop."),
)


def seen(page: Page) -> None:
    """A screen as people have it: nothing axe objects to, and nothing beside the edge of a phone."""
    wide = page.viewport_size
    for size in ({"width": 390, "height": 800}, wide):
        page.set_viewport_size(size)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert wrong(page) == [], (page.url, scheme, size)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= size["width"], (page.url, size)


@pytest.fixture(scope="module", autouse=True)
def second_owner(served: Server) -> None:
    """With another content owner there, nobody approves their own text."""
    with sqlite3.connect(served.home / "handrail.sqlite3", timeout=20) as db:
        db.execute(
            "INSERT INTO handrail_sites_membership (user_id, site_id, role, categories)"
            " SELECT u.id, s.id, 'content_owner', '[]'"
            " FROM auth_user u, handrail_sites_site s WHERE u.username = 'admin' AND s.slug = 'fernway'"
        )
    db.close()


def in_the_widget(stage: Stage, question: str = QUESTION) -> Locator:
    """What a customer is shown now, in a fresh conversation."""
    ada = stage.customer()
    ada.open()
    return ada.ask(question)


def newest(stage: Stage, name: str) -> Page:
    """The newest revision of the booklet, on the screen of one of the people."""
    page = stage.staff(name, SOURCES)
    page.get_by_role("link", name="Climbing skins").click()
    page.locator("tbody a").first.click()
    return page


def test_cleo_looks_at_a_pdf_page_by_page_before_she_saves_it(stage: Stage) -> None:
    cleo = stage.staff("cleo", ADD)
    cleo.get_by_label("File").set_input_files(
        {"name": "climbing-skins.pdf", "mimeType": "application/pdf", "buffer": SKINS}
    )
    cleo.get_by_role("button", name="Preview").click()
    passages = cleo.get_by_role("region", name="Passages").locator(".passages > li")
    expect(passages.filter(has_text="eight degrees")).to_contain_text("page 2, characters")
    seen(cleo)
    cleo.get_by_label("Looking after your gear").check()
    press(cleo, "Save as draft", "Saved as a draft.")
    prepared(cleo)
    seen(cleo)
    cleo.locator(".sheet").get_by_role("link", name="climbing-skins", exact=True).click()
    cleo.get_by_label("Customers read it at").fill(BOOKLET)
    press(cleo, "Save", "Saved; it acts at once.")
    seen(cleo)


def test_nobody_is_answered_from_it_before_a_second_person_has_approved_it(stage: Stage) -> None:
    cleo = newest(stage, "cleo")
    press(cleo, "Submit", "Submitted: now somebody else reads it.")
    expect(cleo.get_by_text("You wrote this; somebody else approves it.")).to_be_visible()
    expect(cleo.get_by_role("button", name="Approve")).to_have_count(0)
    seen(cleo)
    expect(in_the_widget(stage)).not_to_contain_text("eight degrees")
    second = stage.staff("admin", cleo.url.removeprefix(stage.server.url))
    seen(second)
    press(second, "Approve", "Approved. The next release publishes it.")
    expect(in_the_widget(stage)).not_to_contain_text("eight degrees")


def test_the_gate_passes_and_two_people_take_it_to_customers(stage: Stage) -> None:
    confirmed(stage, proposed(stage, "climbing-skins", "Customers ask about their skins."))


def test_ada_is_answered_with_the_words_and_the_page_of_the_booklet(stage: Stage) -> None:
    ada = stage.customer()
    ada.open()
    answer = ada.ask(QUESTION)
    expect(answer).to_contain_text("at eight degrees or less")
    card = ada.cite(answer)
    expect(card.get_by_role("heading")).to_have_text("Climbing skins, page 2")
    expect(card.get_by_role("link")).to_have_attribute("href", f"{BOOKLET}#page=2")


def test_an_edit_shows_what_changes_and_is_tried_before_it_is_released(stage: Stage) -> None:
    cleo = newest(stage, "cleo")
    cleo.get_by_role("link", name="New revision").first.click()
    text = cleo.get_by_label("Text").input_value()
    cleo.get_by_label("Text").fill(text.replace("eight degrees", "twelve degrees"))
    seen(cleo)
    press(cleo, "Save as draft", "Saved as a draft.")
    expect(cleo.locator("ins")).to_have_text(["twelve"])
    expect(cleo.locator("del")).to_have_text(["eight"])
    prepared(cleo)
    seen(cleo)
    press(cleo, "Submit", "Submitted")
    second = stage.staff("admin", cleo.url.removeprefix(stage.server.url))
    press(second, "Approve", "Approved.")
    candidate, live = tried(cleo, QUESTION)
    expect(candidate.locator(".tq-text")).to_contain_text("twelve degrees")
    expect(live.locator(".tq-text")).to_contain_text("eight degrees")
    seen(cleo)
    expect(in_the_widget(stage)).to_contain_text("eight degrees")


def test_a_withdrawn_booklet_is_not_answered_from_and_says_who_withdrew_it(stage: Stage) -> None:
    cleo = stage.staff("cleo", SOURCES)
    seen(cleo)
    cleo.get_by_role("link", name="Climbing skins").click()
    cleo.get_by_label("Why", exact=True).fill("The glue has changed.")
    press(cleo, "Withdraw", "Withdrawn: no answer uses it from now on.")
    expect(cleo.locator(".verdict.alarm")).to_contain_text("by cleo: The glue has changed.")
    seen(cleo)
    declined = in_the_widget(stage)
    expect(declined).not_to_contain_text("degrees")
    expect(declined.locator("[data-n]")).to_have_count(0)
    candidate, live = tried(cleo, QUESTION)
    for side in (candidate, live):
        expect(side).to_contain_text("unsure")
    seen(cleo)


def test_restoring_it_shows_first_what_would_be_quoted_again(stage: Stage) -> None:
    cleo = stage.staff("cleo", SOURCES)
    cleo.get_by_role("link", name="Climbing skins").click()
    cleo.get_by_role("link", name="Restore…").click()
    expect(cleo.locator(".passages")).to_contain_text("at eight degrees or less")
    seen(cleo)
    cleo.get_by_label("Why", exact=True).fill("The old glue is sold again.")
    press(cleo, "Restore", "Restored.")
    expect(in_the_widget(stage)).to_contain_text("eight degrees")
