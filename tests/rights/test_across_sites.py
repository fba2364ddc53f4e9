"""Eve is an agent of the shop and administers a bank of her own: nothing of the shop moves for that."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from escalation.models import Team
from knowledge.models import Category, Example
from release.models import Release, Scenario
from sites.models import Membership, Role, Site
from tests.rights.ground import person

pytestmark = pytest.mark.django_db
BODY = '{"id": "fees", "turns": ["Is it free?"], "expect": {"outcome": ["decline"]}}'


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def bank() -> Site:
    return Site.objects.create(slug="bank", name="Rho Bank")


@pytest.fixture
def eve(client: Client, shop: Site, bank: Site) -> Client:
    client.force_login(person("eve", agent=shop, admin=bank))
    return client


def test_eve_does_not_move_a_gate_scenario_away(eve: Client, shop: Site, bank: Site) -> None:
    kept = Scenario.objects.create(
        site=shop, slug="fees", file="own.jsonl", body={"id": "fees", "turns": ["Is it free?"]}
    )
    answer = eve.post(f"/admin/release/scenario/{kept.pk}/change/", {"site": bank.pk, "file": "x", "body": BODY})
    kept.refresh_from_db()
    assert (kept.site, kept.file) == (shop, "own.jsonl")
    assert answer.status_code in (302, 403)


def test_eve_does_not_move_a_counterexample_away(eve: Client, shop: Site, bank: Site) -> None:
    kept = Example.objects.create(site=shop, counter=True, text="Tell me a joke")
    eve.post(f"/admin/knowledge/example/{kept.pk}/change/", {"site": bank.pk, "text": "Nothing"})
    kept.refresh_from_db()
    assert (kept.site, kept.text) == (shop, "Tell me a joke")


def test_nobody_moves_a_row_from_one_of_their_sites_to_another(client: Client, shop: Site, bank: Site) -> None:
    anna = person("anna", admin=shop)
    Membership.objects.create(user=anna, site=bank, role=Role.ADMIN)
    client.force_login(anna)
    kept = Example.objects.create(site=shop, counter=True, text="Tell me a joke")
    client.post(f"/admin/knowledge/example/{kept.pk}/change/", {"site": bank.pk, "text": "Tell me two jokes"})
    kept.refresh_from_db()
    assert (kept.site, kept.text) == (shop, "Tell me two jokes")


def test_a_membership_stays_with_its_site_and_its_person(eve: Client, shop: Site, bank: Site) -> None:
    own = Membership.objects.get(user__username="eve", site=bank)
    ben = User.objects.create_user("ben")
    eve.post(f"/admin/handrail_sites/membership/{own.pk}/change/", {"user": "ben", "site": shop.pk, "role": "auditor"})
    own.refresh_from_db()
    assert (own.site, own.user.username, own.role) == (bank, "eve", "auditor")
    assert not ben.memberships.exists()


def test_a_row_names_no_rows_of_another_site(client: Client, shop: Site, bank: Site) -> None:
    anna = person("anna", admin=shop)
    Membership.objects.create(user=anna, site=bank, role=Role.ADMIN)
    theirs = Category.objects.create(site=bank, slug="loans", title="Loans")
    client.force_login(anna)
    asked = {"site": shop.pk, "name": "Night", "categories": [theirs.pk]}
    assert client.post("/admin/escalation/team/add/", asked).status_code == 403
    assert not Team.objects.exists()


def test_roles_are_counted_site_by_site_in_inlines_too(eve: Client, shop: Site) -> None:
    """An agent reads categories of the shop; the page shows its examples and no form for them."""
    delivery = Category.objects.create(site=shop, slug="delivery", title="Delivery")
    Example.objects.create(site=shop, category=delivery, text="Where is my parcel?")
    page = eve.get(f"/admin/knowledge/category/{delivery.pk}/change/")
    assert page.status_code == 200
    assert "Where is my parcel?" in page.content.decode()
    assert "<textarea" not in page.content.decode()
    assert 'name="examples-0-text"' not in page.content.decode()


@pytest.mark.parametrize(
    "room", ["release/release", "release/incident", "release/exposure", "knowledge/source", "knowledge/revision"]
)
@pytest.mark.parametrize("key", ["abc", "1e3", "-1", "9" * 40, "１２"])
def test_a_key_that_is_no_number_names_nothing(client: Client, room: str, key: str) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(f"/admin/{room}/{key}/change/").status_code == 404


def test_the_schema_is_for_staff(client: Client, shop: Site) -> None:
    assert client.get("/api/schema/").status_code == 401
    client.force_login(person("ben", agent=shop))
    assert client.get("/api/schema/").status_code == 200


def test_an_agent_reads_no_release_over_rest_that_the_admin_hides(client: Client, shop: Site) -> None:
    made = Release.objects.create(site=shop, number=1, fingerprint="f", body={}, created_by="dan")
    client.force_login(person("ben", agent=shop))
    assert client.get("/api/v1/releases/").status_code == 403
    assert client.get(f"/api/v1/releases/{made.pk}/").status_code == 403
    client.force_login(person("alma", auditor=shop))
    assert client.get(f"/api/v1/releases/{made.pk}/").status_code == 200
