"""A company connects a system of its own in the browser, from that system's document, and tries it before a release."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import GATE, RELEASES, Stage, confirmed, press
from tests.journeys.test_accessible import wrong
from tests.journeys.test_customer import sign_in
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


@pytest.fixture
def parcels() -> Iterator[Parcels]:
    """The company's own system, on loopback."""
    served = Parcels()
    yield served
    served.shutdown()
    served.server_close()


def connected(stage: Stage, parcels: Parcels, hand: Hand) -> str:
    """An administrator says where the system is; returns what the connection is called."""
    name = f"depot_{parcels.server_address[1]}"
    admin = stage.staff("admin", "/admin/tools/connection/add/")
    for label, text in (("Name", name), ("Title", "Parcel desk"), ("Base address", parcels.url)):
        hand.write(admin, label, text)
    hand.write(admin, "Private addresses that may be asked", "127.0.0.1/32")
    hand.write(admin, "Persons a test call may be made as", "ada\ngrace")
    hand.press(admin, "button", "Declare")
    expect(admin.locator(".messagelist")).to_contain_text("is declared. It counts from the next release on.")
    return name


def declared(stage: Stage, operation: str, on: str, hand: Hand, **typed: str) -> None:
    """Dan declares an operation of the document as it is proposed, with these fields typed over."""
    dan = stage.staff("dan", "/admin/tools/tool/openapi/")
    hand.clicks += 2
    dan.get_by_label("File").set_input_files(DOCUMENT)
    hand.press(dan, "button", "Read it")
    dan.get_by_label("Operation").select_option(operation)
    dan.get_by_label("On the connection").select_option(on)
    hand.press(dan, "button", "Fill in the form")
    for label, text in typed.items():
        hand.write(dan, label.replace("_", " "), text)
    hand.press(dan, "button", "Declare")
    expect(dan.locator(".messagelist")).to_contain_text("is declared.")


def test_from_a_document_to_a_tool_that_was_tried(stage: Stage, parcels: Parcels) -> None:
    hand = Hand()
    name = connected(stage, parcels, hand)
    dan = stage.staff("dan", "/admin/tools/tool/", viewport={"width": 1100, "height": 800})
    hand.press(dan, "link", "Start from OpenAPI")
    expect(dan.get_by_label("File")).to_be_visible()
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


@pytest.mark.timeout(1200)
def test_a_change_in_it_is_approved_seen_by_the_customer_and_taken_back(stage: Stage, parcels: Parcels) -> None:
    """From two operations of the document to a delivery that was moved, and moved back, with a release in between."""
    hand = Hand()
    on = connected(stage, parcels, hand)
    slot = "/customers/{customerId}/parcels/{parcelId}/slot"
    declared(stage, f"DELETE {slot}", on, hand)
    declared(stage, f"PUT {slot}", on, hand, Undone_by="keep_parcel")
    admin = stage.staff("admin", "/admin/knowledge/category/?q=order-status")
    admin.get_by_role("link", name="Where your order is").click()
    tools = admin.locator("#id_tool")
    tools.fill(f"{tools.input_value()}, move_parcel")
    hand.clicks += 3
    admin.get_by_role("button", name="Save", exact=True).click()
    dan = stage.staff("dan", RELEASES)
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    press(dan, "Run the gate", "The gate is running.")
    expect(dan.get_by_text(re.compile(r"Passed all \d+ scenarios"))).to_be_visible(timeout=GATE)
    dan.get_by_label("Why now").fill("Customers move deliveries themselves.")
    press(dan, "Propose to go live", "Proposed. Now a second person confirms it in their own login.")
    confirmed(stage, dan)
    hand.clicks += 6
    print(f"live after {hand.clicks} presses and fields, {time.monotonic() - hand.began:.0f} seconds of a machine")
    ada = stage.customer()
    sign_in(ada)
    ada.open()
    ada.ask("track my parcel PD-120001")
    ada.ask("2031-06-02")
    ada.dialog.get_by_role("button", name="morning").click()
    expect(ada.dialog).to_contain_text("I cannot do that myself.")
    ben = stage.staff("ben", "/admin/escalation/handoff/desk/")
    ben.locator("#list-open .row", has_text="Ada").last.get_by_role("button").first.click()
    change = ben.locator(".approval").first
    expect(change).to_contain_text("PD-120001")
    assert parcels.moved == []
    change.get_by_role("button", name="Have it done").click()
    expect(ada.dialog).to_contain_text("Ben has had this done for you")
    assert parcels.moved == [{"day": "2031-06-02", "slot": "morning"}]
    ben.locator(".approval").first.get_by_label("Why it is taken back").fill("she wants it after all")
    ben.get_by_role("button", name="Take it back").click()
    expect(ada.dialog).to_contain_text("Ben has had this taken back")
    assert parcels.moved[1:] == [{"kept": True}]


def test_the_page_can_be_read_on_a_dark_phone(stage: Stage) -> None:
    dan = stage.staff("dan", "/admin/tools/tool/openapi/", viewport={"width": 390, "height": 800}, color_scheme="dark")
    dan.get_by_label("File").set_input_files(DOCUMENT)
    dan.get_by_role("button", name="Read it").click()
    expect(dan.get_by_label("Operation")).to_be_visible()
    seen(dan, "phone-operation")
    dan.get_by_role("button", name="Fill in the form").click()
    expect(dan.get_by_role("button", name="Declare")).to_be_visible()
    seen(dan, "phone-filled")
