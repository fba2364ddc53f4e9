"""Sites in the admin: people see their own, administrators change their own, nobody writes the ledger."""

import pytest
from django.contrib.auth.models import User

from sites.access.roles import grant
from sites.core import ledger
from sites.models import LedgerEntry, Membership, Role, Site

pytestmark = pytest.mark.django_db
SITES, PEOPLE, LEDGER = (f"/admin/handrail_sites/{table}/" for table in ("site", "membership", "ledgerentry"))


@pytest.fixture
def shop():
    return Site.objects.create(slug="shop", name="Fernway")


@pytest.fixture
def bank():
    return Site.objects.create(slug="bank", name="Rho Bank")


def person(name, site, role):
    user = User.objects.create_user(name)
    grant(user, site, role)
    return user


def form(site, **changes):
    fields = {name: getattr(site, name) for name in ("name", "locale", "timezone", "disclosure", "crisis")}
    fields |= {"origins": "http://localhost"}
    management = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    return {**fields, **management, **changes}


def test_an_administrator_sees_and_changes_their_own_site_only(client, shop, bank):
    client.force_login(person("anna", shop, Role.ADMIN))
    listed = client.get(SITES).content.decode()
    assert "Fernway" in listed
    assert "Rho Bank" not in listed
    client.post(f"{SITES}{shop.pk}/change/", form(shop, name="Fernway Outdoor", desk_closed="on"))
    shop.refresh_from_db()
    assert (shop.name, shop.desk_closed) == ("Fernway Outdoor", False), "a desk is not closed without a reason"
    client.post(f"{SITES}{bank.pk}/change/", form(bank, name="Eve's Bank"))
    bank.refresh_from_db()
    assert bank.name == "Rho Bank"


def test_an_auditor_reads_a_site_and_changes_nothing(client, shop):
    client.force_login(person("alma", shop, Role.AUDITOR))
    assert client.get(f"{SITES}{shop.pk}/change/").status_code == 200
    assert client.post(f"{SITES}{shop.pk}/change/", form(shop, name="Mine")).status_code == 403


def test_an_agent_has_no_business_with_sites(client, shop):
    client.force_login(person("ben", shop, Role.AGENT))
    assert client.get(SITES).status_code == 403


