"""Web pages, Word documents and lists keep their meaning: what is struck out goes, merged cells and links are kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.readers.documents import read
from knowledge.readers.page_tables import Cell, filled
from tests.knowledge import made


def page(body, **about):
    return read("a.html", f"<html><body><main>{body}</main></body></html>".encode(), **about)


# ── Web pages ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "struck", ["<s>£9</s>", "<del>£9</del>", '<span style="text-decoration:line-through">£9</span>']
)
def test_what_a_page_strikes_out_is_left_out_with_one_warning(struck):
    document = page(
        f"<p>A day costs {struck} <ins>£8</ins>.</p><ul><li>{struck}</li><li>New</li></ul><h2>{struck}</h2>"
    )
    assert document.text == "A day costs £8.\n\n- New"
    assert document.warnings == ("struck-out text was left out: “£9”",)


def test_merged_cells_stand_in_every_cell_they_cover_and_two_rows_of_names_are_one():
    document = page(
        "<table><tr><th rowspan=2>Lake</th><th colspan=2>Price</th></tr><tr><th>Week</th><th>Sunday</th></tr>"
        "<tr><td rowspan=0>North</td><td>1</td><td>2</td></tr><tr><td colspan=2>closed</td></tr></table>"
    )
    assert document.text == (
        "| Lake | Price, Week | Price, Sunday |\n| --- | --- | --- |\n| North | 1 | 2 |\n| North | closed | closed |"
    )


def test_a_row_above_all_columns_is_the_title_of_its_table():
    rows = "<tr><td colspan=2>Winter</td></tr><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>"
    assert page(f"<table>{rows}</table>").text == "Winter\n\n| A | B |\n| --- | --- |\n| 1 | 2 |"


CELLS = st.builds(Cell, st.sampled_from(["", "a", "b"]), st.integers(1, 5), st.integers(1, 5), st.booleans())


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=8))
def test_every_word_of_a_table_is_kept_and_stands_as_often_as_its_cell_is_large(rows):
    table = filled(rows)
    words = " ".join([table.title, *(" ".join(row) for row in table.rows)])
    assert {cell.words for row in rows for cell in row if cell.words} <= set(words.replace(",", "").split())
    assert table.whole


def test_a_table_that_spans_without_end_is_read_in_bounds_and_said():
    rows = "<tr><td rowspan=60000 colspan=900>x</td><td>y</td></tr>" * 300
    document = page(f"<p>Fees.</p><table>{rows}</table>")
    assert len(document.text) < 200_000
    assert any("merged cells" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("link", "left"),
    [
        ('<a href="https://x.example/a?b=1">our page</a>', "[our page](https://x.example/a?b=1)"),
        ('<a href="https://x.example/a_(b) c">See <b>here.</b></a>', "[See here](https://x.example/a_%28b%29%20c)."),
        ('<a href="mailto:me@x.example">me</a>', "[me](mailto:me@x.example)"),
        ('<a href="https://x.example">[1]</a>', "[1] <https://x.example>"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:x()">here</a>', "here"),
        ('<a href="#top">here</a>', "here"),
        ("<h2>Fees <a href='#fees'>¶</a></h2>", "## Fees"),
    ],
)
def test_links_keep_where_they_lead(link, left):
    document = page(f"{link}<p>Text.</p>")
    assert document.text == f"{left}\n\nText."
    assert document.warnings == ()


def test_links_within_a_site_lead_to_its_address_where_it_is_known():
    link = '<p><a href="../pay">Pay</a> now.</p>'
    assert page(link, base="https://x.example/help/a").text == "[Pay](https://x.example/pay) now."
    canonical = '<html><head><link rel="canonical" href="https://y.example/b/c"></head><body>'
    assert read("a.html", f"{canonical}{link}".encode()).text == "[Pay](https://y.example/pay) now."
    assert page(link).text == "Pay now."
    assert page(link).warnings == ("links without a full address were kept as words: “../pay”",)


def test_what_can_be_opened_is_under_its_label_and_what_follows_is_not():
    document = page("<h1>Kites</h1><details><summary>Wind?</summary><p>Stay in.</p></details><p>Bring gloves.</p>")
    assert document.text == "# Kites\n\n## Wind?\n\nStay in.\n\n# Kites\n\nBring gloves."


def test_a_footnote_of_a_page_stands_in_its_sentence():
    document = page(
        '<p>Dogs go free.<sup><a href="#fn1" id="r1">1</a></sup> Cats pay.</p><h2>Notes</h2>'
        '<ol><li id="fn1"><p>Up to two. <a href="#r1">↩</a></p></li></ol>'
    )
    assert document.text.startswith("Dogs go free (Up to two.). Cats pay.")
    assert document.text.count("Up to two") == 1


def test_the_words_that_stand_for_a_picture_are_no_words_of_a_page():
    assert page('<p>Sit here. <img src="d.png" alt="A dog on a chair"></p>').text == "Sit here."


# ── Word ──────────────────────────────────────────────────────────────────────────────────────────────────────

STYLES = (
    f'<w:styles {made.W}><w:style w:type="character" w:styleId="Old"><w:name w:val="Old"/><w:rPr><w:strike/></w:rPr>'
    '</w:style><w:style w:type="character" w:styleId="Older"><w:basedOn w:val="Old"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:dstrike/></w:rPr></w:style>'
    "</w:styles>"
).encode()


@pytest.mark.parametrize(
    "marks",
    ["<w:strike/>", "<w:dstrike/>", '<w:strike w:val="1"/>', '<w:rStyle w:val="Old"/>', '<w:rStyle w:val="Older"/>'],
)
def test_what_a_document_strikes_out_is_left_out_with_a_warning(marks):
    body = f"<w:p>{made.run('A day costs ')}{made.run('£9', marks)}{made.run(' £8.')}</w:p>"
    document = read("a.docx", made.docx(body, **{"word/styles.xml": STYLES}))
    assert document.text == "A day costs £8."
    assert document.warnings == ("struck-out text was left out: “£9”",)


def test_a_style_that_strikes_out_its_paragraphs_is_obeyed_unless_a_run_says_otherwise():
    body = made.p("All of it.", "Gone") + made.p("Not this.", "Gone", marks='<w:dstrike w:val="0"/>')
    assert read("a.docx", made.docx(body, **{"word/styles.xml": STYLES})).text == "Not this."


def test_merged_cells_of_a_document_are_filled():
    def cell(words, marks=""):
        return f"<w:tc><w:tcPr>{marks}</w:tcPr>{made.p(words)}</w:tc>"

    rows = [
        cell("Lake") + cell("Boat") + cell("Price"),
        cell("North", '<w:vMerge w:val="restart"/>') + cell("One") + cell("5"),
        cell("", "<w:vMerge/>") + cell("Two") + cell("7"),
        cell("Closed", '<w:gridSpan w:val="3"/>'),
    ]
    document = read("a.docx", made.docx("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"))
    assert document.text.split("\n")[2:] == [
        "| North | One | 5 |",
        "| North | Two | 7 |",
        "| Closed | Closed | Closed |",
    ]


def test_links_and_footnotes_of_a_document_are_kept_at_their_places():
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    link = f'<w:hyperlink r:id="L">{made.run("our page")}</w:hyperlink>'
    note = f'<w:footnotes {made.W}><w:footnote w:id="2">{made.p("Up to two.")}</w:footnote></w:footnotes>'
    rels = made.part_rels(("F", "footnotes", "footnotes.xml"), ("L", "hyperlink", "https://x.example/book"))
    body = f"<w:p>{made.run('Dogs go free.')}{reference}{made.run(' Book on ')}{link}{made.run('.')}</w:p>"
    parts = {"word/footnotes.xml": note.encode(), "word/_rels/document.xml.rels": rels}
    document = read("a.docx", made.docx(body, **parts))
    assert document.text == "Dogs go free (Up to two.). Book on [our page](https://x.example/book)."


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────

PAIR = "## Is it open?\n\nYes, from nine, every day."


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nquestion;answer\nIs it open?;Yes, from nine, every day.\n",
        '"sep=;"\r\nquestion;answer\r\nIs it open?;Yes, from nine, every day.\r\n',
        "\ufeffsep=;\nquestion;answer\nIs it open?;Yes, from nine, every day.\n",
        "\ufeffquestion;answer\nIs it open?;Yes, from nine, every day.\n",
        "Winter, spring, and autumn;\nquestion;answer\nIs it open?;Yes, from nine, every day.\n",
        "Winter\n\nas of May\nquestion\tanswer\nIs it open?\tYes, from nine, every day.\n",
        'a,b,c,d;;\nid;question;answer\n1;Is it open?;"Yes, from nine, every day."\n',
    ],
)
def test_a_list_is_taken_apart_by_the_sign_that_names_its_columns(text):
    assert read("a.csv", text.encode()).text == PAIR
    assert read("a.csv", text.encode("utf-16")).text == PAIR


def test_prices_with_commas_are_not_taken_apart():
    text = read("a.csv", b"Size;Price, with tax\nS;5,00\nM;7,50\n").text
    assert text == "| Size | Price, with tax |\n| --- | --- |\n| S | 5,00 |\n| M | 7,50 |"


def test_a_title_above_the_names_of_the_columns_is_the_title_and_said():
    document = read("a.csv", b"Prices of the winter;;\nSize;Price;\nS;5;\nM;6,50;\n")
    assert document.title == "Prices of the winter"
    assert document.text.startswith("| Size | Price |")
    assert "what stands above the names of the columns became the title: “Prices of the winter”" in document.warnings


@settings(max_examples=200)
@given(
    st.sampled_from(",;\t|"),
    st.lists(
        st.tuples(*[st.from_regex(r"[a-z]{2}( [a-z]{2}[,;|]?){0,5}", fullmatch=True)] * 2), min_size=1, max_size=6
    ),
    st.sampled_from(["", "sep={}\n", "A title\n", "A title{}{}\n"]),
)
def test_every_pair_is_found_whatever_stands_between_the_cells(sign, pairs, above):
    rows = [("question", "answer"), *pairs]
    lines = (sign.join(f'"{cell}"' if sign in cell else cell for cell in row) for row in rows)
    text = read("a.csv", (above.replace("{}", sign) + "\n".join(lines)).encode()).text
    assert [line for line in text.split("\n") if line.startswith("## ")] == [f"## {asked}" for asked, _ in pairs]


def test_what_a_list_strikes_out_is_left_out_with_a_warning():
    document = read("a.csv", b"question,answer\nHow much?,<p>It costs <s>5</s> 6.</p>\nWhen?,~~Monday~~ Tuesday.\n")
    assert document.text == "## How much?\n\nIt costs 6.\n\n## When?\n\nTuesday."
    assert document.warnings == ("struck-out text was left out: “5”, “Monday”",)


# ── Letters ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("encoding", "locale", "text"),
    [
        ("cp1252", "en", "Tea is £2."),
        ("cp1252", "en-GB", "Skis cost £7.25 a day, “free” on Sundays – really."),
        ("cp1252", "pl", "Skis cost £7.25 a day."),
        ("cp1252", "", "Keep it below 5°C, for ½ an hour."),
        ("cp1250", "pl", "Opłata wynosi pięć złotych."),
        ("cp1250", "en", "Opłata wynosi pięć złotych za każdy rozpoczęty dzień."),
        ("cp1251", "ru", "Возврат."),
        ("cp1253", "el", "Η επιστροφή είναι δωρεάν."),
        ("cp1254", "tr", "İade ücretsizdir, şimdi başvurun."),
        ("cp1255", "he", "ההחזרה היא בחינם תוך שלושים יום"),
        ("cp932", "ja", "返品は三十日以内なら無料です。"),
        ("gb18030", "zh-CN", "退货免费。"),
        ("mac_roman", "en", "It’s “free” – the café costs £5."),
        ("cp850", "en", "Skis cost £7.25 a day."),
    ],
)
def test_letters_are_read_as_the_language_of_the_site_has_them_and_said(encoding, locale, text):
    document = read("a.txt", text.encode(encoding), locale=locale)
    assert document.text == text
    assert document.warnings[0].startswith("converted from ")
    assert ": look at “" in document.warnings[0]


def test_a_page_that_says_how_it_is_written_is_believed():
    data = '<meta charset="iso-8859-2"><p>Opłata wynosi 5 zł.</p>'.encode("iso-8859-2")
    assert read("a.html", data, locale="en").text == "Opłata wynosi 5 zł."


def test_the_warning_names_the_characters_their_lines_and_what_else_they_could_be():
    (warning,) = read("a.txt", "Skis\n\nTea is £ 2.".encode("cp1252"), locale="en").warnings
    assert warning == "converted from cp1252: look at “£” (line 3); cp1250 would be “Ł” for “£”"
