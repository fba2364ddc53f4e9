"""No request over HTTP ends in an error of ours, whatever is in its path, its query, its form, its cookies or its JSON.

One page of each kind that somebody can click to is asked with what is no text in every name that a page looks for.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from lxml import html

from conversations.models import Conversation
from sites.core import foreign
from sites.models import Site
from tests.escalation.conftest import wait
from tests.hostile.foreign import BAD, DEEP, reads_everywhere

pytestmark = pytest.mark.django_db
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
WORST = BAD["all of them between words"]
NUL = "Ada \0 of Fern\0way"
HALF = json.dumps({"half": "\ud83d", "\ude00": ["\0"]})
HOME = "http://localhost:8000"


@pytest.fixture
def handoff(fernway: Site) -> Any:
    return wait(fernway, identity={"sub": "ada", "name": "Ada", "exp": 2**40})


@pytest.fixture
def boss(people: dict[str, Any]) -> Client:
    """A browser of the one who may do everything."""
    client = Client()
    client.force_login(people["admin"])
    return client


# ── REST ──────────────────────────────────────────────────────────────────────────────────────────────────────


def query(bad: str) -> str:
    """Every name that some page looks for in its query, with a bad value."""
    return "&".join(f"{name}={quote(bad.encode('utf-8', 'surrogatepass'))}" for name in named())


def named() -> list[str]:
    """The names that the source reads of queries and forms."""
    base = Path(settings.BASE_DIR)
    rooms = ("chatbot", "conversations", "escalation", "knowledge", "release", "sites")
    code = "\n".join(path.read_text() for room in rooms for path in base.glob(f"{room}/**/*.py"))
    found = re.findall(r"(?:GET|POST|query_params|form)(?:\.get(?:list)?\(|\[)\"(\w+)\"", code)
    return sorted(
        {*found, "q", "p", "o", "e", "after", "page", "site__id__exact", "_to_field", "next", "turn", "cited"}
    )


CUSTOMERS = ("ask", "choose", "human", "feedback", "rate", "contact", "complaint", "leave", "end")


def test_a_customers_verbs_over_rest_bear_what_is_no_text(fernway: Site, people: Any) -> None:
    bad, ada = WORST, Client(headers={"Origin": HOME})
    hello = {"site": "fernway", "locale": bad, "page": f"{HOME}/{bad}", bad: bad}
    opened = ada.post("/api/v1/conversations/", json.dumps(hello), JSON_TYPE)
    assert opened.status_code == 200
    welcome = opened.json()
    here = f"/api/v1/conversations/{welcome['conversation']}/"
    bearer = {"Authorization": f"Bearer {welcome['token']}"}
    body = {
        "type": bad,
        "text": f"hello {bad}",
        "comment": bad,
        "reason": bad,
        "email": f"a{bad}@b.example",
        bad: [bad],
    }
    for verb in CUSTOMERS:
        for more in ({"id": f"{verb}-1", "offer": bad, "value": 1, "seq": 2}, {"id": bad, "value": -1, "seq": 2}):
            sent = json.dumps({**body, **more})
            assert ada.post(f"{here}{verb}/", sent, JSON_TYPE, headers=bearer).status_code < 500, verb
    news = ada.get(f"{here}?after={quote(NUL)}", headers=bearer)
    assert news.status_code == 200
    assert not set(news.content.decode()) & set("\0")
    shown = reads_everywhere(Conversation.objects.get(pk=welcome["conversation"]), people["admin"])
    assert not set(shown) & set("\0\ud83d\ude00")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (DEEP.encode(), "nested deeper than 64 levels"),
        (b'"\xff"', "not UTF-8"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -1e400}', "-1e400 is no number"),
        (b'{"a": ', "Expecting value: line 1 column 7 (char 6)"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why(db: None, body: bytes, why: str) -> None:
    answer = Client().post("/api/v1/conversations/", body, JSON_TYPE)
    assert answer.status_code == 400
    assert answer.json() == {"detail": f"The body is not JSON that can be read: {why}.", "code": "parse_error"}


def test_a_body_without_an_end_is_refused(db: None) -> None:
    assert Client().post("/api/v1/conversations/", b" " * (foreign.MOST + 9), JSON_TYPE).status_code == 400


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def pages(client: Client, first: str = "/admin/") -> Iterator[tuple[str, html.HtmlElement]]:
    """One page of each kind that somebody can click to."""
    waiting, seen = [first], set()
    while waiting:
        address = waiting.pop(0)
        kind = resolve(address.partition("?")[0]).view_name
        if kind in seen or "logout" in kind:
            continue
        seen.add(kind)
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.status_code != 200 or "html" not in answer["Content-Type"] or answer.streaming:
            continue
        page = html.fromstring(answer.content)
        page.make_links_absolute(f"http://testserver{address}")
        waiting += [
            link[17:].partition("#")[0]
            for link in page.xpath("//a/@href")
            if link.startswith("http://testserver/admin/")
        ]
        yield address, page


def test_every_page_bears_what_is_no_text_in_its_query(boss: Client, handoff: Any) -> None:
    for address, _ in pages(boss):
        answer = boss.get(f"{address.partition('?')[0]}?{query(WORST)}")
        assert answer.status_code < 500, address


def test_a_form_in_another_charset_brings_no_half_character(boss: Client, handoff: Any, people: Any) -> None:
    conversation = handoff.conversation_id
    assert boss.post(f"/admin/escalation/handoff/desk/{conversation}/claim/", {}).status_code < 400
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nHello \\ud83d +2D0- \\x00\r\n--x--\r\n'
    for verb, charset in product(
        ("note", "reply"), ("unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "none")
    ):
        address = f"/admin/escalation/handoff/desk/{conversation}/{verb}/?text=%5Cud83d"
        answer = boss.generic("POST", address, part, f"multipart/form-data; boundary=x; charset={charset}")
        assert answer.status_code < 500
    shown = reads_everywhere(Conversation.objects.get(pk=conversation), people["admin"])
    assert not set(shown) & set("\0\ud83d\ude00")


def test_a_cookie_with_nul_is_nobodys(db: None) -> None:
    eve = Client()
    for name in ("sessionid", "csrftoken", "messages"):
        eve.cookies.load(f'{name}="' + r"\000" * 40 + '"')
    answer = eve.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")
