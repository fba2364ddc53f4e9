"""A new site is written as files that load and pass as they stand, and whoever loads them hears who can do nothing."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import beside
from release.bundles import bundle
from release.core import people as owners
from release.exposure import levels
from release.gate import gate
from release.live import snapshot
from sites.access.roles import grant
from sites.models import LedgerEntry, Role, Site

pytestmark = pytest.mark.django_db


def new_site(folder: Path, *more: str) -> Path:
    call_command("new_site", str(folder), *more, stdout=io.StringIO())
    return folder


def test_what_is_written_loads_without_a_warning_but_for_people_and_passes_its_own_gate(tmp_path: Path, people) -> None:
    folder = new_site(tmp_path / "corner-shop", "--name", 'Corner: "Shop"', "--country", "GB", "NO")
    loaded = bundle.load(folder, actor="shell")
    assert (loaded.site.name, loaded.site.countries, loaded.warnings) == ('Corner: "Shop"', ["GB", "NO"], ())
    grant(people["dan"], loaded.site, Role.RELEASE_OWNER)
    grant(people["cleo"], loaded.site, Role.CONTENT_OWNER)
    run = gate.run(snapshot.freeze(loaded.site, actor=people["dan"]), actor=people["dan"])
    assert run.passed, [f"{v.scenario}: {v.why}" for v in run.verdicts.filter(passed=False)]
    gate.go_live(run.release, actor=people["dan"], second=people["cleo"], reason="first")
    levels.first_release(loaded.site, actor=people["dan"], second=people["cleo"], run=run, reason="first")
    assert [levels.level_of(category) for category in loaded.site.categories.all()] == [3, 3]


def test_a_folder_that_holds_anything_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="new or empty"):
        new_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_two_different_people_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Two different people"):
        new_site(tmp_path / "shop", "--owner", "dan", "--second", "dan")


def test_a_load_names_the_owners_without_a_role_and_the_command_that_mends_it(tmp_path: Path, people) -> None:
    folder, told = new_site(tmp_path / "shop"), io.StringIO()
    call_command("load_site", str(folder), stdout=io.StringIO(), stderr=told)
    assert "warning: cleo, the owner of sources, answers, customers, has no role for that on shop" in told.getvalue()
    call_command(*told.getvalue().splitlines()[-1].partition("manage.py ")[2].split(), stdout=io.StringIO())
    site = Site.objects.get(slug="shop")
    assert owners.powerless(site) == {}
    given = LedgerEntry.objects.filter(site=site, kind="membership_given").values_list("body", flat=True)
    assert len(given) == 2
    assert all("(shell)" in body for body in given)


@pytest.mark.parametrize("given", ["dan", "dan=king", "nobody=agent", "=agent"])
def test_a_role_is_given_to_people_who_are_there_only(given: str, fernway) -> None:
    with pytest.raises(CommandError):
        call_command("grant", "fernway", given)


def test_a_command_beside_a_demo_runs_as_it_does_unless_something_says_how(tmp_path: Path, monkeypatch) -> None:
    ran = {"HANDRAIL_HOME": str(tmp_path)}
    monkeypatch.setattr(os, "environ", ran)
    beside.adopt()  # no demo was ever here
    assert "DEBUG" not in ran
    ran |= {"DEBUG": "1", "SHOP_URL": "http://127.0.0.1:9", "SECRET_KEY": "a real one"}
    beside.keep(tmp_path)
    note = tmp_path / "demo.json"
    assert note.stat().st_mode & 0o777 == 0o600
    assert "a real one" not in note.read_text()
    for name in ("DEBUG", "SHOP_URL"):
        del ran[name]
    beside.adopt()
    assert "DEBUG" not in ran
    del ran["SECRET_KEY"]
    beside.adopt()
    assert (ran["DEBUG"], ran["SHOP_URL"]) == ("1", "http://127.0.0.1:9")
