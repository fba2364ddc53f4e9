"""A role counts on its own site only, and from the moment it is given until the moment it is taken."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

from sites.access.roles import NotAllowed, grant, permissions_of, require, revoke, roles_of, sites_of
from sites.models import Role, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Shop")


@pytest.fixture
def bank():
    return Site.objects.create(slug="bank", name="Bank")


@pytest.fixture
def ben():
    return User.objects.create_user("ben")


def again(user):
    return User.objects.get(pk=user.pk)


def test_ben_is_an_agent_of_the_shop_and_nobody_at_the_bank(shop, bank, ben):
    grant(ben, shop, Role.AGENT)
    assert roles_of(ben, shop) == {Role.AGENT}
    assert roles_of(ben, bank) == frozenset()
    assert list(sites_of(ben)) == [shop]
    with pytest.raises(NotAllowed, match="ben is not an agent of Bank"):
        require(ben, bank, Role.AGENT)


def test_an_agent_is_not_a_content_owner(shop, ben):
    grant(ben, shop, Role.AGENT)
    with pytest.raises(NotAllowed, match="ben is not a content owner or release owner of Shop"):
        require(ben, shop, Role.CONTENT_OWNER, Role.RELEASE_OWNER)
    assert not sites_of(ben, Role.CONTENT_OWNER).exists()


def test_the_administrator_of_a_site_may_do_what_its_roles_may(shop, ben):
    grant(ben, shop, Role.ADMIN)
    require(ben, shop, Role.AGENT)
    assert list(sites_of(ben, Role.AGENT)) == [shop]


def test_a_superuser_passes_everywhere_but_not_once_the_account_is_switched_off(shop, ben):
    ben.is_superuser = True
    require(ben, shop, Role.AUDITOR)
    ben.is_active = False
    with pytest.raises(NotAllowed):
        require(ben, shop, Role.AUDITOR)
    assert not sites_of(ben).exists()


def test_a_visitor_has_no_role(shop):
    with pytest.raises(NotAllowed):
        require(AnonymousUser(), shop, Role.AGENT)


def test_granting_twice_is_granting_once_and_lets_into_the_admin(shop, ben):
    assert grant(ben, shop, Role.AGENT) == grant(ben, shop, Role.AGENT)
    assert again(ben).is_staff


def test_model_permissions_follow_the_memberships_at_once(shop, ben):
    grant(ben, shop, Role.AGENT)
    assert again(ben).has_perm("escalation.change_handoff")
    assert not again(ben).has_perm("knowledge.change_source")
    assert again(ben).has_module_perms("conversations")
    revoke(ben, shop, Role.AGENT)
    assert not again(ben).has_perm("escalation.change_handoff")
    assert roles_of(ben, shop) == frozenset()


def test_no_role_may_change_what_was_said_or_the_ledger():
    for role in Role:
        written = {p for p in permissions_of(role) if ".view_" not in p}
        assert not any(p.startswith("conversations.") for p in written)
    assert permissions_of(Role.AUDITOR) == {p for p in permissions_of(Role.AUDITOR) if ".view_" in p}
