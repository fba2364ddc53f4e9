"""`python -m tests.journeys.pictures [NAME…]`: the pictures of the README, taken from the running product.

Starts a server of its own under `var/pictures`. Writes docs/images, each picture under 150 kB.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import django
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.journeys.desk_page import DeskPage
from tests.journeys.stage import Stage, chromium, set_site
from tests.journeys.test_agent import DESK, shopper
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage
from tests.server import BASE, Server, copy

FOLDER = BASE / "docs" / "images"
LIMIT = 150_000
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 1.5, "has_touch": True}
TALL = {"width": 1280, "height": 1560}
CALM = {"reduced_motion": "reduce"}


def main() -> None:
    """Take every picture, or those named."""
    names = sys.argv[1:]
    server = Server(copy(BASE / "var" / "pictures", "server")).start()
    set_site(server, hours={})
    FOLDER.mkdir(exist_ok=True)
    try:
        with chromium() as browser:
            logins: dict[str, Any] = {}
            for picture in PICTURES:
                if not names or picture.__name__ in names:
                    stage = Stage(browser, server, logins)
                    picture(stage)
                    stage.close()
    finally:
        server.stop()


def shop(stage: Stage) -> None:
    """The demo shop with an answer and its source open."""
    ada = stage.customer(**DESKTOP, **CALM)
    ada.open()
    ada.cite(ada.ask(RETURNS))
    save(ada.page, "shop")


def mirrored(stage: Stage) -> None:
    """From right to left, in the locale that says nothing."""
    ada = elsewhere(stage, "gabal", viewport={"width": 520, "height": 760}, device_scale_factor=1.5)
    ada.ask("أين طلبي؟")
    ada.dialog.locator("#human").click()
    ada.dialog.locator("#waiting").wait_for()
    save(ada.page, "widget-rtl")


def german(stage: Stage) -> None:
    """A German customer asks in German, in the dark, at 320 px."""
    phone = {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 1.5, "color_scheme": "dark"}
    ada = elsewhere(stage, "berg", **phone)
    ada.ask("Wo ist meine Bestellung?")
    save(ada.page, "widget-german-phone")


def elsewhere(stage: Stage, slug: str, **options: Any) -> WidgetPage:
    """A customer of one of the sites in other languages, on a page of its own."""
    for name, value in {"DJANGO_SETTINGS_MODULE": "config.settings", "HANDRAIL_BUILD": "1"}.items():
        os.environ.setdefault(name, value)
    django.setup()
    from tests.journeys.scripted import visit
    from tests.journeys.test_in_other_languages import MADE, SITES

    found = f"Site.objects.filter(slug={slug!r})"
    made = MADE.format(sites=json.dumps({slug: SITES[slug]}), url=stage.server.url).replace("\n", "\n    ")
    stage.server.manage("shell", "-c", f"from sites.models import Site\nif not {found}:\n    {made}")
    lang = SITES[slug]["locale"]
    body = f'<script src="/w/v1.js?site={slug}" async></script>'
    ada = visit(stage, html=f"<html lang={lang}>", body=body, locale=lang, **CALM, **options)
    ada.open()
    return ada


def invited(stage: Stage) -> None:
    """A greeting, consent before the first word, earlier conversations, a file; the other side is scripted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("HANDRAIL_BUILD", "1")
    django.setup()
    from tests.journeys.scripted import Script, visit
    from tests.journeys.test_second_file_states import listed

    look = {"viewport": {"width": 440, "height": 640}, "device_scale_factor": 1.5, **CALM}
    tag = '<script src="/w/v1.js" data-site="fernway" data-name="Fernway Outdoor" {} async></script>'
    greeting = tag.format('data-greeting="Looking for a tent? We help you find the size." data-greet=0')
    ada = visit(stage, body=greeting, script=Script(), **look)
    ada.page.locator("handrail-chat #preview").wait_for()
    save(ada.page, "widget-greeting")
    consent = tag.format('data-consent=1 data-privacy="https://example.com/"')
    ada = visit(stage, body=consent, script=Script(), **look, color_scheme="dark")
    ada.open()
    ada.dialog.locator("#consent").wait_for()
    save(ada.page, "widget-consent")
    script = Script("human", name="Ben", files=True)
    script.answers = listed("en")
    ada = visit(stage, body=tag.format(""), script=script, **look)
    ada.open()
    script.say("Could you send me a picture of the tear?", name="Ben")
    part = {
        "text": "tear.jpg",
        "cites": [],
        "file": "x",
        "links": [{"text": "tear.jpg", "url": "https://example.com/"}],
    }
    script.say("tear.jpg", "customer", parts=[part])
    ada.dialog.locator("#attach").wait_for()
    save(ada.page, "widget-file")
    ada.dialog.locator("#past").click()
    ada.dialog.locator("#talks button").nth(2).wait_for()
    save(ada.page, "widget-conversations")


