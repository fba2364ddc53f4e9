"""The widget in every state, in both colour schemes, both directions, at 320 pixels and with text of twice the size:
axe finds nothing wrong, nothing sticks out, every target is large enough, and the way to a person is in sight.

`make proof` looks at all combinations; otherwise at the plainest and at the hardest.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from conversations.wording import Spoken
from tests.conftest import FULL
from tests.journeys.alone import door_alone
from tests.journeys.scripted import SNIPPET, Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import of_widget
from tests.journeys.test_shapes_in_the_widget import NAMED, STEPS, TABLE
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
LOCALES = {"en": "en", "ar": "ar-XB"}
CITED = [{"n": n, "title": "Stoves", "quote": "…", "url": "https://x.test/a", "updated": "2026-01-01"} for n in (1, 2)]
PARTS = [STEPS, NAMED, TABLE]
OFFERS = [{"id": str(n), "title": title, "heading": "By post"} for n, title in enumerate(["Returns", "Refunds"])]
SAID: dict[str, dict[str, Any]] = {
    "answer": {"outcome": "answer", "generated": "quote", "parts": PARTS, "citations": CITED},
    "offers": {"outcome": "clarify", "offers": OFFERS},
    "declined": {"outcome": "decline", "suggestions": ["How long do I have to return something?"]},
}
CORNERS = list(product(["light", "dark"], ["en", "ar"], [1000, 320], [16, 32]))
LOOKED_AT = CORNERS if FULL else [CORNERS[0], CORNERS[-1]]
SMALL = """root => [...root.querySelectorAll("button, summary")].filter(node => node.checkVisibility())
  .filter(node => { const box = node.getBoundingClientRect(); return box.width < 23.9 || box.height < 23.9; })
  .map(node => node.outerHTML.slice(0, 100))"""
"""WCAG 2.5.8: 24 by 24 pixels."""
WIDE = """node => { const room = node.getBoundingClientRect();
  return node.scrollWidth <= node.clientWidth ? [] : [...node.querySelectorAll("*")]
    .filter(inner => { const { left, right } = inner.getBoundingClientRect();
      return left < room.left - 1 || right > room.right + 1; })
    .map(inner => inner.outerHTML.slice(0, 120)); }"""
"""What makes a part wider than its room."""
OVER = """node => node.checkVisibility() && [...node.children].some(
  inner => inner.checkVisibility() && inner.getBoundingClientRect().top < node.getBoundingClientRect().top - 1)"""
"""Whether a row lies over what stands above it."""


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: the other side is scripted."""
    server = door_alone(homes, "every-state")
    yield server
    server.stop()


def states(ada: WidgetPage, script: Script) -> Iterator[str]:
    """Each state, one after the other."""
    yield "closed"
    ada.open()
    yield "before the first message"
    for name, said in SAID.items():
        script.answers = lambda frame, said=said: [script.add("c1", "bot", "…", **said)] if "text" in frame else []  # type: ignore[misc]
        answer = ada.ask(name)
        if name == "answer":
            answer.locator("summary").click()
            ada.cite(answer)
        yield name
    ada.dialog.locator(".vote .down").last.click()
    yield "a thumb down"
    script.answers = lambda frame: []
    ada.write("looking")
    ada.status.wait_for()
    yield "looking for an answer"
    script.put("c1", {"type": "state", "state": "waiting", "queue": 3, "expected": {"ahead": 2, "estimate_s": 240}})
    ada.dialog.locator("#waiting").wait_for()
    yield "waiting"
    script.put("c1", {"type": "state", "state": "human", "name": "Ben", "availability": {"open": True}})
    script.say("Look at https://x.test/a, or write to help@x.test.", name="Ben")
    ada.dialog.locator("article.agent").wait_for()
    yield "with a person"
    ada.dialog.locator("#complain").click()
    yield "a complaint"
    script.put("c1", {"type": "state", "state": "closed"})
    ada.dialog.locator("#scale").wait_for()
    yield "closed conversation"


def wrong(ada: WidgetPage, state: str) -> list[str]:
    """What is wrong with the widget as it stands."""
    found = of_widget(ada)
    root = ada.page.locator("handrail-chat #root")
    found += [f"too small: {each}" for each in root.evaluate(SMALL)]
    if state != "closed":
        for part in ("#scroll", "#head", "#bottom"):
            found += [f"sticks out: {each}" for each in ada.dialog.locator(part).evaluate(WIDE)]
        found += ["the row below lies over what stands above it"] if ada.dialog.locator("#foot").evaluate(OVER) else []
        found += [] if ada.dialog.locator("#human").is_visible() else ["no way to a person"]
    return found


@pytest.mark.parametrize(("scheme", "lang", "width", "text"), LOOKED_AT)
def test_nothing_is_wrong_in_any_state(stage: Stage, scheme: str, lang: str, width: int, text: int) -> None:
    spoken = Spoken(LOCALES[lang])
    script = Script("bot", words=spoken.widget, disclosure=spoken.disclosure, name="Ben",
                    site={"name": "", "speaks": spoken.widget_language})  # fmt: skip
    ada = visit(
        stage,
        html=f"<html lang={lang} style='font-size:{text}px'>",
        body=SNIPPET.replace(" async", f" data-locale={lang} async"),
        script=script,
        locale=lang,
        color_scheme=scheme,
        viewport={"width": width, "height": 760},
        reduced_motion="reduce",
    )
    ada.launcher.wait_for()
    seen = {state: wrong(ada, state) for state in states(ada, script)}
    assert {state: found for state, found in seen.items() if found} == {}
    assert len(seen) == 11
    print(f"{scheme}, {lang}, {width} px, {text} px text: {len(seen)} states, nothing wrong")
