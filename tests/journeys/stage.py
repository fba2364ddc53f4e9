"""The stage of the journeys: people with a browser of their own each, and an ear for what their browsers complain of.

A complaint is a console error, an uncaught exception or a violation of a page's policy. A journey ends with none but
those it has foreseen.
"""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from config.run import PASSWORD
from tests.everything import SHELL
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

PATIENCE = 30_000
"""Milliseconds until a page that does not show what is waited for has failed; a busy machine is no failure."""
RELEASES = "/admin/release/release/"
GATE = 600_000
"""Milliseconds the gate may take for all the sample's scenarios on a busy machine."""
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own chromium, without windows where it has that, else Playwright's."""
    path = os.environ.get("CHROMIUM") or shutil.which(SHELL) or shutil.which("chromium")
    args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    args.append("--disable-features=LocalNetworkAccessChecks")  # a page that a test delays counts as a stranger's
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


class Stage:
    """One journey on one server. `logins` keeps the cookies of staff, so that each signs in once a server."""

    def __init__(self, browser: Browser, server: Server, logins: dict[str, Any]) -> None:
        self.browser, self.server, self.logins = browser, server, logins
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.foreseen: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """Somebody's own browser."""
        context = self.browser.new_context(**{"locale": "en-GB", "timezone_id": "Europe/London"} | options)
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.contexts.append(context)
        return context

    def customer(self, url: str = "", **options: Any) -> WidgetPage:
        """Somebody on the shop's page, or on another page that carries the widget."""
        page = self.context(**options).new_page()
        page.goto(url or self.server.url)
        return WidgetPage(page)

    def staff(self, name: str, path: str = "/admin/", **options: Any) -> Page:
        """One of the people behind the desk, signed in, on a page of the admin."""
        page = self.context(storage_state=self.logins.get(name), **options).new_page()
        page.goto(self.server.url + path)
        if name not in self.logins:
            page.get_by_label("Username").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("button", name="Log out").wait_for()
            page.wait_for_load_state()  # with all of its styles
            self.logins[name] = page.context.storage_state()
        return page

    def foresee(self, pattern: str) -> None:
        """A complaint that belongs to the journey, as a regular expression."""
        self.foreseen.append(pattern)

    @property
    def unforeseen(self) -> list[str]:
        """What browsers complained of that nobody expected."""
        return [text for text in self.complaints if not any(re.search(pattern, text) for pattern in self.foreseen)]

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def prepared(page: Page) -> None:
    """Wait on a revision's page until its passages can be found: a child of low priority does it, when it may."""
    page.wait_for_url(re.compile(r"/revision/\d+/"))
    expect(page.get_by_role("region", name="Indexing")).to_have_count(0, timeout=4 * PATIENCE)
    expect(page.get_by_role("heading", name="As the index holds it")).to_be_visible()  # the page loads itself again


def press(page: Page, button: str, said: str) -> None:
    """Press a button and read the sentence that comes of it."""
    page.get_by_role("button", name=button).first.click()
    expect(page.locator(".messagelist")).to_contain_text(said)


def tried(page: Page, question: str) -> tuple[Locator, Locator]:
    """Test a question; returns what the candidate and what the live release say."""
    page.get_by_role("link", name="Test a question").first.click()
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Test", exact=True).click()
    return page.get_by_role("region", name="Candidate"), page.get_by_role("region", name="Live")


def proposed(stage: Stage, article: str, why: str) -> Page:
    """Dan's screen when he has frozen the candidate with this article changed, run the gate and proposed to go live."""
    dan = stage.staff("dan", RELEASES)
    press(dan, "Freeze the candidate", "Frozen. Now run the gate on it.")
    expect(dan.locator("table.diff", has_text=article).first).to_be_attached()
    press(dan, "Run the gate", "The gate is running.")
    expect(dan.get_by_text(re.compile(r"Passed all \d+ scenarios"))).to_be_visible(timeout=GATE)
    dan.get_by_label("Why now").fill(why)
    press(dan, "Propose to go live", "Proposed. Now a second person confirms it in their own login.")
    return dan


def confirmed(stage: Stage, shown: Page) -> None:
    """The second person confirms what is on the first one's screen."""
    second = stage.staff("admin", shown.url.removeprefix(stage.server.url))
    press(second, "Confirm as the second person", "Confirmed and done.")


def set_site(server: Server, **fields: Any) -> None:
    """Write fields of the sample site behind a running server's back: what a site's own file would say."""
    with sqlite3.connect(server.home / "handrail.sqlite3", timeout=20) as db:
        for name, value in fields.items():
            db.execute(f"UPDATE handrail_sites_site SET {name} = ? WHERE slug = 'fernway'", [json.dumps(value)])
    db.close()
