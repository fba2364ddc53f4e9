"""Shared ground of the tests: the sample site live in the test database, real servers, a real browser."""

import copy
import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import settings as hypothesis

hypothesis.register_profile("handrail", deadline=None)  # timings belong in the bench, never in a test
hypothesis.load_profile("handrail")

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # real ones are slow on purpose

FULL = os.environ.get("HANDRAIL_FULL") == "1"
REDIS_URL = os.environ.get("REDIS_URL", "")


def count(full: int, scaled: int) -> int:
    """How often a test repeats: the full count under `make proof`, a scaled one otherwise."""
    return full if FULL else scaled


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test process for the homes of servers."""
    folder = Path(settings.HANDRAIL_HOME) / "servers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


_frozen: list = []


@pytest.fixture
def people(db):
    """The demo's people by name."""
    from django.contrib.auth.models import User

    from config.run import people as make

    make()
    return {user.username: user for user in User.objects.all()}


@pytest.fixture
def fernway(people):
    """The sample site, loaded, gated and live. Made once a session, then put back row by row."""
    from sites.models import Site

    if not Site.objects.filter(slug="fernway").exists():
        _restore() if _frozen else _make()
    return Site.objects.get(slug="fernway")


def _models():
    from django.apps import apps

    return [m for app in ("handrail_sites", "knowledge", "release") for m in apps.get_app_config(app).get_models()]


def _make() -> None:
    from django.contrib.auth.models import User

    from config import run

    run.sample()
    run.release()
    names = dict(User.objects.values_list("pk", "username"))
    for model in _models():
        _frozen.append((model, list(model.objects.all())))
        for field in model._meta.many_to_many:
            through = getattr(model, field.name).through
            _frozen.append((through, list(through.objects.all())))
    _frozen.append((None, names))


def _restore() -> None:
    from django.contrib.auth.models import User
    from django.core.management.color import no_style
    from django.db import connection, transaction

    names = _frozen[-1][1]
    now = dict(User.objects.values_list("username", "pk"))
    with transaction.atomic():
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA defer_foreign_keys = ON")
        for model, rows in _frozen[:-1]:
            people = [f.attname for f in model._meta.fields if f.related_model is User]
            again = [copy.copy(row) for row in rows]
            for row in again:
                for field in people:
                    setattr(row, field, now.get(names.get(getattr(row, field))))
            model.objects.bulk_create(again, ignore_conflicts=True)
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), [m for m, _ in _frozen[:-1]]):
                cursor.execute(sql)
