"""The ferry line as a fixture."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from knowledge.models import Source
from knowledge.retrieval import corpus
from release.live import snapshot
from sites.models import Site
from tests.release import stage


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Keys are used again from one test's database to the next; what a process remembers of them is not."""
    corpus.forget()
    snapshot.forget()
    return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The ferry line's bundle, right in every way."""
    return stage.write(tmp_path / "ferry")


@pytest.fixture
def ferry(db, folder: Path) -> Site:
    """The ferry line, loaded: nothing of it is live."""
    return stage.load(folder)


@pytest.fixture
def who(ferry: Site) -> dict[str, User]:
    """The ferry line's people by name."""
    return stage.people(ferry)


@pytest.fixture
def fares(ferry: Site) -> Source:
    """The article on prices, of which somebody says that it is wrong."""
    return Source.objects.get(site=ferry, slug="fares")
