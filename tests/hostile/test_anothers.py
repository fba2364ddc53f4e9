"""Eve tries to reach another customer's data: no request for an identity that was not signed leaves the process."""

import json
import random
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chatbot import turn as turns
from chatbot.web import chat
from conversations.models import Turn
from sites.core import rate
from tests.chatbot.forgery import FORGERIES, RINGS, real
from tests.conftest import count
from tests.hostile.server import Exchange, Hostile
from tests.hostile.shop import ADAS
from tests.hostile.test_orders import attempt

PEOPLE = ("ada", "grace", "linus")
PAGE = "http://testserver"


def _shop(e: Exchange) -> None:
    """A shop that believes whatever it is asked for: what keeps data apart is what it is asked."""
    place = urlsplit(e.request["head"].split(" ")[1])
    who = parse_qs(place.query).get("customer", [""])[0]
    order = {**ADAS, "customer": who, "items": [{"name": f"{who}'s ring", "quantity": 1}]}
    others = [{**order, "number": f"FW-1002{n}"} for n in range(4, 6)]
    if "/orders/" in place.path:
        e.reply(json.dumps({**order, "number": place.path.split("/")[2]}).encode())
    else:
        e.reply(json.dumps({"orders": [order, *others], "customer": who, "points": 7, "ending": None}).encode())


class Tab:
    """A browser's tab of Eve: a conversation she has the secret of, and what she shows at the door."""

    def __init__(self, token: str) -> None:
        self.thread = chat.open_thread(
            {"site": "fernway", "identity": token} if token else {"site": "fernway"}, PAGE, ""
        )

    def hello(self, token: str) -> None:
        """A reload, with whatever she shows now. Raises chat.Refusal."""
        said = {"conversation": str(self.thread.id), "token": self.thread.token, "site": "fernway"}
        self.thread = chat.open_thread({**said, **({"identity": token} if token else {})}, PAGE, "")

    def ask(self, text: str) -> str:
        """What is answered."""
        running = turns.begin(self.thread.id, uuid.uuid4().hex, text).turn
        if running is None:
            return ""
        turns.take(running)
        answer = Turn.objects.select_related("answer").get(pk=running.pk).answer
        return answer.text if answer else ""


def _ways(dice: random.Random, eve: str, victim: str) -> dict[str, Callable[[Tab], str]]:
    forged, own = FORGERIES[dice.choice(sorted(FORGERIES))](dice), real(eve)
    text = attempt(dice, victim)

    def shown(tab: Tab, token: str) -> str:
        with suppress(chat.Refusal):
            tab.hello(token)
        return tab.ask(text)

    def slot(tab: Tab) -> str:
        tab.ask("where is my order")
        return tab.ask(dice.choice([text, victim, f"customer: {victim}", f"Where is my order {victim}?"]))

    return {
        "text": lambda tab: tab.ask(text),
        "number": lambda tab: tab.ask(f"Where is FW-{dice.randrange(10_000, 10_999)} of {victim}?"),
        "token": lambda tab: shown(tab, forged),
        "slot": slot,
        "reload": lambda tab: shown(tab, dice.choice(["", own])),
        "second tab": lambda tab: Tab(own).ask(text) + tab.ask(text),
    }


@pytest.mark.django_db
@pytest.mark.timeout(3_600)
def test_no_request_for_a_foreign_identity_leaves(fernway, bad_shop: Hostile, settings, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Each try is a conversation through the door, of Eve as herself or as nobody; the shop believes it all."""
    settings.HANDRAIL_IDENTITY_KEYS = RINGS
    monkeypatch.setattr(rate, "count", lambda *what: (1, 0))
    fernway.origins = [PAGE]
    fernway.save()
    bad_shop.habits, bad_shop.habit = {"all": _shop}, "all"
    dice, tried, asked = random.Random(11), dict.fromkeys(_ways(random.Random(), "ada", "grace"), 0), 0
    for _ in range(count(10_000, 90)):
        victim, eve = dice.sample(PEOPLE, 2)
        signed = dice.random() < 0.6
        way, go = dice.choice(list(_ways(dice, eve, victim).items()))
        bad_shop.asked.clear()
        told = go(Tab(real(eve) if signed else ""))
        who = {name for each in bad_shop.asked for name in parse_qs(urlsplit(_target(each)).query).get("customer", [])}
        may = {eve} if signed or way in ("reload", "second tab") else set()
        assert who <= may, (way, who)
        assert all(
            re.fullmatch(r"/(orders(/FW-\d{5})?|points)\?customer=\w+", _target(each)) for each in bad_shop.asked
        )
        assert f"{victim}'s ring" not in told
        tried[way], asked = tried[way] + 1, asked + len(bad_shop.asked)
    print(f"{sum(tried.values()):,} tries {tried}: {asked:,} requests, 0 for another")
    assert min(tried.values()) > 0
    assert asked > 0


def _target(request: Any) -> str:
    return str(request["head"].split(" ")[1])
