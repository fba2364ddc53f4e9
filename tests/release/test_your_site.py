"""Your site: from nothing to an answer, by what its buttons do; each is asked of rights and stands in the record."""

import json

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.test import Client

from knowledge.face.editing import approval
from knowledge.models import Gap, Revision
from release.exposure import levels, proposals
from release.gate import gate
from release.live import snapshot
from release.models import Proposal, Scenario
from release.models.started import Start, Suggestion, Trial
from release.onboarding import opening, sorting, starts, together, trials
from sites.access.roles import NotAllowed, grant
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Role, Site
from sites.people import founding

pytestmark = pytest.mark.django_db
ARTICLES = {
    "parcels/late.md": "# Late parcels\n\n## How late may it be?\n\nWait two days, then write to us.\n",
    "parcels/price.md": "# What a parcel costs\n\nA parcel costs four pounds to any place in the country.\n",
    "loose.md": "# Opening hours\n\nThe shop is open from nine to five on weekdays.\n",
}


@pytest.fixture
def site(people) -> Site:
    made = founding.found(
        "Corner Shop", origins=["https://corner.example"], timezone="Europe/London", email="", countries=["GB"],
        actor=people["admin"],
    )  # fmt: skip
    grant(people["cleo"], made, Role.CONTENT_OWNER)
    return made


def work() -> None:
    """What the background does, until nothing is due."""
    while outbox.run_due(bulk=True):
        pass


def handed_in(site: Site, actor) -> Start:
    files = [ContentFile(text.encode(), name=name.rpartition("/")[2]) for name, text in ARTICLES.items()]
    start = starts.begin_folder(site, files, [f"help/{name}" for name in ARTICLES], actor=actor)
    work()
    start.refresh_from_db()
    return start


def test_a_new_site_has_an_owner_for_everything_and_words_for_a_crisis(site: Site, people) -> None:
    assert set(site.owners.values()) == {"admin"}
    assert "999" in site.crisis
    assert opening.of(site).next == "say"
    with pytest.raises(NotAllowed):
        founding.found("Another", origins=[], timezone="UTC", email="", countries=[], actor=people["dan"])


def test_nobody_learns_by_name_who_has_an_account(site: Site, people) -> None:
    grant(people["alma"], site, Role.ADMIN)
    with pytest.raises(Refused, match="e-mail address"):
        founding.let_in(site, "ben", Role.AGENT, actor=people["alma"])
    with pytest.raises(NotAllowed):
        founding.let_in(site, "ben", Role.AGENT, actor=people["cleo"])
    assert "Ben" in founding.let_in(site, "ben", Role.AGENT, actor=people["admin"]).capitalize()


def test_a_folder_is_taken_in_one_act_and_approved_by_somebody_else_in_another(site: Site, people) -> None:
    start = handed_in(site, people["admin"])
    made = together.take(start, actor=people["admin"], title="About us")
    work()
    assert sorted(category.title for category in made) == ["About us", "Parcels"]
    assert {category.asked_level for category in site.categories.all()} == {3}
    assert opening.of(site).plain == 3
    assert approval.approve_plain(site.pk, actor=people["cleo"], reason="read") == 3
    assert set(Revision.objects.values_list("state", "approver")) == {("approved", "cleo")}


def test_who_handed_articles_in_does_not_approve_them_in_bulk(site: Site, people) -> None:
    start = handed_in(site, people["cleo"])
    together.take(start, actor=people["cleo"])
    work()
    grant(people["dan"], site, Role.CONTENT_OWNER)
    with pytest.raises(Refused, match="Somebody else"):
        approval.approve_plain(site.pk, actor=people["cleo"], reason="mine")
    with pytest.raises(NotAllowed):
        approval.approve_plain(site.pk, actor=people["ben"], reason="no role")


def test_what_needs_a_look_is_never_approved_in_bulk(site: Site, people) -> None:
    start = handed_in(site, people["admin"])
    together.take(start, actor=people["admin"])
    work()
    Revision.objects.filter(title="Opening hours").update(warnings=["pictures were left out"])
    assert approval.approve_plain(site.pk, actor=people["cleo"], reason="read") == 2
    assert Revision.objects.get(title="Opening hours").state == "submitted"


def test_questions_are_sorted_by_the_article_that_answers_and_some_are_held_back(site: Site, people) -> None:
    together.take(handed_in(site, people["admin"]), actor=people["admin"], title="About us")
    work()
    approval.approve_plain(site.pk, actor=people["cleo"], reason="read")
    lines = ["question", "how much does a parcel cost", "what does it cost to send a parcel", "when does the shop open",
             "is the shop open on weekdays", "my parcel is late what now", "who wrote macbeth"]  # fmt: skip
    start = starts.begin(site, ContentFile("\n".join(lines).encode(), name="asked.csv"), actor=people["admin"])
    work()
    into = {s.body["into"]: s.body["messages"] for s in together.open_(start)}
    assert into == {"parcels": 3, "about-us": 2}
    assert not Suggestion.objects.filter(start=start, text__contains="macbeth").exists()
    together.take(start, actor=people["admin"])
    assert Trial.objects.filter(site=site, mark="").exists()


