"""Anchors go where the operator says, once a day; an export and its anchors are checked with nothing but Python."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.celery import SETTINGS
from sites import tasks
from sites.core import ledger, offline, outbox
from sites.models import LedgerHead, OutboxItem, Site
from sites.models.endpoints import Delivery, Endpoint
from sites.outside import anchors

pytestmark = pytest.mark.django_db
CHECKER = Path(offline.__file__)


@pytest.fixture
def shop(db):
    made = Site.objects.create(slug="shop", name="Fernway")
    for n in range(5):
        ledger.note(made.pk, "read", actor="alma", conversation=str(n))
    return made


@pytest.fixture
def kept(settings, tmp_path) -> Path:
    file = tmp_path / "anchors.jsonl"
    settings.HANDRAIL_ANCHORS = [str(file), "audit@fernway.example", "webhook"]
    return file


def head(site) -> tuple[int, str]:
    found = LedgerHead.objects.get(site=site)
    return found.number, found.digest


def work() -> None:
    while outbox.run_due(bulk=False):
        pass


def test_each_place_gets_the_head_as_it_was(shop, kept):
    Endpoint.objects.create(site=shop, url="https://hook.example/", nonce="n")
    number, digest = head(shop)
    assert anchors.due() == 1
    OutboxItem.objects.filter(kind="webhook").update(due_at=timezone.now() + timedelta(days=1))  # nothing is sent here
    work()
    line = json.loads(kept.read_text())
    assert (line["site"], line["number"], line["digest"]) == ("shop", number, digest)
    assert f'"digest": "{digest}"' in mail.outbox[0].body
    assert mail.outbox[0].to == ["audit@fernway.example"]
    sent = json.loads(Delivery.objects.get().body)
    assert (sent["type"], sent["data"]["number"], sent["data"]["digest"]) == ("anchor", number, digest)


def test_once_a_day_whoever_asks_and_never_without_a_place(shop, kept, settings):
    assert [anchors.due(), anchors.due()] == [1, 0]
    assert SETTINGS["beat_schedule"]["anchor"]["task"] == tasks.anchor.name, "a clock asks"
    settings.HANDRAIL_ANCHORS = []
    assert anchors.due() == 0


def test_a_file_that_cannot_be_written_is_tried_again(shop, settings, tmp_path):
    settings.HANDRAIL_ANCHORS = [str(tmp_path / "away" / "anchors.jsonl")]
    anchors.due()
    with pytest.raises(OSError, match="away"):
        work()
    (tmp_path / "away").mkdir()
    OutboxItem.objects.update(due_at=timezone.now())
    work()
    assert (tmp_path / "away" / "anchors.jsonl").read_text().count("\n") == 1


def test_a_place_that_is_none_is_named(shop, settings):
    settings.HANDRAIL_ANCHORS = ["anchors.txt"]
    with pytest.raises(ImproperlyConfigured, match="whole path"):
        anchors.due()


def test_the_record_is_verified_against_what_was_kept(shop, kept, capsys):
    anchors.due()
    work()
    number, digest = head(shop)
    call_command("verify_audit", "--site", "shop", "--anchor", f"{number}:{digest}", "--anchors", str(kept))
    assert "2 anchors" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--site", "shop", "--anchor", f"{number}:{'0' * 64}")
    assert f"entry {number}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--site", "shop", "--anchor", f"{number + 9}:{digest}")
    assert "is missing" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["7", "7:abc", ":", "x:" + "0" * 64, "7:" + "G" * 64])
def test_an_anchor_that_cannot_be_read_is_refused_with_the_form(shop, typed):
    with pytest.raises(CommandError, match="NUMBER:DIGEST"):
        call_command("verify_audit", "--site", "shop", "--anchor", typed)


def test_a_file_that_is_none_names_its_line(shop, tmp_path):
    (tmp_path / "a").write_text('{"site": "shop", "number": 1, "digest": "x"}\nnonsense\n')
    with pytest.raises(CommandError, match="Line 2"):
        call_command("verify_audit", "--site", "shop", "--anchors", str(tmp_path / "a"))


def checked(*arguments: object) -> tuple[int, str]:
    """The checker alone, in a Python that sees no package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", CHECKER, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_an_export_is_checked_without_the_installation(shop, kept, tmp_path):
    anchors.due()
    work()
    number, digest = head(shop)
    file = tmp_path / "export.jsonl"
    call_command("export_audit", "--site", "shop", "--out", str(file))
    assert checked(file, kept, f"{number}:{digest}") == (0, "shop: whole, 2 anchors compared\n")
    lines = file.read_text().splitlines()
    assert json.loads(lines[-1])["kind"] == "audit_exported", "the export is an entry too"
    broken = {
        "altered": [*lines[:2], lines[2].replace("alma", "eve"), *lines[3:]],
        "missing": [*lines[:2], *lines[3:]],
        "the end is missing": lines[:3],
        "out of order": [lines[1], lines[0], *lines[2:]],
    }
    for why, changed in broken.items():
        file.write_text("\n".join(changed))
        code, said = checked(file, kept)
        assert (code, why in said) == (1, True), said
    assert checked(file, "7:")[0] in (1, 2)
    assert checked(tmp_path / "none")[0] == 2


def test_a_chain_written_anew_passes_alone_and_not_with_the_anchor(shop, kept, tmp_path):
    import hashlib

    anchors.due()
    work()
    file, previous, forged = tmp_path / "export.jsonl", "0" * 64, []
    call_command("export_audit", "--site", "shop", "--out", str(file))
    for line in file.read_text().splitlines():
        entry = json.loads(line) | {"previous": previous}
        entry["body"] = entry["body"].replace("alma", "eve")
        text = f"{previous}\n{entry['number']}\n{entry['kind']}\n{entry['body']}"
        previous = entry["digest"] = hashlib.sha256(text.encode()).hexdigest()
        forged.append(json.dumps(entry))
    file.write_text("\n".join(forged))
    assert checked(file)[0] == 0
    code, said = checked(file, kept)
    assert (code, "written anew" in said) == (1, True)
