"""A content owner who is limited to some categories writes those, and reads the rest of her site."""

import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from knowledge.editing import approval, indexing, ingest, ownership
from knowledge.insights import gaps, health
from knowledge.models import Category, Example, Gap, Revision, Source
from knowledge.readers.documents import Document
from release.bundles import bundle
from release.gate import strictness
from release.models.started import Start, Suggestion
from release.onboarding import starts
from sites.access import roles
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Membership, Role, Site

WHY = "Cleo answers for returns"


@pytest.fixture
def team(site):
    """Cleo, limited to returns; Mila, who answers for all; Alva, the administrator; Dan, who releases."""
    made = {}
    owner, admin, release = Role.CONTENT_OWNER, Role.ADMIN, Role.RELEASE_OWNER
    for name, role in (("cleo", owner), ("mila", owner), ("alva", admin), ("dan", release)):
        made[name] = User.objects.create_user(name)
        roles.grant(made[name], site, role)
    limited(made["cleo"], site, "returns")
    return made


def limited(person, site, *slugs):
    membership = Membership.objects.get(user=person, site=site, role=Role.CONTENT_OWNER)
    ownership.limit(membership, slugs, actor="shell", reason=WHY)


def article(site, slug, *categories, author="ada-the-writer", text="Within 30 days."):
    return ingest.save(site, slug, Document(slug.title(), text, {}), categories=categories, author=author)


def page(person, address, data=None):
    client = Client()
    client.force_login(person)
    return client.get(address) if data is None else client.post(address, data)


def every_verb(saved, actor):
    """All that can be done with one source, each as a call."""
    source, revision = saved.source, saved.revision
    policies = {"audience": "public", "url": "", "owner": "", "review_by": None, "expires": None}
    held = [category.slug for category in source.categories.all()] or ["returns"]
    document = Document("New", "Another text.", {})
    return {
        "submit": lambda: approval.submit(revision, actor=actor),
        "approve": lambda: approval.approve(revision, actor=actor),
        "reject": lambda: approval.reject(revision, actor=actor, reason="x"),
        "approve many": lambda: approval.approve_many([revision], actor=actor, reason="x"),
        "withdraw": lambda: approval.withdraw(source, actor=actor, reason="x"),
        "restore": lambda: approval.restore(source, actor=actor, reason="x"),
        "revise": lambda: ingest.revise(source, title="New", text="Other words.", actor=actor, later=True),
        "govern": lambda: ingest.govern(source, categories=held, actor=actor, **policies),
        "save again": lambda: ingest.save(source.site, source.slug, document, categories=held, author=actor),
        "stop": lambda: indexing.stop(revision, actor=actor, reason="x"),
        "go on": lambda: indexing.go_on(revision, actor=actor, reason="x"),
    }


@pytest.mark.parametrize("categories", [["delivery"], ["returns", "delivery"], []], ids=["other", "shared", "none"])
def test_no_verb_moves_a_source_that_is_not_wholly_hers(site, team, categories):
    saved = article(site, "parcels", *categories)
    before = LedgerEntry.objects.count()
    for name, verb in every_verb(saved, team["cleo"]).items():
        with pytest.raises(NotAllowed, match="cleo answers for Returns on Hill & Valley, not for "):
            verb()
        saved.source.refresh_from_db()
        held = (Revision.objects.get().state, saved.source.withdrawn_at, LedgerEntry.objects.count())
        assert held == ("draft", None, before), name


def test_her_own_sources_she_moves_as_ever(site, team):
    saved = ingest.save(site, "returns", Document("R", "One.", {}), categories=["returns"], author=team["cleo"])
    assert saved.revision.author == "cleo"
    approval.submit(saved.revision, actor=team["cleo"])
    approval.approve(saved.revision, actor=team["mila"])
    approval.withdraw(saved.source, actor=team["cleo"], reason="x")
    approval.restore(saved.source, actor=team["cleo"], reason="x")
    again = ingest.revise(saved.source, title="R", text="Two.", actor=team["cleo"], later=True)
    approval.submit(again.revision, actor=team["cleo"])


def test_she_takes_no_source_out_of_or_into_anothers_category(site, team):
    own, other = article(site, "own", "returns"), article(site, "other", "delivery")
    rest = {"audience": "public", "url": "", "owner": "", "review_by": None, "expires": None}
    for source, wanted in ((own, ["returns", "delivery"]), (own, ["delivery"]), (own, []), (other, ["returns"])):
        with pytest.raises(NotAllowed, match="not for"):
            ingest.govern(source.source, categories=wanted, actor=team["cleo"], **rest)
    assert [c.slug for c in own.source.categories.all()] == ["returns"]
    assert [c.slug for c in other.source.categories.all()] == ["delivery"]


