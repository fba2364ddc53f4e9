"""Past questions become proposals that a person accepts or throws away; none reaches a customer by itself."""

import csv
import io

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from knowledge.editing import approval
from knowledge.models import Category, Example, Gap, Level, Revision
from knowledge.text import wordings
from release.models import Proposal, Scenario
from release.models.started import Start, Suggestion, Ticket
from release.onboarding import starts, tickets
from sites.access import roles
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import Role, Site

pytestmark = pytest.mark.django_db
THINGS = ("bike", "helmet", "lamp", "pump", "saddle", "lock", "bell", "tyre", "chain", "basket", "pedal", "rack")
RETURNS = [f"How do I send my {thing} back for a refund?" for thing in THINGS] + [
    "I want to return what I bought", "Can I get my money back for a returned order?", "refund for a return please"
]  # fmt: skip
DELIVERY = [f"When will the {thing} I ordered be delivered to my house?" for thing in THINGS] + [
    "Where is my delivery? My address is eve@example.com", "Delivery to my house is late", "When does my order arrive?"
]  # fmt: skip
FEW = ["Do you hire out tandems?", "Can I hire a tandem for a day?", "Is tandem hire possible?"]


@pytest.fixture
def site():
    return Site.objects.create(slug="bikes", name="Bikes")


def person(name, site, role):
    user = User.objects.create_user(name, is_staff=True)
    roles.grant(user, site, role)
    return user


@pytest.fixture
def cleo(site):
    return person("cleo", site, Role.CONTENT_OWNER)


def sheet(rows, *names):
    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    return SimpleUploadedFile("tickets.csv", out.getvalue().encode())


def asked(*groups):
    return sheet([["1", text] for group in groups for text in group], "id", "question")


def begun(site, cleo, file=None):
    start = starts.begin(site, file or asked(RETURNS, DELIVERY, FEW), actor=cleo)
    while outbox.run_due(bulk=True):
        pass
    start.refresh_from_db()
    return start


def subject(start, word):
    return next(s for s in start.suggestions.filter(kind="category") if word in s.text.casefold())


def texts(suggestion, kind):
    return set(suggestion.parts.filter(kind=kind).values_list("text", flat=True))


def test_tickets_become_a_category_each_with_examples_scenarios_and_gaps(site, cleo):
    start = begun(site, cleo)
    assert start.state == Start.State.READY
    returns, delivery = subject(start, "back"), subject(start, "deliver")
    assert len(texts(returns, "example")) >= 10
    assert texts(returns, "scenario")
    assert texts(returns, "example") <= set(RETURNS)
    assert {text.replace("•••", "eve@example.com") for text in texts(delivery, "example")} <= set(DELIVERY)
    assert [gap.text in FEW for gap in start.suggestions.filter(kind="gap")] == [True]
    assert not Ticket.objects.exists(), "what customers wrote is gone once the proposals are made"
    assert not Category.objects.exists()
    assert not Example.objects.exists()


def test_no_scenario_shares_a_sentence_with_an_example_or_a_counterexample(site, cleo):
    doubled = [f"{text} Thanks." for text in RETURNS[:8]] + [f"Hello. {text}" for text in DELIVERY[:8]]
    start = begun(site, cleo, asked(RETURNS, DELIVERY, doubled, FEW))
    taught = start.suggestions.filter(kind__in=("example", "counterexample")).values_list("text", flat=True)
    tested = start.suggestions.filter(kind="scenario").values_list("text", flat=True)
    assert tested
    assert not wordings.said_by(taught) & wordings.said_by(tested)


def test_what_the_site_is_tested_with_is_proposed_as_no_example(site, cleo):
    Scenario.objects.create(site=site, slug="s", body={"id": "s", "turns": [RETURNS[0], RETURNS[13]], "expect": {}})
    start = begun(site, cleo)
    assert not {RETURNS[0], RETURNS[13]} & texts(subject(start, "back"), "example")


def test_personal_data_that_has_a_form_is_never_stored(site, cleo):
    secret = "Call me on +44 20 7946 0958 or mail ada@shop.example about card 4111 1111 1111 1111 order 80012345"
    start = starts.begin(site, asked([secret], RETURNS), actor=cleo)
    stored = start.tickets.first().text
    assert not any(part in stored for part in ("7946", "ada@", "4111 1111", "80012345"))
    assert stored.startswith("Call me on •••")


def test_accepting_makes_a_category_at_level_one_with_what_was_kept_and_drops_the_rest(site, cleo):
    found = subject(begun(site, cleo), "back")
    keep = list(found.parts.filter(kind="example")[:10]) + list(found.parts.filter(kind="scenario")[:1])
    category = starts.accept(found, title="Returns", keep=[part.pk for part in keep], actor=cleo)
    assert (category.slug, category.owner, category.asked_level) == ("returns", "cleo", Level.INTERNAL)
    assert Example.objects.filter(category=category).count() == 10
    proposed = Proposal.objects.get(kind=Proposal.Kind.SCENARIO)
    assert proposed.body["expect"] == {"category": "returns"}
    assert not Scenario.objects.exists(), "a second person adds it"
    states = set(found.parts.exclude(pk__in=[part.pk for part in keep]).values_list("state", flat=True))
    assert states <= {"dropped"}
    with pytest.raises(Refused, match="already"):
        starts.accept(found, title="Again", keep=[keep[0].pk], actor=cleo)
    assert not list(ledger.verify(site))


