"""What other systems answer is text by the time it is kept: the shop's orders, a model, an endpoint of webhooks."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chatbot.decide import model
from conversations.models import Conversation
from release.redteam.agent import Agent
from release.redteam.catalogue import goals
from sites.core import foreign
from sites.models import OutboxItem, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import webhooks
from tests.hostile.foreign import BAD, DEEP, reads_everywhere
from tests.hostile.server import Exchange, Hostile, completion
from tests.hostile.shop import order
from tests.hostile.test_model import SENTENCES
from tests.hostile.test_turns import ask
from tests.receiver import SENT_HERE
from tools import wire

pytestmark = pytest.mark.django_db
WORST = BAD["all of them between words"]
ADA = {"sub": "ada", "exp": 2**40, "name": "Ada"}


def whole(text: str) -> bool:
    return foreign.text(text) == text


def orders_with(bad: str) -> dict[str, Callable[[Exchange], None]]:
    return {
        "a carrier": order(carrier=f"North{bad} Post"),
        "an item": order(items=[{"name": f"Rain{bad} jacket", "quantity": 1}]),
        "a customer": order(customer=f"ada{bad}"),
        "a number": order(number=f"FW-10023{bad}"),
        "a status": order(status=f"shipped{bad}"),
        "a day": order(due=f"2026-03-16{bad}"),
        "a key": order(**{f"x{bad}": bad}),
        "deep JSON": lambda e: e.reply(DEEP.encode()),
        "raw halves": lambda e: e.reply(b'{"carrier": "\xed\xa0\xbd"}'),
    }


def test_an_order_with_what_is_no_text_is_told_as_text_or_not_at_all(
    bad_shop: Hostile, fernway: Site, people: Any
) -> None:
    bad_shop.habits = orders_with(WORST)
    for habit in bad_shop.habits:
        bad_shop.habit = habit
        wire.forget()
        message = ask(fernway, "Where is my order FW-10023?", ADA)
        assert message.outcome in ("answer", "handoff"), habit
        assert whole(message.text)
        shown = reads_everywhere(Conversation.objects.get(pk=message.conversation_id), people["admin"])
        assert whole(shown)


def saying(bad: str) -> dict[str, Callable[[Exchange], None]]:
    written = json.dumps({"sentences": [1], f"x{bad}": bad})
    call = {"index": 0, "message": {"role": f"assistant{bad}", "content": written}, "finish_reason": bad}
    return {
        "beside a choice": lambda e: e.say(written),
        "in a choice": lambda e: e.choose([bad]),
        "as a choice": lambda e: e.say(bad),
        "as a refusal": lambda e: e.say(None, refusal=bad),
        "in every field": lambda e: e.reply(json.dumps({**completion([call]), "id": bad, "model": bad}).encode()),
        "as an error": lambda e: e.reply(json.dumps({"error": {"message": bad}}).encode(), "400 Bad"),
    }


def test_a_model_that_says_what_is_no_text_is_heard_for_its_numbers_only(liar: Hostile) -> None:
    liar.habits = saying(WORST)
    for habit in liar.habits:
        liar.habit = habit
        model.line.breaker.reset()
        assert model.select("Can I send it back?", SENTENCES) in (None, (0,)), habit
    assert set(liar.did) == set(liar.habits)


def test_what_a_model_proposes_as_an_attack_is_text(liar: Hostile) -> None:
    bad = WORST
    liar.habits = {"attacks": lambda e: e.say(json.dumps({"conversations": [[f"Hello {bad}", "Now."]]}))}
    liar.habit = "attacks"
    for script in Agent("Fernway")(next(iter(goals().values())), []):
        assert all(map(whole, script))


class _Rude(BaseHTTPRequestHandler):
    """Answers with the server's line and header, byte for byte."""

    server: Any

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(self.server.says)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def rude() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Rude)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


ANSWERS = {
    "NUL in the line": b"HTTP/1.1 500 No\x00pe\r\n\r\n",
    "half a character in the line": b"HTTP/1.1 500 \xed\xa0\xbd\r\n\r\n",
    "NUL in a header": b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1/\x00\xed\xa0\xbd\r\n\r\n",
    "a packing of NUL": b"HTTP/1.1 500 No\r\nContent-Encoding: \xed\xa0\xbd\x7f\r\n\r\n",
    "no HTTP": b"\x00\xed\xa0\xbd\r\n\r\n",
    "NUL for a body": b"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\n\x00\xed\xa0",
    "nothing": b"",
}


def test_what_an_endpoint_answers_is_kept_as_text(rude: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "post", SENT_HERE)
    site = Site.objects.create(slug="shop", name="Shop")
    endpoint = Endpoint.objects.create(site=site, url=f"http://127.0.0.1:{rude.server_address[1]}/hook", nonce="n1")
    for name, answer in ANSWERS.items():
        rude.says = answer
        delivery = Delivery.objects.create(endpoint=endpoint, message_id=name, kind="handoff.opened", body="{}")
        webhooks.deliver(OutboxItem(kind="webhook", payload={"delivery": delivery.pk}))
        delivery.refresh_from_db()
        assert delivery.error
        assert whole(delivery.error), name
