"""`python -m tests.desk_scale N`: the desk's lists and searches over N conversations, 500 of which wait, 20 agents.

Fills the database of DATABASE_URL (SQLite in HANDRAIL_HOME by default; an empty one is migrated), then asks each page
as a signed-in agent, in this process; then the agents claim one after another while all the others look at the queue.
Prints one JSON object: the median and the slowest of five, in CPU milliseconds (of PostgreSQL by the clock: it works
in a process of its own); and of the claims by the clock, from the press to a colleague's screen, the median and the
slowest but one in twenty, and to the last colleague's.
"""

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import time
import uuid
from datetime import timedelta
from typing import Any

TURNS, WAITING, AGENTS, BATCH, DAYS = 2, 500, 20, 5_000, 365
WORDS = (
    "parcel",
    "tent",
    "jacket",
    "refund",
    "late",
    "broken",
    "size",
    "return",
    "order",
    "shop",
    "voucher",
    "stove",
    "rope",
)


def sentence(dice: random.Random) -> str:
    """Some words as customers use them, with rare ones among them."""
    return " ".join([*dice.choices(WORDS, k=dice.randrange(6, 16)), f"n{dice.randrange(50_000)}"])


def fill(site: Any, people: list[Any], number: int) -> None:
    from django.utils import timezone

    from conversations.models import Conversation, Message, State, Turn
    from escalation.models import Handoff
    from escalation.models.talks import Tag
    from knowledge.models import Category
    from sites.core import sql

    dice, now = random.Random(1), timezone.now()
    subjects = [Category.objects.create(site=site, slug=f"s{n}", title=f"Subject {n}") for n in range(12)]
    for first in range(0, number, BATCH):
        count = min(BATCH, number - first)
        talks, said, turns, handoffs = [], [], [], []
        for n in range(first, first + count):
            waits = n >= number - WAITING
            signed = {"sub": f"c{n % 40_000}", "name": f"Ada {n % 977} Byrne", "email": f"c{n % 40_000}@mail.example"}
            talk = Conversation(
                id=uuid.UUID(int=dice.getrandbits(128)), site=site, last_seq=2 * TURNS,
                state=State.WAITING if waits else State.CLOSED, token_digest="d" * 64,
                identity=signed if n % 2 else {},
            )  # fmt: skip
            talks.append(talk)
            for each in range(TURNS):
                ask = Message(
                    conversation=talk, seq=2 * each + 1, author="customer", text=sentence(dice), client_id=str(each)
                )
                answer = Message(
                    conversation=talk, seq=2 * each + 2, author="bot", text=" ".join(sentence(dice) for _ in range(4)),
                    reply_to=str(each), outcome="answer", generated="quote",
                )  # fmt: skip
                said += [ask, answer]
                turns.append(
                    Turn(
                        conversation=talk,
                        question=ask,
                        answer=answer,
                        state="settled",
                        category=dice.choice(subjects),
                        trace={"accepted": True},
                        outcome="answer" if dice.random() < 0.7 else "handoff",
                        reason="answered",
                        noted=True,
                        settled_at=now,
                    )
                )
            if waits or n % 3 == 0:
                back = (
                    timedelta(minutes=dice.randrange(1, 90)) if waits else (number - n) * timedelta(days=DAYS) / number
                )
                at = now - back
                over = {"state": "closed", "ending": "resolved", "agent": dice.choice(people), "claimed_at": at}
                handoffs.append(
                    Handoff(
                        site=site,
                        conversation=talk,
                        reason="asked_for_human",
                        category="s1",
                        urgent=False,
                        opened_at=at - timedelta(minutes=3),
                        **({"state": "open"} if waits else {**over, "closed_at": at + timedelta(minutes=9)}),
                    )
                )
        Conversation.objects.bulk_create(talks, 900)
        Message.objects.bulk_create(said, 900)
        Turn.objects.bulk_create(turns, 900)
        Handoff.objects.bulk_create(handoffs, 900)
        Tag.objects.bulk_create([Tag(site=site, conversation=t, name="recall", by="ben") for t in talks[::50]], 900)
        moments = [
            (t.pk, now - timedelta(seconds=(number - first - n) * DAYS * 86_400 / number)) for n, t in enumerate(talks)
        ]
        sql.update_each(Conversation, ["created_at"], moments)


