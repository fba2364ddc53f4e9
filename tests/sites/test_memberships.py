"""A role that is given or taken is an entry of the chain; one that was put into the table is found."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from sites.access import roles
from sites.access.roles import roles_of
from sites.core import audit
from sites.models import LedgerEntry, Membership, Role, Site


@pytest.fixture
def shop(db):
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def ben(db):
    return User.objects.create(username="ben")


def findings(site) -> list[str]:
    return [str(each) for each in audit.of(site).findings]


def test_giving_and_taking_are_entries_and_the_record_stays_whole(shop, ben):
    roles.grant(ben, shop, Role.AGENT, actor="admin")
    roles.grant(ben, shop, Role.AGENT, actor="admin")
    assert roles_of(ben, shop) == {Role.AGENT}
    assert findings(shop) == []
    roles.revoke(ben, shop, Role.AGENT, actor="admin")
    assert (roles_of(ben, shop), findings(shop)) == (frozenset(), [])
    kinds = LedgerEntry.objects.filter(site=shop).values_list("kind", flat=True)
    assert list(kinds) == ["membership_given", "membership_taken"], "giving it again is no entry"


def test_a_role_eve_put_into_the_table_or_changed_or_brought_back_is_found(shop, ben):
    eve = Membership.objects.create(site=shop, user=User.objects.create(username="eve"), role=Role.ADMIN)
    assert findings(shop) == [
        f"handrail_sites.membership {eve.pk}: no entry speaks of it: it was put in by something else"
    ]
    eve.delete()
    held = roles.grant(ben, shop, Role.AGENT, actor="admin")
    Membership.objects.filter(pk=held.pk).update(role=Role.ADMIN)
    assert findings(shop) == [f"handrail_sites.membership {held.pk} (entry 1): role differs from what was written"]
    Membership.objects.filter(pk=held.pk).update(role=Role.AGENT)
    roles.revoke(ben, shop, Role.AGENT, actor="admin")
    Membership.objects.create(pk=held.pk, site=shop, user=ben, role=Role.AGENT)
    assert "says that it is gone" in findings(shop)[0]


def test_the_pages_of_the_admin_write_entries(shop, ben, client):
    chief = User.objects.create_superuser("chief")
    client.force_login(chief)
    client.post(reverse("admin:handrail_sites_membership_add"), {"user": "ben", "site": shop.pk, "role": "agent"})
    held = Membership.objects.get(user=ben)
    client.post(
        reverse("admin:handrail_sites_membership_change", args=[held.pk]), {"user": "ben", "role": "release_owner"}
    )
    held.refresh_from_db()
    assert (held.role, findings(shop)) == ("release_owner", [])
    client.post(reverse("admin:handrail_sites_membership_delete", args=[held.pk]), {"post": "yes"})
    assert not Membership.objects.filter(pk=held.pk).exists()
    assert findings(shop) == []
    assert LedgerEntry.objects.filter(site=shop, kind__startswith="membership_").count() == 3


@pytest.mark.django_db(transaction=True)
def test_an_audit_outside_a_transaction_readsone_moment():
    shop = Site.objects.create(slug="shop", name="Fernway")
    roles.grant(User.objects.create(username="ben"), shop, Role.AGENT, actor="admin")
    report = audit.of(shop)
    assert (report.findings, report.whole) == ([], 1)
