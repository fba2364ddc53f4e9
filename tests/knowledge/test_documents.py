"""A file becomes the text its readers see, or an error that says where and why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.readers.documents import DocumentError, read

PAGE = """<html><head><title>Shop | Returns</title><script>track()</script></head><body>
<header><a href="/">Home</a></header><nav>Menu</nav><main><h1>Returns</h1>
<p>You can <a href="/x">return</a> it<br>within <b>30</b> days.</p><!-- note to ourselves -->
<div hidden>hidden words</div><div style="display: none">more hidden words</div>
<ul><li>One <ul><li>inner</li></ul></li><li>Two</li></ul>
<table><tr><th>Size</th><th>Price</th></tr><tr><td>S</td><td>5</td></tr></table></main>
<footer>Imprint</footer></body></html>"""


def test_markdown_is_kept_word_for_word_without_its_front_matter() -> None:
    document = read(
        "returns.md",
        b"---\ntitle: Returns\ncategories: [returns]\n---\n\n# Heading\n\nKeep  *this*.  \nAs is.\n",
    )
    assert document.title == "Returns"
    assert document.front == {"title": "Returns", "categories": ["returns"]}
    assert document.text == "# Heading\n\nKeep  *this*.  \nAs is."


def test_the_title_is_the_first_heading_or_the_name_of_the_file() -> None:
    assert read("a.md", b"Some words.\n\n## Late heading\n\nMore.").title == "Late heading"
    assert read("gift-cards_2.txt", b"Some words.").title == "Gift cards 2"


def test_a_comment_in_an_article_is_never_part_of_its_text() -> None:
    text = read("a.md", b"Public.<!-- ask legal\nfirst --> Also public.\n\n```\n<!-- code stays -->\n```").text
    assert text == "Public. Also public.\n\n```\n<!-- code stays -->\n```"


def test_imports_and_components_of_an_mdx_article_are_dropped_and_their_words_kept() -> None:
    source = b'import { Info } from "x"\n\n# Plan\n\n<Info title="n">\n  Five days.\n</Info>\n'
    text = read("plan.mdx", source).text
    assert "Five days." in text
    assert "import" not in text
    assert "Info" not in text


def test_a_web_page_keeps_what_its_reader_came_for() -> None:
    document = read("returns.html", PAGE.encode())
    assert document.title == "Returns"
    assert document.text == (
        "# Returns\n\nYou can return it\nwithin 30 days.\n\n- One\n    - inner\n- Two\n\n"
        "| Size | Price |\n| --- | --- |\n| S | 5 |"
    )


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (b"---\ntitle: Returns\ncategories: [returns\n---\nText.", "a.md:4: front matter:"),
        (b"---\ntitle: A\ntitle\n---\nText.", "a.md:4: front matter:"),
        (b"---\n- just\n- a list\n---\nText.", "a.md:2: front matter: expected lines of `name: value`"),
        (b"---\ntitle: A\n\nText.", "a.md:1: the front matter has no closing line ---"),
        (b"---\ntitle: A\n---\n\n  \n", "a.md:4: there is no text in it"),
        (b"", "a.md:1: there is no text in it"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.md: this is not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_line_and_cause(source: bytes, place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read("a.md", source)
    assert str(caught.value).startswith(place)


def test_an_unknown_format_names_those_that_are_known() -> None:
    with pytest.raises(DocumentError, match=r"a\.exe: \.exe is not supported \(\.md, \.mdx, .+\.pdf, \.docx\)"):
        read("a.exe", b"text")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "latin-1",
            "La devolución es gratuita en España durante los primeros treinta días después de la compra.",
        ),
        (
            "cp1251",
            "Возврат товара возможен в течение тридцати дней, если упаковка не была открыта покупателем.",
        ),
        ("utf-16", "Rücksendungen sind kostenlos."),
        ("latin-1", "Am Kiosk gibt es Kaffee für 2 Euro, auch für Gäste."),
        ("gb18030", "退货在三十天内免费。请保留收据。"),
    ],
)
def test_another_encoding_is_converted_with_a_warning(encoding: str, text: str) -> None:
    document = read("a.txt", text.encode(encoding))
    assert document.text == text
    assert document.warnings[0].startswith("converted from")


def test_windows_line_ends_and_a_byte_order_mark_leave_no_trace() -> None:
    assert read("a.md", b"\xef\xbb\xbf# A\r\n\r\nText.\r\n").text == "# A\n\nText."


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.md", "a.mdx", "a.txt", "a.html", "a.csv", "a.pdf", "a.docx"]))
def test_any_bytes_become_a_document_or_a_document_error(data: bytes, name: str) -> None:
    try:
        document = read(name, data)
    except DocumentError:
        return
    assert document.title
    assert document.text.strip()
