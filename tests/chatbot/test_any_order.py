"""Everything that can happen to one conversation, in any order, against a model of who has it.

Customer, bot, agents, owners and the clock take turns at random; a turn of the bot is begun in one step and settled in
a later one, so that anything may come between. After each step the rows are compared with the model. The test fails
when the fence in SETTLE is taken out; the last test shows that.
"""

import itertools
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chatbot import turn as turns
from conversations import delivery, record
from conversations.models import Conversation, Event, Message, Turn
from conversations.outcomes import Reason
from conversations.record import IllegalMove
from escalation.desk import desk
from escalation.drafts import review
from escalation.models import Draft, Handoff, Presence, Team
from escalation.queue import presence
from knowledge.editing import approval
from knowledge.models import Category, Source
from release.exposure import levels
from release.live import pauses
from sites.core import audit, sql
from tests.conftest import count
from tests.escalation.conftest import agent

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(7200)]
ANSWERED, REVIEWED = "How do I wash my down jacket?", "Can I return an item after 30 days?"
AGENTS = st.sampled_from(["ben", "mia"])
UNCLOSED = """
    SELECT h.state, u.username FROM escalation_handoff h LEFT JOIN auth_user u ON u.id = h.agent_id
    WHERE h.conversation_id = %s AND h.state <> 'closed'
"""
SAID = "SELECT seq, id, author, text, client_id FROM conversations_message WHERE conversation_id = %s ORDER BY seq"
"""The rows are looked at after every step, so by plain SQL: the ORM would take half of the time."""
ids = itertools.count(1)


class World:
    """What the machines of one test share: the live sample site, its people, and two real decisions of the bot."""

    def __init__(self, site, people) -> None:
        self.site, self.people = site, people
        self.people["mia"] = agent("mia", site)
        self.team = Team.objects.create(site=site, name="Second line")
        self.decisions = {text: self.decided(text) for text in (ANSWERED, REVIEWED)}
        subject = self.decisions[REVIEWED].category
        assert self.decisions[ANSWERED].category != subject
        levels.lower_level(Category.objects.get(site=site, slug=subject), 2, actor=people["dan"], reason="to review")
        self.decisions[REVIEWED] = self.decided(REVIEWED)
        assert self.decisions[ANSWERED].reason is Reason.ANSWERED
        assert self.decisions[REVIEWED].reason is Reason.DRAFT_REVIEW
        cited = self.decisions[ANSWERED].citations + self.decisions[REVIEWED].draft.citations
        self.sources = [Source.objects.get(site=site, slug=slug) for slug in sorted({c.source for c in cited})]

    def decided(self, text):
        conversation, _ = record.open_conversation(self.site)
        return turns.decide(turns.begin(conversation.pk, "a", text).turn)


