"""A page names its site on the element, in the script's address or in a global, and loads it as it likes."""

import json
import urllib.request

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.journeys.scripted import SNIPPET, Script, visit
from tests.journeys.stage import Stage, set_site

pytestmark = pytest.mark.browser
BY_SCRIPT = "<script>document.head.append(Object.assign(document.createElement('script'), {{src: '{}', {}}}))</script>"
WAYS = {
    "the element": SNIPPET,
    "a module": '<script type="module" src="/w/v1.js" data-site="fernway"></script>',
    "a tag manager, by the address": BY_SCRIPT.format("/w/v1.js?site=fernway", "async: true"),
    "a tag manager, by a global": "<script>HandrailOptions = {site: 'fernway'}</script>"
    + BY_SCRIPT.format("/w/v1.js", ""),
    "a module of a tag manager": BY_SCRIPT.format("/w/v1.js?site=fernway", "type: 'module'"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_leads_to_the_site(stage: Stage, way: str) -> None:
    script = Script()
    ada = visit(stage, body="", head=WAYS[way], script=script)
    ada.open()
    assert [frame["site"] for frame in script.heard] == ["fernway"]


def test_the_element_has_the_last_word_and_other_options_go_each_way_too(stage: Stage) -> None:
    script = Script()
    tag = '<script>HandrailOptions = {site: "a", label: "Ask", name: "Desk"}</script>'
    tag += '<script src="/w/v1.js?site=b&label=Questions" data-site="fernway" async></script>'
    ada = visit(stage, body=tag, script=script)
    ada.open()
    assert script.heard[0]["site"] == "fernway"
    expect(ada.dialog.get_by_role("heading", name="Desk")).to_be_visible()
    expect(ada.launcher).to_have_attribute("aria-label", "Questions: Open chat")


def test_a_page_that_names_no_site_reads_how_in_the_console(stage: Stage) -> None:
    stage.foresee("the snippet names no site.")
    ada = visit(stage, body='<script src="/w/v1.js" async></script>')
    ada.page.wait_for_function("() => performance.getEntriesByName(location.origin + '/w/v1.js').length")
    ada.page.wait_for_timeout(100)
    assert any("names no site" in text for text in stage.complaints)
    expect(ada.launcher).to_have_count(0)


def test_who_is_named_in_the_address_can_be_reached_before_any_connection(stage: Stage) -> None:
    set_site(stage.server, contact={"email": "help@fernway.example.com", "phone": "01632 960118"})
    page = stage.context().new_page()
    page.clock.install()
    page.route_web_socket("**/ws/chat/", lambda socket: socket.close())
    tag = '<script src="/w/v1.js?site=fernway" async></script>'
    page.route(
        "**/host",
        lambda route: route.fulfill(body=f"<!doctype html><link rel=icon href=data:,>{tag}", content_type="text/html"),
    )
    page.goto(stage.server.url + "/host")
    page.get_by_role("button", name="Open chat").click()
    page.clock.run_for(15_000)
    away = page.locator("handrail-chat #away")
    expect(away.get_by_role("link", name="help@fernway.example.com")).to_be_visible()
    expect(away.get_by_role("link", name="01632 960118")).to_have_attribute("href", "tel:01632960118")


def test_an_address_with_a_name_that_is_none_gives_the_same_script_as_without(stage: Stage) -> None:
    def script(query: str) -> bytes:
        with urllib.request.urlopen(f"{stage.server.url}/w/v1.js{query}") as reply:
            return bytes(reply.read())

    assert script("?site=nobody") == script("") != script("?site=fernway")
    assert json.dumps({"speaks": "en"})[1:-1].encode() in script("?site=fernway")


def test_after_an_outage_try_now_tries_now(stage: Stage) -> None:
    tries: list[WebSocketRoute | Route] = []
    page = stage.context().new_page()
    page.clock.install()

    def hang_up(socket: WebSocketRoute) -> None:
        tries.append(socket)
        socket.close()

    def lose(request: Route) -> None:
        tries.append(request)
        request.abort()

    stage.foresee("ERR_FAILED")
    page.route_web_socket("**/ws/chat/", hang_up)
    page.route("**/w/v1/frames*", lose)  # the other way, which is taken where sockets are shut
    page.goto(stage.server.url)
    page.get_by_role("button", name="Open chat").click()
    page.clock.run_for(60_000)
    before = len(tries)
    page.locator("handrail-chat").get_by_role("button", name="Try now").click()
    for _ in range(100):
        if len(tries) > before:
            break
        page.wait_for_timeout(20)
    assert len(tries) == before + 1
