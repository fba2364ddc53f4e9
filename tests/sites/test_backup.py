"""All of an installation leaves as one file and comes back, on SQLite and PostgreSQL, with its record whole."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest

from tests import tables
from tests.everything import POSTGRES, answers
from tests.server import BASE, Server, copy

pytestmark = [pytest.mark.alone, pytest.mark.timeout(540)]
SENT = Path("attachments", "a" * 32, "b" * 32)
"""A customer's file, under a home."""
SAYS = "from conversations.models import Conversation as C; from sites.models import Site; print({})"
BEGUN = "C.objects.create(site=Site.objects.get()).pk and Site.objects.create(slug='second', name='Second').pk"


class Installation:
    """One home with its database, and its command line."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home, self.env = home, {**Server(home).env, **env}
        home.mkdir(parents=True, exist_ok=True)

    def manage(self, *args: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "manage.py", *map(str, args)]
        return subprocess.run(command, cwd=BASE, env=self.env, capture_output=True, text=True)

    def done(self, *args: object) -> str:
        ran = self.manage(*args)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def lived_in(homes: Path) -> Installation:
    found = Installation(copy(homes, "lived-in"))
    (found.home / SENT).parent.mkdir(parents=True)
    (found.home / SENT).write_bytes(b"A photograph of a torn seam")
    (found.home / "attachments" / "note.txt").write_text("no file of a customer's")
    found.done("ask", "--site", "fernway", "How long can I return boots?")
    found.done("pause", "--site", "fernway", "--reason", "A rehearsal.")
    found.done("resume", "--site", "fernway", "--reason", "It is over.")
    return found


@pytest.fixture(scope="module")
def file(lived_in: Installation) -> Path:
    kept = lived_in.home.parent / "kept.backup"
    kept.unlink(missing_ok=True)
    assert "fernway: anchor" in lived_in.done("backup", kept)
    assert kept.stat().st_mode & 0o077 == 0
    assert "there already" in lived_in.manage("backup", kept).stderr
    return kept


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    found = Installation(tmp_path / "empty")
    if tables.kept().exists():
        shutil.copyfile(tables.kept(), found.home / "handrail.sqlite3")
    found.done("migrate", "--verbosity", "0")
    return found


def altered(file: Path, to: Path, label: str, old: str, new: str, *, honest: bool) -> Path:
    """A copy of a backup in which somebody has changed words of one table; `honest`: and the digest beside it."""
    import hashlib

    with zipfile.ZipFile(file) as source, zipfile.ZipFile(to, "w") as target:
        manifest = json.loads(source.read("backup.json"))
        for name in source.namelist():
            data = source.read(name)
            if label in (name, name.removeprefix("rows/").removesuffix(".jsonl")):
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
                if honest and label in manifest["parts"]:
                    manifest["parts"][label]["sha256"] = hashlib.sha256(data).hexdigest()
            if name != "backup.json":
                target.writestr(name, data)
        target.writestr("backup.json", json.dumps(manifest))
    return to


def test_what_was_damaged_or_altered_brings_nothing_back_and_the_whole_file_brings_all(lived_in, file, empty, tmp_path):
    damaged = altered(file, tmp_path / "damaged", "knowledge.revision", "boots", "b00ts", honest=False)
    forged = altered(file, tmp_path / "forged", "knowledge.revision", "boots", "b00ts", honest=True)
    assert "damaged at knowledge.revision" in empty.manage("restore", damaged).stderr
    assert "not what the record says" in empty.manage("restore", forged).stderr
    swapped = altered(file, tmp_path / "swapped", f"files/{'a' * 32}/{'b' * 32}", "torn", "sewn", honest=False)
    assert "it is not the one that was written" in empty.manage("restore", swapped).stderr
    assert not (empty.home / SENT).exists()

    head = json.loads(zipfile.ZipFile(file).read("backup.json"))["heads"]["fernway"]
    (tmp_path / "anchors").write_text(json.dumps({"site": "fernway", **head}) + "\n")
    (tmp_path / "other").write_text(json.dumps({"site": "fernway", **head, "digest": "0" * 64}) + "\n")
    assert "not what the record says" in empty.manage("restore", file, "--anchors", tmp_path / "other").stderr
    said = empty.done("restore", file, "--anchors", tmp_path / "anchors")
    assert "whole, 1 anchors held" in said
    assert (empty.home / SENT).read_bytes() == (lived_in.home / SENT).read_bytes()
    assert "passages on" in said
    assert "fernway: whole" in empty.done("verify_audit", "--anchors", tmp_path / "anchors")
    question = ("ask", "--site", "fernway", "How long can I return boots?")
    assert empty.done(*question).splitlines()[:3] == lived_in.done(*question).splitlines()[:3]
    assert "not empty" in empty.manage("restore", file).stderr


@pytest.mark.skipif(not answers(POSTGRES), reason="PostgreSQL does not answer here")
def test_sqlite_becomes_postgresql_by_one_command_and_numbers_go_on(lived_in, tmp_path):
    name = f"handrail_moved_{os.getpid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        url = POSTGRES.rsplit("/", 1)[0] + f"/{name}"
        assert "are back: whole" in lived_in.done("move_database", url)
        there = Installation(tmp_path / "there", DATABASE_URL=url)
        assert "fernway: whole" in there.done("verify_audit")
        there.done("shell", "-c", SAYS.format(BEGUN))
        there.done("backup", tmp_path / "from-postgresql")
        back = Installation(tmp_path / "back")
        shutil.copyfile(tables.kept(), back.home / "handrail.sqlite3") if tables.kept().exists() else None
        back.done("migrate", "--verbosity", "0")
        assert "are back: whole" in back.done("restore", "--no-index", tmp_path / "from-postgresql")
    finally:
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
