"""A company connects a system of its own in the browser, from that system's document, and tries it before a release."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.parcels import DOCUMENT, Parcels

pytestmark = pytest.mark.browser


class Hand:
    """Presses, counted."""

    def __init__(self) -> None:
        self.clicks, self.began = 0, time.monotonic()

    def press(self, page: Page, role: str, name: str) -> None:
        self.clicks += 1
        page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def write(self, page: Page, label: str, text: str) -> None:
        self.clicks += 1
        page.get_by_label(label, exact=True).first.fill(text)


def seen(page: Page, name: str) -> None:
    """No rule of accessibility is broken, and nothing is wider than the screen."""
    assert wrong(page, ".pages") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if folder := os.environ.get("HANDRAIL_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_from_a_document_to_a_tool_that_was_tried(stage: Stage) -> None:
    parcels, hand = Parcels(), Hand()
    name = f"depot_{parcels.server_address[1]}"
    admin = stage.staff("admin", "/admin/tools/connection/add/")
    for label, text in (("Name", name), ("Title", "Parcel desk"), ("Base address", parcels.url)):
        hand.write(admin, label, text)
    hand.write(admin, "Private addresses that may be asked", "127.0.0.1/32")
    hand.write(admin, "Persons a test call may be made as", "ada\ngrace")
    hand.press(admin, "button", "Declare")
    expect(admin.locator(".messagelist")).to_contain_text("is declared. It counts from the next release on.")
    dan = stage.staff("dan", "/admin/tools/tool/", viewport={"width": 1100, "height": 800})
    hand.press(dan, "link", "Start from OpenAPI")
    seen(dan, "document")
    hand.clicks += 1
    dan.get_by_label("File").set_input_files(DOCUMENT)
    hand.press(dan, "button", "Read it")
    expect(dan.get_by_label("Operation")).to_contain_text("Where a parcel is")
    hand.clicks += 1
    dan.get_by_label("On the connection").select_option(name)
    seen(dan, "operation")
    hand.press(dan, "button", "Fill in the form")
    expect(
        dan.get_by_role("heading", name="Filled in from GET /customers/{customerId}/parcels/{parcelId}")
    ).to_be_visible()
    seen(dan, "filled")
    hand.press(dan, "button", "Declare")
    expect(dan.locator(".messagelist")).to_contain_text("Get_parcel is declared.")
    for person, number, said in (
        ("ada", "PD-120001", "Where a parcel is: state in transit, weight 1.50."),
        ("ada", "PD-120002", "I found nothing for PD-120002."),
    ):
        hand.write(dan, "As", person)
        hand.write(dan, "Who writes", f"Where is {number}?")
        hand.press(dan, "button", "Call it")
        expect(dan.get_by_role("status")).to_contain_text(said)
    print(f"{hand.clicks} presses and fields, {time.monotonic() - hand.began:.0f} seconds of a machine")
    parcels.shutdown()
    parcels.server_close()


def test_the_page_can_be_read_on_a_dark_phone(stage: Stage) -> None:
    dan = stage.staff("dan", "/admin/tools/tool/openapi/", viewport={"width": 390, "height": 800}, color_scheme="dark")
    dan.get_by_label("File").set_input_files(DOCUMENT)
    dan.get_by_role("button", name="Read it").click()
    expect(dan.get_by_label("Operation")).to_be_visible()
    seen(dan, "phone-operation")
    dan.get_by_role("button", name="Fill in the form").click()
    expect(dan.get_by_role("button", name="Declare")).to_be_visible()
    seen(dan, "phone-filled")
