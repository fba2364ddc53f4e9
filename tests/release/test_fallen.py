"""That categories fell with another model or build is said in the log, in `/readyz`, in `/metrics` and in the admin."""

import logging

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import metrics, process
from release.live import fallen, permits, snapshot
from sites.models import Site
from tests.release import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(ferry):
    stage.publish(ferry)
    return ferry


@pytest.fixture
def another_model(live, monkeypatch):
    """The process was started again, with a model."""
    running = snapshot.running_build()
    monkeypatch.setattr(snapshot, "running_build", lambda: {**running, "model": "openai:any"})
    snapshot.forget()
    return live


COMMAND = "manage.py gate ferry --release 1"


def test_it_is_said_everywhere_with_the_command_that_mends_it(another_model, caplog):
    assert permits.of(another_model.pk, "tickets").level == 1
    with caplog.at_level(logging.WARNING):
        process._tell()
    assert COMMAND in caplog.text
    assert "another language model" in caplog.text
    answer = Client().get("/readyz").json()
    assert answer["fallen"] == [{"site": "ferry", "differs": ["model"], "run": COMMAND}]
    assert 'handrail_fallen{part="model",site="ferry"} 1.0' in metrics.exposition(timezone.now()).decode()
    chief = Client()
    chief.force_login(stage.admin(another_model))
    for address in ("admin:index", "chatbot:model"):
        page = chief.get(reverse(address)).content.decode()
        assert "every category is at level 1" in page
        assert COMMAND in page


def test_nothing_of_it_is_said_while_all_is_well_or_of_others_sites(live, client):
    assert list(fallen.everywhere()) == []
    assert Client().get("/readyz").json()["fallen"] == []
    assert "handrail_fallen{" not in metrics.exposition(timezone.now()).decode()


def test_whoever_has_no_role_on_the_site_is_not_told(another_model, client):
    other = Site.objects.create(slug="bank", name="Rho")
    chief = stage.admin(other)
    client.force_login(chief)
    assert "level 1" not in client.get(reverse("admin:index")).content.decode()
