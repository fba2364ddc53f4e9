"""Shared ground of the tests: the sample site live in the test database, real servers, a real browser."""

import copy
import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db.backends.sqlite3.base import DatabaseOperations as Operations
from hypothesis import settings as hypothesis

from tests import children, encodings, tables

hypothesis.register_profile("handrail", deadline=None)  # timings belong in the bench, never in a test
hypothesis.load_profile("handrail")

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # real ones are slow on purpose

settings.WHITENOISE_AUTOREFRESH = True  # else each client looks through all static files first

settings.HANDRAIL_SECOND_FACTOR = frozenset()  # tests of it ask for it

encodings.recall(Path(settings.HANDRAIL_HOME).parent / "test-encodings.sqlite3")
children.keep()

FULL = os.environ.get("HANDRAIL_FULL") == "1"


def count(full: int, scaled: int) -> int:
    """How often a test repeats: the full count under `make proof`, a scaled one otherwise."""
    return full if FULL else scaled


ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


def touches(item: pytest.Item) -> bool:
    """Whether a test touches the database, by its mark or by what it is given (`homes`: of servers of its own)."""
    given = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or given & {"db", "transactional_db", "homes"})


SLOW = {"journeys", "hostile", "load", "escalation"}
"""Rooms whose files start servers or browsers."""


TOO_LATE = [r"TimeoutError", r"Timeout \d+ms", r"(Locator|Page) expected"]
"""How a browser says that something was not there in time; on a busy machine that may say nothing of the product."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow files go first: one that is begun last would leave the other workers idle.

    A browser that waited in vain is tried once more, and named in the summary; whatever else fails has failed. On a
    second database run only those that touch one.
    """
    if not ON_SQLITE:
        idle = [item for item in items if not touches(item)]
        config.hook.pytest_deselected(items=idle)
        items[:] = [item for item in items if touches(item)]
    items.sort(key=lambda item: item.path.parent.name not in SLOW)
    for item in items:
        if item.get_closest_marker("proof") and not FULL:
            item.add_marker(pytest.mark.skip(reason="takes minutes: make proof runs it"))
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=TOO_LATE))


def database() -> Path:
    return Path(settings.DATABASES["default"]["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether the test database is there already: on SQLite its tables are copied."""
    return ON_SQLITE and tables.lay(database())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool) -> None:
    """The test database; its tables are kept for the next process."""
    if ON_SQLITE and not django_db_keepdb:
        tables.keep(database())


def _emptying(flush):
    """On SQLite tables are emptied between tests by DELETE, which the record's triggers refuse but for a marker."""

    def execute(self, sql_list):
        first = ["INSERT INTO handrail_sites_unsealed (id, never) VALUES (1, 2)"]
        flush(self, [*first, *sql_list, "DELETE FROM handrail_sites_unsealed"])

    return execute


Operations.execute_sql_flush = _emptying(Operations.execute_sql_flush)


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

    return [
        m for app in ("handrail_sites", "knowledge", "tools", "release") for m in apps.get_app_config(app).get_models()
    ]


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
