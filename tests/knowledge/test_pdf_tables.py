"""A table of a PDF becomes the Markdown table that every other format gives; what only looks like one stays text."""

import re

import pytest

from knowledge.readers.documents import read
from knowledge.text.passages import sentence_texts, split
from tests.knowledge import made

ROWS = [
    ("Kind", "Price", "Time"),
    ("Letter", "£1.50", "2 days"),
    ("Small parcel", "£3.20", "3 days"),
    ("Pallet", "on request", "two weeks"),
]
TABLE = """| Kind | Price | Time |
| --- | --- | --- |
| Letter | £1.50 | 2 days |
| Small parcel | £3.20 | 3 days |
| Pallet | on request | two weeks |"""
ABOVE = ("Prices hold for everything that is ordered this year, whatever it weighs.", 60.0, 680.0, 11.0)
BELOW = ("Ask us about everything else; we answer within two days of your message.", 60.0, 480.0, 11.0)
BOLD = [tuple(f"**{cell}" for cell in ROWS[0]), *ROWS[1:]]
ACROSS, DOWN = (50, 210, 330, 450), (640, 612, 588, 564, 540)


def text_of(*pages):
    return read("a.pdf", made.pdf(*pages)).text


def page(lines, *drawn):
    return [ABOVE, *drawn, *lines, BELOW]


def words(text):
    return re.findall(r"\w+", re.sub(r"<!--.*?-->|---", "", text))


def as_written(lines):
    return words(" ".join(text for text, *_ in [ABOVE, *lines, BELOW]))


@pytest.mark.parametrize(
    ("lines", "drawn"),
    [
        (made.cells(*ROWS), made.ruled(ACROSS, DOWN)),
        (made.cells(*ROWS), made.ruled(ACROSS[1:3], DOWN) + made.ruled((50, 450), DOWN)),
        (made.cells(*ROWS), made.ruled((50, 450), DOWN)),
        (made.cells(*ROWS), made.ruled((50, 450), (640, 612, 540))),
        (made.cells(*BOLD), []),
        (made.cells(*BOLD, step=14), []),
    ],
    ids=[
        "a full grid",
        "no outer lines",
        "lines between rows",
        "a line below the header",
        "a bold header",
        "narrow rows",
    ],
)
def test_a_table_is_what_it_is_in_every_other_format(lines, drawn):
    text = text_of(page(lines, *drawn))
    assert text == f"<!-- page 1 -->\n\n{ABOVE[0]}\n\n{TABLE}\n\n{BELOW[0]}"
    assert TABLE in read("a.docx", made.docx(made.table(*ROWS))).text
    html = "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in ROWS)
    assert TABLE in read("a.html", f"<table>{html}</table>".encode()).text


def test_a_plain_header_is_one_above_a_column_of_amounts():
    rows = [("Size", "Chest"), ("Small", "80–84 cm"), ("Medium", "85–90 cm"), ("Large", "91 cm")]
    text = text_of(page(made.cells(*rows, step=14)))
    assert "| Size | Chest |\n| --- | --- |\n| Small | 80–84 cm |\n| Medium | 85–90 cm |\n| Large | 91 cm |" in text


def test_every_cell_keeps_all_of_its_lines():
    rows = [
        ("Event", "What we pay"),
        ("The parcel was lost\nin our house", "All of it, and\nthe postage"),
        ("Late", "Nothing"),
    ]
    expected = (
        "| Event | What we pay |\n| --- | --- |\n"
        "| The parcel was lost in our house | All of it, and the postage |\n| Late | Nothing |"
    )
    lines = made.cells(*rows, step=40)
    assert expected in text_of(page(lines, *made.ruled((50, 210, 450), (640, 610, 555, 530))))
    assert expected in text_of(page(lines, *made.ruled((50, 450), (640, 610, 555, 530))))


def test_a_table_written_as_one_string_a_line_is_read_by_the_gaps_between_its_words():
    """As programs write that set type: the gaps are numbers in the middle of a line."""
    lines = [
        f"BT /F1 11 Tf 1 0 0 1 60 {620 - 16 * n} Tm [({a}) {-14000 + 500 * len(a)} ({b})] TJ ET"
        for n, (a, b) in enumerate((("Size", "Pieces"), ("Small", "12"), ("Medium", "20"), ("Large", "40")))
    ]
    assert "| Size | Pieces |\n| --- | --- |\n| Small | 12 |\n| Medium | 20 |" in text_of([ABOVE, *lines, BELOW])


