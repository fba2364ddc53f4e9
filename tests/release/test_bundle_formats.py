"""A bundle may hold its articles in any format; what cannot be read is named, and nothing is loaded."""

import pytest

from knowledge.models import Passage, Revision, Source
from release.bundles import bundle
from release.bundles.export import export
from sites.core.problems import BadInput
from tests.knowledge import made
from tests.release import stage

pytestmark = pytest.mark.django_db

DEFAULTS = "- match: '*'\n  categories: [tickets]\n  audience: public\n"
FAQ = 'Question,Answer\nIs there wine on board?,"Yes, at the bar."\n'
FILES = {
    "dogs.pdf": made.pdf(made.page("# Dogs", "Dogs travel on deck."), made.page("Cats travel inside.")),
    "wine.csv": FAQ.encode("cp1252"),
    "fog.docx": made.docx(made.p("Fog", "Title") + made.p("In fog the ferry waits.")),
    "tide.html": b"<nav>Home</nav><h1>Tides</h1><p>The tide sets the hours.</p>",
    "café.txt": "Am Kiosk gibt es Kaffee für 2 Euro, auch für Gäste.".encode("latin-1"),
}


@pytest.fixture
def folder(tmp_path):
    folder = stage.write(tmp_path / "ferry")
    for name, data in FILES.items():
        (folder / "knowledge" / name).write_bytes(data)
    (folder / "knowledge" / "defaults.yaml").write_text(DEFAULTS)
    return folder


def test_articles_of_every_format_become_sources_and_other_letters_are_warned_of(folder):
    loaded = bundle.load(folder, actor="test")
    texts = dict(Revision.objects.values_list("source__slug", "text"))
    assert texts["wine"] == "## Is there wine on board?\n\nYes, at the bar."
    assert texts["tide"] == "# Tides\n\nThe tide sets the hours."
    assert texts["fog"] == "# Fog\n\nIn fog the ferry waits."
    assert "für Gäste" in texts["café"]
    assert [str(w) for w in loaded.warnings if "café" in str(w) and "converted" in str(w)]
    pages = Passage.objects.filter(revision__source__slug="dogs").values_list("page", "text")
    assert list(pages) == [(1, "Dogs travel on deck."), (2, "Cats travel inside.")]
    assert set(Source.objects.get(slug="dogs").categories.values_list("slug", flat=True)) == {"tickets"}


def test_what_was_read_out_of_a_file_is_exported_as_text_with_its_pages_and_loads_to_the_same_passages(
    folder, tmp_path
):
    loaded = bundle.load(folder, actor="test")
    export(loaded.site, tmp_path / "out")
    before = list(Passage.objects.order_by("revision__source__slug", "ordinal").values_list("text", "heading", "page"))
    assert bundle.load(tmp_path / "out", actor="test").changed == 0
    again = list(Passage.objects.order_by("revision__source__slug", "ordinal").values_list("text", "heading", "page"))
    assert again == before


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (
            "secret.pdf",
            made.protected(made.pdf(made.page(made.BODY)), user="u", owner="o"),
            "protected with a password",
        ),
        ("scan.pdf", made.pdf([]), "no text, only pictures"),
        ("half.docx", made.docx(made.p("x"))[:300], "damaged"),
        ("empty.csv", b"", "no text in it"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_loaded(folder, name, data, why):
    (folder / "knowledge" / name).write_bytes(data)
    with pytest.raises(BadInput) as caught:
        bundle.load(folder, actor="test")
    assert [problem.file for problem in caught.value.problems] == [f"knowledge/{name}"]
    assert why in str(caught.value)
    assert not Source.objects.exists()


def test_a_file_of_two_hundred_megabytes_is_refused_before_it_is_read(folder):
    with (folder / "knowledge" / "all.md").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(BadInput, match="200,000,000 bytes are more than the limit"):
        bundle.load(folder, actor="test")


@pytest.mark.parametrize("file", ["site.yaml", "scenarios/basics.jsonl"])
def test_yaml_and_jsonl_must_be_utf8(folder, file):
    path = folder / file
    path.write_bytes(path.read_bytes() + "\n# für\n".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        bundle.load(folder, actor="test")
