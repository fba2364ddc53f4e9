"""From hello to a person's reply in German, and from right to left: every word on the screen is of that language."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chatbot.decide.phrases.cues import wordlists
from conversations.wording import ENGLISH, Spoken
from conversations.wording.catalogs import CATALOGS
from tests.journeys.desk_page import DeskPage
from tests.journeys.scripted import Script, visit
from tests.journeys.stage import Stage
from tests.journeys.test_agent import DESK
from tests.journeys.widget_page import WidgetPage
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SITES = {
    "berg": {"locale": "de", "name": "Bergladen", "crisis": "Rufen Sie bitte die 112 an."},
    "gabal": {"locale": "ar-XB", "name": "متجر", "crisis": "١١٢"},
}
TEXTS = """() => {
  const said = [], root = document.querySelector("handrail-chat").shadowRoot;
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
    else said.push(...["aria-label", "placeholder", "title", "alt"].map((name) => node.getAttribute(name)));
  }
  return [...said, document.title].filter((text) => text && text.trim());
}"""
"""Every text node of the chat, seen or not, and what is read out instead of one; and the title of the page."""
MADE = """
import json
from sites.models import Site
for slug, fields in json.loads({sites!r}).items():
    Site.objects.create(slug=slug, timezone="UTC", origins=[{url!r}], owners={{"answers": "ben"}}, **fields)
"""


@pytest.fixture(scope="module", autouse=True)
def sites(served: Server) -> None:
    """A German site and one that is read from right to left, with Ben at their desk."""
    served.manage("shell", "-c", MADE.format(sites=json.dumps(SITES), url=served.url))
    for slug in SITES:
        served.manage("grant", slug, "ben=agent")


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


def english(texts: list[str]) -> list[str]:
    """The texts that have a word of the English catalog which the German one does not have."""
    german = wordlists("languages")["de"].union(*(words(line) for line in CATALOGS["de"].values()))
    only = set().union(*(words(re.sub(r"\$\w+", "", line)) for line in ENGLISH.values())) - german - {"ben"}
    return [text for text in texts if words(re.sub(r"\S+@\S+", "", text)) & only]  # an address is of no language


def latin(texts: list[str]) -> list[str]:
    """The texts with a Latin letter that is not Ben's name or of an address."""
    return [text for text in texts if re.search(r"[A-Za-z]", re.sub(r"\bBen\b|\S+@\S+|\bHost\b", "", text))]


IN_THE_ADDRESS = '<script src="/w/v1.js?site={slug}" async></script>'
ON_THE_ELEMENT = '<script src="/w/v1.js" data-site="{slug}" async></script>'


def opened(
    stage: Stage, slug: str, lang: str, locale: str, snippet: str = IN_THE_ADDRESS, **options: object
) -> WidgetPage:
    body = snippet.format(slug=slug)
    ada = visit(stage, html=f"<html lang={lang}>", body=body, locale=locale, **options)
    ada.open()
    return ada


def to_a_person(stage: Stage, ada: WidgetPage, asked: list[str], reply: str, spoken: Spoken) -> Iterator[Page]:
    """The way from hello to the end; yields wherever there is something new to read."""
    yield ada.page
    for text in asked:
        ada.ask(text)
        yield ada.page
    ada.dialog.locator("#human").click()
    ada.dialog.locator("#waiting").wait_for()
    yield ada.page
    ben = DeskPage(stage.staff("ben", DESK))
    ben.page.get_by_role("button", name=re.compile("Claim the conversation")).first.click()
    expect(ben.page.locator("#head .status")).to_have_text("yours")
    ben.reply(reply)
    expect(ada.dialog.locator("article.agent")).to_contain_text(reply)
    expect(ada.dialog.locator("#state")).to_contain_text("Ben")
    yield ada.page
    ada.dialog.locator("#complain").click()
    yield ada.page
    ben.close()
    expect(ada.dialog.locator("#state")).to_have_text(spoken.say("widget.closed"))
    yield ada.page


def read(steps: Iterator[Page], foreign: Callable[[list[str]], list[str]]) -> None:
    for page in steps:
        texts = page.evaluate(TEXTS)
        assert len(texts) > 10
        assert foreign(texts) == []


@pytest.mark.parametrize("snippet", [IN_THE_ADDRESS, ON_THE_ELEMENT], ids=["address", "element"])
def test_a_german_customer_reads_no_english_word_from_hello_to_a_persons_reply(stage: Stage, snippet: str) -> None:
    ada = opened(stage, "berg", "de", "de-DE", snippet)
    spoken = Spoken("de")
    expect(ada.dialog.locator("#core")).to_contain_text("Er versteht nur Fragen auf Englisch")
    asked = ["Guten Tag", "Wo ist meine Bestellung?"]
    read(to_a_person(stage, ada, asked, "Guten Tag, ich sehe gleich nach.", spoken), english)
    bot = ada.dialog.locator("article.bot")
    expect(bot.nth(0)).to_contain_text(spoken.say("greeting", site="Bergladen"))
    expect(bot.nth(1)).to_contain_text(spoken.say("language_own", language="Englisch"))
    assert english(["Sent", "Gesendet", "Talk to a human"]) == ["Sent", "Talk to a human"]


