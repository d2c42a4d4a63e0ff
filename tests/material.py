"""Files made on the fly for any test: good, broken and hostile ones. Everything is bytes; nothing is read from disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from docx import Document
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

LEFT, TOP, LEADING = 72.0, 770.0, 14.0
Row = Sequence[str]
Block = str | Sequence[Row]


def pdf(
    pages: Sequence[str],
    *,
    title: str = "",
    headings: Iterable[tuple[int, str, int]] = (),
    size: tuple[float, float] = A4,
    rotation: int = 0,
    sideways: bool = False,
    crop: tuple[float, float, float, float] | None = None,
    password: str | None = None,
) -> bytes:
    """A PDF with one page for each text, its lines as given, the first line's top left at (72, 770) points.

    `headings` are outline entries (level from 1, text, page number from 1). A line that starts with "# " is set bold
    and larger. `crop` is left, bottom, right, top in points. `sideways` text runs down the paper; a `rotation` of 270
    makes it upright again. With `password` the file is encrypted by it ("" counts).
    """
    out = io.BytesIO()
    # reportlab swaps the sides of a page turned on its side; here `size` is the paper, before it is turned.
    canvas = _canvas(out, size if rotation % 180 == 0 else (size[1], size[0]), password)
    canvas.setTitle(title)
    outline = list(headings)
    for number, text in enumerate(pages, start=1):
        if crop is not None:
            canvas.setCropBox(crop)
        canvas.setPageRotation(rotation)
        if sideways:
            canvas.translate(0, size[0])
            canvas.rotate(-90)
        _write_lines(canvas, text)
        for level, heading, page in outline:
            if page == number:
                canvas.bookmarkPage(f"{number}-{heading}")
                canvas.addOutlineEntry(heading, f"{number}-{heading}", level=level - 1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _canvas(out: io.BytesIO, size: tuple[float, float] = A4, password: str | None = None) -> Any:
    return Canvas(out, pagesize=size, encrypt=password, pageCompression=1, invariant=1)  # type: ignore[no-untyped-call]


def _write_lines(canvas: Any, text: str) -> None:
    y = TOP
    for line in text.splitlines():
        is_heading = line.startswith("# ")
        canvas.setFont("Helvetica-Bold" if is_heading else "Helvetica", 16 if is_heading else 11)
        canvas.drawString(LEFT, y, line.removeprefix("# "))
        y -= LEADING * (1.6 if is_heading else 1)


def image_only_pdf(pages: int = 1) -> bytes:
    """A scan of empty paper: each page is one picture, without a text layer. Scans of writing are in tests.scans."""
    picture = io.BytesIO(png("", (600, 200)))
    out = io.BytesIO()
    canvas = _canvas(out)
    for _ in range(pages):
        picture.seek(0)
        canvas.drawInlineImage(Image.open(picture), 72, 500, 400, 133)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def mixed_pdf() -> bytes:
    """Two pages: one with text, one that is only a picture of nothing."""
    out = io.BytesIO()
    canvas = _canvas(out)
    _write_lines(canvas, "The first page has words that can be read.")
    canvas.showPage()
    canvas.drawInlineImage(Image.open(io.BytesIO(png("", (600, 200)))), 72, 500, 400, 133)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted_pdf(password: str = "secret") -> bytes:
    """A PDF that asks for a password before it shows a page."""
    return pdf(["Nobody reads this without the password."], password=password)


def damaged_pdf() -> bytes:
    """Starts like a PDF and goes on as noise."""
    return b"%PDF-1.7\n" + bytes(range(256)) * 20


def zero_page_pdf() -> bytes:
    """A well-formed PDF whose page tree is empty."""
    objects = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")
    body = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)


def docx(blocks: Sequence[Block], *, title: str = "") -> bytes:
    """A Word document: "# ..." is a heading (one # a level), "- ..." a list item, rows a table, the rest paragraphs."""
    document = Document()
    document.core_properties.title = title
    for block in blocks:
        if not isinstance(block, str):
            table = document.add_table(rows=len(block), cols=len(block[0]))
            for row, texts in zip(table.rows, block, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        elif block.startswith("#"):
            marks, _, text = block.partition(" ")
            document.add_heading(text, level=len(marks))
        elif block.startswith("- "):
            document.add_paragraph(block[2:], style="List Bullet")
        else:
            document.add_paragraph(block)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue())


def html(body: str, *, title: str = "") -> bytes:
    """A whole HTML page round `body`, UTF-8."""
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def markdown(sections: Sequence[tuple[str, str]]) -> bytes:
    """Markdown with a level-2 heading and a paragraph for each (heading, text)."""
    return "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections).encode()


def png(text: str = "", size: tuple[int, int] = (40, 30)) -> bytes:
    """A white picture with black writing."""
    return _picture("PNG", text, size)


def jpeg() -> bytes:
    return _picture("JPEG", "", (40, 30))


def _picture(kind: str, text: str, size: tuple[int, int]) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((10, 10), text, fill="black")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def archive(entries: Iterable[tuple[str, bytes]], *, compressed: bool = True) -> bytes:
    """A ZIP file with these (name, content) entries, repeated names allowed; the same bytes at any time of day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in entries:
            method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            packed.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def repacked(file: bytes, *, replace: dict[str, bytes] | None = None, add: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """A ZIP-based file (DOCX) with some parts replaced or added."""
    replace = replace or {}
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        entries = [(name, replace.get(name, packed.read(name))) for name in packed.namelist()]
    return archive([*entries, *add])


def part_of(file: bytes, name: str) -> bytes:
    """One part of a ZIP-based file."""
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        return packed.read(name)


@cache
def docx_bomb(megabytes: int = 600) -> bytes:
    """A small DOCX that would unpack to far more than it may."""
    return repacked(docx(["small"]), add=[("word/media/zeros.bin", bytes(megabytes * 1024 * 1024))])


def docx_with_entities() -> bytes:
    """A DOCX whose main part declares nested XML entities."""
    main = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        b"<w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    return repacked(docx(["small"]), replace={"word/document.xml": main})


def wav() -> bytes:
    """The head of a RIFF/WAVE file and a little silence."""
    return b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00" + bytes(2_048)


def program() -> bytes:
    """The head of an ELF program."""
    return b"\x7fELF\x02\x01\x01" + bytes(200)
