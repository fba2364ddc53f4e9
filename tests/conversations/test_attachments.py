"""A customer's file is kept for the person who has the conversation: what it is, cleaned, scanned, and not for ever."""

import io
import os
import stat
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from conversations import attachments, delivery, privacy, record, retention
from conversations.models import Conversation, Message, State
from sites.models import LedgerHead, Site
from sites.models.policy import DataPolicy

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "https://shop.example"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>endobj\n%%EOF"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **saved)
    return out.getvalue()


def somewhere() -> bytes:
    """A photograph with where it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 47.0, 59.0), 3: "W", 4: (1.0, 32.0, 57.0)})
    return picture(exif=exif.tobytes())


def scanner(folder: Path, script: str) -> str:
    """A command that reads a file as a scanner does."""
    path = folder / "scan"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture(autouse=True)
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.HANDRAIL_ATTACHMENTS = str(tmp_path / "held")
    settings.HANDRAIL_SCAN = scanner(tmp_path, 'grep -q EICAR "$1" && exit 1; exit 0')
    return tmp_path / "held"


@pytest.fixture
def shop() -> Site:
    site = Site.objects.create(slug="shop", name="Shop", origins=[PAGE])
    LedgerHead.objects.get_or_create(site=site)
    DataPolicy.objects.create(site=site, files=True)
    return site


@pytest.fixture
def talk(shop: Site) -> tuple[Conversation, str]:
    """A conversation that a person has."""
    conversation, token = record.open_conversation(shop)
    Conversation.objects.filter(pk=conversation.pk).update(state=State.HUMAN)
    return conversation, token


def handed(talk: tuple[Conversation, str], data: bytes, name: str = "photo.jpg", key: str = "k1") -> dict[str, Any]:
    body = {"site": "shop", "conversation": str(talk[0].pk), "token": talk[1], "id": key}
    file = SimpleUploadedFile(name, data, content_type="text/html")
    reply = Client().post("/w/v1/files", {**body, "file": file}, headers={"Origin": PAGE})
    told: dict[str, Any] = reply.json()
    return told


def address(conversation: Conversation) -> str:
    part = delivery.frames(conversation.pk, 0)[-1]["parts"][0]
    return "/" + str(part["links"][0]["url"]).split("/", 3)[3]


def test_a_picture_loses_where_it_was_taken_and_stands_upright(talk: Any, kept: Path) -> None:
    assert b"Exif" in somewhere()
    assert handed(talk, somewhere())["type"] == "ack"
    reply = Client().get(address(talk[0]))
    data = b"".join(reply)  # type: ignore[call-overload]
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.size, dict(shown.getexif()), shown.info.get("exif")) == ((20, 40), {}, None)
    assert b"Exif" not in data


def test_what_is_fetched_is_a_download_that_no_browser_runs(talk: Any) -> None:
    assert handed(talk, PDF, "<b>Invoice</b>.html")["type"] == "ack"
    reply = Client().get(address(talk[0]))
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Disposition"].startswith("attachment; filename")
    assert ".pdf" in reply.headers["Content-Disposition"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert "no-cache" in reply.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html><script>alert(1)</script>", "That is not a file we can take"),
        (b"MZ\x90\x00\x03", "That is not a file we can take"),
        (b"", "too large"),
        (picture()[:200], "did not pass the check"),
        (PDF + b"EICAR", "did not pass the check"),
        (picture("BMP"), "That is not a file we can take"),
    ],
)
def test_a_file_is_what_is_in_it_whatever_it_is_called(talk: Any, kept: Path, data: bytes, why: str) -> None:
    told = handed(talk, data, "photo.jpg")
    assert told["type"] == "error"
    assert why in told["text"]
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    assert not Message.objects.filter(conversation=talk[0]).exists()


def test_no_picture_is_drawn_that_would_fill_the_memory(talk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(attachments, "PIXELS", 100)
    assert "too large" in handed(talk, picture(size=(11, 10)))["text"]
    monkeypatch.setattr(attachments, "LARGEST", 100)
    assert "too large" in handed(talk, picture(size=(5, 5)))["text"]


@pytest.mark.parametrize(("kind", "becomes"), [("PNG", "image/png"), ("GIF", "image/png"), ("WEBP", "image/jpeg")])
def test_every_kind_of_picture_is_drawn_anew_as_one_of_two(talk: Any, kind: str, becomes: str) -> None:
    assert handed(talk, picture(kind) + b"<script>")["type"] == "ack"
    part = delivery.frames(talk[0].pk, 0)[-1]["parts"][0]
    assert part["type"] == becomes
    assert b"<script>" not in b"".join(Client().get(address(talk[0])))  # type: ignore[call-overload]


@pytest.mark.parametrize("script", ["exit 2", "sleep 9"])
def test_a_scanner_that_does_not_say_lets_nothing_pass(
    talk: Any, settings: Any, tmp_path: Path, monkeypatch: Any, script: str
) -> None:
    monkeypatch.setattr(attachments, "PATIENCE", 0.5)
    settings.HANDRAIL_SCAN = scanner(tmp_path, script)
    assert "cannot be checked at the moment" in handed(talk, picture())["text"]


def test_without_a_scanner_or_a_site_that_wants_it_or_a_person_nothing_is_taken(talk: Any, settings: Any) -> None:
    scan, settings.HANDRAIL_SCAN = settings.HANDRAIL_SCAN, ""
    assert handed(talk, picture())["type"] == "error"
    settings.HANDRAIL_SCAN = scan
    DataPolicy.objects.update(files=False)
    assert handed(talk, picture())["type"] == "error"
    DataPolicy.objects.update(files=True)
    for state in (State.BOT, State.WAITING, State.CLOSED):
        Conversation.objects.update(state=state)
        assert "while you are talking to a person" in handed(talk, picture())["text"]
    Conversation.objects.update(state=State.HUMAN)
    assert handed((talk[0], "guessed"), picture())["code"] == "token"
    assert handed(talk, picture())["type"] == "ack"


def test_one_sent_twice_is_kept_once(talk: Any, kept: Path) -> None:
    assert handed(talk, picture()) == handed(talk, picture())
    assert len([path for path in kept.rglob("*") if path.is_file()]) == 1
    assert handed(talk, picture(), key="k2")["seq"] == 2


def test_its_address_expires_and_a_changed_one_opens_nothing(talk: Any, monkeypatch: Any) -> None:
    handed(talk, picture())
    path = address(talk[0])
    assert Client().get(path).status_code == 200
    assert Client().get(path[:-1] + ("a" if path[-1] != "a" else "b")).status_code == 410
    monkeypatch.setattr(attachments, "LASTS", attachments.LASTS * 0)
    assert Client().get(path).status_code == 410


def test_it_is_erased_with_the_conversation(talk: Any, kept: Path, django_capture_on_commit_callbacks: Any) -> None:
    handed(talk, picture())
    path = address(talk[0])
    Conversation.objects.update(state=State.CLOSED)
    with django_capture_on_commit_callbacks(execute=True):
        rows = Conversation.objects.filter(pk=talk[0].pk)
        privacy.erase(rows, talk[0].site, actor="shell", reason="she asked")
    assert Client().get(path).status_code == 410
    assert [each for each in kept.rglob("*") if each.is_file()] == []


def test_what_a_process_that_died_left_behind_goes_with_the_next_clearing(talk: Any, kept: Path) -> None:
    handed(talk, picture())
    left = kept / uuid.uuid4().hex
    left.mkdir()
    (left / "file").write_bytes(b"x")
    retention.forget()
    assert left.is_dir(), "its message may still be on its way"
    os.utime(left, (0, 0))
    retention.forget()
    assert [path.name for path in kept.iterdir()] == [talk[0].pk.hex]
