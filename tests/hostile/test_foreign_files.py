"""A file that holds half a character, NUL, or JSON without an end becomes text or is refused with its place.

Bundles, articles, uploads, reports and scenarios: each through the command or the page that reads them.
"""

import io
import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from knowledge.models import Revision
from release.bundles import bundle
from release.models import Scenario
from sites.core import foreign
from sites.core.problems import BadInput
from sites.models import Site
from tests.hostile.foreign import DEEP, JSON
from tests.knowledge import made
from tests.release import stage

pytestmark = pytest.mark.django_db
NONE = "a character stands here that is none (half of one, or NUL); write the text without it"
TEXT = "A single ticket costs 9 euros."
LESS = {"half a character": r"\ud83d", "NUL": r"\u0000", "both": r"\ud83d\u0000\ude00"}

ARTICLES: dict[str, tuple[str, bytes]] = {
    "front matter with NUL": ("a.md", b'---\ntitle: "A\\0b"\n---\n' + TEXT.encode()),
    "a question with NUL": ("a.md", b'---\ntitle: T\nquestions: ["How\\0?"]\n---\n' + TEXT.encode()),
    "front matter with half a character": ("a.md", b'---\ntitle: "A\\ud83db"\n---\n' + TEXT.encode()),
    "a key of NUL": ("a.md", b'---\n"\\0day": x\n---\n' + TEXT.encode()),
    "TOML with NUL": ("a.md", b'+++\ntitle = "A\\u0000b"\n+++\n' + TEXT.encode()),
    "deep front matter": ("a.md", b"---\na: " + b"[" * 5_000 + b"\n---\n" + TEXT.encode()),
    "HTML with NUL": ("a.html", b"<h1>A&#0;b&#xD83D;</h1><p>A \x00 &#xDE00; " + TEXT.encode()),
    "NUL in a page": ("a.html", b"<title>A&#0;</title><p>&#55357;" + TEXT.encode()),
    "UTF-16 that ends in half a character": ("a.txt", b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\x3d\xd8"),
    "CESU-8": ("a.md", TEXT.encode() + b" \xed\xa0\xbd\xed\xb8\x80"),
    "a spreadsheet": ("a.csv", b'question,answer\n"How &#0; <b>much</b>?","9 &#xD83D; euros"\n'),
    "a book": ("a.pdf", made.pdf(made.page(TEXT), title="A \0 b")),
    "a letter": ("a.docx", made.docx(made.p("A &#xFFFD; " + TEXT))),
}


def kept(site: Site) -> str:
    """Everything a site holds of its articles, as it is exported and frozen."""
    rows = Revision.objects.filter(source__site=site).values_list("title", "text", "questions", "source__slug")
    return json.dumps(list(rows), ensure_ascii=False)


def clean(words: str) -> bool:
    return words.encode().decode() == words and foreign.text(words) == words and "\\u0000" not in words


def loaded(folder: Path) -> tuple[Site | None, str]:
    """The site of a bundle, or why there is none; what is said is text in any case."""
    try:
        return stage.load(folder), ""
    except BadInput as refused:
        said = "\n".join(map(str, refused.problems))
        assert clean(said)
        return None, said


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_of_a_bundle_becomes_text_or_is_refused(folder: Path, name: str) -> None:
    file, data = ARTICLES[name]
    (folder / "knowledge" / file).write_bytes(data)
    (folder / "knowledge" / "defaults.yaml").write_text("- match: '*'\n  categories: [tickets]\n  audience: public\n")
    site, said = loaded(folder)
    assert clean(kept(site)) if site else said.startswith("knowledge/a.")


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_that_is_uploaded_becomes_text_or_is_refused(ferry: Site, name: str) -> None:
    file, data = ARTICLES[name]
    client = Client()
    client.force_login(stage.admin(ferry))
    fields = {
        "site": ferry.pk,
        "slug": "new",
        "audience": "public",
        "title": "T",
        "file": SimpleUploadedFile(file, data),
    }
    answer = client.post(reverse("admin:knowledge_source_add"), fields)
    assert answer.status_code < 500
    form = answer.context["form"] if answer.context else None
    if form is not None:
        typed = {n: form[n].value() for n in form.fields if n != "file" and form[n].value() is not None}
        assert client.post(reverse("admin:knowledge_source_add"), typed).status_code < 500
    assert clean(kept(ferry))


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_that_is_added_becomes_text_or_is_refused(
    ferry: Site, tmp_path: Path, name: str, capsys: Any
) -> None:
    file, data = ARTICLES[name]
    (tmp_path / file).write_bytes(data)
    with suppress(SystemExit):
        call_command("add_source", str(tmp_path / file), site="ferry", category=["tickets"], draft=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["status"] in ("indexed", "rejected")
    assert clean(kept(ferry))


def test_a_file_whose_name_is_no_text_is_read_under_one_that_is(folder: Path) -> None:
    path = os.fsencode(folder / "knowledge") + b"/caf\xe9.md"
    with open(path, "wb") as file:
        file.write(b"---\ncategories: [tickets]\n---\n# Caf\n\n" + TEXT.encode())
    site = stage.load(folder)
    assert Revision.objects.filter(source__site=site, source__slug="caf\ufffd").exists()


def test_a_zip_whose_names_are_no_text_is_read(ferry: Site) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a/xx.md", "# A\n\n" + TEXT)
    data = out.getvalue().replace(b"xx.md", b"\x00\xed.md"[:5])
    client = Client()
    client.force_login(stage.admin(ferry))
    sent = {"site": "ferry", "folder": SimpleUploadedFile("h.zip", data), "files": SimpleUploadedFile("h.zip", data)}
    assert client.post(reverse("chatbot:starts"), sent).status_code < 500


@pytest.mark.parametrize("escape", LESS.values(), ids=LESS)
@pytest.mark.parametrize("place", ["name: Island Ferry", "title: Luggage", "tickets"])
def test_a_bundle_with_what_is_no_character_is_refused_with_its_line(folder: Path, place: str, escape: str) -> None:
    path = folder / "site.yaml"
    text = path.read_text()
    key, _, value = place.rpartition(": ")
    written = f'{key}: "{value}{escape}"' if key else f'"{value}{escape}"'
    path.write_text(text.replace(place, written, 1))
    line = next(n for n, row in enumerate(path.read_text().split("\n"), 1) if escape in row)
    with pytest.raises(BadInput) as refused:
        bundle.read(folder)
    said = [str(problem) for problem in refused.value.problems]
    assert said[0].startswith(f"site.yaml:{line}: ")
    assert NONE in said[0] or "not YAML" in said[0], "libyaml knows half a character, and not NUL"
    assert all(map(clean, said))


@pytest.mark.parametrize("value", [*LESS.values(), *JSON.values()], ids=[*LESS, *JSON])
def test_a_scenario_with_what_is_no_text_is_one_with_text_or_is_refused(folder: Path, value: str) -> None:
    words = f'"A {value} b"' if value in LESS.values() else value
    for line in (f'{{"id": "x", "turns": ["hello"], "why": {words}}}', f'{{"id": "x", "turns": [{words}]}}'):
        (folder / "scenarios" / "more.jsonl").write_text(line + "\n")
        site, said = loaded(folder)
        bodies = Scenario.objects.filter(site=site, slug="x").values_list("body", flat=True)
        assert clean(json.dumps(list(bodies), ensure_ascii=False))
        assert site or said.startswith("scenarios/more.jsonl:1: ")


def test_a_scenario_that_is_nested_too_deeply_is_told_so(folder: Path) -> None:
    (folder / "scenarios" / "more.jsonl").write_text('{"id": "x", "turns": ["a"], "x": ' + "[" * 99 + "]" * 99 + "}\n")
    with pytest.raises(BadInput) as refused:
        bundle.read(folder)
    assert [str(p) for p in refused.value.problems] == [
        "scenarios/more.jsonl:1: not JSON: nested deeper than 64 levels"
    ]


@pytest.mark.parametrize("text", [DEEP, "NaN", '"\\ud83d"', b"\xff", "{}", "9" * 10_000], ids=str)
def test_a_report_that_cannot_be_read_is_told_so(db: None, tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CommandError) as refused:
        call_command("verify_report", str(path))
    assert clean(str(refused.value))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The ferry line's bundle, right in every way."""
    return stage.write(tmp_path / "ferry")


@pytest.fixture
def ferry(db: None, folder: Path) -> Site:
    return stage.load(folder)