def test_a_title_row_stands_above_the_table_and_a_cell_over_two_columns_is_in_the_first():
    rows = [("Prices of 2026",), *ROWS[:3], ("Pipe | bar", "on request only, by mail")]
    upright = [f"{x} 516 m {x} {612 if x in ACROSS[1:3] else 640} l S" for x in ACROSS]
    upright[2] = "330 540 m 330 612 l S"
    level = [f"50 {y} m 450 {y} l S" for y in (*DOWN, 516)]
    text = text_of(page(made.cells(*rows), *upright, *level))
    assert "Prices of 2026\n\n| Kind | Price | Time |\n" in text
    assert "| Pipe \\| bar | on request only, by mail |  |" in text


PROSE = [
    "Returns are free for thirty days, and",
    "they begin when the parcel is there;",
    "the day it came counts as the first.",
]
NO_TABLE = {
    "two columns of prose": made.cells(*[(line, line) for line in PROSE * 4], lefts=(60, 320), step=13),
    "two columns under a bold line": made.cells(
        ("**Returns", "**Refunds"), *[(line, line) for line in PROSE * 3], lefts=(60, 320), step=13
    ),
    "addresses side by side": made.cells(
        ("Head office", "Warehouse"), ("12 Hill Road", "3 Dock Street"), ("London E1 4AB", "Hull HU1 1AA"), step=13
    ),
    "addresses under bold names": made.cells(
        ("**Head office", "**Warehouse"), ("12 Hill Road", "3 Dock Street"), ("020 7946 0000", "01482 496 000"), step=13
    ),
    "contents": made.cells(("Returns", "3"), ("Delivery", "7"), ("Payment", "9"), ("Gifts", "12"), step=14),
    "contents with a header": made.cells(("**Chapter", "**Page"), ("Returns", "3"), ("Delivery", "7"), ("Gifts", "9")),
    "contents with leaders": made.cells(
        ("**Part", "**Begins"), ("Returns .........", "3"), ("Delivery ........", "7"), ("Gifts ...........", "9")
    ),
    "a numbered list": made.cells(
        ("**Step", "**What to do"), ("1.", "Pack it"), ("2.", "Print the label"), ("3.", "Bring it"), lefts=(60, 100)
    ),
    "names and values without a header": made.cells(("Parking", "yes"), ("Seats", "40"), ("Price", "£3"), step=14),
    "a table without a header": made.cells(*ROWS[1:]),
    "a letter's head": made.cells(("Our sign", "Your sign", "Date"), ("AB 12", "none", "4 May")),
}


@pytest.mark.parametrize("what", NO_TABLE)
def test_what_may_be_no_table_stays_text(what):
    text = text_of(page(NO_TABLE[what]))
    assert "|" not in text
    assert words(text) == as_written(NO_TABLE[what])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("Name:", "", ""), ("Street:", "", ""), ("Town:", "", "")], "a form"),
        (ROWS[1:], "no header"),
        ([("Note", "", ""), ("Only one of its cells is filled", "", ""), ("Another", "", "")], "a frame"),
    ],
)
def test_ruling_lines_alone_make_no_table(rows, why):
    text = text_of(page(made.cells(*rows), *made.ruled(ACROSS, DOWN[: len(rows) + 1])))
    assert "|" not in text, why
    assert sorted(words(text)) == sorted(as_written(made.cells(*rows)))


def test_prose_in_columns_under_a_line_stays_prose():
    lines = made.cells(("Returns", "Refunds"), *[(line, line) for line in PROSE * 3], lefts=(60, 320), step=13)
    assert "|" not in text_of(page(lines, *made.ruled((50, 560), (640, 612, 500))))


def test_a_form_that_is_filled_in_is_no_table():
    rows = [("Name:", "Ada Byrne"), ("Street:", "Hill Road"), ("Town:", "Hull")]
    assert "|" not in text_of(page(made.cells(*rows), *made.ruled((50, 210, 330), DOWN[:4])))


def test_a_line_that_runs_on_outside_of_a_frame_leaves_all_of_it_text():
    rows = [ROWS[0][:2], (*ROWS[1][:2], "see the note"), ROWS[2][:2]]
    text = text_of(page(made.cells(*rows, lefts=(60, 180, 340)), *made.ruled((50, 170, 280), DOWN[:4])))
    assert "see the note" in text
    assert "|" not in text


