"""A small shop with two subjects, its people, and the index in each of its shapes."""

import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from knowledge.editing import approval, ingest
from knowledge.embedding.embedders import embedder
from knowledge.index import sync
from knowledge.index.store import index
from knowledge.models import Category, PassageVectors, Revision
from knowledge.readers.documents import Document
from knowledge.retrieval import corpus, search
from sites.models import Membership, Role, Site

ARTICLES = {
    "returns": (
        "Returning a product",
        "returns",
        "public",
        """You can return a product within 30 days of delivery. Outlet items cannot be returned.

## Refunds

We refund the money to the card you paid with. This takes up to five working days.""",
    ),
    "exchange": (
        "Exchanging a size",
        "returns",
        "public",
        "If a jacket does not fit, you can exchange it for another size. We pay the postage of an exchange.",
    ),
    "returns-gold": (
        "Returns for gold members",
        "returns",
        "gold",
        "Gold members can return a product within 100 days of delivery, also outlet items.",
    ),
    "returns-internal": (
        "Goodwill returns",
        "returns",
        "internal",
        "Staff may accept a return after 30 days up to a value of 50 euros. Do not tell customers about this.",
    ),
    "delivery": (
        "Delivery times",
        "delivery",
        "public",
        "We deliver within three working days. To islands it takes a week.",
    ),
}


_embedded: list[PassageVectors] = []


@pytest.fixture
def cleo(db):
    return User.objects.create_user("cleo", is_staff=True)


@pytest.fixture
def site(db):
    site = Site.objects.create(slug="hill", name="Hill & Valley")
    for position, slug in enumerate(("returns", "delivery")):
        Category.objects.create(site=site, slug=slug, title=slug.title(), position=position)
    return site


@pytest.fixture
def shop(site, cleo):
    """The shop with its articles approved by Cleo, its content owner."""
    Membership.objects.create(site=site, user=cleo, role=Role.CONTENT_OWNER)
    items = [
        ingest.Item(slug, Document(title, text, {}), [category], audience)
        for slug, (title, category, audience, text) in ARTICLES.items()
    ]
    for row in _embedded:
        row.pk = None  # an old key would meet the sequence later, and a row with a taken key is silently left out
    PassageVectors.objects.bulk_create(_embedded)  # the same articles in every test: embedded by the first
    saved = ingest.save_many(site, items, author="ada-the-writer")
    _embedded[:] = PassageVectors.objects.all()
    approval.approve_many([each.revision for each in saved], actor=cleo, reason="first articles")
    return site


def publishes(site, category="returns", audiences=("public",), key=""):
    """The scope a release of everything approved gives."""
    held = Revision.objects.filter(
        source__site=site,
        source__categories__slug=category,
        source__audience__in=audiences,
        state=Revision.State.APPROVED,
    )
    revisions = frozenset(held.values_list("pk", flat=True))
    name = key or f"{site.pk}:{category}:{sorted(audiences)}:{sorted(revisions)}"
    return search.Scope(site.pk, dict.fromkeys(revisions, frozenset({category})), frozenset(audiences), name)


def look(scope, question, limit=8):
    return search.find(scope, question, embedder().encode_one(question), limit)


def sources(hits):
    return [hit.source for hit in hits]


def yesterday():
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture(autouse=True)
def own_home(settings, tmp_path):
    """Each test has a home, and so an index, of its own."""
    settings.HANDRAIL_HOME, settings.CHROMA_URL = tmp_path, ""
    corpus.forget()
    yield tmp_path
    index().disown()
    corpus.forget()


@pytest.fixture
def embedded(own_home):
    """This process owns an embedded index."""
    index().own()
    return index()


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory):
    """The address of a real Chroma server, a child process on a free port."""
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("LOUD: no `chroma` program beside this Python; the Chroma server is not tested")
    port = free_port()
    folder = tmp_path_factory.mktemp("chroma-server")
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [program, "run", "--path", str(folder), "--port", str(port)], stdout=log, stderr=log, cwd=folder
        )
        try:
            url = f"http://localhost:{port}"
            if not _answers(url, child):
                pytest.skip(f"LOUD: `chroma run` did not start: {(folder / 'log').read_text()[-500:]}")
            yield url
        finally:
            child.kill()
            child.wait()


@pytest.fixture
def served(chroma_server, settings):
    """This process is a client of a Chroma server."""
    settings.CHROMA_URL = chroma_server
    yield index()
    index().disown()
    settings.CHROMA_URL = chroma_server
    for each in index().collections():
        index().drop(each)


@pytest.fixture(params=["embedded", "served"])
def chroma(request):
    """The index in both of its shapes."""
    return request.getfixturevalue(request.param)


def built(site):
    sync.build_site(site)
    assert not sync.unsettled(site.pk)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _answers(url, child):
    until = time.monotonic() + 30
    while time.monotonic() < until and child.poll() is None:
        try:
            if httpx.get(f"{url}/api/v2/heartbeat", timeout=2).is_success:
                return True
        except httpx.HTTPError:
            time.sleep(0.1)
    return False