def test_a_refused_acceptance_changes_nothing(site, cleo):
    found = subject(begun(site, cleo), "back")
    keep = list(found.parts.values_list("pk", flat=True))
    Category.objects.create(site=site, slug="returns", title="Returns")
    for title, kept, why in (("Returns", keep, "category returns already"), ("!", keep, "title"), ("X", [], "example")):
        with pytest.raises(Refused, match=why):
            starts.accept(found, title=title, keep=kept, actor=cleo)
    assert set(Suggestion.objects.values_list("state", flat=True)) == {"open"}
    assert not Example.objects.exists()
    starts.accept(found, title="", keep=keep, actor=cleo, into=Category.objects.get())
    assert Example.objects.filter(category__slug="returns").exists()


def test_an_faq_with_answers_becomes_drafts_that_somebody_approves(site, cleo):
    rows = [[text, f"Answer number {n}."] for n, text in enumerate(RETURNS[:6])]
    start = begun(site, cleo, sheet(rows, "question", "answer"))
    found = start.suggestions.get(kind="category")
    starts.accept(found, title="Returns", keep=list(found.parts.values_list("pk", flat=True)), actor=cleo)
    while outbox.run_due(bulk=True):
        pass
    draft = Revision.objects.get()
    assert (draft.state, draft.live, draft.author) == ("draft", False, "cleo")
    assert "Answer number 5." in draft.text
    assert [category.slug for category in draft.source.categories.all()] == ["returns"]


def test_labels_are_believed(site, cleo):
    rows = [[text, "Money"] for text in RETURNS] + [[text, "Parcels"] for text in DELIVERY]
    start = begun(site, cleo, sheet(rows, "message", "category"))
    assert {s.text for s in start.suggestions.filter(kind="category")} == {"Money", "Parcels"}


def test_reading_goes_on_where_a_killed_worker_stopped(site, cleo):
    start = starts.begin(site, asked(RETURNS, DELIVERY, FEW), actor=cleo)
    assert not starts.advance(start, seconds=0)
    assert starts.progress(start).done == 0
    some = list(start.tickets.all()[:5])
    Ticket.objects.filter(pk__in=[t.pk for t in some]).update(model="another model", vector=b"")
    assert starts.advance(start, seconds=60)
    start.refresh_from_db()
    count = start.suggestions.count()
    Start.objects.filter(pk=start.pk).update(state="ready")
    assert starts.advance(start, seconds=60)
    assert start.suggestions.count() == count, "done twice, it proposes once"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.csv", b"id,colour\n1,red\n2,blue\n3,green\n", "Name the column"),
        ("a.exe", b"MZ", "is not supported"),
        ("a.csv", b"question\n", "no rows"),
        ("a.md", b"# Our story\n\nOnce upon a time.\n", ""),
        ("a.pdf", b"%PDF-1.4 broken", "a.pdf"),
        ("a.csv", b"id,question\n1,\n2,??\n3,12\n", "no questions were found"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_with_the_reason(site, cleo, name, data, why):
    file = SimpleUploadedFile(name, data)
    if not why:
        assert tickets.read(file)
        return
    with pytest.raises(Refused, match=why):
        starts.begin(site, file, actor=cleo)
    assert not Start.objects.exists()


def test_only_owners_of_the_site_start_and_only_content_owners_decide(site, cleo):
    start = begun(site, cleo)
    found = subject(start, "back")
    dan, ben = person("dan", site, Role.RELEASE_OWNER), person("ben", site, Role.AGENT)
    eve = person("eve", Site.objects.create(slug="evil", name="Evil"), Role.CONTENT_OWNER)
    for user in (dan, ben, eve):
        for verb in (lambda u=user: starts.drop(found, actor=u), lambda u=user: starts.accept(
            found, title="X", keep=list(found.parts.values_list("pk", flat=True)), actor=u
        )):  # fmt: skip
            with pytest.raises(roles.NotAllowed):
                verb()
    for user, code in ((dan, 200), (ben, 403), (eve, 404)):
        client = Client()
        client.force_login(user)
        assert client.get(reverse("chatbot:start", args=[start.pk])).status_code == code
        client.post(reverse("chatbot:start_act", args=[found.pk, "accept"]), {"title": "X"})
    assert not Category.objects.exists()


def test_a_gap_goes_to_the_gap_list_and_what_is_thrown_away_stays_away(site, cleo):
    start = begun(site, cleo)
    gap = start.suggestions.get(kind="gap")
    starts.take_gap(gap, actor=cleo)
    assert [(row.text, row.reason) for row in Gap.objects.all()] == [(gap.text, "past_question")]
    found = subject(start, "deliver")
    starts.drop(found, actor=cleo)
    assert set(found.parts.values_list("state", flat=True)) == {"dropped"}
    with pytest.raises(Refused):
        starts.accept(found, title="X", keep=list(found.parts.values_list("pk", flat=True)), actor=cleo)
    assert approval.name_of(cleo) == Suggestion.objects.get(pk=found.pk).decided_by
