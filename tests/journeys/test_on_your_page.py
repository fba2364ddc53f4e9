"""What "Put it on your page" says is what a browser does: where a policy stops the chat, and in the preview."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from sites.models import Site
from sites.outside import placed, preview
from sites.outside.placed import Fetched
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_accessible import wrong
from tests.journeys.test_customer import RETURNS
from tests.journeys.widget_page import WidgetPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SHOP = "http://www.shop.example"
POLICIES = [
    "default-src 'none'",
    "script-src {base}; connect-src {base}",
    "script-src {base}; connect-src {socket} {base}",
    "script-src {base}; connect-src {socket}",
    "script-src {base} 'nonce-abc' 'strict-dynamic'",
    "script-src 'nonce-abc'",
    "script-src http:; connect-src http: ws:",
    "script-src-elem {base}; script-src 'none'; connect-src *",
    "script-src {base}/w/",
    "script-src {base}/static/; connect-src 'self'",
    "connect-src 'none'",
    "script-src {base}/w/v1.js; connect-src *",
]
EVIL = (
    "<h1>Our shop</h1><p>Boots and tents, and all that goes with them, in three stores and here.</p>"
    '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script><svg><style><img src=x onerror='
    "\"window.stolen=1\"></style></svg><a href='javascript:window.stolen=1' id=trap>x</a>"
    "<iframe srcdoc='<script>parent.stolen=1</script>'></iframe><form action='https://evil.example'><input></form>"
)


def sent(html: str, policy: str = "") -> Callable[[Route], None]:
    """What a server answers with a page, under its policy."""
    headers = {"Content-Security-Policy": policy} if policy else {}
    return lambda route: route.fulfill(body=html, content_type="text/html", headers=headers)


def shown(page: Page) -> tuple[bool, bool]:
    """Whether a browser loads the script on this page, and whether the chat is connected."""
    launcher = page.locator("handrail-chat #launch")
    try:
        launcher.wait_for(timeout=4_000)
    except Exception:
        return False, False
    launcher.click()
    widget = WidgetPage(page)
    try:
        widget.write("Hello")
        widget.dialog.locator("article.bot").first.wait_for(timeout=6_000)
    except Exception:
        return True, False
    return True, True


def test_what_it_says_of_a_policy_is_what_a_browser_does(stage: Stage) -> None:
    stage.foresee("Content Security Policy|Content-Security-Policy|policy directive|WebSocket|Failed to load resource")
    set_site(stage.server, origins=[SHOP])
    base = stage.server.url
    line = f'<script src="{base}/w/v1.js" data-site="fernway" async></script>'
    page = stage.context().new_page()
    said, done = {}, {}
    for number, form in enumerate(POLICIES):
        policy = form.format(base=base, socket=base.replace("http", "ws", 1))
        address, html = f"{SHOP}/{number}", f"<!doctype html><html lang=en><title>Shop</title>{line}"
        page.route(address, sent(html, policy))
        page.goto(address)
        done[form] = shown(page)
        page.evaluate("localStorage.clear(); sessionStorage.clear()")  # the next page is somebody else's first
        found = placed.look(Site(slug="fernway", origins=[SHOP]), Fetched(address, html, [policy]), base)
        stops = " ".join(each.said for each in found if each.kind == "stops" and "policy" in each.said)
        script = "loading the script" not in stops
        said[form] = (script, script and "the connection" not in stops)
    stricter = {form for form in POLICIES if said[form] != done[form]}
    wrong_about = {form: (said[form], done[form]) for form in stricter}
    assert all(said[form] < done[form] for form in stricter), wrong_about
    assert len(stricter) <= 2, (said, done)  # requests instead of a socket, and an answer without the second file


def test_where_scripts_are_known_by_a_nonce_the_second_file_has_it_too(stage: Stage) -> None:
    set_site(stage.server, origins=[SHOP])
    page = stage.context().new_page()
    line = f'<script src="{stage.server.url}/w/v1.js" data-site="fernway" nonce="abc" async></script>'
    html = f"<!doctype html><html lang=en><title>Shop</title>{line}"
    page.route(f"{SHOP}/", sent(html, "script-src 'nonce-abc'; connect-src *"))
    page.goto(f"{SHOP}/")
    ada = WidgetPage(page)
    ada.open()
    ada.ask(RETURNS)
    expect(ada.dialog.get_by_role("button", name="Your conversations")).to_be_visible()


@pytest.mark.parametrize(
    ("named", "comes"), [("", True), ("; trusted-types x handrail", True), ("; trusted-types x", False)]
)
def test_a_page_that_demands_trusted_types_has_the_second_file_where_it_lets_it(
    stage: Stage, named: str, comes: bool
) -> None:
    stage.foresee("TrustedScriptURL|TrustedTypePolicy|Trusted Type|trusted-types")
    set_site(stage.server, origins=[SHOP])
    page = stage.context().new_page()
    line = f'<script src="{stage.server.url}/w/v1.js" data-site="fernway" async></script>'
    html = f"<!doctype html><html lang=en><title>Shop</title>{line}"
    page.route(f"{SHOP}/", sent(html, f"require-trusted-types-for 'script'{named}"))
    page.goto(f"{SHOP}/")
    ada = WidgetPage(page)
    ada.open()
    ada.ask(RETURNS)
    earlier = ada.dialog.get_by_role("button", name="Your conversations")
    if comes:
        expect(earlier).to_be_visible()
    else:
        expect(ada.dialog).to_contain_text("30 days")
        assert earlier.count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_preview_answers_and_nothing_of_the_page_acts(stage: Stage, scheme: str, width: int) -> None:
    stage.foresee("Content Security Policy|ERR_|Failed to load resource|Not allowed to load")
    size = {"width": width, "height": 900}
    dan = stage.staff("dan", "/admin/your-site/fernway/look/", color_scheme=scheme, viewport=size)
    body = preview.drawn(Fetched(f"{SHOP}/", EVIL, ()), "fernway", stage.server.url)
    host = stage.server.url
    policy = preview.POLICY.format(host=host, socket=host.replace("http", "ws", 1))
    address = f"{host}/admin/your-site/fernway/preview/?of=x"
    dan.route(address, sent(body, policy))
    dan.evaluate(
        """address => { const frame = document.createElement("iframe"); frame.className = "preview";
        frame.title = "Your page"; frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
        frame.src = address; document.querySelector(".setup").append(frame); }""",
        address,
    )
    frame = dan.frame_locator("iframe.preview")
    expect(frame.get_by_role("heading", name="Our shop")).to_be_visible()
    frame.locator("handrail-chat #launch").press("Enter")  # where it stands in the frame may be below the window
    frame.locator("handrail-chat #input").fill(RETURNS)
    frame.locator("handrail-chat #input").press("Enter")
    expect(frame.locator("handrail-chat article.bot").last).to_contain_text("30 days")
    inner = next(each for each in dan.frames if each.url == address)
    inner.evaluate("document.querySelector('#trap').click()")
    assert inner.evaluate("window.stolen") is None
    assert dan.evaluate("window.stolen") is None
    assert wrong(dan) == []
    if folder := os.environ.get("SHOTS"):
        dan.screenshot(path=f"{folder}/look-{scheme}.png", full_page=True)


def test_a_page_that_is_not_public_is_refused_in_words(stage: Stage) -> None:
    dan = stage.staff("dan", "/admin/your-site/fernway/look/")
    dan.get_by_label("The address of a page that is to carry it").fill(stage.server.url)
    dan.get_by_role("button", name="Look at my page").click()
    expect(dan.locator(".messagelist")).to_contain_text("may not be reached")


def test_where_it_was_seen_is_said_within_seconds(stage: Stage) -> None:
    set_site(stage.server, origins=[SHOP])
    dan = stage.staff("dan", "/admin/your-site/fernway/look/")
    page = stage.context().new_page()
    line = f'<script src="{stage.server.url}/w/v1.js" data-site="fernway" async></script>'
    page.route(f"{SHOP}/**", sent(f"<!doctype html><html lang=en><title>Shop</title>{line}"))
    page.goto(f"{SHOP}/seen")
    WidgetPage(page).open()
    expect(dan.locator("#seen")).to_contain_text(f"Seen on {SHOP}")
