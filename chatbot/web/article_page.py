"""A help page of the demo shop, drawn from the stored text: headings, paragraphs, lists, tables and code."""

from collections.abc import Iterator
from itertools import groupby

from conversations.drawn import Block, Words, linked
from knowledge.face.text import Block as Piece
from knowledge.face.text import Kind, Said, followed, number_of, raw_cells, said, unnumbered
from knowledge.face.text import blocks as pieces

TABLE = {Kind.HEADER, Kind.ROW}


def blocks(text: str, url: str) -> Iterator[Block]:
    """The blocks of a stored text. `url`: its page, against which its links are read."""
    for kind, some in groupby(pieces(text), lambda piece: Kind.ROW if piece.kind in TABLE else piece.kind):
        run = list(some)
        if kind is Kind.ITEM:
            yield from _lists(text, run, url)
        elif kind is Kind.ROW:
            head, *rows = [_cells(text[piece.start : piece.end], url) for piece in run]
            yield Block("table", head=head, rows=tuple(rows))
        elif kind is not Kind.PAGE:
            yield from (_plain(text, piece, url) for piece in run)


def _plain(text: str, piece: Piece, url: str) -> Block:
    level = min(max(piece.level, 2), 3) if piece.kind is Kind.HEADING else 0
    kind = "code" if piece.kind is Kind.CODE else "text"
    return Block(kind, words=_words(said(text[piece.start : piece.end]), url), level=level)


def _cells(row: str, url: str) -> tuple[Words, ...]:
    return tuple(_words(said(cell), url) for cell in raw_cells(row))


def _lists(text: str, run: list[Piece], url: str) -> Iterator[Block]:
    """Lists with and without numbers; an item within an item is a line of it."""
    points: list[Words] = []
    first: int | None = None
    for piece in run:
        whole = said(text[piece.start : piece.end])
        number, words = number_of(whole.text), whole.after(len(whole.text) - len(unnumbered(whole.text)))
        if points and piece.level > run[0].level:
            points[-1] = (*points[-1], ("\n", ""), *_words(words, url))
            continue
        if points and ((number is None) != (first is None) or number == 1):
            yield _list(first, points)
            points, first = [], None
        first = number if not points else first
        points.append(_words(words, url))
    yield _list(first, points)


def _list(first: int | None, points: list[Words]) -> Block:
    return Block("list" if first is None else "steps", points=tuple(points), start=first or 0)


def _words(read: Said, url: str) -> Words:
    links = [(read.text[link.start : link.end], followed(link.target, url) or "") for link in read.links]
    return linked(read.text, links)
