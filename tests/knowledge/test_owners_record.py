"""Everything an owner does is a link of the site's chain, by name; others do nothing, and leave no link."""

import inspect
import json

import pytest
from django.contrib.auth.models import User

from knowledge.editing import approval, indexing, ingest
from knowledge.insights import gaps
from knowledge.models import Category, Gap, Revision, Source
from knowledge.readers.documents import Document
from sites.access import roles
from sites.access.roles import NotAllowed
from sites.models import LedgerEntry, Role, Site

ROOMS = (approval, gaps, indexing, ingest)
QUESTIONS = {"allow", "may_approve", "name_of"}  # they ask about a person, and move nothing
POLICIES = {"audience": "public", "url": "", "owner": "", "review_by": None, "expires": None}


def verbs():
    """The public functions of the owners' rooms that say who acts."""
    for room in ROOMS:
        for name, function in vars(room).items():
            own = inspect.isfunction(function) and function.__module__ == room.__name__ and not name.startswith("_")
            if own and name not in QUESTIONS and {"actor", "author"} & set(inspect.signature(function).parameters):
                yield name


@pytest.fixture
def people(shop, cleo):
    """Cleo owns content here; Eve on another site; Ben answers customers here."""
    other = Site.objects.create(slug="evil", name="Evil")
    people = {"cleo": cleo}
    for name, site, role in (("eve", other, Role.CONTENT_OWNER), ("ben", shop, Role.AGENT)):
        people[name] = User.objects.create_user(name)
        roles.grant(people[name], site, role)
    return people


def a_source(site, state="draft"):
    document = Document("Lockers", "Locker 7 is opened with key 9.", {})
    saved = ingest.save(site, "lockers", document, categories=["returns"], author="mila", later=True)
    Revision.objects.filter(pk=saved.revision.pk).update(state=state)
    return Source.objects.get(slug="lockers"), Revision.objects.get(pk=saved.revision.pk)


def a_gap(site):
    return Gap.objects.create(site=site, text="Do you rent tents?", reason="out_of_scope")


def stopped(site):
    _, revision = a_source(site)
    indexing.stop(revision, actor="mila", reason="the wrong file")
    return revision


def withdrawn(site):
    source, _ = a_source(site)
    approval.withdraw(source, actor="mila", reason="wrong")
    return source


DONE = {
    "save": lambda site: None,
    "save_many": lambda site: None,
    "revise": lambda site: (a_source(site)[0], {"title": "Lockers", "text": "Locker 7 is closed.", "later": True}),
    "govern": lambda site: (a_source(site)[0], {"categories": ["delivery"], **POLICIES}),
    "submit": lambda site: (a_source(site)[1], {}),
    "approve": lambda site: (a_source(site, "submitted")[1], {}),
    "approve_many": lambda site: ([a_source(site, "submitted")[1]], {"reason": "read"}),
    "approve_plain": lambda site: (a_source(site, "submitted")[1].source.site_id, {"reason": "read"}),
    "reject": lambda site: (a_source(site, "submitted")[1], {"reason": "not so"}),
    "withdraw": lambda site: (a_source(site)[0], {"reason": "wrong"}),
    "restore": lambda site: (withdrawn(site), {"reason": "right after all"}),
    "stop": lambda site: (a_source(site)[1], {"reason": "the wrong file"}),
    "go_on": lambda site: (stopped(site), {}),
    "handle": lambda site: (Gap.objects.filter(pk=a_gap(site).pk), {}),
    "close": lambda site: (site.pk, {"keys": [a_gap(site).pk], "how": "nothing", "reason": "not ours"}),
    "deny": lambda site: (a_gap(site), {"category": Category.objects.get(slug="returns")}),
    "deny_all": lambda site: ([a_gap(site)], {"category": Category.objects.get(slug="returns")}),
}
BY_PERSON = [name for name in DONE if not name.startswith("save")]  # who may save is asked by the page and the API


def act(name, site, actor):
    """Have somebody do one of them; returns what it added to the chain."""
    thing, more = DONE[name](site)
    before = LedgerEntry.objects.filter(site=site).count()
    room = next(room for room in ROOMS if hasattr(room, name))
    try:
        getattr(room, name)(thing, actor=actor, **more)
    finally:
        added = list(LedgerEntry.objects.filter(site=site).order_by("number")[before:])
        act.added = added
    return added


def test_the_list_names_every_verb_there_is():
    assert set(verbs()) == set(DONE)


@pytest.mark.parametrize("name", BY_PERSON)
def test_what_an_owner_does_is_one_link_with_the_owners_name(shop, people, name):
    (entry,) = act(name, shop, people["cleo"])
    assert json.loads(entry.body)["actor"] == "cleo"


@pytest.mark.parametrize("many", [False, True])
def test_saving_is_one_link_with_the_authors_name(shop, many):
    document = Document("Lockers", "Locker 7 is opened with key 9.", {})
    before = LedgerEntry.objects.filter(site=shop).count()
    if many:
        ingest.save_many(shop, [ingest.Item("lockers", document, ["returns"])], author="cleo", later=True)
    else:
        ingest.save(shop, "lockers", document, categories=["returns"], author="cleo", later=True)
    (entry,) = LedgerEntry.objects.filter(site=shop).order_by("number")[before:]
    assert (entry.kind, json.loads(entry.body)["actor"]) == ("knowledge_saved", "cleo")


@pytest.mark.parametrize("who", ["eve", "ben"])
@pytest.mark.parametrize("name", BY_PERSON)
def test_an_owner_of_another_site_and_an_agent_of_this_one_do_nothing(shop, people, name, who):
    with pytest.raises(NotAllowed):
        act(name, shop, people[who])
    assert act.added == []
