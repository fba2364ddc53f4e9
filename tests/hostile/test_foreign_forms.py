"""Every verb of REST with a body and every form of the staff bears what is no text, in each of its fields by itself.

The requests are those of the matrix of rights, each of which does the real thing; nothing of it stays.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from tests.conftest import count
from tests.hostile.foreign import BAD
from tests.rights import pages, probes, routes
from tests.rights.ground import Ground, lay

pytestmark = pytest.mark.django_db
WORST = BAD["all of them between words"]
EACH = count(1, 0)
"""Whether every field of a form is made bad by itself as well as all together; of REST always."""


class Eve(Client):
    """A browser that puts what is no text into what it sends, and keeps which requests ended in an error of ours."""

    def __init__(self, user: User) -> None:
        super().__init__(raise_request_exception=False)
        self.force_login(user)
        self.sent = 0
        self.errors: list[str] = []

    def post(self, path: str, data: Any = None, content_type: Any = None, **more: Any) -> Any:
        """The request with each bad body, and then as it is."""
        more |= {"content_type": content_type} if content_type else {}
        for fields, bad in spoilt(data or {}, each=bool(content_type) or bool(EACH)):
            with transaction.atomic():
                status = super().post(path, bad if content_type else raw(bad), **more).status_code
                transaction.set_rollback(True)
            self.sent += 1
            self.errors += [f"{status} {path} {fields}"] if status >= 500 else []
        return super().post(path, data or {}, **more)


def spoilt(data: dict[str, Any], each: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """A body with every text made bad, and with one at a time."""
    texts = [name for name, value in data.items() if worse(value) != value]
    for names in (*([[name] for name in texts] if each else []), texts):
        yield " ".join(names), {name: worse(value) if name in names else value for name, value in data.items()}


def raw(data: dict[str, Any]) -> dict[str, Any]:
    """A form as Eve writes its bytes herself: no client of ours would put half a character into one."""

    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(each) for each in value]
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value

    return {name: written(value) for name, value in data.items()}


def worse(value: Any) -> Any:
    """A text with what is none in it; of JSON in a field of a form, a text inside it too."""
    if isinstance(value, list):
        return [worse(each) for each in value]
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        held = json.loads(value)
        if isinstance(held, dict | list):
            return json.dumps(held | {"bad": WORST} if isinstance(held, dict) else [*held, WORST])
    return f"{value}{WORST}"


@pytest.fixture
def ground() -> Ground:
    made = lay()
    probes.newcomer(made)
    return made


@pytest.fixture
def eve(ground: Ground) -> Eve:
    return Eve(User.objects.create_superuser("eve"))


def asked(eve: Eve, every: Iterator[probes.Probe]) -> int:
    """Ask everything; returns how many requests carried what is no text."""
    for probe in every:
        with transaction.atomic():
            eve.cookies.pop("messages", None)
            probe.ask(eve)
            transaction.set_rollback(True)
    return eve.sent


def test_every_verb_of_rest_with_a_body_bears_what_is_no_text(ground: Ground, eve: Eve) -> None:
    assert asked(eve, (probe for probe in routes.routes(ground) if probe.what.startswith("POST"))) > 100
    assert not eve.errors, "\n" + "\n".join(eve.errors)


def test_every_form_bears_what_is_no_text(ground: Ground, eve: Eve) -> None:
    every = (probe for found in (probes.rows, pages.pages) for probe in found(ground) if posts(probe))
    assert asked(eve, every) > 60
    assert not eve.errors, "\n" + "\n".join(eve.errors)


def posts(probe: probes.Probe) -> bool:
    return not probe.shows and probe.letter != "r"
