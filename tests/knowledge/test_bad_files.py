"""A file that means harm, or is harmed, is refused with a reason, in bounded time and memory; the next one is read."""

import io
import zipfile
import zlib

import pytest

from knowledge.readers import sandbox
from knowledge.readers.documents import DocumentError, read
from knowledge.readers.sandbox import Reader
from tests import children
from tests.knowledge import made

BOOK = made.pdf(made.page(made.BODY))
GOOD = b"# Returns\n\nWithin thirty days.\n"


@pytest.fixture(scope="module")
def reader():
    with Reader() as running:
        yield running


def refused(reader, name, data):
    """Why a file was refused; afterwards the reader reads on."""
    with pytest.raises(DocumentError) as caught:
        reader.read(name, data)
    assert reader.read("good.md", GOOD).title == "Returns"
    return caught.value.why


def zip_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 150_000_000)
    return out.getvalue()


def lying_zip_bomb():
    """One that states less than it unpacks to."""
    packed = zip_bomb()
    return packed.replace((150_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))


def entity_bomb():
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "a" * 50}">' for n in range(12))
    return _with_main(f"<!DOCTYPE d [{lines}]><w:document {made.W}>&a11;</w:document>")


def _with_main(xml):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made.docx(""))) as there, zipfile.ZipFile(out, "w") as archive:
        for name in there.namelist():
            archive.writestr(name, xml if name == "word/document.xml" else there.read(name))
    return out.getvalue()


def stream_bomb():
    """A page whose drawing unpacks to a gigabyte."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * 1_000_000) for _ in range(1000)) + packer.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s" % (len(data), data)
    return made.pdf([]).replace(b"<< /Length 0 >>\nstream\n", stream)


def deep_pdf():
    box = b"/MediaBox [0 0 595 842]"
    return BOOK.replace(box, b"/MediaBox " + b"[" * 60_000 + b"]" * 60_000)


def drawing(strokes, words):
    """A page of very many ruling lines and words that align, more than a table has."""
    lines = [(f"{n}", 20.0 + 60 * (n % 9), 800.0 - 0.2 * (n // 9), 1.0) for n in range(words)]
    return made.pdf([*[f"{n % 500} 0 m {n % 500} {n} l S 0 {n} m {n} {n} l S" for n in range(strokes)], *lines])


def deep(times):
    return made.docx("<w:tbl><w:tr><w:tc>" * times + made.p("x") + "</w:tc></w:tr></w:tbl>" * times)


REFUSED = {
    "an encrypted PDF": ("a.pdf", lambda: made.protected(BOOK, user="u", owner="o"), "protected with a password"),
    "a scanned PDF": ("a.pdf", lambda: made.pdf([], []), "no text, only pictures"),
    "a PDF without pages": ("a.pdf", lambda: made.pdf(), "has no pages"),
    "half a PDF": ("a.pdf", lambda: BOOK[:200], "damaged"),
    "a PDF of nothing": ("a.pdf", lambda: b"%PDF-1.7\n", "damaged"),
    "a PDF of 5,000 pages": ("a.pdf", lambda: made.pdf(*[[]] * 5000), "5,000 pages are more than the limit"),
    "a page that calls itself a PDF": ("a.pdf", lambda: b"<html><p>Hello</p></html>", "not a PDF, whatever"),
    "a PDF nested deeply": ("a.pdf", deep_pdf, "nested too deeply|damaged|safely"),
    "a PDF whose drawing is a bomb": ("a.pdf", stream_bomb, "damaged|memory|safely|no text"),
    "half a Word document": ("a.docx", lambda: made.docx(made.p(made.BODY))[:400], "damaged"),
    "an old Word document": ("a.docx", lambda: b"\xd0\xcf\x11\xe0" + bytes(500), "a password, or an old .doc"),
    "an archive that calls itself a document": ("a.docx", lambda: _zip("x.txt"), "an archive, but no Word document"),
    "a picture that calls itself a document": ("a.docx", lambda: b"\x89PNG\r\n\x1a\n", "not a Word document"),
    "a document of nothing": ("a.docx", lambda: made.docx(""), "no text"),
    "a zip bomb": ("a.docx", zip_bomb, "unpacks to 150 MB"),
    "a zip bomb that lies": ("a.docx", lying_zip_bomb, "damaged|memory"),
    "an archive of many parts": ("a.docx", lambda: _zip(*[f"word/{n}" for n in range(6000)]), "in 6,000 parts"),
    "a bomb of entities": ("a.docx", entity_bomb, "no text|damaged|memory"),
    "a document nested deeply": ("a.docx", lambda: deep(5_000), "nested too deeply|damaged|safely"),
    "a page nested deeply": ("a.html", lambda: b"<div>" * 100_000 + b"x", "nested too deeply|safely|longer"),
    "an empty file": ("a.txt", lambda: b"", "no text in it"),
    "a CSV of names only": ("a.csv", lambda: b"question,answer\n", "no rows below"),
    "a CSV with an endless cell": ("a.csv", lambda: b"question,answer\n" + b"x" * 200_000, "not a CSV file"),
    "a picture that calls itself Markdown": ("a.md", lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
    "more than twenty megabytes": ("a.md", lambda: b"x " * 10_000_001, "more than the limit of 20,000,000"),
    "a text without end": ("a.md", lambda: b"word " * 1_000_000, "5,000,000 characters are more than the limit"),
}  # fmt: skip


def _zip(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_a_reason_and_the_next_file_is_read(reader, what):
    name, make, why = REFUSED[what]
    said = refused(reader, name, make())
    assert any(words in said for words in why.split("|")), said


def test_a_file_that_takes_too_long_is_left_and_the_next_one_is_read():
    slow = b"[" * 15_000_000  # each of them might be the beginning of a link
    with Reader(seconds=2.0) as reader:
        assert "longer than 2 seconds" in refused(reader, "a.md", slow)


def test_a_file_that_needs_too_much_memory_is_left_and_the_next_one_is_read():
    with Reader(memory=400_000_000) as reader:
        assert "memory" in refused(reader, "a.html", b"<p>a</p>" * 600_000)


@pytest.mark.parametrize(("strokes", "words"), [(20_000, 100), (1_900, 9_900), (0, 40_000)])
def test_a_page_that_is_drawn_to_look_like_a_thousand_tables_is_read(reader, strokes, words):
    text = reader.read("a.pdf", drawing(strokes, words)).text
    assert f"{words - 1}" in text
    assert "|" not in text


def test_a_child_that_dies_is_replaced():
    with Reader() as reader:
        reader.read("good.md", GOOD)
        reader._child.kill()
        with pytest.raises(DocumentError, match="more than can be read safely"):
            reader.read("good.md", GOOD)
        assert reader.read("good.md", GOOD).title == "Returns"


def test_the_child_knows_no_secrets_and_ends_with_its_reader(monkeypatch):
    monkeypatch.setattr(Reader, "__exit__", children.ENDED)
    monkeypatch.setenv("SECRET_KEY", "hush")
    with Reader() as reader:
        reader.read("good.md", GOOD)
        child = reader._child
        with open(f"/proc/{child.pid}/environ", "rb") as environ:
            assert b"hush" not in environ.read()
    assert child.poll() is not None


def test_a_document_comes_back_as_it_was_read():
    data = b"---\ntitle: A\nexpires: 2030-01-31\nat: 2030-01-31 10:00:00\nlist: [1, {a: 2030-01-01}]\n---\n\xff text\n"
    assert sandbox.read_one("a.md", data) == read("a.md", data)