def test_cells_that_nearly_touch_are_kept_apart_by_the_line_between_them():
    rows = [("Kind", "Price"), ("Hat", "£4"), ("Tie", "£6")]
    text = text_of(page(made.cells(*rows, lefts=(60, 85)), *made.ruled((55, 83.5, 130), DOWN[:4])))
    assert "| Kind | Price |\n| --- | --- |\n| Hat | £4 |\n| Tie | £6 |" in text


def test_prose_beside_a_table_is_not_drawn_into_it():
    beside = [(line, 320.0, 620.0 - 24 * number, 11.0) for number, line in enumerate(PROSE)]
    rows = [row[:2] for row in ROWS[:3]]
    text = text_of(page([*made.cells(*rows, lefts=(60, 180)), *beside], *made.ruled((50, 170, 280), DOWN[:4])))
    assert "| Kind | Price |\n| --- | --- |\n| Letter | £1.50 |\n| Small parcel | £3.20 |\n\nReturns are free" in text


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


MORE = [("Zone 7", "£9.50", "7 days"), ("Zone 8", "£9.80", "8 days")]


def over_two_pages(*, repeated):
    second = [ROWS[0], *MORE] if repeated else MORE
    first = [ABOVE, *made.ruled(ACROSS, DOWN), *made.cells(*ROWS)]
    return text_of(first, [*made.ruled(ACROSS, DOWN[: len(second) + 1]), *made.cells(*second)])


def test_a_table_goes_on_over_the_page_where_its_header_is_repeated():
    text = over_two_pages(repeated=True)
    header, row = "| Kind | Price | Time |\n| --- | --- | --- |", "| Zone 7 | £9.50 | 7 days |"
    assert text.endswith(f"<!-- page 2 -->\n\n{header}\n{row}\n| Zone 8 | £9.80 | 8 days |")
    pieces = split(text, "Post", lambda words: len(words.split()))
    assert [piece.page for piece in pieces if "Zone 7" in text[piece.start : piece.end]] == [2]
    last = pieces[-1]
    spans = [(start - last.start, end - last.start) for start, end in last.sentences]
    told = sentence_texts("Post", last.heading, text[last.start : last.end], spans)
    assert "Kind: Zone 7; Price: £9.50; Time: 7 days" in told


def test_rows_without_their_header_on_the_next_page_stay_text_of_that_page():
    text = over_two_pages(repeated=False)
    assert text.count("|\n| --- |") == 1
    assert words(text.split("<!-- page 2 -->")[1]) == words(" ".join(map(" ".join, MORE)))


def test_a_first_row_of_words_on_the_next_page_is_not_taken_for_a_header():
    rows = [("Islands", "by boat", "weekly"), ("Hills", "by mule", "monthly")]
    first = [ABOVE, *made.ruled(ACROSS, DOWN), *made.cells(*ROWS)]
    second = [*made.ruled(ACROSS, DOWN[:3]), *made.cells(*rows)]
    third = [*made.ruled(ACROSS, DOWN[:3]), *made.cells(*rows)]
    text = text_of(first, second, third)
    assert text.count("|\n| --- |") == 1
    assert text_of([ABOVE, *second]).count("|\n| --- |") == 1, "alone it is one"


def test_a_table_that_every_page_carries_at_its_edge_is_a_running_header():
    top = made.cells(("Handbook", "Version", "Owner"), ("Post", "4", "Cleo"), top=815, step=20)
    frame = made.ruled(ACROSS, (830, 809, 789))
    body = [(f"Parcels of chapter {n} are weighed by hand.", 60.0, 600.0, 11.0) for n in range(3)]
    text = text_of(*[[*frame, *top, line] for line in body])
    assert "Handbook" not in text
    assert "chapter 2" in text


def test_a_sentence_below_a_page_that_ends_with_a_table_is_no_part_of_it():
    text = text_of(
        [ABOVE, *made.ruled(ACROSS, DOWN), *made.cells(*ROWS)], [("and nothing else is charged.", 60.0, 600.0, 11.0)]
    )
    assert text.endswith("| Pallet | on request | two weeks |\n\n<!-- page 2 -->\n\nand nothing else is charged.")
