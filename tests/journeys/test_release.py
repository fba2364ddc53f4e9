"""A policy changes: its article and its case, one candidate, the gate, a case that broke and is mended, live, and back.

The tests of this file are one story, in order, on one server.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import GATE, RELEASES, Stage, press
from tests.journeys.test_accessible import wrong
from tests.server import BASE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
QUESTION = "Within how many days can I return outlet items?"
BEFORE, AFTER = "within 14 days of delivery", "within 21 days of delivery"
CHANGED, BROKEN = "returns-outlet-days", "two-return-and-weather"
PHONE = {"viewport": {"width": 390, "height": 844}}


def answer(stage: Stage) -> str:
    """What a customer is told now, in a fresh conversation."""
    ada = stage.customer()
    ada.open()
    return ada.ask(QUESTION).inner_text()


def rewrite(page: Page, case: str) -> None:
    """Have a case expect the new policy, where cases are written."""
    page.get_by_role("link", name=case, exact=True).click()
    said = page.get_by_label("Must be said").input_value()
    assert BEFORE in said
    page.get_by_label("Must be said").fill(said.replace(BEFORE, AFTER))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")


def run_the_gate(page: Page) -> None:
    """Press the button and see the run move, without touching the page again."""
    press(page, "Run the gate", "The gate is running.")
    expect(page.locator("#run progress")).to_be_visible()
    done = page.get_by_role("table", name="How each category went")
    moved = page.locator("#run progress:not([value='0'])")  # a quick machine is done between two looks
    expect(moved.or_(done).first).to_be_visible(timeout=GATE)
    expect(done).to_be_visible(timeout=GATE)


def look(stage: Stage, page: Page, name: str, pictures: Path) -> None:
    """The page in the light, in the dark and on a phone: nothing sticks out, axe has nothing against it."""
    path = page.url.removeprefix(stage.server.url)
    for scheme, width in (("light", {}), ("dark", {}), ("light", PHONE), ("dark", PHONE)):
        seen = stage.staff("dan", path, color_scheme=scheme, **width)
        assert seen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert wrong(seen, ".release") == []
        seen.screenshot(path=pictures / f"{name}-{scheme}{'-phone' if width else ''}.png", full_page=True)


@pytest.fixture(scope="module")
def pictures() -> Path:
    """Where the pictures of this journey are kept to be looked at."""
    folder = BASE / "var" / "journeys" / "release"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_cleo_changes_the_policy_and_dan_its_case(stage: Stage) -> None:
    cleo = stage.staff("cleo", "/admin/knowledge/source/?q=outlet-returns")
    cleo.get_by_role("link", name="Returning outlet items").click()
    cleo.get_by_role("link", name="New revision").click()
    text = cleo.get_by_label("Text").input_value()
    assert BEFORE in text
    cleo.get_by_label("Text").fill(text.replace(BEFORE, AFTER))
    press(cleo, "Save as draft", "Saved as a draft.")
    press(cleo, "Submit", "Submitted: now somebody else reads it.")
    second = stage.staff("admin", cleo.url.removeprefix(stage.server.url))
    press(second, "Approve", "Approved. The next release publishes it.")
    rewrite(stage.staff("dan", f"/admin/release/scenario/?q={CHANGED}"), CHANGED)
    assert BEFORE in answer(stage)


def test_a_case_that_repeats_an_example_is_refused_where_it_is_written(stage: Stage) -> None:
    dan = stage.staff("dan", "/admin/release/scenario/add/")
    dan.get_by_label("Site").select_option(label="Fernway Outdoor")
    dan.get_by_label("Name").fill("too-easy")
    dan.get_by_label("What the customer writes").fill("Please, how much is the shipping?")
    dan.get_by_role("button", name="Save", exact=True).click()
    expect(dan.locator(".errornote, .errorlist").last).to_contain_text("repeats the example “how much is shipping”")


def test_the_gate_shows_the_case_that_broke_first(stage: Stage, pictures: Path) -> None:
    dan = stage.staff("dan", RELEASES)
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    weakens = dan.locator("details.weakens")
    expect(weakens).to_contain_text(CHANGED)
    expect(dan.locator("tr", has_text="outlet-returns").locator("ins")).to_have_text("21")
    run_the_gate(dan)
    expect(dan.get_by_text("Failed 1 of")).to_be_visible()
    expect(dan.locator(".failures li").first).to_contain_text(f"newly broken {BROKEN}")
    expect(dan.locator(".failures li").first).to_contain_text("does not say /within 14 days of delivery/")
    expect(dan.locator(".lacking")).to_contain_text("“returns-refunds”: 29 of 30 passed, all must.")
    expect(dan.get_by_role("button", name="Propose to go live")).to_have_count(0)
    look(stage, dan, "failed", pictures)
    assert BEFORE in answer(stage)


def test_the_case_is_mended_and_the_second_person_takes_it_live(stage: Stage, pictures: Path) -> None:
    rewrite(stage.staff("dan", f"/admin/release/scenario/?q={BROKEN}"), BROKEN)
    dan = stage.staff("dan", RELEASES)
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    run_the_gate(dan)
    expect(dan.get_by_text("Passed all")).to_be_visible()
    dan.get_by_label("Why now").fill("Outlet items have a week more now.")
    press(dan, "Propose to go live", "Proposed. Now a second person confirms it in their own login.")
    expect(dan.get_by_role("button", name="Confirm as the second person")).to_have_count(0)
    look(stage, dan, "passed", pictures)
    assert BEFORE in answer(stage)
    second = stage.staff("admin", dan.url.removeprefix(stage.server.url))
    press(second, "Confirm as the second person", "Confirmed and done.")
    assert AFTER in answer(stage)


def test_its_report_is_taken_and_checked_and_an_altered_one_is_noticed(stage: Stage, tmp_path: Path) -> None:
    dan = stage.staff("dan", RELEASES)
    dan.locator("tr", has=dan.locator(".state-live")).get_by_role("link").first.click()
    with dan.expect_download() as download:
        dan.get_by_role("link", name="Download the signed report").click()
    path = tmp_path / "report.json"
    download.value.save_as(path)
    command = [sys.executable, "manage.py", "verify_report", str(path)]
    told = subprocess.run(command, cwd=BASE, env=stage.server.env, capture_output=True, text=True, check=True).stdout
    assert "is as it was signed: release 3 of fernway passed" in told
    path.write_text(path.read_text().replace(AFTER, BEFORE))
    altered = subprocess.run(command, cwd=BASE, env=stage.server.env, capture_output=True, text=True)
    assert altered.returncode == 1
    assert "changed after it was signed" in altered.stderr


def test_dan_rolls_back_to_the_policy_before(stage: Stage, pictures: Path) -> None:
    dan = stage.staff("dan", RELEASES)
    dan.locator("tr", has=dan.locator(".state-retired")).get_by_role("link").first.click()
    dan.get_by_label("Compare with").select_option(label="Release 2, failed")
    dan.get_by_role("button", name="Compare").click()
    expect(dan.get_by_role("heading", name="Changes from release 2")).to_be_visible()
    look(stage, dan, "compared", pictures)
    dan.get_by_label("Why", exact=True).fill("It was two weeks after all.")
    press(dan, "Roll back", "is live again.")
    assert BEFORE in answer(stage)


def test_dan_lowers_a_bar_and_it_stands_first_among_the_changes(stage: Stage, pictures: Path) -> None:
    dan = stage.staff("dan", RELEASES)
    dan.get_by_role("link", name="Bars", exact=True).click()
    row = dan.get_by_role("row").filter(has_text="Returns and refunds")
    expect(row).to_contain_text("30 of 30")
    row.get_by_role("link", name="Change the bar of Returns and refunds").click()
    look(stage, dan, "bars", pictures)
    dan.get_by_label("Must pass, in percent").fill("79")
    dan.get_by_label("Why").fill("One in twenty may be put oddly.")
    press(dan, "Change", "is “79”; use a whole number from 80 to 100")
    expect(dan.get_by_label("Why")).to_have_value("One in twenty may be put oddly.")
    dan.get_by_label("Must pass, in percent").fill("95")
    press(dan, "Change", "The candidate's bar is moved.")
    expect(row).to_contain_text("95 % own")
    dan.get_by_role("link", name="Releases", exact=True).last.click()
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    expect(dan.locator("details.weakens tbody tr").first).to_contain_text("bar of returns-refunds")
