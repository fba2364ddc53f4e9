"""Every page of the administration is reached from Home in three clicks, by the links that stand on the pages."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.rights.crawl import led
from tests.rights.ground import lay

pytestmark = pytest.mark.django_db
NO_PAGES = re.compile(
    r"jsi18n|autocomplete|r/<|logout|/login|password|view_on_site|catch|js/|static|accounts|progress|sign-in/|oidc/|inactive/"
)


def routes(patterns: list, before: str = "") -> Iterator[str]:
    """The names of all views below /admin/ that take no argument."""
    for each in patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, path)
        elif path.startswith("admin/") and "<" not in path and "(" not in path and not NO_PAGES.search(path):
            yield "/" + path


def page(client: Client, path: str) -> str:
    """What is there, if it is a page: some addresses only take what is sent, lists of the record have no form."""
    response = client.get(path)
    whole = response.status_code == 200 and response["Content-Type"].startswith("text/html")
    return response.content.decode() if whole else ""


def test_every_page_is_three_clicks_from_home() -> None:
    lay()
    client = Client()
    client.raise_request_exception = False  # some pages of the sign-in ask for the password once more
    client.force_login(User.objects.create_superuser("root"))
    reached = {path.partition("?")[0] for path, _ in led(lambda path: page(client, path))}
    assert len(reached) > 60, "links were followed"
    missing = [path for path in sorted(set(routes(get_resolver().url_patterns)) - reached) if page(client, path)]
    assert missing == []