def test_she_writes_nothing_new_in_anothers_category_nor_over_anothers_article(site, team):
    article(site, "parcels", "delivery")
    for slug, categories in (
        ("new", ["delivery"]),
        ("new", []),
        ("new", ["returns", "delivery"]),
        ("parcels", ["returns"]),
    ):
        with pytest.raises(NotAllowed, match="not for"):
            article(site, slug, *categories, author=team["cleo"])
    assert [source.slug for source in Source.objects.all()] == ["parcels"]
    assert Revision.objects.count() == 1


def test_who_has_no_limit_loses_nothing(site, team):
    for number, name in enumerate(("mila", "alva")):
        for place, categories in enumerate((["delivery"], ["returns", "delivery"], [])):
            saved = article(site, f"a{number}{place}", *categories, author="ada")
            approval.submit(saved.revision, actor=team[name])
            approval.approve(saved.revision, actor=team[name])
            approval.withdraw(saved.source, actor=team[name], reason="x")
    assert Revision.objects.filter(state="approved").count() == 6


def test_an_administrator_with_a_limited_second_role_is_not_limited(site, team):
    roles.grant(team["alva"], site, Role.CONTENT_OWNER)
    limited(team["alva"], site, "returns")
    approval.withdraw(article(site, "parcels", "delivery").source, actor=team["alva"], reason="x")


def test_the_limit_counts_from_the_next_move_and_is_recorded(site, team):
    saved = article(site, "parcels", "delivery")
    limited(team["cleo"], site)
    approval.submit(saved.revision, actor=team["cleo"])
    limited(team["cleo"], site, "returns")
    with pytest.raises(NotAllowed):
        approval.withdraw(saved.source, actor=team["cleo"], reason="x")
    entry = json.loads(LedgerEntry.objects.filter(kind="membership_limited").last().body)
    assert (entry["person"], entry["categories"], entry["reason"]) == ("cleo", ["returns"], WHY)
    assert not list(ledger.verify(site))


def test_only_an_administrator_of_the_site_sets_it_and_only_to_categories_that_are_there(site, team):
    membership = Membership.objects.get(user=team["cleo"])
    for name in ("cleo", "mila", "dan"):
        with pytest.raises(NotAllowed):
            ownership.limit(membership, [], actor=team[name], reason="x")
    for slugs, reason, why in ((["nonsense"], "x", "no category nonsense"), (["returns"], " ", "Give a reason")):
        with pytest.raises(ValueError, match=why):
            ownership.limit(membership, slugs, actor=team["alva"], reason=reason)
    with pytest.raises(ValueError, match="dan is no content owner"):
        ownership.limit(Membership.objects.get(user=team["dan"]), ["returns"], actor=team["alva"], reason="x")
    assert roles.limit_of(team["cleo"], site) == {"returns"}
    ownership.limit(membership, ["delivery"], actor=team["alva"], reason="x")
    assert roles.limit_of(team["cleo"], site) == {"delivery"}


def test_a_limit_to_what_is_not_there_any_more_permits_nothing(site, team):
    Membership.objects.filter(user=team["cleo"]).update(categories=["gone"])
    with pytest.raises(NotAllowed, match="answers for no category that is there"):
        approval.withdraw(article(site, "own", "returns").source, actor=team["cleo"], reason="x")


def test_on_another_site_her_limit_says_nothing(site, team):
    valley = Site.objects.create(slug="valley", name="Valley")
    Category.objects.create(site=valley, slug="hire", title="Hire")
    roles.grant(team["cleo"], valley, Role.CONTENT_OWNER)
    approval.withdraw(article(valley, "hire", "hire").source, actor=team["cleo"], reason="x")


def test_a_second_content_owner_of_another_category_still_makes_it_two_people(site, team):
    """The stricter side: the limit must not become a way to approve one's own text."""
    limited(team["mila"], site, "delivery")
    saved = article(site, "own", "returns", author="cleo")
    approval.submit(saved.revision, actor=team["cleo"])
    assert not approval.may_approve(saved.revision, team["cleo"])
    assert not approval.may_approve(saved.revision, team["mila"])
    with pytest.raises(Refused, match="an administrator of the site approves it"):
        approval.approve(saved.revision, actor=team["cleo"])
    approval.approve(saved.revision, actor=team["alva"])


# ── Gaps ──────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(site, slug, text="Where is it?"):
    category = Category.objects.filter(site=site, slug=slug).first()
    return Gap.objects.create(site=site, category=category, text=text, reason="not_grounded")