def pages(reverse: Any, talk: Any) -> dict[str, str]:
    """What is asked, by its name."""
    find = reverse("admin:desk_search")
    return {
        "queue": reverse("admin:desk"),
        "queue beside": reverse("admin:desk_beside", args=[talk]),
        "find: a common word": f"{find}?q=parcel",
        "find: two words": f"{find}?q=parcel+tent",
        "find: a rare word": f"{find}?q=n4711",
        "find: no such word": f"{find}?q=xylophone",
        "find: a person": f"{find}?who=Byrne",
        "find: one person": f"{find}?who=c123@mail.example",
        "find: a category": f"{find}?category=s3",
        "find: a tag": f"{find}?tag=recall",
        "find: how it went": f"{find}?outcome=turn:handoff",
        "find: an ending": f"{find}?outcome=ending:resolved",
        "find: all of it": f"{find}?q=parcel&who=Byrne&category=s3&outcome=turn:answer&since=2020-01-01",
        "person": reverse("admin:desk_person", args=[talk]),
        "report of a month": reverse("admin:desk_reports"),
        "conversations": reverse("admin:conversations_conversation_changelist"),
        "handoffs": reverse("admin:escalation_handoff_changelist"),
    }


class Screen:
    """A colleague's queue: a socket of the desk that holds every row of it."""

    def __init__(self, person: Any) -> None:
        from asgiref.testing import ApplicationCommunicator
        from django.test import Client

        from escalation.web.consumers import DeskConsumer

        self.person, self.client = person, Client(headers={"host": "localhost"})
        self.client.force_login(person)
        scope = {"type": "websocket", "path": "/ws/desk/", "query_string": b"", "headers": [], "subprotocols": []}
        self.socket = ApplicationCommunicator(DeskConsumer.as_asgi(), {**scope, "session": self.client.session})

    async def open(self, rows: dict[str, str]) -> None:
        """Connect, and say what it shows."""
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(60))["type"] == "websocket.accept"
        watch = json.dumps({"type": "watch", "rows": rows})
        await self.socket.send_input({"type": "websocket.receive", "text": watch})

    async def hears(self, row: str) -> float:
        """When it was told of a row."""
        while True:
            frame = json.loads((await self.socket.receive_output(60))["text"])
            if frame["type"] == "news" and f'"{row}"' in frame["html"]:
                return time.perf_counter()


async def claims(screens: list[Screen], handoffs: list[Any], rows: dict[str, str], address: Any) -> list[list[float]]:
    """Each agent claims one customer; milliseconds from each press until each of the others was told, the last last."""
    for screen in screens:
        await screen.open(rows)
    took = []
    for screen, handoff in zip(screens, handoffs, strict=False):
        others = [each for each in screens if each is not screen]
        told = [asyncio.ensure_future(each.hears(f"h-{handoff.pk}")) for each in others]
        await asyncio.sleep(0.2)
        began = time.perf_counter()
        answer = await asyncio.to_thread(screen.client.post, address(handoff), headers={"HX-Request": "true"})
        assert answer.status_code in (200, 204, 302), answer.status_code
        took.append(sorted((at - began) * 1000 for at in await asyncio.gather(*told)))
    for screen in screens:
        await screen.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await screen.socket.wait(60)
    return took


def main(number: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from conversations.models import Conversation
    from escalation.models import Handoff
    from escalation.web import queue_screen
    from sites.access.roles import grant
    from sites.models import Role, Site

    settings.HANDRAIL_SECOND_FACTOR = frozenset()  # nobody is here to type a code
    call_command("migrate", verbosity=0)
    site, new = Site.objects.get_or_create(slug="scale", defaults={"name": "Scale"})
    people = [User.objects.get_or_create(username=f"agent{n}")[0] for n in range(AGENTS)]
    if new:
        for person in people:
            grant(person, site, Role.AGENT)
        fill(site, people, number)
    client = Client(headers={"host": "localhost"})
    client.force_login(people[0])
    talk = Conversation.objects.filter(identity__sub="c123").first()
    took = {}
    for name, address in pages(reverse, talk.pk if talk else "").items():
        times = []
        clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
        for _ in range(6):
            began = clock()  # SQLite is in this process, and what others do meanwhile does not count
            answer = client.get(address)
            times.append((clock() - began) * 1000)
            assert answer.status_code == 200, (name, answer.status_code)
        took[name] = [round(statistics.median(times[1:])), round(max(times[1:]))]
    waiting = list(Handoff.objects.filter(site=site, state="open").order_by("pk")[:AGENTS])
    rows = {row.id: row.signature for row in queue_screen.rows(people[0])}
    colleagues = [Screen(person) for person in people]
    seen = asyncio.run(claims(colleagues, waiting, rows, lambda each: _claim(reverse, each)))
    every, last = sorted(itertools.chain.from_iterable(seen)), [each[-1] for each in seen]
    took["a claim, on a colleague's screen"] = [round(statistics.median(every)), round(every[len(every) * 95 // 100])]
    took["a claim, on the last of 19 screens"] = [round(statistics.median(last)), round(max(last))]
    print(json.dumps({"conversations": number, "messages": number * 2 * TURNS, "ms": took}, indent=1))


def _claim(reverse: Any, handoff: Any) -> str:
    return str(reverse("admin:desk_act", args=[handoff.conversation_id, "claim"]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