def widget_dark(stage: Stage) -> None:
    """Declined, in the dark, on a phone."""
    ada = stage.customer(**PHONE, **CALM, color_scheme="dark")
    ada.page.get_by_role("button", name="Open chat").tap()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    ada.ask("Which mutual fund should I buy?")
    save(ada.page, "widget-declined-dark")


def order(stage: Stage) -> None:
    """An order looked up, on a phone."""
    ada = stage.customer(**PHONE, **CALM)
    ada.page.locator(".account summary").tap()
    ada.page.get_by_role("button", name="Ada Byrne").tap()
    expect(ada.page.locator("[data-who]")).to_have_text("Ada Byrne")
    ada.page.locator(".account summary").tap()
    ada.page.get_by_role("button", name="Open chat").tap()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    ada.cite(ada.ask("Where is my order FW-10023?"))
    save(ada.page, "widget-order")


def table(stage: Stage) -> None:
    """A short table, whole, on a phone."""
    ada = stage.customer(**PHONE, **CALM)
    ada.page.get_by_role("button", name="Open chat").tap()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    ada.ask("When does the Dublin store open on Sunday?")
    save(ada.page, "widget-table")


def shapes(stage: Stage) -> None:
    """Answers as what they are: steps, a list, a table, what is shown on request."""
    for name, asked, options in SHAPES:
        given = {**(NARROW if options.get("narrow") else PHONE), **CALM}
        given |= {"color_scheme": "dark"} if options.get("dark") else {}
        ada = stage.customer(**given)
        ada.open()
        answer = ada.ask(asked)
        if options.get("more"):
            answer.get_by_text("Show more").tap()
        save(ada.page, name)


NARROW = {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 1.5, "has_touch": True}
SHAPES: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("widget-steps-dark", "How do I clean my tent?", {"dark": True}),
    ("widget-steps-phone", "How do I clean my tent?", {"narrow": True}),
    ("widget-list", "How many photos do I need for a warranty claim?", {}),
    ("widget-table-dark", "When is the Bristol store open on Sunday?", {"dark": True}),
    ("widget-two-parts", "Can you wash my down jacket, and can I pay with PayPal?", {}),
    (
        "widget-two-parts-dark",
        "Can you wash my down jacket, and can I pay with PayPal?",
        {"dark": True, "narrow": True},
    ),
    ("widget-more", "What are the prices for repairs?", {"more": True}),
)


def waiting(stage: Stage) -> None:
    """Waiting for a person, on a phone."""
    ada = stage.customer(**PHONE, **CALM)
    ada.page.get_by_role("button", name="Open chat").tap()
    ada.dialog.locator("[role=log]").wait_for(state="attached")
    ada.ask("let me talk to a person")
    ada.dialog.get_by_role("heading", name="We have asked a person to join").wait_for()
    save(ada.page, "widget-waiting")
    ada.dialog.get_by_role("button", name="Go on with the AI assistant instead").tap()
    expect(ada.dialog.locator("#state")).to_have_text("AI assistant")


