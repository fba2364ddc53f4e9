"""Choices at the same moment, beside a withdrawal, in any order: one counts, and none shows what was taken back."""

import json
import random
import re
import threading
import uuid
from functools import partial

import pytest
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot import turn as turns
from conversations import delivery, record
from conversations.models import Choice, Citation
from knowledge.editing import approval
from knowledge.models import Revision
from tests.chatbot.test_choosing import ENGRAVED, NAMES, refused, row, withdraw
from tests.conftest import count
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


# ── Many at once ──────────────────────────────────────────────────────────────────────────────────────────────


def at_once(*works) -> list[object]:
    """Run each on a thread of its own from the same moment; returns what each returned or raised."""
    gate, ends = threading.Barrier(len(works)), [None] * len(works)

    def run(n, work) -> None:
        gate.wait()
        try:
            ends[n] = work()
        except record.NotOffered as refused:
            ends[n] = refused
        finally:
            close_old_connections()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return ends


@pytest.mark.django_db(transaction=True)
def test_of_two_taps_at_the_same_moment_one_counts(fernway):
    for n in range(count(100, 12)):
        ada = Ada(fernway)
        ada.ask(ENGRAVED)
        keys = [uuid.UUID(each["id"]) for each in ada.offers[:2]]
        taps = [partial(turns.choose, ada.conversation.pk, key.hex, key) for key in keys]
        ends = at_once(*taps)
        taken = [end for end in ends if isinstance(end, record.Asked)]
        assert len(taken) == 1, (n, ends)
        turns.take(taken[0].turn)
        assert Choice.objects.filter(among__conversation=ada.conversation).count() == 1
        assert [m["author"] for m in ada.heard] == ["customer", "bot", "customer", "bot"]


@pytest.mark.django_db(transaction=True)
def test_no_choice_committed_after_a_withdrawal_shows_the_section(fernway, people):
    rng = random.Random(5)
    for _ in range(count(100, 10)):
        ada = Ada(fernway)
        ada.ask(ENGRAVED)
        offer = row(ada.offers[0])
        pause = rng.random() * 0.02

        def tap(ada=ada, offer=offer) -> None:
            ada.tap(str(offer.pk))

        def take_back(offer=offer, pause=pause) -> None:
            threading.Event().wait(pause)
            withdraw(offer.source.slug, people["cleo"])

        at_once(tap, take_back)
        kinds = [(e.kind, json.loads(e.body)) for e in fernway.ledger.order_by("-number")[:2]]
        after = kinds[0][0] == "turn"
        assert ada.last["outcome"] == ("decline" if after else "answer")
        approval.restore(offer.source, actor=people["cleo"], reason="It was right after all.")


# ── Any order ─────────────────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(
    st.sampled_from(["engraved", "names", "returns", "first", "last", "none", "old", "foreign", "made up", "title"]),
    min_size=1,
    max_size=7,
)


@given(STEPS)
@hypothesis(max_examples=count(200, 12), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_only_the_last_open_offers_lead_anywhere(fernway, steps):
    ada, eve = Ada(fernway), Ada(fernway)
    eve.ask(ENGRAVED)
    seen: list[str] = []
    open_: list[dict] = []
    for step in ["engraved", *steps]:
        typed = {"engraved": ENGRAVED, "names": NAMES, "returns": RETURNS}.get(step)
        if typed or step == "title":
            ada.ask(typed or (open_[0]["title"] if open_ else "Gift cards"))
            if ada.offers:
                seen += [each["id"] for each in open_]
                open_ = ada.offers
            elif Choice.objects.filter(among__seq=last_offering(ada), among__conversation=ada.conversation).exists():
                open_ = []
            continue
        key = {"first": open_[0]["id"] if open_ else None, "last": open_[-1]["id"] if open_ else None, "none": None}
        key |= {"old": seen[0] if seen else str(uuid.uuid4()), "foreign": eve.offers[0]["id"]}
        wanted = key.get(step, str(uuid.uuid4()))
        if open_ and step in {"first", "last", "none"}:
            turn = ada.tap(wanted)
            shown = {c.revision_id for c in Citation.objects.filter(message=turn.answer)}
            assert shown == ({row({"id": wanted}).revision_id} if wanted else set())
            open_ = []
        else:
            refused(ada, wanted)
    frames = delivery.frames(ada.conversation.pk, 0)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame["author"] for frame in frames] == ["customer", "bot"] * (len(frames) // 2)
    for frame in frames:
        for cited in frame["citations"]:
            assert Revision.objects.filter(
                text__contains=cited["quote"], title=re.sub(r", page \d+$", "", cited["title"])
            )


def last_offering(ada: Ada) -> int:
    """The seq of the last message that offers anything."""
    return max((m["seq"] for m in ada.heard if m.get("offers")), default=0)
