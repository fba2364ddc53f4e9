"""Who may do what is what docs/rights.md says: every page, action and route, asked by every role, of every site."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from chatbot.web.consumers import ChatConsumer
from escalation.web.consumers import DeskConsumer
from sites.access import roles
from sites.models import Role, Site
from tests.conftest import count
from tests.rights import pages, probes, routes
from tests.rights.ground import MARK, Ground, lay, person
from tests.rights.probes import Probe
from tests.rights.table import ROLES, allowed, table

pytestmark = pytest.mark.django_db

OWN = ("admin:mfa_", "admin:account_", "admin:usersessions_")  # everybody's own: tests/sites/test_second_factor.py
CUSTOMERS = "/conversations/"  # routes that a conversation's secret opens: tests/rights/test_customers.py


@pytest.fixture
def ground() -> Ground:
    made = lay()
    probes.newcomer(made)
    return made


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every refusal for want of a right, also those that a page turns into a sentence."""
    said: list[str] = []

    def noted(self: roles.NotAllowed, *words: str) -> None:
        said.append(" ".join(words))

    monkeypatch.setattr(roles.NotAllowed, "__init__", noted)
    return said


def every(ground: Ground) -> Iterator[Probe]:
    yield from probes.rows(ground)
    yield from pages.pages(ground)
    yield from routes.routes(ground)


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def asked(probe: Probe, client: Client, refused: list[str]) -> tuple[bool, HttpResponse]:
    """Whether it was done, or rows of the site were seen; nothing of it stays."""
    client.cookies.pop("messages", None)  # what an earlier request had to say
    with transaction.atomic():
        refused.clear()
        response = probe.ask(client)
        shut = response.status_code in (401, 403, 404, 405) or probes.home(response) or bool(refused)
        done = not shut and (probe.did is None or probe.did(response))
        transaction.set_rollback(True)
    return done, response


def seen(response: HttpResponse) -> bool:
    return MARK.lower() in response.content.decode().lower()


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_on_its_own_site_what_the_table_says(role: Role, ground: Ground, refused: list[str]) -> None:
    client = signed_in(person("robin", **{role: ground.site}))
    shut = []
    for probe in every(ground):
        if allowed(probe.what, role, probe.letter):
            done, response = asked(probe, client, refused)
            if not done:
                shut.append(f"{probe}: {response.status_code} {refused[:1]}")
    assert not shut, "\n" + "\n".join(shut)


@pytest.mark.parametrize("role", [*Role, None])
def test_and_nothing_else_even_if_it_administers_another_site(
    role: Role | None, ground: Ground, refused: list[str]
) -> None:
    user = person("robin", admin=Site.objects.create(slug="bank", name="Rho Bank"))
    if role is not None:
        roles.grant(user, ground.site, role)
    found = list(opened(ground, user, role or "", refused))
    assert not found, "\n" + "\n".join(found)


def test_a_visitor_may_do_nothing_of_it(ground: Ground, refused: list[str]) -> None:
    found = list(opened(ground, None, "", refused))
    assert not found, "\n" + "\n".join(found)


def opened(ground: Ground, user: User | None, role: str, refused: list[str]) -> Iterator[str]:
    """What was done or seen though the table says no."""
    client = signed_in(user)
    lists = not role or bool(count(1, 0))  # rendered for each role only where all is counted in full
    for probe in every(ground):
        if not allowed(probe.what, role, probe.letter) and (lists or not probe.shows):
            done, response = asked(probe, client, refused)
            if done and (seen(response) or not probe.shows):
                yield f"{probe}: {response.status_code}"


def test_the_table_names_every_page_action_route_and_frame_and_nothing_that_is_not_there() -> None:
    there = {*probes.named(), *probes.models_and_actions()}
    there |= {f"/ws/chat/ {verb}" for verb in ChatConsumer.verbs}
    there |= {f"/ws/desk/ {verb}" for verb in DeskConsumer.verbs}
    told = {what if what.startswith("/ws/") else _without_verb(what) for what in table()}
    assert told == there


def test_each_line_of_the_table_is_asked_for(ground: Ground) -> None:
    of_no_site = {
        what for what, cells in table().items() if set(cells.values()) <= {"x"} and len(set(cells.values())) == 1
    }
    elsewhere = {what for what in table() if what.startswith("/ws/") or CUSTOMERS in what}
    nowhere = {"admin:index", "admin:logout", "admin:password_change", "admin:password_change_done", "admin:jsi18n"}
    nowhere |= {"admin:app_list", "schema", "admin:desk_presence", "admin:autocomplete", "admin:view_on_site"}
    nowhere |= {"admin:auth_user_password_change"}
    nowhere |= {"admin:switch_site"}  # it changes what is shown: tests/sites/test_chosen_site.py
    nowhere |= {"chatbot:site_preview"}  # by a signed address: tests/chatbot/test_placing_pages.py
    nowhere |= {what for what in table() if what.startswith(OWN)}
    missing = set(table()) - {probe.what for probe in every(ground)} - of_no_site - elsewhere - nowhere
    assert not missing


def test_every_cell_holds_letters_that_mean_something() -> None:
    for what, cells in table().items():
        assert list(cells) == ROLES
        known = {"", "x"} if not _is_model(what) else {"", *_letters()}
        assert set(cells.values()) <= known, what


def _letters() -> set[str]:
    return {"r", "ra", "rc", "rac", "racd"}


def _is_model(what: str) -> bool:
    return what.replace(".", "").replace("_", "").isalpha() and "." in what


def _without_verb(what: str) -> str:
    words = what.split(" ")
    if words[0] in ("GET", "POST"):
        return " ".join(words[:2])
    return words[0]
