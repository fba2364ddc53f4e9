"""Sources are withdrawn and restored at random moments while many ask: nothing committed after a withdrawal uses it.

Everything is real: retrieval, settling, withdrawing. The site's chain has them in the order in which they committed.
"""

import itertools
import json
import random
import threading
import time
import uuid
from collections import Counter

import pytest
from django.conf import settings
from django.db import close_old_connections

from chatbot import turn
from conversations import record
from conversations.models import Turn
from knowledge.editing import approval
from knowledge.models import Revision, Source
from knowledge.retrieval import search
from tests.conftest import count

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3 * 3600)]
ASKING = 4  # customers at a time
SOURCES = 12  # that come and go, each with a question it answers


@pytest.fixture
def asked():
    """source → a question that it answers."""
    file = settings.BASE_DIR / "sample/scenarios/answers.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    single = [each for each in lines if len(each["turns"]) == 1 and each["expect"].get("cites")]
    return dict(itertools.islice({each["expect"]["cites"][0]: each["turns"][0] for each in single}.items(), SOURCES))


def ask(site, question, rng) -> None:
    """One customer's one question, with a moment between deciding and settling as a busy server has it."""
    conversation, _ = record.open_conversation(site)
    running = turn.begin(conversation.pk, uuid.uuid4().hex, question).turn
    decided = turn.decide(running)
    time.sleep(rng.random() * 0.006)
    turn.settle(running, decided)


def come_and_go(site, slugs, actor, rng, over) -> None:
    """Withdraw one source after the other, each for a moment."""
    sources = {source.slug: source for source in Source.objects.filter(site=site, slug__in=slugs)}
    while not over.is_set():
        source = sources[rng.choice(slugs)]
        approval.withdraw(source, actor=actor, reason="It says what is not so.")
        time.sleep(rng.random() * 0.06)
        approval.restore(source, actor=actor, reason="It was right after all.")


def storm(site, asked, actor, turns, seed) -> None:
    """So many turns by several customers, while sources come and go."""
    numbers, over, failures = iter(range(turns)), threading.Event(), []
    guard = threading.Lock()

    def customer(seed):
        rng = random.Random(seed)
        while not over.is_set():
            with guard:
                if next(numbers, None) is None:
                    return
            ask(site, rng.choice(list(asked.values())), rng)

    def run(work, *args):
        try:
            work(*args)
        except BaseException as error:
            failures.append(error)
            over.set()
        finally:
            close_old_connections()

    owner = threading.Thread(target=run, args=(come_and_go, site, list(asked), actor, random.Random(seed), over))
    customers = [threading.Thread(target=run, args=(customer, seed + n)) for n in range(1, ASKING + 1)]
    for thread in (owner, *customers):
        thread.start()
    for thread in customers:
        thread.join()
    over.set()
    owner.join()
    assert not failures, failures


def used_after_withdrawal(site) -> tuple[list[str], Counter]:
    """Answers that cite a source which was withdrawn when they were committed, and how much was done of what."""
    of = dict(Revision.objects.filter(source__site=site).values_list("pk", "source__slug"))
    away: set[str] = set()
    wrong, seen = [], Counter()
    for entry in site.ledger.order_by("number"):
        facts = json.loads(entry.body)
        seen[entry.kind] += 1
        if entry.kind == "source_withdrawn":
            away.add(facts["source"])
        elif entry.kind == "source_restored":
            away.discard(facts["source"])
        elif entry.kind == "turn":
            cited = {of[revision] for revision, _, _ in facts["cited"]}
            seen[facts["outcome"]] += 1
            if cited & away:
                wrong.append(f"entry {entry.number} cites {cited & away}")
    return wrong, seen


def test_no_answer_committed_after_a_withdrawal_uses_the_source(fernway, people, asked):
    turns = count(10_000, 240)
    storm(fernway, asked, people["cleo"], turns, seed=11)
    wrong, seen = used_after_withdrawal(fernway)
    caught = Turn.objects.filter(trace__has_key="overtaken").count()
    print(
        f"{turns} turns, {seen['source_withdrawn']} withdrawals: {seen['answer']} answers, {caught} caught at settling"
    )
    assert seen["turn"] == turns
    assert seen["answer"] > turns / 4
    assert seen["source_withdrawn"] > turns / 40
    assert wrong == []


def test_it_is_seen_when_settling_does_not_read_again(fernway, people, asked, monkeypatch):
    monkeypatch.setattr(search, "citable", lambda site_id, category, audiences, passages: set(passages))
    for seed in range(10):
        storm(fernway, asked, people["cleo"], 120, seed=100 * seed)
        if used_after_withdrawal(fernway)[0]:
            return
    pytest.fail("no answer used a withdrawn source, even without the second look")