def test_hours_and_time_zones_that_cannot_be_read_are_refused_where_they_are_typed(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    answer = client.post(f"{SITES}{shop.pk}/change/", form(shop, hours_mon="9-5", timezone="Mars/Base"))
    html = answer.content.decode()
    assert "is not a span like 09:00-18:00" in html
    assert "is not a time zone" in html
    shop.refresh_from_db()
    assert shop.timezone == "UTC"


def test_countries_are_typed_with_commas_and_what_is_none_is_refused_where_it_is_typed(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    client.post(f"{SITES}{shop.pk}/change/", form(shop, countries=" GB,IE , "))
    shop.refresh_from_db()
    assert shop.countries == ["GB", "IE"]
    page = client.get(f"{SITES}{shop.pk}/change/").content.decode()
    assert 'name="countries" value="GB, IE"' in page
    refused = client.post(f"{SITES}{shop.pk}/change/", form(shop, countries="GB, UK, GB")).content.decode()
    assert "“UK” is no country&#x27;s code; did you mean “GB”?" in refused
    assert "“GB” stands here twice; keep one" in refused
    shop.refresh_from_db()
    assert shop.countries == ["GB", "IE"]
    client.post(f"{SITES}{shop.pk}/change/", form(shop, countries=""))
    shop.refresh_from_db()
    assert shop.countries == []


def test_an_administrator_gives_roles_on_their_own_site_only(client, shop, bank):
    client.force_login(person("anna", shop, Role.ADMIN))
    ben = User.objects.create_user("ben")
    client.post(f"{PEOPLE}add/", {"user": "ben", "site": shop.pk, "role": "agent"})
    client.post(f"{PEOPLE}add/", {"user": "ben", "site": bank.pk, "role": "admin"})
    assert [(m.site, m.role) for m in Membership.objects.filter(user=ben)] == [(shop, "agent")]
    assert User.objects.get(pk=ben.pk).is_staff


def test_roles_on_another_site_are_neither_seen_nor_taken_away(client, shop, bank):
    hugo = person("hugo", bank, Role.AGENT)
    client.force_login(person("anna", shop, Role.ADMIN))
    assert "hugo" not in client.get(PEOPLE).content.decode()
    held = Membership.objects.get(user=hugo)
    client.post(f"{PEOPLE}{held.pk}/delete/", {"post": "yes"})
    assert Membership.objects.filter(pk=held.pk).exists()


def test_the_ledger_is_read_by_auditors_of_the_site_and_written_by_nobody(client, shop, bank):
    ledger.note(shop.pk, "pause", actor="dan")
    ledger.note(bank.pk, "resume", actor="hugo")
    client.force_login(person("alma", shop, Role.AUDITOR))
    listed = client.get(LEDGER).content.decode()
    assert "pause" in listed
    assert "hugo" not in listed
    entry = LedgerEntry.objects.get(kind="pause")
    assert client.get(f"{LEDGER}{entry.pk}/change/").status_code == 200
    assert client.post(f"{LEDGER}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LEDGER}add/").status_code == 403


def test_the_outbox_belongs_to_no_site_and_is_for_superusers(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    assert client.get("/admin/handrail_sites/outboxitem/").status_code == 403
    client.force_login(User.objects.create_superuser("root"))
    assert client.get("/admin/handrail_sites/outboxitem/").status_code == 200


def test_a_role_is_given_to_a_person_who_exists(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    answer = client.post(f"{PEOPLE}add/", {"user": "nobody", "site": shop.pk, "role": "agent"})
    assert "There is no active account of this name." in answer.content.decode()


def test_people_are_managed_on_the_page_of_the_site_too(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    ben = User.objects.create_user("ben")
    held = Membership.objects.get(user__username="anna")
    rows = {
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": held.pk,
        "memberships-0-user": "anna",
        "memberships-0-role": "admin",
        "memberships-1-user": "ben",
        "memberships-1-role": "agent",
    }
    client.post(f"{SITES}{shop.pk}/change/", form(shop, **rows))
    assert Membership.objects.get(user=ben).role == "agent"
    assert User.objects.get(pk=ben.pk).is_staff


def test_sites_are_made_and_deleted_by_superusers_only(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    assert client.get(f"{SITES}add/").status_code == 403
    assert client.post(f"{SITES}{shop.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Site.objects.filter(pk=shop.pk).exists()


WEEK = {"mon": ["09:00-12:30", "13:30-18:00"], "sat": ["10:00-16:00"], "holidays": {"2026-12-25": []}}


def test_a_week_a_contact_minutes_and_words_are_typed_as_what_they_are(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    typed = {
        "hours_mon": "09:00-12:30, 13:30 – 18:00",
        "hours_sat": "10:00-16:00",
        "hours_tue": "closed",
        "hours_holidays": "2026-12-25: closed",
        "contact_email": "help@shop.example",
        "patience_notify": "4",
        "patience_mail": "desk@shop.example, lead@shop.example",
        "wording": "decline: Not ours, sorry: ask a person.",
        "owners_release": "dan",
    }
    client.post(f"{SITES}{shop.pk}/change/", form(shop, **typed))
    shop.refresh_from_db()
    assert shop.hours == {**WEEK, "tue": []}
    assert shop.contact == {"email": "help@shop.example"}
    assert shop.patience == {"notify": 4, "mail": ["desk@shop.example", "lead@shop.example"]}
    assert shop.wording == {"decline": "Not ours, sorry: ask a person."}
    assert shop.owners == {"release": "dan"}


def test_what_is_shown_and_left_alone_comes_back_the_same(client, shop):
    client.force_login(person("anna", shop, Role.ADMIN))
    kept = {"hours": WEEK, "contact": {"phone": "1"}, "owners": {"sources": "cleo"}, "origins": ["https://a.example"]}
    Site.objects.filter(pk=shop.pk).update(**kept)
    page = client.get(f"{SITES}{shop.pk}/change/")
    shown = page.context["adminform"].form
    assert '{"' not in page.content.decode()
    posted = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0}
    for bound in shown:
        value = bound.value()
        widget = bound.field.widget
        if hasattr(widget, "decompress"):
            names = [f"{bound.html_name}{suffix}" for suffix in widget.widgets_names]
            posted |= dict(zip(names, widget.decompress(value), strict=True))
        elif value not in (None, False):
            posted[bound.html_name] = value
    client.post(f"{SITES}{shop.pk}/change/", posted | {"memberships-TOTAL_FORMS": 0, "name": "Renamed"})
    shop.refresh_from_db()
    assert (shop.name, {name: getattr(shop, name) for name in kept}) == ("Renamed", kept)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"patience_notify": "soon"}, "is no number of minutes"),
        ({"hours_holidays": "Christmas: closed"}, "is no day"),
        ({"origins": "https://shop.example/page"}, "is no origin"),
        ({"wording": "just words"}, "is not written like"),
        ({"patience_mail": "nobody"}, "is not an e-mail address"),
    ],
)
def test_what_cannot_be_read_is_said_where_it_is_typed(client, shop, typed, said):
    client.force_login(person("anna", shop, Role.ADMIN))
    assert said in client.post(f"{SITES}{shop.pk}/change/", form(shop, **typed)).content.decode()