class AnyOrder(RuleBasedStateMachine):
    """One conversation. `state`, `holder` and `draft` are the model; everything else is read."""

    world: World

    @initialize()
    def open(self) -> None:
        self.conversation, _ = record.open_conversation(self.world.site, contact="ada@example.org")
        self.key = self.conversation.pk
        self.state, self.holder, self.draft = "bot", None, None
        self.paused, self.withdrawn = False, set()
        self.running = None
        self.asked: dict[str, int] = {}
        self.client: dict[int, str] = {}
        self.before: list[tuple] = []
        self.given_back = 0  # the last seq when a person gave the conversation back: older questions are theirs

    # ── What the steps are made of ──────────────────────────────────────────────────────────────────────────

    def handoff(self) -> Handoff | None:
        handoffs = Handoff.objects.select_related("site", "conversation__site", "agent")
        return handoffs.filter(conversation=self.key).order_by("-pk").first()

    def attempt(self, allowed: bool, move) -> bool:
        """Make a move the model allows or forbids; a forbidden one is refused and changes nothing."""
        try:
            with transaction.atomic():
                move()
        except IllegalMove:
            assert not allowed, f"refused in {self.state}"
            return False
        assert allowed, f"should have been refused in {self.state}"
        return True

    def become(self, state: str, holder: str | None = None, silent: bool = False) -> None:
        """The model moves on; whoever has the conversation now, the customer has been told."""
        said = Message.objects.filter(conversation=self.key, seq__gt=len(self.before))
        assert silent or any(m.author == "system" for m in said), f"{self.state} → {state} in silence"
        if state != "bot":
            self.draft = None
        elif self.state == "human":
            self.given_back = Conversation.objects.get(pk=self.key).last_seq
        self.state, self.holder = state, holder

    def works(self, name: str) -> bool:
        return self.state == "human" and self.holder == name

    # ── The customer ────────────────────────────────────────────────────────────────────────────────────────

    @rule(text=st.sampled_from([ANSWERED, REVIEWED]))
    def ask(self, text: str) -> None:
        name = f"ask{next(ids)}"
        if self.state == "closed":
            with pytest.raises(record.Closed), transaction.atomic():
                turns.begin(self.key, name, text)
            return
        asked = turns.begin(self.key, name, text)
        self.asked[name] = asked.seq
        self.draft = None
        if asked.turn is not None:
            assert self.state == "bot"
            assert self.running is None
            self.running = asked.turn

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def send_again(self, data) -> None:
        """A reconnecting client repeats what was not acknowledged; it is stored once."""
        name = data.draw(st.sampled_from(sorted(self.asked)))
        again = turns.begin(self.key, name, "whatever")
        assert (again.seq, again.new, again.turn) == (self.asked[name], False, None)

    @rule(lost=st.integers(0, 4))
    def reconnect(self, lost: int) -> None:
        """The socket breaks, perhaps before the last frames were read; what is resumed is whole and in order."""
        last = max(0, max(self.client, default=0) - lost)
        for frame in delivery.frames(self.key, last):
            assert frame["seq"] == last + 1
            assert self.client.setdefault(frame["seq"], frame["text"]) == frame["text"]
            last = frame["seq"]
        assert last == Conversation.objects.get(pk=self.key).last_seq

    @rule()
    def button(self) -> None:
        turns.ask_for_human(self.key)
        if self.state == "bot":
            self.become("waiting")

    @rule()
    def leave(self) -> None:
        desk.customer_leaves(self.key)
        if self.state == "waiting":
            self.become("bot")

    @rule(sure=st.integers(0, 5))
    def end(self, sure: int) -> None:
        if sure == 0:
            before = self.state
            desk.customer_ends(self.key)
            if before != "closed":
                self.become("closed")

    # ── The bot ─────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.running is not None)
    @rule()
    def settle(self) -> None:
        running, state = self.running, self.state
        decision = self.world.decisions[running.question.text]
        fenced = state != "bot" or running.question.seq < self.given_back
        self.running = turns.settle(running, decision)
        said = [m for m in self.fresh() if m.author == "bot"]
        assert len(said) == (0 if fenced else 1), f"the bot spoke {len(said)} times in {state}, fenced={fenced}"
        if not fenced:
            self.after_the_bot(running, decision)

    def after_the_bot(self, running: Turn, decision) -> None:
        if self.paused:
            self.become("waiting")
        elif decision.draft and not self.withdrawn & {c.source for c in decision.draft.citations}:
            pending = Draft.objects.get(conversation=self.key, state="pending")
            overtaken = any(seq > running.question.seq for seq in self.asked.values())
            self.draft = None if overtaken else pending.pk

    def fresh(self) -> list[Message]:
        return list(Message.objects.filter(conversation=self.key, seq__gt=len(self.before)).order_by("seq"))

    # ── The desk ────────────────────────────────────────────────────────────────────────────────────────────

    @rule(name=AGENTS)
    def claim(self, name: str) -> None:
        if (handoff := self.handoff()) is not None:
            presence.beat(self.world.people[name])
            if self.attempt(self.state == "waiting", lambda: desk.claim(handoff, actor=self.world.people[name])):
                self.become("human", name)

    @precondition(lambda self: self.state in ("human", "waiting"))
    @rule(name=AGENTS, verb=st.sampled_from(["reply", "release", "return", "close", "transfer", "second line"]))
    def work(self, name: str, verb: str) -> None:
        handoff, me = self.handoff(), self.world.people[name]
        other = "mia" if name == "ben" else "ben"
        presence.beat(self.world.people[other])
        moves = {
            "reply": (lambda: desk.reply(handoff, actor=me, text=f"Hello from {name}"), None),
            "release": (lambda: desk.release(handoff, actor=me), "waiting"),
            "return": (lambda: desk.return_to_bot(handoff, actor=me, reason="it can go on"), "bot"),
            "close": (lambda: desk.close(handoff, actor=me, need="needed"), "closed"),
            "transfer": (lambda: desk.transfer(handoff, actor=me, to=self.world.people[other], note="x"), "human"),
            "second line": (lambda: desk.transfer(handoff, actor=me, team=self.world.team, note="x"), "waiting"),
        }
        move, after = moves[verb]
        routed = verb == "second line" and self.state == "waiting"
        if self.attempt(self.works(name) or routed, move) and after and not routed:
            self.become(after, other if verb == "transfer" else None)

    @rule(name=AGENTS)
    def call_back(self, name: str) -> None:
        if (handoff := self.handoff()) is not None:
            me = self.world.people[name]
            if self.attempt(self.state == "waiting", lambda: desk.call_back(handoff, actor=me, text="By mail then")):
                self.become("closed")

    @rule()
    def vanish(self) -> None:
        """Everybody's screens have been closed for an hour."""
        long_ago = timezone.now() - timedelta(hours=1)
        Presence.objects.update(seen_at=long_ago)
        Handoff.objects.filter(conversation=self.key, state="claimed").update(claimed_at=long_ago)
        freed = desk.free_vanished()
        assert freed == (1 if self.state == "human" else 0)
        if freed:
            self.become("waiting")

    @rule(verb=st.sampled_from(["approve", "edit", "reject", "flag"]), name=AGENTS)
    def decide_draft(self, verb: str, name: str) -> None:
        drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
        draft = drafts.filter(conversation=self.key).last()
        if draft is None:
            return
        me = self.world.people[name]
        verbs = {
            "approve": lambda: review.approve(draft, actor=me),
            "edit": lambda: review.approve(draft, actor=me, text="In my own words."),
            "reject": lambda: review.reject(draft, actor=me, reason="wrong"),
            "flag": lambda: review.flag(draft, actor=me, reason="very wrong"),
        }
        sources = {Source.objects.get(pk=c["source_id"]).slug for c in draft.citations}
        quotable = verb != "approve" or not sources & self.withdrawn
        allowed = self.draft == draft.pk and self.state == "bot" and quotable
        if self.attempt(allowed, verbs[verb]):
            self.draft = None
            (said, *_) = self.fresh()
            assert said.author == {"approve": "bot", "edit": "agent"}.get(verb, "system")
            if verb in ("reject", "flag"):
                self.become("waiting")

    @rule()
    def run_out(self) -> None:
        """The time of the latest draft is up."""
        drafts = Draft.objects.select_related("conversation__site", "turn__question", "turn__category")
        draft = drafts.filter(conversation=self.key).last()
        if draft is not None and review.expire(draft) is not None:
            assert self.draft == draft.pk
            self.become("waiting")
        self.draft = None

    # ── Owners ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule()
    def pause(self) -> None:
        if not self.paused:
            pauses.pause(site=self.world.site, actor=self.world.people["dan"], reason="drill")
            self.paused = True

    @precondition(lambda self: self.paused)
    @rule()
    def resume(self) -> None:
        pauses.resume(site=self.world.site, actor=self.world.people["dan"], reason="drill over")
        self.paused = False

    @rule(n=st.integers(0, 1))
    def withdraw(self, n: int) -> None:
        source = self.world.sources[n % len(self.world.sources)]
        if source.slug in self.withdrawn:
            approval.restore(source, actor=self.world.people["cleo"], reason="it was right")
            self.withdrawn.remove(source.slug)
        else:
            approval.withdraw(source, actor=self.world.people["cleo"], reason="wrong")
            self.withdrawn.add(source.slug)

    # ── What always holds ───────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_rows_say_what_the_model_says(self) -> None:
        assert sql.row("SELECT state FROM conversations_conversation WHERE id = %s", self.key) == (self.state,)
        unclosed = {"waiting": [("open", None)], "human": [("claimed", self.holder)]}.get(self.state, [])
        assert sql.rows(UNCLOSED, self.key) == unclosed
        if self.draft is not None:
            assert sql.row("SELECT state FROM escalation_draft WHERE id = %s", self.draft) == ("pending",)

    @invariant()
    def nothing_is_lost_doubled_or_changed(self) -> None:
        said = sql.rows(SAID, self.key)
        assert [seq for seq, *_ in said] == list(range(1, len(said) + 1))
        assert said[: len(self.before)] == self.before
        assert {name: seq for seq, _, _, _, name in said if name} == self.asked
        self.before = said

    def teardown(self) -> None:
        """Whatever is still running ends; then each question has one outcome, or a person had the conversation."""
        if not hasattr(self, "asked"):
            return
        try:
            self.every_question_has_ended()
            self.end(0)  # nobody holds what is left of this run when the next one looks who has vanished
        finally:
            self.put_back()

    def every_question_has_ended(self) -> None:
        while self.running is not None:
            self.settle()
            self.nothing_is_lost_doubled_or_changed()
        for ran in Turn.objects.filter(conversation=self.key).select_related("question"):
            ended = Message.objects.filter(conversation=self.key, reply_to=ran.question.client_id, author="bot")
            assert (ran.state, ended.exclude(outcome="").count()) in {("settled", 1), ("discarded", 0)}
        opened = Event.objects.filter(conversation=self.key, kind="handoff.opened").count()
        assert opened == Handoff.objects.filter(conversation=self.key).count()

    def put_back(self) -> None:
        """The site as the next run expects it; what waits for a commit that never comes would be walked ever again."""
        connection.run_on_commit.clear()
        if self.paused:
            self.resume()
        for source in self.world.sources:
            if source.slug in self.withdrawn:
                approval.restore(source, actor=self.world.people["cleo"], reason="over")


@pytest.fixture
def world(fernway, people):
    return World(fernway, people)


def run(world: World, examples: int, **more) -> None:
    machine = type("OneWorld", (AnyOrder,), {"world": world})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=checks, **more
        ),
    )


def test_in_any_order_the_model_holds(world):
    run(world, count(10_000, 60))
    found = audit.of(world.site).findings  # what the fixture put back has other times
    assert [each for each in found if each.table.startswith(("conversations.", "escalation.", audit.ENTRIES))] == []


def test_the_machine_notices_when_the_fence_is_taken_out(world, monkeypatch):
    monkeypatch.setattr(turns, "_may_deliver", lambda running: True)
    with pytest.raises((AssertionError, IllegalMove, ExceptionGroup)):
        run(world, 300, phases=[Phase.generate])  # the shortest way to fail is of no interest
