"""`manage.py pause` and `resume`: exactly this reach stops and goes on; nonsense is refused by name."""

import pytest
from django.core.management import CommandError, call_command

from release.live import permits

pytestmark = pytest.mark.django_db


def test_a_category_is_stopped_and_goes_on(ferry):
    reach = {"site": ferry.slug, "category": "tickets"}
    call_command("pause", reason="Wrong prices.", **reach)
    assert permits.of(ferry.pk, "tickets").paused
    call_command("resume", reason="Mended.", **reach)
    assert not permits.of(ferry.pk, "tickets").paused


def test_the_tools_of_every_site_are_stopped(ferry):
    call_command("pause", what="tools", reason="The shop is down.")
    assert permits.of(ferry.pk, "tickets").tools_paused


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_category_without_a_site_and_a_site_nobody_has_are_refused(ferry, verb):
    with pytest.raises(CommandError, match="--category needs --site"):
        call_command(verb, category="tickets", reason="?")
    with pytest.raises(CommandError, match="There is no site “nobody”"):
        call_command(verb, site="nobody", reason="?")


def test_what_is_not_stopped_cannot_be_resumed(ferry):
    with pytest.raises(CommandError, match="Nothing to resume"):
        call_command("resume", site=ferry.slug, reason="?")
