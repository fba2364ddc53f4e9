"""Every page of the administration is reached from Home in three clicks, by the links that stand on the pages."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import Resolver404, URLResolver, get_resolver, resolve

from tests.rights.ground import lay

pytestmark = pytest.mark.django_db
CLICKS = 3
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


def shown(client: Client, path: str) -> bool:
    """Whether this is a page at all: some addresses only take what is sent, and lists of the record have no form."""
    response = client.get(path)
    return response.status_code == 200 and response["Content-Type"].startswith("text/html")


def seen(client: Client) -> dict[str, int]:
    """The address of every page that links lead to, with the clicks it takes; one page of each view is opened."""
    clicks, opened, edge = {"/admin/": 0}, set[str](), ["/admin/"]
    for depth in range(1, CLICKS + 1):
        following: list[str] = []
        for path in edge:
            response = client.get(path)
            if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
                continue
            for link in re.findall(r"<a\b[^>]*\bhref=\"([^\"#]+)", response.content.decode()):
                there = urlsplit(urljoin(path, unescape(link)))
                if there.netloc or not there.path.startswith("/admin/") or "/logout" in there.path:
                    continue
                if there.path not in clicks:
                    clicks[there.path] = depth
                try:
                    view = resolve(there.path).view_name
                except Resolver404:
                    continue
                if view not in opened:
                    opened.add(view)
                    following.append(there.path + (f"?{there.query}" if there.query else ""))
        edge = following
    return clicks


def test_every_page_is_three_clicks_from_home() -> None:
    lay()
    client = Client()
    client.raise_request_exception = False  # some pages of the sign-in ask for the password once more
    client.force_login(User.objects.create_superuser("root"))
    reached = seen(client)
    assert len(reached) > 60, "links were followed"
    missing = [path for path in sorted(set(routes(get_resolver().url_patterns)) - set(reached)) if shown(client, path)]
    assert missing == []
