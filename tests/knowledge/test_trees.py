"""The same article written as Markdown, as a web page and as a Word document is read as the same blocks.

Trees of headings, paragraphs, lists with and without numbers and one list in them, tables and code, with words that
would be markup if they were not escaped.
"""

import html
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.readers.documents import read
from knowledge.text.markdown import Kind, blocks, number_of, unnumbered
from knowledge.text.reading import cells, plain
from tests.knowledge import made

WORD = st.sampled_from(
    ["Open", "the", "lamp", "and", "wait", "for", "10", "£3", "5%", "a_b_c", "2*3*4", "x|y", "R&D", "<YOUR-KEY>", "#7",
     "it's", "`tick", "[1]", "(b)", "C++", "\\n", "~5", "1.5", "__init__", "!", "é", "—"]
)  # fmt: skip
FIRST = st.sampled_from(["Open", "Wait", "Choose", "Étoile", "7", "£3", "<YOUR-KEY>", "_x_", "R&D"])
WORDS = st.builds(lambda first, rest: " ".join([first, *rest]), FIRST, st.lists(WORD, max_size=6))


@dataclass(frozen=True)
class Heading:
    level: int
    words: str


@dataclass(frozen=True)
class Paragraph:
    words: str


@dataclass(frozen=True)
class Points:
    """A list; `start`: of one with numbers, its first. `items`: words, and those of a list within."""

    start: int | None
    items: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Table:
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    lines: tuple[str, ...]


ITEMS = st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=3).map(tuple)), min_size=1, max_size=5).map(tuple)
LISTS = st.builds(Points, st.sampled_from([None, 1, 1, 3, 10]), ITEMS)
ONES = st.builds(Points, st.sampled_from([None, 1]), ITEMS)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(WORDS, min_size=width, max_size=width).map(tuple), min_size=2, max_size=4)
).map(lambda rows: Table(tuple(rows)))  # fmt: skip
CODE = st.builds(
    Code,
    st.lists(
        st.sampled_from(["make <TARGET>", "a: *b*", "# no heading", "- no item", "x | y", "__a__"]),
        min_size=1,
        max_size=3,
    ).map(tuple),
)
HEADINGS = st.builds(Heading, st.integers(2, 3), WORDS)
PARAGRAPHS = st.builds(Paragraph, WORDS)


def apart(tree):
    """The tree with a paragraph between two lists or tables, which would else be one."""
    found = []
    for n, block in enumerate(tree):
        if found and type(found[-1]) is type(block) and isinstance(block, Points | Table | Code):
            found.append(Paragraph(f"Between {n}"))
        found.append(block)
    return [Heading(1, "Lamps"), Paragraph("About lamps"), *found, Paragraph("The end")]


def trees(*kinds):
    return st.lists(st.one_of(*kinds), min_size=1, max_size=6).map(apart)


# ── Written ───────────────────────────────────────────────────────────────────────────────────────────────────


