"""Documents made for the tests, byte by byte: what a program writes, and what nobody should have written."""

import io
import zipfile
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

Line = tuple[str, float, float, float]  # text, x, y, size; "**" in front of the text makes it bold
BODY = "Outlet items can be returned within fourteen days."


def page(*paragraphs: str, top: float = 700, header: str = "", footer: str = "", size: float = 11) -> list[Line]:
    """Lines one below the other; a paragraph may have several, and "# " in front makes it large."""
    lines = [(header, 60.0, 780.0, 8.0)] * bool(header)
    y = top
    for paragraph in paragraphs:
        large = paragraph.startswith("# ")
        for line in paragraph.removeprefix("# ").split("\n"):
            lines.append((line, 60.0, y, 18.0 if large else size))
            y -= 24 if large else 13
        y -= 12
    return lines + [(footer, 280.0, 30.0, 8.0)] * bool(footer)


def cells(
    *rows: Sequence[str], top: float = 620, lefts: Sequence[float] = (60, 220, 340), step: float = 24
) -> list[Line]:
    """Rows of a table as lines, `step` points apart; a cell may have several lines."""
    return [
        (("**" if cell.startswith("**") else "") + line.removeprefix("**"), left, top - step * number - 13 * down, 11.0)
        for number, row in enumerate(rows)
        for left, cell in zip(lefts, row, strict=False)
        for down, line in enumerate(cell.split("\n"))
        if line
    ]


def ruled(across: Sequence[float], down: Sequence[float]) -> list[str]:
    """Upright lines at these places and level ones at these heights; of two places only the level ones between."""
    left, right, low, high = min(across), max(across), min(down), max(down)
    upright = [f"{x} {low} m {x} {high} l S" for x in across if len(across) > 2]
    return [*upright, *(f"{left} {y} m {right} {y} l S" for y in down)]


def pdf(*pages: Sequence[Line | str], title: str = "") -> bytes:
    """A PDF of these pages, in Helvetica. What is no line is drawn as it is."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects += [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica%s /Encoding /WinAnsiEncoding >>" % kind
        for kind in (b"", b"-Bold")
    ]
    kids = []
    for lines in pages:
        drawn = "".join(line + "\n" if isinstance(line, str) else _drawn(*line) for line in lines).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
            b" /Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    if title:
        objects.append(b"<< /Title (%s) >>" % title.encode())
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    info = b" /Info %d 0 R" % len(objects) if title else b""
    out.write(b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, info, start))
    return out.getvalue()


def protected(data: bytes, *, user: str, owner: str) -> bytes:
    """The same PDF under passwords."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _drawn(text: str, x: float, y: float, size: float) -> str:
    font = "F2" if text.startswith("**") else "F1"
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({_escaped(text.removeprefix('**'))}) Tj ET\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
    for name in ("Title", "heading 1", "heading 2")
)
_NUMBERS = (
    f'<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
_PART_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
    'Target="styles.xml"/><Relationship Id="n" Target="numbering.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"/></Relationships>'
)


def docx(body: str, **parts: bytes) -> bytes:
    """A Word document with this body of WordprocessingML, and more parts by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS)
        usual = {
            "word/_rels/document.xml.rels": _PART_RELS,
            "word/styles.xml": f"<w:styles {W}>{_STYLES}</w:styles>",
            "word/numbering.xml": _NUMBERS,
            "word/document.xml": f"<w:document {W} {R}><w:body>{body}</w:body></w:document>",
        }
        for name, data in {**usual, **parts}.items():
            archive.writestr(name, data)
    return out.getvalue()


def part_rels(*more: tuple[str, str, str]) -> bytes:
    """The relations of a document with more of them: name, kind and target; an address is outside of it."""
    outside = {True: ' TargetMode="External"', False: ""}
    written = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"{outside["://" in target]}/>'
        for name, kind, target in more
    )
    return _PART_RELS.replace("</Relationships>", f"{written}</Relationships>").encode()


def p(text: str, style: str = "", *, marks: str = "", item: bool = False) -> str:
    """A paragraph of one run."""
    kind = f'<w:pStyle w:val="{style}"/>' if style else ""
    kind += '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if item else ""
    return f"<w:p><w:pPr>{kind}</w:pPr>{run(text, marks)}</w:p>"


def run(text: str, marks: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def table(*rows: Sequence[str]) -> str:
    """A table."""
    cells = ("".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"
