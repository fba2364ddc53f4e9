"""Tools in the admin: declared in a form without JSON, tried as a person named for that, changed on the record."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from release.live import snapshot
from sites.models import LedgerEntry, Site
from tests.declared import SAMPLE
from tests.hostile.conftest import shop, shop_service  # noqa: F401  the shop's real service
from tests.rights.probes import posted
from tools import forms, models, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def dan(people: Any) -> Client:
    client = Client()
    client.force_login(people["dan"])
    return client


def change(name: str, site: Site) -> str:
    return reverse("admin:tools_tool_change", args=[models.Tool.objects.get(site=site, name=name).pk])


def at(name: str) -> dict[str, Any]:
    return posted(SAMPLE.tools[name], {"tools.connection": SAMPLE.connections["shop"]})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SAMPLE.tools)
def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(fernway: Site, dan: Client, name: str) -> None:
    before = snapshot.candidate(fernway).fingerprint
    assert dan.post(change(name, fernway), at(name)).status_code == 302
    assert snapshot.candidate(fernway).fingerprint == before


def test_what_is_typed_is_the_candidates_and_on_the_record(fernway: Site, dan: Client) -> None:
    live = snapshot.live(fernway.pk)
    typed_in = {**at("loyalty_points"), "outcomes-1-say": "$points points.\n[ends is past] Some ended on $ends."}
    assert dan.post(change("loyalty_points", fernway), typed_in).status_code == 302
    said = snapshot.candidate(fernway).tools["loyalty_points"].outcomes[1].say
    assert [(line.say, dict(line.when)) for line in said] == [
        ("$points points.", {}),
        ("Some ended on $ends.", {"ends": "past"}),
    ]
    assert snapshot.live(fernway.pk).fingerprint == live.fingerprint
    assert LedgerEntry.objects.filter(site=fernway, kind="tool_written").last().body.count("$points points.") == 1


def test_what_is_wrong_is_said_and_nothing_that_was_typed_is_lost(fernway: Site, dan: Client) -> None:
    wrong = {**at("loyalty_points"), "outcomes-1-say": "You have $pionts.", "path": "/points?x"}
    page = dan.post(change("loyalty_points", fernway), wrong)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "“$pionts” is filled by nothing" in shown
    assert "goes under “query:”" in shown
    assert "You have $pionts." in shown
    assert models.Tool.objects.get(site=fernway, name="loyalty_points").body == SAMPLE.tools["loyalty_points"].as_json()


def test_a_secret_cannot_be_typed_into_a_connection(fernway: Site, people: Any) -> None:
    admin = Client()
    admin.force_login(people["admin"])
    row = models.Connection.objects.get(site=fernway, name="shop")
    said = {**forms.ConnectionForm.initial_of(row.body), "secret": "hunter2"}
    said.pop("auth")
    page = admin.post(reverse("admin:tools_connection_change", args=[row.pk]), said)
    assert "the name of an environment variable" in page.content.decode()
    assert models.Connection.objects.get(pk=row.pk).body == row.body


def test_a_test_call_is_made_as_a_person_named_for_it_and_kept(fernway: Site, dan: Client, shop: str) -> None:  # noqa: F811
    row = models.Tool.objects.get(site=fernway, name="order_status")
    asked = {"person": "ada", "message": "where is FW-10169"}
    shown = dan.post(reverse("admin:tools_test", args=[row.pk]), asked).content.decode()
    assert "Order FW-10169 (“Sleeping bag, -5, long”) is out for delivery" in shown
    refused = dan.post(reverse("admin:tools_test", args=[row.pk]), {**asked, "person": "katherine"}).content.decode()
    assert "A test call may be made as ada, grace, linus" in refused
    (entry,) = LedgerEntry.objects.filter(site=fernway, kind="tool_tested")
    assert '"person":"ada"' in entry.body


def test_what_others_need_is_not_removed(fernway: Site, dan: Client) -> None:
    row = models.Tool.objects.get(site=fernway, name="orders")
    shown = dan.post(reverse("admin:tools_tool_remove", args=[row.pk]), {"reason": "unused"}).content.decode()
    assert (
        "Orders is named by the category “Where your order is”, the tool cancel_order, the tool order_status." in shown
    )
    assert models.Tool.objects.filter(pk=row.pk).exists()


def test_the_page_of_health_tells_each_tool(fernway: Site, dan: Client) -> None:
    shown = dan.get(reverse("admin:tools_health")).content.decode()
    assert all(name in shown for name in SAMPLE.tools)
    assert "0 of 600" in shown


@pytest.mark.parametrize("name", SAMPLE.tools)
def test_lines_are_read_as_what_they_were_written_from(name: str) -> None:
    body = SAMPLE.tools[name].as_json()
    for outcome in body["outcomes"]:
        assert typed.sentences(typed.of_sentences(outcome["say"])) == outcome["say"]
        assert typed.conditions(typed.of_conditions(outcome.get("when", {}))) == outcome.get("when", {})
    for field in body.get("keep", {}).values():
        assert typed.sentences(typed.of_sentences(field.get("each", ()))) == list(field.get("each", ()))
        assert typed.pairs(typed.of_pairs(field.get("words", {}))) == field.get("words", {})
