"""What came with the second file, in each state: nothing for axe to find, no English in German, room at 320 pixels."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conversations.wording import Spoken
from tests.journeys.alone import door_alone
from tests.journeys.scripted import Frame, Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_accessible import wrong
from tests.journeys.test_in_other_languages import TEXTS, english, latin
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
LOCALES = {"en": "en", "de": "de", "ar": "ar-XB"}
NOW = "2026-01-05T15:04:00+00:00"
ABOUT = {"en": "Where is my parcel?", "de": "Wo ist mein Paket?", "ar": "أين طلبي؟"}


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    """The door alone: the other side is scripted."""
    server = door_alone(homes, "states")
    yield server
    server.stop()


def opened(stage: Stage, lang: str, body: str, script: Script, **options: Any) -> WidgetPage:
    head = f'<script src="/w/v1.js" data-site="fernway" data-locale="{lang}" {body} async></script>'
    page = visit(stage, html=f"<html lang={lang}>", body=head, script=script, locale=lang, **options)
    page.launcher.wait_for()
    return page


def scripted(lang: str, state: str = "bot", **more: Any) -> Script:
    spoken = Spoken(LOCALES[lang])
    script = Script(state, words=spoken.widget, disclosure=spoken.disclosure, name="Ben",
                    site={"name": "", "speaks": spoken.widget_language}, **more)  # fmt: skip
    script.answers = listed(lang)
    return script


def listed(lang: str) -> Callable[[Frame], list[Frame]]:
    """What a server answers to who looks back."""
    there = [{"conversation": f"c{n}", "state": state, "begun": NOW, "last": NOW, "about": ABOUT[lang]}
             for n, state in ((1, "bot"), (2, "closed"), (3, "waiting"))]  # fmt: skip
    told = {"past": {"type": "past", "conversations": there, "mail": "a…@example.com"},
            "transcript": {"type": "ok", "for": "transcript", "mail": "a…@example.com"}}  # fmt: skip
    return lambda frame: [told[frame["type"]] | {"id": frame["id"]}] if frame["type"] in told else []


def states(stage: Stage, lang: str, **options: Any) -> Iterator[tuple[str, Page]]:
    """Each new state, one after the other."""
    ada = opened(stage, lang, f'data-greeting="{ABOUT[lang]}" data-greet=0', scripted(lang), **options)
    ada.page.evaluate("Handrail.open(); Handrail.close()")  # the words of the site
    ada.page.locator("handrail-chat #preview").wait_for(state="attached")
    ada = opened(stage, lang, 'data-consent=1 data-privacy="https://example.com/"', scripted(lang), **options)
    ada.open()
    ada.dialog.locator("#agree").wait_for()
    yield "consent", ada.page
    ada.dialog.locator("#agree").click()
    ada.write(ABOUT[lang])
    ada.dialog.locator("#past").wait_for()
    yield "the foot with all that it offers", ada.page
    ada.dialog.locator("#past").click()
    ada.dialog.locator("#talks button").nth(2).wait_for()
    yield "past conversations", ada.page
    ada.dialog.locator("#mail_it").click()
    expect(ada.status).to_contain_text("a…@example.com")
    yield "sent", ada.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("width", [1000, 320])
def test_axe_finds_nothing_in_any_of_them(stage: Stage, lang: str, scheme: str, width: int) -> None:
    look = {"color_scheme": scheme, "reduced_motion": "reduce", "viewport": {"width": width, "height": 640}}
    for state, page in states(stage, lang, **look):
        assert wrong(page, "handrail-chat") == [], state
        fits = "node => node.scrollWidth <= node.clientWidth"
        assert page.locator("handrail-chat dialog").evaluate(fits), state


@pytest.mark.parametrize(("lang", "foreign"), [("de", english), ("ar", latin)])
def test_no_word_of_another_language_stands_in_any_of_them(
    stage: Stage, lang: str, foreign: Callable[[list[str]], list[str]]
) -> None:
    for state, page in states(stage, lang):
        assert foreign(page.evaluate(TEXTS)) == [], state
