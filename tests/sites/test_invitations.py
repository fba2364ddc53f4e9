"""An invitation's link works once, for three days, for its site and role only, and never takes an account over."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from sites.access.roles import NotAllowed, roles_of
from sites.core.refusal import Refused
from sites.models import OutboxItem, Role
from sites.models.invitations import Invitation
from sites.people import invitations
from tests.sites.door import GOOD, inside, kept, knock, person, site

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/handrail_sites/membership/people/"


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


@pytest.fixture
def anna():
    return person("anna", Role.ADMIN)


def link():
    """The link of the newest mail, as a path."""
    mail = OutboxItem.objects.filter(kind="mail").latest("id").payload
    return re.search(r"(/admin/invitation/\S+/)", mail["text"])[1]


def accept(client, path, name="Grace", password=GOOD):
    return client.post(path, {"name": name, "password": password, "again": password})


def test_an_address_is_invited_chooses_a_password_and_is_a_member(client, anna):
    client.force_login(anna)
    client.post(PEOPLE, {"verb": "invite", "site": site().pk, "email": "Grace@Example.com", "role": "agent"})
    mail = OutboxItem.objects.get(kind="mail").payload
    assert mail["to"] == "grace@example.com"
    grace = Client()
    assert "Shop invites you" in grace.get(link()).content.decode()
    accept(grace, link())
    user = User.objects.get(email="grace@example.com")
    assert roles_of(user, site()) == {Role.AGENT}
    assert roles_of(user, site("bank")) == frozenset()
    assert user.check_password(GOOD)
    assert inside(grace)
    assert not user.is_superuser
    found = kept("invitation.sent", "invitation.accepted")
    assert [(each["kind"], each["actor"]) for each in found] == [
        ("invitation.sent", "anna"),
        ("invitation.accepted", "grace"),
    ]
    assert "grace@example.com" not in str(found)  # the chain forgets nothing, so it holds a digest


def test_the_link_works_once(anna):
    invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    path = link()
    accept(Client(), path)
    eve = Client()
    answer = accept(eve, path, name="Eve", password="taken-over-by-eve")
    assert answer.status_code == 403
    assert User.objects.filter(email="grace@example.com").count() == 1
    assert not User.objects.get(email="grace@example.com").check_password("taken-over-by-eve")
    assert not inside(eve)


def test_of_two_who_accept_at_once_one_is_told_it_is_over(anna):
    made = invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    first, second = (Invitation.objects.get(pk=made.pk) for _ in range(2))
    grace = person("grace", at=site("bank"))
    invitations.join(first, user=grace)
    with pytest.raises(Refused, match="has been used"):
        invitations.join(second, user=grace)
    assert len(kept("invitation.accepted")) == 1


def test_after_three_days_it_is_over(anna):
    invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert accept(Client(), link()).status_code == 403
    assert not User.objects.filter(email="grace@example.com").exists()


def test_it_lasts_three_days(anna):
    made = invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    assert made.expires_at - made.created_at == pytest.approx(timedelta(days=3), abs=timedelta(minutes=1))


def test_sent_again_the_new_link_works_and_the_old_does_not(client, anna):
    made = invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    old = link()
    client.force_login(anna)
    client.post(PEOPLE, {"verb": "resend", "key": made.pk})
    assert link() != old
    assert Client().get(old).status_code == 403
    assert Client().get(link()).status_code == 200


def test_withdrawn_it_is_over(client, anna):
    made = invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    client.force_login(anna)
    client.post(PEOPLE, {"verb": "withdraw", "key": made.pk})
    assert Client().get(link()).status_code == 403
    assert len(kept("invitation.withdrawn")) == 1
    invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)  # and may be made anew


@pytest.mark.parametrize("role", [Role.AGENT, Role.CONTENT_OWNER, Role.RELEASE_OWNER, Role.AUDITOR])
def test_nobody_but_an_administrator_of_the_site_invites(client, role):
    ben = person("ben", role)
    with pytest.raises(NotAllowed):
        invitations.invite(site(), "eve@example.com", Role.ADMIN, actor=ben)
    client.force_login(ben)
    client.post(PEOPLE, {"verb": "invite", "site": site().pk, "email": "eve@example.com", "role": "admin"})
    assert not Invitation.objects.exists()


def test_an_administrator_of_one_site_invites_mends_and_withdraws_nothing_on_another(client, anna):
    bank = site("bank")
    theirs = invitations.invite(bank, "grace@example.com", Role.AGENT, actor=person("bea", Role.ADMIN, at=bank))
    client.force_login(anna)
    with pytest.raises(NotAllowed):
        invitations.invite(bank, "eve@example.com", Role.ADMIN, actor=anna)
    client.post(PEOPLE, {"verb": "invite", "site": bank.pk, "email": "eve@example.com", "role": "admin"})
    for verb in ("resend", "withdraw"):
        client.post(PEOPLE, {"verb": verb, "key": theirs.pk})
    theirs.refresh_from_db()
    assert theirs.withdrawn_at is None
    assert Invitation.objects.count() == OutboxItem.objects.filter(kind="mail").count() == 1
    assert "grace@example.com" not in client.get(PEOPLE).content.decode()


@pytest.mark.parametrize("typed", ["a", "grace@example.com", "password1234", "918273645564"])
def test_a_weak_password_is_refused_and_the_link_still_works(anna, typed):
    invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    assert "errorlist" in accept(Client(), link(), password=typed).content.decode()
    assert not User.objects.filter(email="grace@example.com").exists()
    accept(Client(), link())
    assert User.objects.filter(email="grace@example.com").exists()


def test_whoever_has_an_account_takes_the_role_with_it_and_keeps_their_password(anna):
    cleo = person("cleo", at=site("bank"))
    invitations.invite(site(), "cleo@example.com", Role.AGENT, actor=anna)
    path, client = link(), Client()
    page = client.get(path).content.decode()
    assert "You have an account already" in page
    assert 'name="password"' not in page
    accept(client, path, password="taken-over-by-eve")  # holding the mail alone changes nothing
    cleo.refresh_from_db()
    assert cleo.check_password(GOOD)
    assert roles_of(cleo, site()) == frozenset()
    knock(client, "cleo")
    client.post(path)
    assert roles_of(cleo, site()) == {Role.AGENT}


def test_somebody_else_who_is_signed_in_does_not_take_it(anna):
    person("cleo", at=site("bank"))
    eve = person("eve", at=site("bank"))
    invitations.invite(site(), "cleo@example.com", Role.ADMIN, actor=anna)
    client = Client()
    client.force_login(eve)
    answer = client.post(link())
    assert answer.status_code == 403
    assert "This invitation is for cleo@example.com" in answer.content.decode()
    assert roles_of(eve, site()) == frozenset()


def test_a_closed_account_is_not_opened_by_an_invitation(anna):
    User.objects.filter(pk=person("cleo", at=site("bank")).pk).update(is_active=False)
    invitations.invite(site(), "cleo@example.com", Role.AGENT, actor=anna)
    accept(Client(), link())
    assert not User.objects.get(username="cleo").is_active
    assert User.objects.filter(email="cleo@example.com").count() == 1


def test_an_address_is_not_invited_twice_nor_to_what_it_has(anna):
    invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    with pytest.raises(Refused, match="invited already"):
        invitations.invite(site(), "GRACE@example.com", Role.AGENT, actor=anna)
    person("ben")
    with pytest.raises(Refused, match="has this role already"):
        invitations.invite(site(), "ben@example.com", Role.AGENT, actor=anna)
    with pytest.raises(Refused, match="no e-mail address"):
        invitations.invite(site(), "nonsense", Role.AGENT, actor=anna)


def test_the_token_is_not_in_its_row(anna):
    made = invitations.invite(site(), "grace@example.com", Role.AGENT, actor=anna)
    token = link().split("/")[-2]
    assert token not in str(Invitation.objects.filter(pk=made.pk).values())


def test_nobody_types_a_password_for_somebody_else(client):
    root = User.objects.create_superuser("root", "root@example.com", GOOD)
    ben = person("ben")
    client.force_login(root)
    assert client.get("/admin/auth/user/add/").status_code == 403
    client.post(
        f"/admin/auth/user/{ben.pk}/password/", {"password1": "a-good-long-one", "password2": "a-good-long-one"}
    )
    page = client.get(f"/admin/auth/user/{ben.pk}/change/").content.decode()
    assert "People choose their own password" in page
    assert 'type="password"' not in page
    assert "/password/" not in page
    ben.refresh_from_db()
    assert ben.check_password(GOOD)


def test_a_forgotten_password_is_mailed_to_who_has_one_and_the_page_tells_nobody_apart(client, anna):
    ask = "/admin/sign-in/password/"
    before = OutboxItem.objects.filter(kind="mail").count()
    pages = {client.post(ask, {"email": who}, follow=True).content for who in ("anna@example.com", "eve@example.com")}
    assert len(pages) == 1
    mails = [each.payload for each in OutboxItem.objects.filter(kind="mail")][before:]
    assert [mail["to"] for mail in mails] == ["anna@example.com"]
    assert "/admin/sign-in/password/" in mails[0]["text"]
