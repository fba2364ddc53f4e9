"""The monitoring page in a browser: nothing for axe to find in either scheme, and it fits a phone."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import STILL, wrong
from tests.server import BASE, Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAGE = "/admin/release/release/monitoring/"
PHONE = {"viewport": {"width": 390, "height": 760}, "has_touch": True}


@pytest.fixture(scope="module")
def seeded(served: Server) -> Server:
    """Six weeks that never happened, beside the server that shows them."""
    command = [sys.executable, "manage.py", "seed_history", "--site", "fernway", "--seed", "3"]
    env = {**os.environ, "HANDRAIL_HOME": str(served.home), "DEBUG": "1"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(command, cwd=BASE, env=env, check=True)
    return served


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_fit_for_everybody(stage: Stage, seeded: Server, scheme: str) -> None:
    dan = stage.staff("dan", f"{PAGE}?of=synthetic", color_scheme=scheme, **STILL)
    expect(dan.get_by_text("Made up by")).to_be_visible()
    assert dan.locator("figure.plot svg[role=img]").count() >= 8
    dan.locator("figure.plot summary").first.click()
    expect(dan.locator("figure.plot table").first).to_be_visible()
    assert wrong(dan) == []


def test_on_a_phone_nothing_sticks_out(stage: Stage, seeded: Server) -> None:
    dan = stage.staff("dan", f"{PAGE}?of=synthetic", **PHONE, **STILL)
    expect(dan.get_by_role("heading", name="By category")).to_be_visible()
    width = dan.locator(".release").evaluate(
        "page => Math.max(...[...page.children].map(c => c.getBoundingClientRect().right))"
    )
    assert width <= 390
    assert wrong(dan) == []


def test_it_all_works_by_keyboard_from_period_to_list(stage: Stage, seeded: Server) -> None:
    dan = stage.staff("dan", f"{PAGE}?of=synthetic", **STILL)
    dan.get_by_role("link", name="90 days").press("Enter")
    expect(dan.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "true")
    expect(dan.locator("h1 .synthetic")).to_be_visible()
    dan.get_by_role("link", name="declined, Returns and refunds").press("Enter")
    expect(dan.get_by_text("(synthetic)").first).to_be_visible()
