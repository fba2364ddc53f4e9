"""The command that brings one file in, and says in its last line what became of it."""

import json
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from knowledge.embedding.vectors import missing
from knowledge.models import Passage, Revision, Source


@pytest.fixture
def add(site, tmp_path, capsys):
    def run(name, content, *words, category="returns"):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        code = 0
        try:
            call_command("add_source", str(path), "--site", "hill", "--category", category, *words)
        except SystemExit as end:
            code = end.code
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def test_a_file_becomes_an_approved_source_with_vectors(add):
    code, said = add("gift-cards.md", b"# Gift cards\n\nA gift card is valid for three years.\n")
    assert (code, said) == (
        0,
        {"status": "indexed", "reason": "", "warnings": [], "source": "gift-cards", "passages": 1},
    )
    revision = Revision.objects.get()
    assert (revision.title, revision.state, revision.source.audience) == ("Gift cards", "approved", "public")
    assert not missing(Passage.objects.values_list("digest", flat=True))


def test_a_file_of_two_hundred_megabytes_is_refused_before_it_is_read(add, tmp_path, monkeypatch):
    with (tmp_path / "film.pdf").open("wb") as film:
        film.truncate(200_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} is read"))
    code, said = add("film.pdf", None)
    assert (code, said["status"]) == (1, "rejected")
    assert "200,000,000 bytes are more than the limit of 20,000,000" in said["reason"]


def test_the_front_matter_gives_the_policies(add):
    text = b"---\naudience: internal\nexpires: 2030-01-31\nowner: cleo\nurl: https://example.com/x\n---\nStaff only.\n"
    add("goodwill.md", text)
    source = Source.objects.get()
    assert (source.audience, str(source.expires), source.owner) == ("internal", "2030-01-31", "cleo")


def test_adding_the_same_file_again_is_no_error_and_no_revision(add):
    for _ in range(2):
        code, _ = add("a.txt", b"A tent is green.")
        assert code == 0
    assert Revision.objects.count() == 1


def test_a_draft_waits_for_approval(add):
    add("a.txt", b"A tent is green.", "--draft")
    assert Revision.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.md", b"", "there is no text in it"),
        ("a.exe", b"MZ", ".exe is not supported"),
        ("a.md", b"---\nexpires: soon\n---\nText.", "expires: expected a date"),
        ("a.md", b"---\nurl: javascript:alert(1)\n---\nText.", "is not a web address"),
        ("missing.md", None, "there is no such file"),
    ],
)
def test_what_cannot_be_a_source_is_rejected_with_a_reason(add, name, content, why):
    code, said = add(name, content)
    assert (code, said["status"]) == (1, "rejected")
    assert why in said["reason"]
    assert not Source.objects.exists()


def test_an_unknown_category_is_a_reason_and_an_unknown_site_an_error(add, tmp_path):
    code, said = add("a.txt", b"A tent is green.", category="nothing")
    assert (code, "no category nothing on hill" in said["reason"]) == (1, True)
    with pytest.raises(CommandError, match="no site 'hull'"):
        call_command("add_source", str(tmp_path / "a.txt"), "--site", "hull", "--category", "returns")


def test_a_source_of_another_origin_is_not_overwritten(add):
    add("a.txt", b"A tent is green.")
    code, said = add("a.md", b"Another text.")
    assert (code, "has this name" in said["reason"]) == (1, True)


def test_settings_that_cannot_work_are_said_before_anything_runs(settings):
    settings.CHROMA_URL = "chroma:8000"
    assert "knowledge.E001" in {each.id for each in run_checks()}
    settings.CHROMA_URL, settings.CELERY_BROKER_URL = "", "redis://x"
    assert "knowledge.W001" in {each.id for each in run_checks()}
    settings.CHROMA_URL = "http://chroma:8000"
    assert not {each.id for each in run_checks()} & {"knowledge.E001", "knowledge.W001"}
