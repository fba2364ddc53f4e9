"""A lane of workers that has gone silent is noticed; one inside the serving process needs no row."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sites.core import pulse
from sites.models import Pulse

pytestmark = pytest.mark.django_db


@pytest.fixture
def apart(settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/9"
    monkeypatch.setattr(pulse, "_written", {})


def test_a_lane_works_from_its_first_beat_until_it_is_silent_for_too_long(apart):
    assert pulse.lanes() == {"worker-fast": False, "worker-bulk": False}
    pulse.beat("fast")
    pulse.beat("bulk")
    assert pulse.lanes() == {"worker-fast": True, "worker-bulk": True}
    Pulse.objects.update(at=timezone.now() - timedelta(seconds=31))
    assert pulse.lanes() == {"worker-fast": False, "worker-bulk": True}
    Pulse.objects.update(at=timezone.now() - timedelta(minutes=3, seconds=1))
    assert pulse.lanes() == {"worker-fast": False, "worker-bulk": False}


def test_readyz_names_the_lane_that_is_gone_and_answers_go_on(apart):
    pulse.beat("fast")
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert "worker-bulk" in answer.json()["degraded"]
    assert answer.json()["parts"]["worker-fast"] is True
    assert answer.json()["parts"]["worker-bulk"] is False


def test_a_beat_a_second_is_a_row_written_every_five(apart, django_assert_num_queries):
    pulse.beat("fast")
    with django_assert_num_queries(0):
        pulse.beat("fast")


def test_workers_inside_the_serving_process_write_nothing(settings):
    settings.CELERY_BROKER_URL = ""
    pulse.beat("fast")
    assert not Pulse.objects.exists()
    assert pulse.lanes() == {}
