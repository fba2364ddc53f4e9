"""The checklist: an owner signs in the browser, what is open stays red, and the page prints as one tidy document."""

import io
import unicodedata

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from release.readiness.checklist import QUESTIONS
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAGE = "/admin/release/statement/fernway/checklist/"
PAGES = 5
"""Sheets of A4 that the sample's checklist may take."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ben_signs_for_support_and_nothing_else_is_his_to_sign(stage: Stage, scheme: str) -> None:
    ben = stage.staff("ben", PAGE, color_scheme=scheme)
    assert wrong(ben, ".release") == []
    expect(ben.locator("#scope form")).to_have_count(0)
    expect(ben.locator("#support .state-failed, #support .state-live")).to_have_count(1)
    support = ben.locator("#support")
    support.locator("summary").click()
    support.get_by_label("What you answer for").fill(f"The desk has read fifty answers, by {scheme}.")
    support.get_by_label("It counts for how many days").fill("30")
    support.get_by_role("button", name="Sign as ben").click()
    expect(ben.locator(".messagelist")).to_contain_text("Signed.")
    expect(support.locator("blockquote")).to_contain_text(f"by {scheme}")
    expect(support.locator(".state")).to_have_text("answered")
    expect(ben.locator("#legal .why")).to_contain_text("nobody is named")


def test_it_prints_as_one_document_without_the_admin_around_it(stage: Stage) -> None:
    dan = stage.staff("dan", PAGE, color_scheme="dark", viewport={"width": 390, "height": 800})
    assert dan.evaluate("document.documentElement.scrollWidth") <= 390
    dan.emulate_media(media="print")
    for gone in ("#header", ".tabs", "form", "#scope details"):
        expect(dan.locator(gone).first).to_be_hidden()
    paper = PdfReader(io.BytesIO(dan.pdf(prefer_css_page_size=True)))
    text = unicodedata.normalize("NFKC", " ".join(sheet.extract_text() for sheet in paper.pages))  # ligatures
    text = " ".join(text.split())
    assert all(question.title in text for question in QUESTIONS)
    assert "First-release approval" in text
    assert "Sign as" not in text
    assert len(paper.pages) <= PAGES
