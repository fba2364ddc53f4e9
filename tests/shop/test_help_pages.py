"""The demo shop's help pages: where a citation's link leads, and nothing a customer may not read."""

import pytest

from knowledge.editing import approval
from knowledge.models import Revision, Source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings, fernway):
    settings.DEBUG = True


def test_the_page_behind_a_citation_holds_the_live_text(client) -> None:
    live = Revision.objects.get(source__slug="boot-care", live=True)
    page = client.get("/help/boot-care").content.decode()
    assert live.title in page
    assert "Never put walking boots into the washing machine." in page


@pytest.mark.parametrize("slug", ["goodwill-credit-limits", "no-such-article"])
def test_an_internal_article_has_no_page(client, slug) -> None:
    assert client.get(f"/help/{slug}").status_code == 404


def test_a_withdrawn_article_has_no_page(client, people) -> None:
    approval.withdraw(Source.objects.get(slug="boot-care"), actor=people["cleo"], reason="The wax was recalled.")
    assert client.get("/help/boot-care").status_code == 404


def test_outside_the_demo_there_are_no_help_pages(client, settings) -> None:
    settings.DEBUG = False
    assert client.get("/help/boot-care").status_code == 404
