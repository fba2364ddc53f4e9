"""Who may approve and take back, in which order, and that each move is recorded."""

import json
import threading

import pytest
from django.contrib.auth.models import User
from django.db import connections

from knowledge.editing import approval, ingest
from knowledge.models import Revision, Shelf, Source
from knowledge.readers.documents import Document
from sites.access import roles
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, OutboxItem, Role


@pytest.fixture
def people(site):
    made = {}
    for name, role in (("cleo", Role.CONTENT_OWNER), ("mila", Role.CONTENT_OWNER), ("ben", Role.AGENT)):
        made[name] = User.objects.create_user(name)
        if name != "mila":  # the second content owner comes later, in the tests that need one
            roles.grant(made[name], site, role)
    return made


@pytest.fixture
def draft(site):
    saved = ingest.save(
        site, "returns", Document("Returns", "Within 30 days.", {}), categories=["returns"], author="cleo"
    )
    return saved.revision


def test_the_only_content_owner_may_approve_her_own_text(people, draft):
    approval.submit(draft, actor=people["cleo"])
    approval.approve(draft, actor=people["cleo"], reason="alone here")
    assert (draft.state, draft.approver, draft.note) == ("approved", "cleo", "alone here")
    assert draft.decided_at


def test_once_there_are_two_the_author_may_not_approve(site, people, draft):
    roles.grant(people["mila"], site, Role.CONTENT_OWNER)
    approval.submit(draft, actor=people["cleo"])
    assert not approval.may_approve(draft, people["cleo"])
    with pytest.raises(Refused, match="Somebody else must approve"):
        approval.approve(draft, actor=people["cleo"])
    approval.approve(draft, actor=people["mila"])
    assert draft.approver == "mila"


def test_a_second_content_owner_who_has_left_does_not_count(site, people, draft):
    roles.grant(people["mila"], site, Role.CONTENT_OWNER)
    User.objects.filter(username="mila").update(is_active=False)
    approval.submit(draft, actor=people["cleo"])
    approval.approve(draft, actor=people["cleo"])
    assert draft.state == "approved"


@pytest.mark.parametrize(
    ("moves", "last"),
    [
        ([], "approve"),
        ([], "reject"),
        (["submit"], "submit"),
        (["submit", "approve"], "approve"),
        (["submit", "approve"], "reject"),
        (["submit", "approve"], "submit"),
        (["submit", "reject"], "approve"),
        (["submit", "reject"], "submit"),
    ],
)
def test_moves_out_of_order_are_refused_and_change_nothing(people, draft, moves, last):
    for move in moves:
        getattr(approval, move)(draft, actor=people["cleo"], reason="because")
    before, links = draft.state, LedgerEntry.objects.count()
    with pytest.raises(Refused, match=f"is {before}"):
        getattr(approval, last)(draft, actor=people["cleo"], reason="because")
    draft.refresh_from_db()
    assert draft.state == before
    assert LedgerEntry.objects.count() == links


def test_an_agent_may_do_none_of_it(people, draft):
    source = draft.source
    for verb, row in (("submit", draft), ("withdraw", source), ("restore", source)):
        with pytest.raises(NotAllowed, match="ben is not a content owner of Hill"):
            getattr(approval, verb)(row, actor=people["ben"], reason="mischief")
    with pytest.raises(NotAllowed):
        ingest.revise(source, title="T", text="Words.", actor=people["ben"])


def test_rejecting_and_withdrawing_take_a_reason(people, draft):
    approval.submit(draft, actor=people["cleo"])
    for verb, row in ((approval.reject, draft), (approval.withdraw, draft.source)):
        with pytest.raises(Refused, match="Give a reason"):
            verb(row, actor=people["cleo"], reason="  ")


def test_every_move_is_a_link_of_the_chain(site, people, draft):
    approval.submit(draft, actor=people["cleo"], reason="please read")
    approval.approve(draft, actor=people["cleo"])
    approval.withdraw(draft.source, actor=people["cleo"], reason="law")
    approval.restore(draft.source, actor=people["cleo"], reason="fine")
    kinds = ["knowledge_saved", "revision_submitted", "revision_approved", "source_withdrawn", "source_restored"]
    entries = list(LedgerEntry.objects.exclude(kind="membership_given").order_by("number"))
    assert [entry.kind for entry in entries] == kinds
    assert json.loads(entries[2].body)["revisions"] == [["returns", 1, draft.digest]]
    assert json.loads(entries[3].body)["actor"] == "cleo"
    assert not list(ledger.verify(site))


def test_approving_and_withdrawing_distrust_the_shelf_and_promise_to_build_it(site, people, draft):
    Shelf.objects.create(site=site, category=site.categories.get(slug="returns"), audience="public", model="m",
                         wanted="x", built="x")  # fmt: skip
    approval.submit(draft, actor=people["cleo"])
    assert Shelf.objects.get().wanted == "x"
    approval.approve(draft, actor=people["cleo"])
    assert Shelf.objects.get().wanted == ""
    assert OutboxItem.objects.filter(kind="build_shelves").count() == 1


def test_a_batch_is_approved_whole_or_not_at_all(site):
    documents = [ingest.Item(f"a{n}", Document(f"A {n}", f"Tent {n}.", {}), ["returns"]) for n in range(3)]
    saved = [each.revision for each in ingest.save_many(site, documents, author="ada")]
    approval.submit(saved[0], actor="shell:ada")
    approval.reject(saved[0], actor="shell:cleo", reason="no")
    with pytest.raises(Refused, match="a0 · 1 is rejected"):
        approval.approve_many(saved, actor="shell:cleo", reason="all of them")
    assert not Revision.objects.filter(state="approved").exists()
    assert approval.approve_many(saved[1:], actor="shell:cleo", reason="these") == 2
    assert approval.approve_many(saved[1:], actor="shell:cleo", reason="these") == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_who_withdraw_at_once_one_does(site, draft):
    source, said = Source.objects.get(), []
    start = threading.Barrier(6)

    def withdraw(name):
        start.wait()
        try:
            approval.withdraw(Source.objects.get(pk=source.pk), actor=name, reason="at once")
            said.append(name)
        except Refused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=withdraw, args=(f"shell:{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 1
    assert Source.objects.get().withdrawn_by == said[0]
    assert LedgerEntry.objects.filter(kind="source_withdrawn").count() == 1
    assert not list(ledger.verify(site))
