"""Who searches what customers said is on record, of each site that was searched; the words stand there as a digest."""

import json

import pytest
from django.test import Client

from conversations import record
from sites.core import ledger
from sites.models import LedgerEntry, Site
from tests.rights.ground import person

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/conversation/"


def test_a_search_in_what_was_said_is_an_entry_of_each_site_that_was_searched(client: Client) -> None:
    shop, bank, ferry = (Site.objects.create(slug=name, name=name.title()) for name in ("shop", "bank", "ferry"))
    record.open_conversation(shop)
    alma = person("alma", auditor=shop)
    alma.memberships.create(site=bank, role="agent")
    client.force_login(alma)
    client.get(LIST)
    client.get(LIST, {"q": "  "})
    assert not LedgerEntry.objects.exists()
    assert client.get(LIST, {"q": "zebrafinch"}).status_code == 200
    for site in (shop, bank):
        (entry,) = LedgerEntry.objects.filter(site=site)
        facts = json.loads(entry.body)
        assert (entry.kind, facts["actor"], facts["search"]) == ("read", "alma", ledger.digest("zebrafinch"))
        assert "zebrafinch" not in entry.body
    assert not LedgerEntry.objects.filter(site=ferry).exists()


def test_who_may_not_look_searches_nothing(client: Client) -> None:
    shop = Site.objects.create(slug="shop", name="Shop")
    client.force_login(person("eve"))
    assert client.get(LIST, {"q": "zebrafinch"}).status_code == 403
    assert not LedgerEntry.objects.filter(site=shop).exists()