def escaped(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", words)


def markdown(tree) -> str:
    return "\n\n".join(map(_markdown, tree)) + "\n"


def _markdown(block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escaped(block.words)}"
    if isinstance(block, Paragraph):
        return escaped(block.words)
    if isinstance(block, Code):
        return "\n".join(["```", *block.lines, "```"])
    if isinstance(block, Table):
        head, *rows = (f"| {' | '.join(map(escaped, row))} |" for row in block.rows)
        return "\n".join([head, "|---" * len(block.rows[0]) + "|", *rows])
    lines = []
    for n, (words, nested) in enumerate(block.items):
        mark = "-" if block.start is None else f"{block.start + n}."
        lines.append(f"{mark} {escaped(words)}")
        lines += [f"{' ' * (len(mark) + 1)}- {escaped(each)}" for each in nested]
    return "\n".join(lines)


def page(tree) -> str:
    return f"<html><body><main>{''.join(map(_page, tree))}</main></body></html>"


def _page(block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{html.escape(block.words)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{html.escape(block.words)}</p>"
    if isinstance(block, Code):
        return f"<pre><code>{html.escape(chr(10).join(block.lines))}</code></pre>"
    if isinstance(block, Table):
        head, *rows = block.rows
        named = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        return f"<table><thead><tr>{named}</tr></thead><tbody>{body}</tbody></table>"
    items = ""
    for words, nested in block.items:
        inner = "".join(f"<li>{html.escape(each)}</li>" for each in nested)
        items += f"<li>{html.escape(words)}{f'<ul>{inner}</ul>' if inner else ''}</li>"
    return f"<ul>{items}</ul>" if block.start is None else f'<ol start="{block.start}">{items}</ol>'


NUMBERS = "".join(
    f'<w:abstractNum w:abstractNumId="{n}"><w:lvl w:ilvl="0"><w:numFmt w:val="{kind}"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    for n, kind in enumerate(("bullet", "decimal"))
)
LISTED = "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in (0, 1))


def word(tree) -> bytes:
    return made.docx(
        "".join(map(_word, tree)),
        **{"word/numbering.xml": f"<w:numbering {made.W}>{NUMBERS}{LISTED}</w:numbering>".encode()},
    )


def _word(block) -> str:
    if isinstance(block, Heading):
        return made.p(html.escape(block.words), f"heading{block.level}")
    if isinstance(block, Paragraph):
        return made.p(html.escape(block.words))
    if isinstance(block, Table):
        return made.table(*(tuple(map(html.escape, row)) for row in block.rows))
    number = (block.start or 0) + 1

    def item(words: str, depth: int) -> str:
        kind = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
        return f"<w:p><w:pPr>{kind}</w:pPr>{made.run(html.escape(words))}</w:p>"

    return "".join(item(words, 0) + "".join(item(each, 1) for each in nested) for words, nested in block.items)


# ── Read back ─────────────────────────────────────────────────────────────────────────────────────────────────


def tree_of(text: str):
    """The tree that a stored text is."""
    found = []
    for block in blocks(text):
        words = text[block.start : block.end]
        if block.kind is Kind.HEADING:
            found.append(Heading(block.level, plain(words)))
        elif block.kind is Kind.TEXT:
            found.append(Paragraph(plain(words)))
        elif block.kind is Kind.CODE:
            found.append(Code(tuple(plain(words).split("\n"))))
        elif block.kind is Kind.HEADER:
            found.append(Table((tuple(cells(words)),)))
        elif block.kind is Kind.ROW:
            found[-1] = Table((*found[-1].rows, tuple(cells(words))))
        elif block.level and isinstance(found[-1], Points):
            *items, (last, nested) = found[-1].items
            found[-1] = Points(found[-1].start, (*items, (last, (*nested, plain(words)))))
        else:
            read = plain(words)
            number, said = number_of(read), unnumbered(read) if number_of(read) is not None else read
            if isinstance(found[-1], Points):
                found[-1] = Points(found[-1].start, (*found[-1].items, (said, ())))
            else:
                found.append(Points(number, ((said, ()),)))
    return found


@settings(max_examples=150, deadline=None)
@given(trees(PARAGRAPHS, HEADINGS, LISTS, TABLES, CODE))
def test_an_article_in_markdown_is_read_as_it_is_written(tree) -> None:
    assert tree_of(read("a.md", markdown(tree).encode()).text) == tree


@settings(max_examples=150, deadline=None)
@given(trees(PARAGRAPHS, HEADINGS, LISTS, TABLES, CODE))
def test_a_web_page_is_read_as_it_is_written(tree) -> None:
    assert tree_of(read("a.html", page(tree).encode()).text) == tree


@settings(max_examples=80, deadline=None)
@given(trees(PARAGRAPHS, st.builds(Heading, st.just(2), WORDS), ONES, TABLES))
def test_a_word_document_is_read_as_it_is_written(tree) -> None:
    assert tree_of(read("a.docx", word(tree)).text) == tree


@pytest.mark.parametrize("start", ["1", "7"])
def test_a_list_of_a_page_counts_from_where_it_says(start: str) -> None:
    text = read(
        "a.html", f'<main><p>x</p><ol start="{start}"><li>a</li><li value="20">b</li><li>c</li></ol></main>'.encode()
    ).text
    assert [number_of(line) for line in text.split("\n") if line[:1].isdigit()] == [int(start), 20, 21]


def test_steps_that_are_all_written_one_are_counted_as_they_are_seen() -> None:
    text = "# T\n\n1. a\n   1. x\n   1. y\n1. b\n1. c\n\nThen:\n\n1. d\n2. e\n\n5. f\n\n```\n1. g\n1. h\n```\n"
    stored = read("a.md", text.encode()).text
    found = [number_of(line) for line in stored.partition("```")[0].split("\n") if number_of(line)]
    assert found == [1, 1, 2, 2, 3, 1, 2, 5]
    assert "1. g\n1. h" in stored