@pytest.mark.parametrize("slug", ["delivery", ""], ids=["other", "none"])
def test_she_handles_no_gap_of_another_category_or_of_none(site, team, slug):
    own, other = asked(site, "returns"), asked(site, slug, "And where is this?")
    returns, cleo = Category.objects.get(slug="returns"), team["cleo"]
    for verb in (
        lambda: gaps.handle(Gap.objects.all(), actor=cleo),
        lambda: gaps.close(site.pk, [own.pk, other.pk], how="nothing", actor=cleo, reason="x"),
        lambda: gaps.deny_all([own, other], returns, actor=cleo),
        lambda: gaps.deny(own, Category.objects.get(slug="delivery"), actor=cleo),
    ):
        with pytest.raises(NotAllowed, match="not for"):
            verb()
    assert not Gap.objects.exclude(handled_at=None).exists()
    assert not Example.objects.exists()


def test_her_own_gaps_she_handles_and_the_same_words_elsewhere_stay_open(site, team):
    own, other = asked(site, "returns"), asked(site, "delivery")
    assert gaps.close(site.pk, [own.pk], how="nothing", actor=team["cleo"], reason="x") == 1
    assert list(Gap.objects.filter(handled_at=None)) == [other]
    third = asked(site, "returns", "May I?")
    gaps.deny(third, Category.objects.get(slug="returns"), actor=team["cleo"])
    assert Example.objects.get().counter


# ── What is of the whole site ─────────────────────────────────────────────────────────────────────────────────


def test_what_changes_the_whole_site_takes_somebody_who_answers_for_it(site, team, tmp_path):
    start = Start.objects.create(site=site, name="t.csv", state="ready", created_by="cleo")
    whole = Suggestion.objects.create(start=start, kind="category", text="Hire")
    part = Suggestion.objects.create(start=start, subject=whole, kind="example", text="Can I hire it?")
    cleo, delivery = team["cleo"], Category.objects.get(slug="delivery")
    call_command("export_site", site.slug, str(tmp_path / "b"), stdout=io.StringIO())
    for verb in (
        lambda: starts.accept(whole, title="Hire", keep=[part.pk], actor=cleo),
        lambda: starts.accept(whole, title="", keep=[part.pk], actor=cleo, into=delivery),
        lambda: starts.drop(whole, actor=cleo),
        lambda: strictness.choose(site, 4, actor=cleo, reason="x"),
        lambda: bundle.load(tmp_path / "b", actor=cleo),
    ):
        with pytest.raises(NotAllowed, match="cleo answers for Returns"):
            verb()
    assert set(Suggestion.objects.values_list("state", flat=True)) == {"open"}
    starts.accept(whole, title="", keep=[part.pk], actor=cleo, into=Category.objects.get(slug="returns"))
    assert Example.objects.get().category.slug == "returns"


def test_a_release_owner_with_a_limited_second_role_keeps_what_release_owners_may(site, team):
    roles.grant(team["dan"], site, Role.CONTENT_OWNER)
    limited(team["dan"], site, "returns")
    strictness.choose(site, 4, actor=team["dan"], reason="x")


def test_a_pair_is_put_aside_by_who_answers_for_both_sides(site, team):
    text = "You can send back what you bought within thirty days of the day we delivered it to you. " * 3
    for slug in ("returns", "delivery"):
        approval.approve_many([article(site, slug, slug, text=text).revision], actor="shell", reason="x")
    Revision.objects.update(live=True)
    (pair,) = health.report(site).duplicates
    with pytest.raises(NotAllowed, match="not for Delivery"):
        health.dismiss(site, "duplicate", pair.key, actor=team["cleo"], reason="x")
    health.dismiss(site, "duplicate", pair.key, actor=team["mila"], reason="x")


# ── Pages and REST ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_of_what_is_not_hers_are_read_without_a_move_and_say_why(site, team):
    saved = article(site, "parcels", "delivery")
    own = article(site, "own", "returns")
    for kind, key in (("source", saved.source.pk), ("revision", saved.revision.pk)):
        seen = page(team["cleo"], reverse(f"admin:knowledge_{kind}_change", args=[key])).content.decode()
        assert "You can read this. cleo answers for Returns on Hill &amp; Valley, not for Delivery" in seen
        assert not any(verb in seen for verb in (">Withdraw<", ">Submit<", ">New revision<"))
    seen = page(team["cleo"], reverse("admin:knowledge_source_change", args=[own.source.pk])).content.decode()
    assert ">Withdraw<" in seen
    assert "You can read this" not in seen
    assert "Delivery" not in seen.partition('id="policies"')[2], "she is offered her own categories"
    assert "parcels" in page(team["cleo"], reverse("admin:knowledge_source_changelist")).content.decode()


