"""Markup as message, name, e-mail and page: at the desk, in the record and in the widget it is text, and only that.

With CASES naming a folder of collected attacks, its markup is tried too. What a page's policy stopped is counted and
must be nothing: markup that only the policy stops has been believed already.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from release.redteam.catalogue import goals
from tests.chatbot import forgery
from tests.client import Customer
from tests.journeys.stage import Stage, set_site
from tests.journeys.test_agent import DESK
from tests.journeys.test_markup_in_the_widget import RENDERED
from tests.server import Server, copy

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
OURS = [
    "<img src=x onerror=alert(1)>",
    "\"><script>alert('name')</script>",
    "</title></textarea></script><svg onload=alert(2)>",
    "[press here](javascript:alert(3)) ![](https://evil.example/p.png)",
    "{{ 7*7 }} {% debug %} ${7*7} <%= 7*7 %>",
    "<style>body{display:none}</style><iframe src=https://evil.example></iframe>",
    "<a href='https://evil.example' hx-get='/admin/logout/' hx-trigger='load' onclick=alert(4)>x</a>",
]
LISTEN = """
window.stopped = [];
addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.violatedDirective));
"""
MADE = r"""() => [...document.body.querySelectorAll("*")].filter((node) =>
  !(node.tagName === "A" && /^https:/.test(node.href) && node.textContent === node.getAttribute("href")
    && node.rel === "noopener noreferrer")
  && (/^(IFRAME|OBJECT|EMBED|BASE)$/.test(node.tagName) || (node.tagName === "SCRIPT" && !node.src && !node.type)
  || [...node.attributes].some(({ name, value }) =>
    name.startsWith("on") || (/^(src|href|action|hx-get)$/.test(name) && /^\s*javascript:|evil\.example/i.test(value))))
).map((node) => node.outerHTML.slice(0, 200))"""
"""What only markup from outside could have made: the product's own pages have no such element or attribute, but for
an address that somebody wrote out, which leads to itself."""


def texts() -> list[str]:
    """Ours, the red team's, and those of CASES."""
    seeds = [text for text, *_ in goals()["markup"].seeds]
    collected: list[str] = []
    if folder := os.environ.get("CASES"):
        lines = (Path(folder) / "attacks" / "markup_injection.jsonl").read_text(encoding="utf-8").splitlines()
        collected = [json.loads(line)["turns"][-1] for line in lines]
    return list(dict.fromkeys([*OURS, *seeds, *collected]))


@pytest.fixture(scope="module")
def served(homes: Path) -> Iterator[Server]:
    server = Server(copy(homes, "markup"), {"HANDRAIL_IDENTITY_KEYS": json.dumps(forgery.RINGS)}).start()
    set_site(server, hours={})
    yield server
    server.stop()


class Watched:
    """A page whose dialogs, policy reports and requests to elsewhere are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.home = page, page.url.split("/admin/")[0]
        self.dialogs: list[str] = []
        self.elsewhere: list[str] = []
        page.add_init_script(LISTEN)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.elsewhere.append(request.url))

    def go(self, path: str) -> None:
        self.page.goto(path if "://" in path else self.home + path)

    def harm(self) -> list[str]:
        """What markup has done on the page that is open: nothing."""
        away = [url for url in self.elsewhere if not url.startswith((self.home, "data:", "blob:"))]
        return [*self.page.evaluate(MADE), *self.page.evaluate("window.stopped"), *self.dialogs, *away]


def arrive(server: Server, said: list[str]) -> list[str]:
    """Eve, once for each text: her name, e-mail, page and message are that text. The conversations."""

    async def one(n: int, text: str) -> str:
        token = forgery.signed(sub=f"eve{n}", name=text[:200], email=text[:200])
        hello = {"identity": token, "page": f"https://shop.example/?{text}"[:500], "locale": text[:20]}
        async with Customer(server.ws, **hello) as eve:
            await eve.say(text[:4000])
            await eve.send({"type": "contact", "email": text[:200]})
            await eve.human()
            await eve.until(lambda: len(eve.acked) == 1)
            return str(eve.welcome["conversation"])

    async def everyone() -> list[str]:
        return [await one(n, text) for n, text in enumerate(said)]

    with ThreadPoolExecutor(1) as beside:  # the browser's own loop runs on this thread
        return beside.submit(lambda: asyncio.run(everyone())).result()


def test_nothing_of_it_runs_or_breaks_at_the_desk_in_the_record_or_in_the_widget(stage: Stage) -> None:
    said = texts()
    conversations = arrive(stage.server, said)
    ben, alma = Watched(stage.staff("ben", DESK)), Watched(stage.staff("alma"))
    ben.go(DESK)
    expect(ben.page.locator("#list-open .row")).to_have_count(len(said))
    assert ben.harm() == []
    for text, conversation in zip(said, conversations, strict=True):
        ben.go(f"{DESK}{conversation}/")
        line = ben.page.locator("#thread .entry.customer").first
        assert squeezed(text) in squeezed(line.inner_text()), "it is shown, as text"
        assert ben.harm() == [], text
        alma.go(f"/admin/conversations/conversation/{conversation}/change/")
        assert alma.harm() == [], text
    alma.go("/admin/conversations/conversation/")
    assert alma.harm() == []
    print(f"{len(said)} texts on {2 * len(said) + 2} pages: 0 dialogs, 0 policy reports, 0 requests to elsewhere")


def test_what_is_written_in_the_widget_and_answered_by_a_person_is_text_on_both_sides(stage: Stage) -> None:
    ada, ben = stage.customer(), Watched(stage.staff("ben", DESK))
    ada.page.add_init_script(LISTEN)
    ada.page.reload()
    ada.open()
    ada.talk_to_a_human()
    ben.go(DESK)
    ben.page.locator("#list-open .row", has_text="Visitor").last.get_by_role("button").first.click()
    expect(ada.dialog.locator("#state")).to_have_text("You are talking to Ben")
    for n, text in enumerate(said := [t for t in texts() if "\n" not in t and len(t) < 1000], 1):
        ada.write(text)
        expect(ben.page.locator("#thread .entry.customer")).to_have_count(n)
        ben.page.locator("#reply").fill(text)
        ben.page.locator("#send").click()
        expect(ada.dialog.locator("article.agent")).to_have_count(n)
    assert ben.harm() == []
    assert ada.page.evaluate(RENDERED) == 0
    assert ada.page.evaluate("window.stopped") == []
    assert [m.text for m in ada.messages if m.author == "agent"] == [text.strip() for text in said]


def test_a_desk_that_rendered_markup_would_be_seen(stage: Stage) -> None:
    """The same look at a page into which one message was written as HTML: the policy speaks, and the look finds it."""
    (conversation,) = arrive(stage.server, ["A question about <img src=x onerror=alert(1)>"])
    stage.foresee(".*")

    def rendering(route: Route) -> None:
        reply = route.fetch()
        assert "&lt;img src=x onerror=alert(1)&gt;" in reply.text()
        route.fulfill(response=reply, body=reply.text().replace("&lt;", "<").replace("&gt;", ">"))

    ben = Watched(stage.staff("ben", DESK))
    ben.page.route(f"**{DESK}{conversation}/", rendering)
    ben.go(f"{DESK}{conversation}/")
    harm = ben.harm()
    assert any("onerror" in found for found in harm)
    assert "script-src-attr" in harm


def squeezed(text: str) -> str:
    """A text without the white space that a page does not keep."""
    return "".join(text.split())