def desk(stage: Stage) -> None:
    """The queue, then one conversation with its packet."""
    people = [queued(stage, name, text) for name, text in QUEUE]
    ben = DeskPage(stage.staff("ben", DESK, **DESKTOP, **CALM))
    expect(ben.waiting("Linus Holm")).to_be_visible()
    save(ben.page, "desk-queue")
    ben.claim("Ada Byrne")
    ben.reply("Hello Ada, Ben here. I have your order in front of me: the label is on its way to your inbox.")
    people[0].write("That was quick, thank you!")
    expect(ben.said("customer").last).to_contain_text("That was quick")
    expect(ben.page.locator("#notice")).to_be_empty()
    save(ben.page, "desk-conversation")
    for customer in people:
        customer.dialog.get_by_role("button", name="End conversation").click()
        customer.dialog.get_by_role("button", name="Press again to end").click()


def desk_dark(stage: Stage) -> None:
    """The queue on a phone and a conversation with its keys, in the dark."""
    people = [queued(stage, name, text) for name, text in QUEUE]
    phone = DeskPage(stage.staff("ben", DESK, **PHONE, **CALM, color_scheme="dark"))
    expect(phone.waiting("Linus Holm")).to_be_visible()
    save(phone.page, "desk-queue-phone-dark")
    ben = DeskPage(stage.staff("ben", DESK, **DESKTOP, **CALM, color_scheme="dark"))
    ben.claim("Grace Okafor")
    ben.page.keyboard.press("Escape")
    ben.page.keyboard.press("w")
    expect(ben.page.locator("#menu-close .panel")).to_be_visible()
    expect(ben.page.locator("#notice")).to_be_empty()
    save(ben.page, "desk-close-dark")
    for customer in people:
        customer.dialog.get_by_role("button", name="End conversation").click()
        customer.dialog.get_by_role("button", name="Press again to end").click()


QUEUE = [
    ("Ada Byrne", RETURNS),
    ("Grace Okafor", "Do I get the delivery charge refunded as well?"),
    ("Linus Holm", "Can you post gas cartridges to me?"),
]


def queued(stage: Stage, name: str, text: str) -> WidgetPage:
    customer = shopper(stage, name)
    customer.ask(text)
    customer.talk_to_a_human()
    return customer


def release(stage: Stage) -> None:
    """The live release as its owner sees it."""
    dan = stage.staff("dan", "/admin/release/release/", **DESKTOP, **CALM)
    dan.get_by_role("link", name="Release").filter(has_text="1").first.click()
    save(dan, "release")


def test_question(stage: Stage) -> None:
    """One question against candidate and live."""
    cleo = stage.staff(
        "cleo", "/admin/test-question/?site=fernway&question=Is+it+safe+to+dry+wet+boots+on+a+radiator%3F", **DESKTOP
    )
    save(cleo, "test-question")


def monitoring(stage: Stage) -> None:
    """What became of questions, with history that never happened."""
    command = [sys.executable, "manage.py", "seed_history", "--site", "fernway"]
    env = {**os.environ, "HANDRAIL_HOME": str(stage.server.home), "DEBUG": "1"}
    subprocess.run(command, cwd=BASE, env=env, check=True)
    save(stage.staff("dan", "/admin/release/release/monitoring/?of=synthetic", viewport=TALL, **CALM), "monitoring")


def save(page: Page | Locator, name: str) -> None:
    """Write one picture with as few colours as keep it small."""
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    for colours in (256, 128, 64):
        packed = io.BytesIO()
        shot.quantize(colours, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= LIMIT:
            break
    (FOLDER / f"{name}.png").write_bytes(packed.getvalue())
    print(f"  {name}.png {packed.tell() // 1000} kB")


PICTURES: tuple[Callable[[Stage], None], ...] = (
    shop,
    widget_dark,
    mirrored,
    german,
    invited,
    order,
    table,
    shapes,
    waiting,
    desk,
    desk_dark,
    release,
    test_question,
    monitoring,
)

if __name__ == "__main__":
    main()
