"""One page of every view of the administration, as people have it: axe objects to nothing, in light and dark, on a
desktop and on a phone, and nothing stands beside the phone's edge."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.rights.crawl import led

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(3600),
    pytest.mark.proof,
]
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 800}}
FILES = re.compile(r"/export|\.csv|jsi18n|autocomplete|\.json|download|/r/\d")
"""Addresses that hand out files, or lead out of here."""
STOCK = ('<th class="original">', 'class="help-tooltip search-label-icon"')
"""What Django's own templates and scripts write, of a row's first cell and of its chooser of many."""


def html(page: Page, url: str) -> str:
    """The page at an address, as its text; nothing of what is no page."""
    response = page.context.request.get(url)
    told = response.headers
    shown = (
        response.status == 200 and told["content-type"].startswith("text/html") and "content-disposition" not in told
    )
    text = response.text() if shown else ""
    return text if "<html" in text else ""  # others are parts that a page asks for


def views(page: Page, base: str) -> list[str]:
    """The address of one page of every view within three clicks from Home, in the order in which links lead to them."""

    def read(path: str) -> str:
        return "" if FILES.search(path) else html(page, base + path)

    return [path for path, first in led(read) if first and read(path)]


def looked_at(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            found = (each for each in wrong(page) if not any(part in each for part in STOCK))
            yield from (f"{scheme}, {name}: {each}" for each in found)
            if (wide := page.evaluate("document.scrollingElement.scrollWidth")) > size["width"]:
                yield f"{name}: {wide} px wide"


def test_one_page_of_every_view_is_accessible_on_every_screen(stage: Stage) -> None:
    dan = stage.staff("admin", "/admin/")
    found = views(dan, stage.server.url)
    assert len(found) > 60
    faults = {}
    for path in found:
        said = len(stage.complaints)
        dan.goto(stage.server.url + path)
        of_its_own = stage.complaints[said:]
        if told := [*of_its_own, *looked_at(dan)]:
            faults[path] = told
    stage.foresee("Applying inline style")  # axe's own measuring of text fields; what a page did by itself stands above
    print(f"{len(found)} views looked at, {len(faults)} with something wrong")
    assert "\n".join(f"{path}: {each}" for path, told in faults.items() for each in told) == ""
