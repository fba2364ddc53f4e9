"""The demo has a page that writes the line for a page, with every option, and shows it; a shop has none."""

import pytest

from sites.models import Site

pytestmark = pytest.mark.django_db


def test_the_line_holds_what_was_filled_in_and_stands_on_the_page_beside_it(client, settings) -> None:
    settings.DEBUG = True
    page = client.get("/demo/widget/", {"side": "start", "offset": "40 60", "theme": "dark", "label": ""})
    assert 'data-site="fernway" data-theme="dark" data-side="start" data-offset="40 60" async>' in page.context["line"]
    shown = page.content.decode()
    assert "&lt;script src=" in shown
    assert "<option selected>dark</option>" in shown
    assert '<script src="/w/v1.js" data-site="fernway" data-theme="dark" data-side="start"' in shown


def test_what_is_filled_in_stays_text(client, settings) -> None:
    settings.DEBUG = True
    evil = '"></script><script>alert(1)</script>'
    said = client.get("/demo/widget/", {"label": evil + "\0", "unknown": evil}).content.decode()
    assert "<script>alert" not in said


def test_there_is_none_where_no_demo_runs(client, settings) -> None:
    settings.DEBUG = False
    assert client.get("/demo/widget/").status_code == 404


def test_a_site_has_a_page_for_a_link_in_its_own_language(client) -> None:
    Site.objects.create(slug="laden", name="Bergladen", locale="de", contact={"email": "hilfe@example.com"})
    page = client.get("/w/laden")
    assert '<html lang="de">' in page.content.decode()
    assert "Der Chat braucht JavaScript. Sie können auch an hilfe@example.com schreiben." in page.content.decode()
    assert client.get("/w/nowhere").status_code == 404
