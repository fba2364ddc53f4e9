"""What was done long ago is forgotten; what is due, or failed, or is recent stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sites.core import outbox
from sites.models import OutboxItem, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import webhooks

pytestmark = pytest.mark.django_db
OLD = timedelta(days=31)


@pytest.mark.parametrize(
    ("state", "age", "stays"),
    [
        ("done", OLD, False),
        ("done", timedelta(days=29), True),
        ("due", OLD, True),
        ("dead", OLD, True),
    ],
)
def test_work_that_was_done_is_forgotten_after_a_month(state, age, stays):
    OutboxItem.objects.create(kind="mail", payload={}, state=state, due_at=timezone.now() - age)
    outbox.prune()
    assert OutboxItem.objects.exists() is stays


@pytest.mark.parametrize(
    ("state", "age", "stays"),
    [
        ("delivered", OLD, False),
        ("failed", OLD, False),
        ("delivered", timedelta(days=29), True),
        ("due", OLD, True),
    ],
)
def test_what_a_webhook_was_told_is_forgotten_after_a_month(state, age, stays):
    site = Site.objects.create(slug="shop", name="Shop")
    endpoint = Endpoint.objects.create(site=site, url="https://desk.example.com/", nonce="n")
    told = Delivery.objects.create(endpoint=endpoint, message_id="msg_1", kind="rating", body="{}", state=state)
    Delivery.objects.filter(pk=told.pk).update(created_at=timezone.now() - age)
    webhooks.prune()
    assert Delivery.objects.exists() is stays