@pytest.mark.parametrize("snippet", [IN_THE_ADDRESS, ON_THE_ELEMENT], ids=["address", "element"])
def test_words_travel_once_and_again_when_the_site_has_changed_one(stage: Stage, snippet: str) -> None:
    ada, welcomes = opened(stage, "berg", "de", "de-DE", snippet), list[dict[str, object]]()

    def hear(text: str | bytes) -> None:
        if (frame := json.loads(text))["type"] == "welcome":
            welcomes.append(frame)

    ada.page.on("websocket", lambda socket: socket.on("framereceived", hear))
    for _ in range(2):
        ada.page.reload()
        ada.open()
        assert "words" not in welcomes[-1]
    ada.ask("Guten Tag")
    assert english(ada.page.evaluate(TEXTS)) == []
    changed = {"widget.human": "Zu Ben", "widget.what": "Was war los?"}
    change = "from sites.models import Site; Site.objects.filter(slug='berg').update(wording={})"
    stage.server.manage("shell", "-c", change.replace("{}", repr(changed)))
    ada.page.reload()
    ada.open()
    expect(ada.dialog.locator("#human")).to_have_text("Zu Ben")
    ada.dialog.locator("#complain").click()
    expect(ada.dialog.get_by_label("Was war los?")).to_be_visible()
    stage.server.manage("shell", "-c", change)
    ada.page.reload()
    ada.open()
    expect(ada.dialog.locator("#human")).to_have_text(Spoken("de").say("widget.human"))
    ada.dialog.locator("#complain").click()
    expect(ada.dialog.get_by_label(Spoken("de").say("widget.what"))).to_be_visible()
    assert english(ada.page.evaluate(TEXTS)) == []


@pytest.mark.parametrize(("slug", "lang", "foreign"), [("berg", "de", english), ("gabal", "ar", latin)])
def test_what_surrounds_answers_offers_and_outages_is_in_the_language_too(
    stage: Stage, slug: str, lang: str, foreign: Callable[[list[str]], list[str]]
) -> None:
    spoken = Spoken(SITES[slug]["locale"])
    script = Script(
        words=spoken.unheld(""), disclosure=spoken.disclosure, site={"name": "", "speaks": spoken.widget_language}
    )
    cited = [{"n": n, "title": "٣", "quote": "٥", "url": "/", "updated": "2026-01-05T15:04:00Z"} for n in (1, 2)]
    parts = [{"text": "٥", "cites": [1], "more": {"text": "٩", "cites": [2]}}, {"text": "٦", "cites": [2]}]
    offers = [{"id": "o", "title": "٣", "heading": ""}]
    ada = opened(stage, slug, lang, lang, script=script)
    script.say("٥", "bot", outcome="answer", generated="quote", citations=cited, parts=parts)
    script.say("٦", "bot", outcome="clarify", offers=offers)
    script.say("٧", name="Ben", approved_by="Ben")
    ada.dialog.locator("article.agent").wait_for()
    ada.dialog.locator("article.bot .cite").first.click()
    ada.dialog.locator("article.bot .down").first.click()
    ada.write("٨")
    assert foreign(ada.page.evaluate(TEXTS)) == []
    if slug == "gabal":
        send = ada.dialog.locator("#form .solid").bounding_box()
        box = ada.dialog.locator("#input").bounding_box()
        assert send is not None
        assert box is not None
        assert send["x"] < box["x"], "what sends stands at the end of the line: left"


def test_somebody_in_danger_reads_the_words_for_a_crisis_after_german_too(stage: Stage) -> None:
    ada = opened(stage, "berg", "de", "de-DE")
    expect(ada.ask("Ich will nicht mehr leben")).to_contain_text("Rufen Sie bitte die 112 an.")
    expect(ada.dialog.locator("#state")).to_have_text("Sie warten auf einen Menschen")
    ada.dialog.locator("#end").click()
    ada.dialog.locator("#end").click()
    expect(ada.dialog.locator("#state")).to_have_text("Gespräch beendet")
    assert english(ada.page.evaluate(TEXTS)) == []


def test_from_right_to_left_as_a_whole_on_a_narrow_phone_too(stage: Stage) -> None:
    ada = opened(stage, "gabal", "ar", "ar", viewport={"width": 900, "height": 700})
    root, dialog = ada.page.locator("handrail-chat #root"), ada.dialog.bounding_box()
    assert root.get_attribute("dir") == "rtl"
    assert dialog is not None
    assert dialog["x"] < 40
    read(to_a_person(stage, ada, ["أين طلبي؟"], "أهلا", Spoken("ar-XB")), latin)
    mine = ada.dialog.locator("article.customer .text").bounding_box()
    human = ada.dialog.locator("#human").bounding_box()
    close = ada.dialog.locator("#close").bounding_box()
    assert mine is not None
    assert human is not None
    assert close is not None
    assert mine["x"] < dialog["x"] + dialog["width"] / 4, "one's own words stand at the end of the line: left"
    assert close["x"] < dialog["x"] + dialog["width"] / 4
    ada.page.set_viewport_size({"width": 320, "height": 640})
    for node in (ada.dialog, ada.dialog.locator("#scroll")):
        assert node.evaluate("node => node.scrollWidth <= node.clientWidth")
