"""Whatever the page does to its layout and the customer to theirs, the whole chat is on the screen and can be used."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import of_widget
from tests.journeys.widget_page import WidgetPage

pytestmark = pytest.mark.browser
LAYOUTS = [
    "body{transform:translateZ(0);height:3000px;margin-top:900px}",
    "html{zoom:1.25}",
    "body{filter:blur(0);contain:layout;width:200px}",
    "html{zoom:1.5} body{perspective:1px;overflow:hidden}",
]
SMALL = [(320, 256), (667, 375), (568, 320)]
QUOTED = [{"n": 1, "title": "Returns", "quote": "30 days.", "url": "https://x.test", "updated": "2026-01-01"}]
ANSWER = {"outcome": "answer", "parts": [{"text": "You have 30 days.", "cites": [1]}], "citations": QUOTED}


def answered(stage: Stage, state: str = "bot", css: str = "", **options: Any) -> tuple[WidgetPage, Script]:
    script = Script(state, name="Ben")
    script.answers = lambda frame: [script.add("c1", "bot", "…", **ANSWER)] if frame["type"] == "ask" else []
    ada = visit(stage, head=f"<style>{css}</style>", script=script, reduced_motion="reduce", **options)
    ada.open()
    if state == "bot":
        ada.ask("How long do I have to return something?")
    return ada, script


def on_screen(ada: WidgetPage, node: Locator) -> None:
    """All of a node is inside the window."""
    box, size = node.bounding_box(), ada.page.viewport_size
    assert box
    assert size
    assert box["x"] >= -1
    assert box["y"] >= -1
    assert box["x"] + box["width"] <= size["width"] + 1
    assert box["y"] + box["height"] <= size["height"] + 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("css", LAYOUTS)
def test_no_layout_of_the_page_moves_the_panel(stage: Stage, css: str, width: int) -> None:
    ada, _ = answered(stage, css=css, viewport={"width": width, "height": 700})
    for part in (ada.dialog, ada.dialog.locator("#head"), ada.human_button, ada.input):
        on_screen(ada, part)
    ada.close()
    expect(ada.launcher).to_be_visible()
    on_screen(ada, ada.launcher)


@pytest.mark.parametrize(("width", "height"), SMALL)
@pytest.mark.parametrize("state", ["bot", "human"])
@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_in_little_height_the_log_keeps_more_than_half(
    stage: Stage, width: int, height: int, state: str, touch: bool
) -> None:
    ada, script = answered(stage, state, viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch)
    script.put("c1", {"type": "typing", "author": "agent"})
    ada.input.fill("one\ntwo" if not touch else "one")
    log = ada.dialog.locator("#scroll").bounding_box()
    assert log
    assert log["height"] >= 0.55 * height
    for part in (ada.dialog, ada.human_button, ada.input, ada.dialog.locator("#close")):
        on_screen(ada, part)
    assert ada.dialog.evaluate("node => node.scrollWidth <= node.clientWidth")
    complain = ada.dialog.get_by_role("button", name="Make a complaint")
    complain.scroll_into_view_if_needed()
    on_screen(ada, complain)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_text_grows_with_the_pages_and_nothing_overlaps(stage: Stage, width: int) -> None:
    viewport = {"width": width, "height": 844}
    sizes = []
    for css in ("html{font-size:62.5%}", "", "html{font-size:32px}", "html{font-size:100px}"):
        ada, _ = answered(stage, css=css, viewport=viewport)
        text = ada.dialog.locator("article.bot .text")
        sizes.append(float(text.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")))
        parts = [ada.dialog.locator(part) for part in ("#state", "#human", "#close", "#scroll", "#box")]
        boxes = [box for box in (part.bounding_box() for part in parts) if box]
        for n, one in enumerate(boxes):
            for other in boxes[n + 1 :]:
                assert (
                    one["x"] + one["width"] <= other["x"] + 1
                    or one["y"] + one["height"] <= other["y"] + 1
                    or (other["x"] + other["width"] <= one["x"] + 1 or other["y"] + other["height"] <= one["y"] + 1)
                )
        for part in parts:
            on_screen(ada, part)
        assert ada.dialog.evaluate("node => node.scrollWidth <= node.clientWidth")
        ada.page.close()
    assert sizes == [15, 15, 30, 30]


def test_every_target_is_large_enough(stage: Stage) -> None:
    for touch, least in ((False, 24), (True, 44)):
        ada, _ = answered(stage, viewport={"width": 390, "height": 844}, has_touch=touch, is_mobile=touch)
        ada.cite(ada.dialog.locator("article.bot"))
        for button in ada.dialog.locator("button:visible").all():
            box = button.bounding_box()
            assert box
            if button.get_attribute("class") == "cite" and touch:
                continue  # within a sentence; what is pressed beside it counts too
            assert min(box["width"], box["height"]) >= least - 0.1, button.evaluate("node => node.outerHTML")


def test_with_forced_colours_what_is_chosen_and_what_is_open_can_be_told_apart(stage: Stage) -> None:
    ada, script = answered(stage, forced_colors="active")

    def look(node: Locator) -> str:
        return str(node.evaluate("node => getComputedStyle(node).backgroundColor"))

    cite = ada.dialog.locator("button.cite")
    before = look(cite)
    cite.click()
    assert look(cite) != before
    assert ada.dialog.locator("#state").evaluate("node => getComputedStyle(node, '::before').borderTopWidth") != "0px"
    script.put("c1", {"type": "state", "state": "closed", "availability": {"open": True}})
    ada.dialog.locator("#scale label", has_text="4").click()
    labels = ada.dialog.locator("#scale label")
    assert look(labels.nth(3)) != look(labels.nth(2))


def test_on_paper_there_is_no_launcher(stage: Stage) -> None:
    ada, _ = answered(stage)
    ada.close()
    ada.page.emulate_media(media="print")
    expect(ada.launcher).to_be_hidden()


def test_what_is_written_on_a_control_is_in_its_name(stage: Stage) -> None:
    """WCAG 2.5.3, for who speaks to a computer: in every state of the launcher, and for every button of the panel."""
    ada, script = answered(stage)
    wrong = """root => [...root.querySelectorAll("button, a, input, summary")].filter(node => node.checkVisibility())
      .map(node => [node.innerText.trim().replace(/\\s+/g, " "), node.getAttribute("aria-label")])
      .filter(([words, name]) => words && name && !name.toLowerCase().includes(words.toLowerCase()))"""
    root = ada.page.locator("handrail-chat #root")
    ada.dialog.get_by_role("button", name="Not helpful").click()
    assert root.evaluate(wrong) == []
    ada.close()
    expect(ada.launcher).to_have_attribute("aria-label", "Help: Open chat")
    script.say("Are you there?", name="Ben")
    expect(ada.launcher).to_have_attribute("aria-label", "Help: Open chat, 1 unread")
    assert of_widget(ada) == []
