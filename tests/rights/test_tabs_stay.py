"""A room's tabs stand on every one of its pages, lead to what the person may open, and to nothing else."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config import rooms
from sites.access.roles import grant
from sites.models import Role
from tests.rights.ground import lay

pytestmark = pytest.mark.django_db


def tabs(html: str) -> dict[str, str]:
    nav = re.search(r'<nav class="tabs".*?</nav>', html, re.S)
    return (
        {label: address for address, label in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', nav[0])} if nav else {}
    )


@pytest.mark.parametrize("role", list(Role))
def test_every_tab_opens_and_has_the_same_tabs(role: Role) -> None:
    ground = lay()
    person = User.objects.create_user("tess", is_staff=True)
    grant(person, ground.site, role)
    client = Client()
    client.force_login(person)
    seen = 0
    for room in rooms.ROOMS:
        first = next((address for _, address in _shown(client, room)), None)
        if first is None:
            continue
        for label, address in _shown(client, room):
            response = client.get(address)
            assert response.status_code == 200, (room, label)
            html = response.content.decode()
            if label != "Desk" and len(_shown(client, room)) > 1:
                assert list(tabs(html)) == [name for name, _ in _shown(client, room)], (room, label)
                assert html.count('class="tabs"') == 1
                assert f'<a href="{address}" aria-current="page">' in html, (room, label)
            seen += 1
    assert seen > 3


def _shown(client: Client, room: str) -> list[tuple[str, str]]:
    request = client.get("/admin/").wsgi_request
    return rooms.room_of({"request": request}, room)


def test_every_table_is_in_a_room() -> None:
    from django.contrib import admin

    placed = {tab.address for tabs in rooms.ROOMS.values() for tab in tabs}
    tables = {f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry}
    assert tables - placed == set()
