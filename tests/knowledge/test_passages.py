"""Passages are slices of the approved text, and no sentence is ever cut."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.text.markdown import Kind, plain
from knowledge.text.passages import MAX_TOKENS, Piece, anatomy, passage_text, sentence_texts, split
from knowledge.text.sentences import sentences

ARTICLE = """# Returns

Send it back within 30 days unless it was an outlet item. Outlet items are different: 14 days.

## What you cannot return

These cannot come back:

- opened cooking gas
- climbing ropes that were used
  - ropes of any length

## Costs

| Country | Fee |
|---------|-----|
| Germany | free |
| Norway  | 9.50 EUR |
"""


def count(text: str) -> int:
    return -(-len(text.split()) * 4 // 3) + 2  # rounded up: parts never count less than their whole


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def shown(text: str, pieces: list[Piece]) -> list[list[str]]:
    return [[text[start:end] for start, end in piece.sentences] for piece in pieces]


def test_pieces_follow_the_headings_and_the_title_is_not_repeated() -> None:
    pieces = split(ARTICLE, "Returns", count)
    assert [piece.heading for piece in pieces] == ["", "What you cannot return", "Costs"]
    assert shown(ARTICLE, pieces)[0] == [
        "Send it back within 30 days unless it was an outlet item.",
        "Outlet items are different: 14 days.",
    ]


def test_a_list_item_needs_its_lead_in_and_the_item_it_is_nested_in() -> None:
    piece = split(ARTICLE, "Returns", count)[1]
    text = ARTICLE[piece.start : piece.end]
    spans = [(start - piece.start, end - piece.start) for start, end in piece.sentences]
    assert [part.leads for part in anatomy(text, spans)] == [(), (0,), (0,), (0, 2)]
    assert sentence_texts("Returns", piece.heading, text, spans)[3] == (
        "These cannot come back: climbing ropes that were used ropes of any length"
    )


def test_a_table_row_is_read_with_the_names_of_its_columns() -> None:
    piece = split(ARTICLE, "Returns", count)[2]
    text = ARTICLE[piece.start : piece.end]
    spans = [(start - piece.start, end - piece.start) for start, end in piece.sentences]
    assert [part.kind for part in anatomy(text, spans)] == [Kind.HEADER, Kind.ROW, Kind.ROW]
    assert sentence_texts("Returns", "", text, spans)[2] == "Country: Norway; Fee: 9.50 EUR"


def test_a_long_list_goes_on_under_its_lead_in() -> None:
    text = "We do not take back:\n\n" + "\n".join(f"- the used thing with the number {n} on it" for n in range(90))
    first, *others = split(text, "Returns", count)
    assert first.heading == ""
    assert {piece.heading for piece in others} == {"We do not take back:"}
    last = others[-1]
    spans = [(start - last.start, end - last.start) for start, end in last.sentences]
    assert all(part.orphan for part in anatomy(text[last.start : last.end], spans, last.heading))


def test_a_row_without_its_header_is_known_to_lack_it() -> None:
    rows = "| Norway | 9.50 |\n| Sweden | 9.90 |"
    assert all(part.orphan for part in anatomy(rows, [(0, 17), (18, 35)]))


def test_a_repeated_heading_continues_its_section() -> None:
    text = "## Going abroad\n\nYour credits will stop.\n\n## Going abroad\n\nUnless you work there."
    assert len(split(text, "Credits", count)) == 1


def test_abbreviations_decimals_and_initials_do_not_end_a_sentence() -> None:
    for whole in (
        "It costs e.g. 5.50 EUR or approx. 6 USD in the U.S. market.",
        "J. K. Rowling and Dr. Smith opened the store in St. Gallen.",
        "See no. 5 of our terms (cf. Sec. 3. There is more) for details.",
        "We are open until 5 p.m. Monday to Friday.",
        "Tents, stoves, ropes, etc. can be returned.",
    ):
        assert cut(whole) == [whole]


def test_sentences_end_where_a_reader_would_end_them() -> None:
    assert cut('He said "no." Then he left! Did he? Yes.[4] The end…') == [
        'He said "no."',
        "Then he left!",
        "Did he?",
        "Yes.[4]",
        "The end…",
    ]
    assert cut("We close at 5 p.m. The shop opens at 9 a.m. You can call.") == [
        "We close at 5 p.m.",
        "The shop opens at 9 a.m.",
        "You can call.",
    ]
    assert cut("退款需要五天。请联系我们！") == ["退款需要五天。", "请联系我们！"]


def test_a_line_wrapped_by_an_editor_is_one_sentence_and_a_label_is_its_own() -> None:
    wrapped = "You can return what you bought from us within\nGermany and Austria for thirty days after it."
    assert len(shown(wrapped, split(wrapped, "T", count))[0]) == 1
    labelled = "Opening hours\nWe are open every day of the week from nine in the morning until six."
    assert len(shown(labelled, split(labelled, "T", count))[0]) == 2


def test_plain_words_carry_no_markup() -> None:
    marked = "## **Free** [returns](https://x.example/a) with `LABEL`, *always* & 5 \\* 3 <b>now</b>"
    assert plain(marked) == "Free returns with LABEL, always & 5 * 3 now"
    assert plain("| a | **b** |\n|---|---|\n| 1 | 2 |") == "a | b\n1 | 2"
    assert plain("snake_case_word and 3 * 4 * 5") == "snake_case_word and 3 * 4 * 5"


LINES = st.lists(
    st.one_of(
        st.sampled_from(["", "", "## Heading", "### Other", "- item one. And more", "  - nested", "1. first", "```"]),
        st.sampled_from(["| a | b |", "|---|---|", "| 1 | 2 |", "> quoted words", "---", "Dr. No said so:", "===="]),
        st.text(alphabet='abc DE.!?,"(1)|#-*é。 ', max_size=60),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_pieces_hold_every_sentence_once_in_order_and_cut_none(lines: list[str]) -> None:
    text = "\n".join(lines)
    pieces = split(text, "Title", count)
    spans = [span for piece in pieces for span in piece.sentences]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for piece in pieces:
        assert (piece.start, piece.end) == (piece.sentences[0][0], piece.sentences[-1][1])
        for start, end in piece.sentences:
            assert text[start:end].strip() == text[start:end] != ""
        relative = [(start - piece.start, end - piece.start) for start, end in piece.sentences]
        words = text[piece.start : piece.end]
        assert len(sentence_texts("Title", piece.heading, words, relative)) == len(relative)
        for place, part in enumerate(anatomy(words, relative, piece.heading)):
            assert all(lead < place for lead in part.leads)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcdefgh ABC.!?()\"'\n1é。", max_size=400))
def test_the_sentences_of_a_paragraph_leave_no_word_behind(text: str) -> None:
    spans = list(sentences(text))
    kept = "".join(text[start:end] for start, end in spans)
    assert kept.replace(" ", "").replace("\n", "") == "".join(text.split())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=40))
def test_no_piece_is_longer_than_the_model_sees_unless_one_sentence_is(lengths: list[int]) -> None:
    text = "\n\n".join("Word " + "word " * n + "end." for n in lengths)
    for piece in split(text, "Title", count):
        tokens = count(passage_text("Title", piece.heading, text[piece.start : piece.end]))
        assert tokens <= MAX_TOKENS or len(piece.sentences) == 1