def test_one_stray_of_a_large_lot_that_belongs_nowhere_is_not_sorted_by_itself() -> None:
    boats, parcels = np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32)
    rows = np.concatenate([boats.repeat(12, 0), parcels.repeat(3, 0)])
    places = ["stores", *[""] * 11, *["parcels"] * 3]
    assert sorting.settled(places, rows) == [*[""] * 12, *["parcels"] * 3]


@pytest.mark.parametrize(("asked", "held"), [(1, 0), (8, 2), (16, 6), (30, 20), (67, 20)])
def test_ten_examples_come_before_what_is_held_back(asked: int, held: int) -> None:
    texts = [f"question number {n} about subject {n * 7}" for n in range(asked)]
    examples, back = sorting.parted(texts)
    assert (len(examples), len(back)) == (asked - held, held)
    assert not set(examples) & set(back)


def ready(site: Site, people) -> None:
    """Articles approved, a category taught and asked for, ten questions that came out right."""
    together.take(handed_in(site, people["admin"]), actor=people["admin"], title="About us")
    work()
    approval.approve_plain(site.pk, actor=people["cleo"], reason="read")
    category = site.categories.get(slug="parcels")
    for n in range(12):
        category.examples.create(site=site, text=f"what is the price of parcel {n}")
        site.categories.get(slug="about-us").examples.create(site=site, text=f"is the shop open at {n} o'clock")


def test_what_was_right_becomes_a_scenario_and_what_was_wrong_a_gap(site: Site, people) -> None:
    ready(site, people)
    trials.put(site, ["How much does a parcel cost?", "How much does a parcel COST?", "Who is the king?"],
               actor=people["cleo"])  # fmt: skip
    tried = trials.ask(site, actor=people["cleo"])
    assert [(t.text, t.outcome) for t in tried] == [
        ("How much does a parcel cost?", "answer"),
        ("Who is the king?", "decline"),
    ]
    marks = {tried[0].pk: "right", tried[1].pk: "wrong"}
    assert trials.mark(site, marks, actor=people["admin"]) == (1, 1)
    body = Scenario.objects.get(site=site).body
    assert body["expect"]["category"] == "parcels"
    assert Gap.objects.get(site=site).reason == "tried_wrong"
    assert trials.mark(site, marks, actor=people["admin"]) == (0, 0)
    kinds = LedgerEntry.objects.filter(site=site).values_list("kind", flat=True)
    assert {"trials_put", "trials_marked", "scenario_written"} <= set(kinds)


def test_nothing_is_right_before_somebody_says_so(site: Site, people, client: Client) -> None:
    ready(site, people)
    trials.put(site, ["How much does a parcel cost?"], actor=people["cleo"])
    (tried,) = trials.ask(site, actor=people["cleo"])
    client.force_login(people["admin"])
    act = f"/admin/your-site/{site.slug}/mark/act/"
    client.post(act, {"answered": tried.pk})
    assert Trial.objects.get(pk=tried.pk).mark == ""
    client.post(act, {"answered": tried.pk, "rest": "right"})
    assert Trial.objects.get(pk=tried.pk).mark == "right"
    assert Scenario.objects.filter(site=site).exists()


def test_a_content_owner_who_marks_only_proposes_the_scenario(site: Site, people) -> None:
    ready(site, people)
    trials.put(site, ["How much does a parcel cost?"], actor=people["cleo"])
    (tried,) = trials.ask(site, actor=people["cleo"])
    assert trials.mark(site, {tried.pk: "right"}, actor=people["cleo"]) == (1, 0)
    assert not Scenario.objects.filter(site=site).exists()
    assert Proposal.objects.get(site=site).kind == Proposal.Kind.SCENARIO


def test_one_confirmation_by_a_second_person_makes_it_live_and_opens_it(site: Site, people) -> None:
    ready(site, people)
    for n, text in enumerate(["How much does a parcel cost?"] * 1):
        Scenario.objects.create(
            site=site, slug=f"s{n}", body={"id": f"s{n}", "turns": [text], "expect": {"category": "parcels"}}
        )
    run = gate.run(snapshot.freeze(site, actor=people["admin"]), actor=people["admin"])
    assert run.passed
    made = proposals.propose_opening(opening.due(site), actor=people["admin"], reason="It is right.")
    with pytest.raises(Refused, match="Somebody else"):
        proposals.confirm(made, actor=people["admin"])
    assert opening.silence(site) == ""
    proposals.confirm(made, actor=people["cleo"])
    assert levels.level_of(site.categories.get(slug="parcels")) == 2  # one scenario is too few for level 3
    assert opening.of(site).answering
    assert json.loads(LedgerEntry.objects.filter(site=site, kind="release_live").get().body)["second"] == "cleo"


def test_a_release_that_is_live_and_answers_nobody_says_so_where_people_look(site: Site, people) -> None:
    ready(site, people)
    Scenario.objects.create(
        site=site, slug="s", body={"id": "s", "turns": ["How much is it to send a parcel?"], "expect": {}}
    )
    run = gate.run(snapshot.freeze(site, actor=people["admin"]), actor=people["admin"])
    gate.go_live(run.release, actor=people["admin"], second=people["cleo"], reason="first")
    assert "level 1" in opening.silence(site)
    client = Client()
    client.force_login(people["admin"])
    for page in ("/admin/", "/admin/release/release/", "/admin/release/exposure/", "/admin/your-site/corner-shop/"):
        assert "is live, and answers nobody" in client.get(page).content.decode(), page
