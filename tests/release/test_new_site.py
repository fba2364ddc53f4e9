"""A new site is written as files that load and pass as they stand, and whoever loads them hears who can do nothing."""

import io
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import beside
from release.bundles import bundle, first
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


# ── Of what a company hands in ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A loose article, one in a folder, one that states its own category, and a picture."""
    folder = tmp_path / "handed-in"
    (folder / "moor_ings").mkdir(parents=True)
    (folder / "fares.md").write_text(
        "# Fares\n\nA ticket for the ferry costs 9 euros.\n\nDogs travel free of charge.\n"
    )
    (folder / "moor_ings" / "berths.md").write_text("# Berths\n\nA berth for a sailing boat costs 20 euros a night.\n")
    (folder / "crew.md").write_text("---\ncategories: [jobs]\n---\n# Jobs\n\nWe look for deck hands each spring.\n")
    (folder / "deck.png").write_bytes(b"\x89PNG")
    return folder


def asked(folder: Path, *texts: str) -> Path:
    path = folder / "asked.csv"
    path.write_text("question\n" + "".join(f'"{text}"\n' for text in texts))
    return path


def test_a_sub_folder_is_a_category_and_what_an_article_states_and_all_else_is_one(tmp_path, articles) -> None:
    site = bundle.read(new_site(tmp_path / "ferry", "--articles", str(articles)))
    assert [(each.slug, each.title) for each in site.manifest.categories] == [
        ("jobs", "Jobs"), ("help", "Help with Ferry"), ("moor-ings", "Moor ings"),
    ]  # fmt: skip
    assert {each.slug: each.categories for each in site.articles} == {
        "fares": ("help",), "berths": ("moor-ings",), "crew": ("jobs",),
    }  # fmt: skip
    kept = tmp_path / "ferry" / "knowledge"
    for place in ("fares.md", "moor_ings/berths.md", "crew.md"):
        assert (kept / place).read_bytes() == (articles / place).read_bytes(), "as it was, where it was"


def test_questions_go_to_the_nearest_article_and_none_is_lost(tmp_path, articles) -> None:
    sure = [f"What does a ticket for the ferry cost{end}" for end in ("?", " please", " now", " then", " in May")]
    told = asked(tmp_path, *sure, "may my dog come along", "Can I bake bread at home", "I want to talk to a person")
    folder = new_site(tmp_path / "ferry", "--articles", str(articles), "--questions", str(told))
    site = bundle.read(folder)
    examples = {each.slug: set(each.examples) for each in site.manifest.categories}
    held = {each.body["turns"][0] for each in site.scenarios if each.body["expect"].get("category")}
    assert held
    assert held < set(sure), "what is surely about an article is held back, some of it"
    assert examples == {"help": {*sure, "may my dog come along"} - held, "moor-ings": set(), "jobs": set()}
    assert (folder / first.UNANSWERED).read_text() == "Can I bake bread at home\n"
    assert (folder / first.PEOPLES).read_text() == "I want to talk to a person\n"


def test_two_files_of_one_name_are_two_articles_whatever_their_folders_are_called(tmp_path, articles) -> None:
    (articles / "HELP").mkdir()
    (articles / "[a] *").mkdir()
    for folder in ("HELP", "[a] *", "moor_ings"):
        (articles / folder / "fares.md").write_text(f"# Fares of {folder}\n\nWhat {folder} costs.\n")
    site = bundle.read(new_site(tmp_path / "ferry", "--articles", str(articles)))
    assert {each.file: each.categories for each in site.articles} == {
        "knowledge/[a] */fares.md": ("a",), "knowledge/crew.md": ("jobs",), "knowledge/fares.md": ("help",),
        "knowledge/HELP/fares.md": ("help",), "knowledge/moor_ings/berths.md": ("moor-ings",),
        "knowledge/moor_ings/fares.md": ("moor-ings",),
    }  # fmt: skip


def test_what_could_not_be_read_is_named(tmp_path, articles) -> None:
    told = io.StringIO()
    call_command("new_site", str(tmp_path / "ferry"), "--articles", str(articles), stdout=io.StringIO(), stderr=told)
    assert told.getvalue() == "left out: deck.png: .png is no kind of article\n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--questions", "asked.csv"], "name a folder with --articles"),
        (["--articles", "nowhere"], "nowhere is no folder"),
        (["--articles", "empty"], "holds no article that can be read"),
        (["--articles", "handed-in", "--questions", "nowhere.csv"], "nowhere.csv: No such file"),
        (["--articles", "handed-in", "--questions", "wrong.csv"], "Name the column"),
    ],
)
def test_what_is_handed_in_wrongly_is_said_and_nothing_is_written(tmp_path, articles, monkeypatch, more, why) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.csv").write_text("when,who\nmonday,ada\ntuesday,ben\n")
    with pytest.raises(CommandError, match=why):
        new_site(tmp_path / "ferry", *more)
    assert not (tmp_path / "ferry").exists()
