"""The served widget with one call changed, so that it renders markup: what the tests for markup would see if it broke.

The file is built and its names are short, so the call is found by its shape: what a paragraph is made of are the links
of a part's `text` and `calls`, and those it names. These two are the frame's own words and stand in the file whatever
builds it.
"""

import re

from playwright.sync_api import Page, Route

ESCAPED = re.compile(r"\.\.\.[\w$]+\(\s*(?P<part>[\w$]+)\.text,\s*(?P=part)\.calls\s*\|\|\s*\[\]\s*,\s*[\w$]+\s*\)")


def unescaped(script: str, rendered: str) -> str:
    """The script with `rendered`, where {part} is its own name, in place of its only such call."""
    broken, changed = ESCAPED.subn(lambda call: rendered.format(**call.groupdict()), script)
    assert changed == 1, "the widget draws a part's text in one place"
    return broken


def break_widget(page: Page, rendered: str) -> None:
    """From now on the page loads a widget that renders."""

    def serve(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, body=unescaped(reply.text(), rendered))

    page.route("**/w/v1.js*", serve)