def test_forged_forms_change_nothing_and_say_why(site, team):
    saved, other = article(site, "parcels", "delivery"), asked(site, "delivery")
    act = reverse("admin:knowledge_source_act", args=[saved.source.pk, "withdraw"])
    client = Client()
    client.force_login(team["cleo"])
    assert "not for Delivery" in client.post(act, {"reason": "x"}, follow=True).content.decode()
    refused = client.get(reverse("admin:knowledge_source_revise", args=[saved.source.pk]))
    assert refused.status_code == 403
    assert "not for Delivery" in refused.content.decode()
    listed = {"action": "mark_handled", "_selected_action": [other.pk]}
    done = client.post(reverse("admin:knowledge_gap_changelist"), listed, follow=True)
    assert "not for Delivery" in done.content.decode()
    saved.source.refresh_from_db()
    assert (saved.source.withdrawn_at, Gap.objects.get().handled_at) == (None, None)


def category_form(category, text):
    empty = {
        f"{prefix}-{n}": v
        for prefix in ("examples", "examples-2")
        for n, v in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
    }
    new = {"examples-TOTAL_FORMS": 1, "examples-0-text": text, "examples-0-category": category.pk}
    fields = {
        "title": category.title,
        "risk": "low",
        "route": "answer",
        "mode": "quote",
        "asked_level": 1,
        "position": 0,
    }
    return {**fields, **empty, **new}


def test_examples_are_written_in_her_own_categories_alone(site, team):
    own, other = Category.objects.get(slug="returns"), Category.objects.get(slug="delivery")
    for category, code in ((own, 302), (other, 403)):
        address = reverse("admin:knowledge_category_change", args=[category.pk])
        assert page(team["cleo"], address, category_form(category, "May I send it back?")).status_code == code
    assert [example.category for example in Example.objects.all()] == [own]
    seen = page(team["cleo"], reverse("admin:knowledge_category_change", args=[other.pk])).content.decode()
    assert "You can read this. cleo answers for Returns" in seen
    assert 'name="_save"' not in seen


def test_she_adds_no_category_and_no_counterexample_for_the_whole_site(site, team):
    for kind, data in (("category", {"slug": "x"}), ("example", {"site": site.pk, "text": "Sell me a car"})):
        assert page(team["cleo"], reverse(f"admin:knowledge_{kind}_add"), data).status_code == 403
    against = Example.objects.create(site=site, counter=True, text="x")
    assert (
        page(team["cleo"], reverse("admin:knowledge_example_delete", args=[against.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert (
        page(team["mila"], reverse("admin:knowledge_example_add"), {"site": site.pk, "text": "Sell me"}).status_code
        == 302
    )
    assert Example.objects.count() == 2


def test_rest_refuses_with_the_sentence(site, team):
    saved = article(site, "parcels", "delivery")
    client = Client()
    client.force_login(team["cleo"])
    order = {"site": site.slug, "slug": "new", "title": "T", "text": "Words.", "categories": ["delivery"]}
    for path, data in (
        ("sources/", order),
        ("sources/", {**order, "slug": "parcels", "categories": ["returns"]}),
        (f"sources/{saved.source.pk}/withdraw/", {"reason": "x"}),
        (f"sources/{saved.source.pk}/revise/", {"title": "T", "text": "Other."}),
        (f"revisions/{saved.revision.pk}/submit/", {}),
    ):
        said = client.post(f"/api/v1/{path}", data, content_type="application/json")
        assert said.status_code == 403, path
        assert "not for Delivery" in said.json()["detail"]
    assert client.get(f"/api/v1/sources/{saved.source.pk}/").status_code == 200, "she may read it"
    assert (
        client.post(
            "/api/v1/sources/", {**order, "categories": ["returns"]}, content_type="application/json"
        ).status_code
        == 201
    )


def test_an_administrator_limits_on_the_page_of_content_owners(site, team):
    address = reverse("admin:knowledge_remit_change", args=[Membership.objects.get(user=team["mila"]).pk])
    assert page(team["alva"], address, {"categories": ["delivery"], "reason": "two desks"}).status_code == 302
    assert roles.limit_of(team["mila"], site) == {"delivery"}
    assert page(team["alva"], address, {"categories": ["delivery"]}).status_code == 200, "without a reason: again"
    assert page(team["mila"], address, {"categories": [], "reason": "x"}).status_code == 403
    seen = page(team["mila"], address).content.decode()
    assert "delivery" in seen
    assert 'type="checkbox"' not in seen
    assert roles.limit_of(team["mila"], site) == {"delivery"}
