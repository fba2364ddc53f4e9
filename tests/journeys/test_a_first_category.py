"""Cleo hands in past questions, accepts one proposed category, throws another away, and looks through the gaps."""

import csv
import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
THINGS = ("kayak", "canoe", "raft", "dinghy", "paddle", "oar", "sail", "anchor", "buoy", "rudder", "mast", "pump")
NAMES = [f"Could somebody paint the name of our club on a {thing}?" for thing in THINGS]
LESSONS = [f"Do you give lessons in how to handle a {thing}?" for thing in THINGS]


def tickets() -> bytes:
    out = io.StringIO()
    rows = [["ticket", "question"], *([str(n), text] for n, text in enumerate([*NAMES, *LESSONS]))]
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def seen(page: Page, name: str) -> None:
    """A picture for whoever wants to look, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_past_questions_become_a_category(stage: Stage, scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    cleo = stage.staff("cleo", "/admin/start/", color_scheme=scheme, viewport=size)
    assert wrong(cleo) == []
    seen(cleo, f"starts-{scheme}")
    asked = {"name": "t.csv", "mimeType": "text/csv", "buffer": tickets()}
    cleo.get_by_label("File", exact=True).set_input_files(asked)
    cleo.get_by_role("button", name="Hand in").click()
    expect(cleo.get_by_text("2 proposed categories")).to_be_visible(timeout=90_000)
    assert wrong(cleo) == []
    seen(cleo, f"start-{scheme}")
    names = cleo.locator("section", has_text=NAMES[0])
    names.get_by_label("Title").fill(f"Boat names {scheme}")
    names.get_by_role("checkbox").first.uncheck()
    names.get_by_role("button", name="Accept what is ticked").click()
    expect(cleo.locator(".messagelist")).to_contain_text(f"Boat names {scheme} is a category at level 1")
    cleo.get_by_role("button", name="Throw away").click()
    expect(cleo.locator(".messagelist")).to_contain_text("Thrown away.")
    expect(cleo.get_by_text("0 proposed categories")).to_be_visible()
    cleo.goto(f"{stage.server.url}/admin/knowledge/category/?q=Boat+names+{scheme}")
    expect(cleo.locator("#result_list")).to_contain_text(f"Boat names {scheme}")
    dan = stage.staff("dan", "/admin/release/release/")
    expect(dan.get_by_text("when it is read as").first).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_folder_of_articles_becomes_a_category(stage: Stage, tmp_path: Path, scheme: str, width: int) -> None:
    for name, verb in (("boat-care", "clean"), ("mooring", "moor")):
        (tmp_path / name).mkdir()
        asked = "\n\n".join(f"## How do I {verb} a {thing}?\n\nWith care, every {thing}." for thing in THINGS)
        (tmp_path / name / "how.md").write_text(f"# To {verb} what floats {scheme}\n\n{asked}\n")
    (tmp_path / "mooring" / "photo.png").write_bytes(b"no article")
    cleo = stage.staff("cleo", "/admin/start/", color_scheme=scheme, viewport={"width": width, "height": 900})
    cleo.get_by_label("Or a folder").set_input_files(tmp_path)
    cleo.get_by_role("button", name="Hand in").click()
    expect(cleo.get_by_text("2 proposed categories")).to_be_visible(timeout=90_000)
    expect(cleo.get_by_text("mooring/photo.png: .png is not supported")).to_be_visible()
    assert wrong(cleo) == []
    seen(cleo, f"folder-{scheme}")
    care = cleo.locator("section", has=cleo.get_by_role("heading", name="Boat care"))
    expect(care.get_by_text("from boat-care/how.md").first).to_be_visible()
    care.get_by_label("Title", exact=True).fill(f"Boat care {scheme}")
    care.get_by_role("button", name="Accept what is ticked").click()
    expect(cleo.locator(".messagelist")).to_contain_text(f"Boat care {scheme} is a category at level 1")
    cleo.get_by_role("button", name="Throw away").click()
    expect(cleo.get_by_text("0 proposed categories")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_what_was_asked_in_vain_comes_back_by_kind(stage: Stage, scheme: str, width: int) -> None:
    ada = stage.customer()
    ada.open()
    for text in ("Which mutual fund should I buy?", "What mutual funds are good to buy?"):
        ada.ask(text)
    size = {"width": width, "height": 900}
    cleo = stage.staff("cleo", "/admin/gaps/", color_scheme=scheme, viewport=size)
    kind = cleo.get_by_role("link", name="mutual fund")
    for _ in range(60):
        if kind.count():
            break
        cleo.wait_for_timeout(1000)
        cleo.reload()
    assert wrong(cleo) == []
    seen(cleo, f"gaps-{scheme}")
    kind.first.click()
    expect(cleo.get_by_role("heading", name="The questions")).to_be_visible()
    assert wrong(cleo) == []
    seen(cleo, f"gap-{scheme}")
    cleo.get_by_label("Why").fill("Not our trade.")
    cleo.get_by_role("button", name="Nothing to do").click()
    expect(cleo.locator(".messagelist")).to_contain_text("marked as handled")
    cleo.goto(f"{stage.server.url}/admin/knowledge/source/health/")
    assert wrong(cleo) == []
    seen(cleo, f"health-{scheme}")
    cleo.goto(f"{stage.server.url}/admin/knowledge/source/")
    cleo.locator("#result_list tbody th a").first.click()
    expect(cleo.get_by_text("Cited in ")).to_be_visible()
    assert wrong(cleo) == []
    seen(cleo, f"source-{scheme}")
