"""How often the assistant asked back, and what customers made of it, as figures of one site and one period."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Message
from release.monitoring.monitor import Period, asked_back
from sites.models import Site
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db
ENGRAVED = "Can a gift card be engraved with a photo of my cat?"


def counted(site: Site, days: int = 7) -> tuple[int, int, int]:
    """Offered, one chosen, none of these."""
    told = asked_back(site, Period(days, timezone.now() + timedelta(seconds=1)), synthetic=False)
    assert told.chosen.n == told.none.n
    return told.chosen.n, told.chosen.hits, told.none.hits


def test_each_time_is_counted_once_by_what_was_chosen(fernway, people):
    assert counted(fernway) == (0, 0, 0)
    one, none, neither = (Ada(fernway) for _ in range(3))
    for ada in (one, none, neither):
        ada.ask(ENGRAVED)
    one.tap(one.offers[0]["id"])
    none.tap(None)
    assert counted(fernway) == (3, 1, 1)
    assert counted(Site.objects.create(slug="other", name="Other")) == (0, 0, 0)
    client = Client()
    client.force_login(people["dan"])
    page = client.get(reverse("admin:release_monitoring_site", args=["fernway"])).content.decode()
    assert "3 times the assistant was not sure" in page
    Message.objects.update(at=timezone.now() - timedelta(days=8))
    assert counted(fernway) == (0, 0, 0)
    assert counted(fernway, 28) == (3, 1, 1)
