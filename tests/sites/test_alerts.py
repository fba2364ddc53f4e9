"""An alert is told once, to whoever answers for it, and again only after it was over."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail

from sites.access.roles import grant
from sites.core import ledger, outbox
from sites.models import LedgerEntry, OutboxItem, Role, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.models.thresholds import RULES, Alert
from sites.outside import alerts, webhooks
from sites.outside.alerts import CALM, Finding

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MANY = Finding("errors", "9 of 40 turns failed.", facts={"bad": 9, "n": 40})


@pytest.fixture
def shop(db):
    site = Site.objects.create(slug="shop", name="Shop", owners={"incidents": "dan", "release": "dan"})
    Endpoint.objects.create(site=site, url="https://example.com/hook", nonce="0" * 32)
    for name, role in (("dan", Role.RELEASE_OWNER), ("alma", Role.ADMIN)):
        grant(User.objects.create(username=name, email=f"{name}@example.com"), site, role)
    return site


def look(site: Site, after: int, *found: Finding) -> list[Finding]:
    return alerts.settle(site, ["errors", "declined", "outbox"], found, NOW + after * MINUTE)


def told() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("kind", flat=True))


def test_it_is_told_once_while_it_lasts_and_again_after_it_was_over(shop):
    assert [look(shop, n, MANY) for n in range(5)] == [[MANY], [], [], [], []]
    assert look(shop, 6) == []
    assert Alert.objects.get().firing, "two minutes of calm are none"
    look(shop, 4 + CALM // MINUTE)
    assert not Alert.objects.get().firing
    assert look(shop, 30, MANY) == [MANY]
    assert told() == ["alert.raised", "alert.cleared", "alert.raised"]
    kinds = LedgerEntry.objects.filter(kind__startswith="alert").order_by("number").values_list("kind", flat=True)
    assert list(kinds) == told()
    assert list(ledger.verify(shop)) == []


def test_two_processes_that_look_at_once_tell_once(shop, monkeypatch):
    """The other one raises it after this one has seen that it is down, before this one holds the site."""
    hold, others = ledger.hold, iter([True])

    def late(site_id):
        if next(others, False):
            look(shop, 0, MANY)
        return hold(site_id)

    monkeypatch.setattr(ledger, "hold", late)
    assert look(shop, 0, MANY) == []
    assert told() == ["alert.raised"]


def test_each_thing_it_is_about_has_its_own(shop):
    bags, tickets = (Finding("declined", "More.", about=slug) for slug in ("bags", "tickets"))
    assert look(shop, 0, bags) == [bags]
    assert look(shop, 1, bags, tickets) == [tickets]
    look(shop, 20, tickets)
    assert dict(Alert.objects.values_list("about", "firing")) == {"bags": False, "tickets": True}


def test_other_rooms_rules_are_left_alone(shop):
    alerts.settle(shop, ["nobody"], [Finding("nobody", "Two wait.")], NOW)
    look(shop, 60)
    assert Alert.objects.get().firing


def test_the_owner_of_the_duty_gets_a_mail_else_the_administrators(shop):
    look(shop, 0, MANY)
    outbox.run_due(bulk=False)
    (letter,) = mail.outbox
    assert letter.to == ["dan@example.com"]
    assert "9 of 40" in letter.body
    assert "/monitoring/shop/" in letter.body
    User.objects.filter(username="dan").update(is_active=False)
    look(shop, 1, Finding("declined", "More.", about="bags"))
    outbox.run_due(bulk=False)
    assert mail.outbox[-1].to == ["alma@example.com"]


def test_that_the_outbox_is_stuck_is_mailed_past_the_outbox(shop):
    look(shop, 0, Finding("outbox", "12 promises are overdue."))
    assert [letter.to for letter in mail.outbox] == [["dan@example.com"]]
    assert not OutboxItem.objects.filter(kind="mail").exists()


def test_what_a_webhook_hears(shop):
    look(shop, 0, MANY)
    said = json.loads(Delivery.objects.get().body)
    assert said["type"] == "alert.raised"
    assert said["data"] == {
        "site": "shop", "rule": "errors", "about": "", "text": "9 of 40 turns failed.", "since": NOW.isoformat(),
    }  # fmt: skip
    assert {"alert.raised", "alert.cleared"} < set(webhooks.KINDS)


def test_every_rule_names_a_duty_that_sites_have():
    from release.core.people import DUTIES

    assert {rule.duty for rule in RULES.values()} <= set(DUTIES)


def test_only_an_administrator_of_the_site_sets_thresholds_and_the_chain_says_so(shop):
    from django.test import Client

    from sites.models.thresholds import Thresholds

    other = Site.objects.create(slug="other", name="Other")
    form = {"errors": "0.2", "declined_rise": "0.05", "late": "0.5", "injections": "20", "outbox_minutes": "10"}
    for name, site, made in (("dan", shop, False), ("alma", other, False), ("alma", shop, True)):
        client = Client()
        client.force_login(User.objects.get(username=name))
        client.post("/admin/handrail_sites/thresholds/add/", {**form, "site": site.pk})
        assert Thresholds.objects.exists() is made
    assert alerts.thresholds(shop).errors == 0.2
    assert '"errors":0.2' in LedgerEntry.objects.get(kind="alert.thresholds").body
    refused = client.post(f"/admin/handrail_sites/thresholds/{shop.pk}/change/", {**form, "site": shop.pk, "late": "7"})
    assert "less than or equal to 1" in refused.content.decode()
