"""Presentations, workbooks, e-books and OpenDocument files made on the fly, as bytes: the same at any time of day."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.material import archive, part_of, repacked

Cell = Any
AT = b"2026-11-20T13:00:00Z"


def xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]], *, change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with these sheets, rows from the first on; `change` may do more to it."""
    book: Any = import_module("openpyxl").Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    core = "docProps/core.xml"  # openpyxl writes the time of day into it
    return repacked(out.getvalue(), replace={core: re.sub(rb"\d+-\d+-\d+T[\d:]+Z", AT, part_of(out.getvalue(), core))})


def add_comment(cell: Any, text: str, author: str) -> None:
    cell.comment = import_module("openpyxl.comments").Comment(text, author)


def set_bold(cell: Any) -> None:
    cell.font = import_module("openpyxl.styles").Font(bold=True)


def add_bar_chart(sheet: Any, title: str, *, column: int, rows: tuple[int, int], at: str = "F2") -> None:
    """A chart of a column of a sheet, whose name stands in the first of `rows` (from 1); its top left cell is `at`."""
    charts = import_module("openpyxl.chart")
    chart = charts.BarChart()
    chart.title = title
    first, last = rows
    chart.add_data(charts.Reference(sheet, min_col=column, min_row=first, max_row=last), titles_from_data=True)
    sheet.add_chart(chart, at)


def pptx(slides: Sequence[tuple[str, Sequence[str]]], *, change: Callable[[Any], None] | None = None) -> bytes:
    """A presentation with a title and bullet points for each slide; `change` gets the Presentation."""
    deck = Presentation()
    for title, points in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        frame = slide.placeholders[1].text_frame
        for number, point in enumerate(points):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text = point
    if change is not None:
        change(deck)
    out = io.BytesIO()
    deck.save(out)
    return repacked(out.getvalue())


def add_table(slide: Any, rows: Sequence[Sequence[str]]) -> Any:
    """A table on a slide. -> python-pptx's table."""
    frame = slide.shapes.add_table(len(rows), len(rows[0]), Inches(1), Inches(3), Inches(6), Inches(2))
    for row, texts in zip(frame.table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return frame.table


def add_chart(slide: Any, title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]]) -> None:
    data: Any = import_module("pptx.chart.data").CategoryChartData()
    data.categories = list(categories)
    for name, values in series.items():
        data.add_series(name, list(values))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(4), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = title


def epub(
    chapters: Sequence[tuple[str, str]],
    *,
    title: str = "A book",
    spine: Sequence[int] | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A book of (file name, body of HTML), read in the order `spine` (all of them as given)."""
    order = range(len(chapters)) if spine is None else spine
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, (name, _) in enumerate(chapters)
    )
    itemrefs = "".join(f'<itemref idref="c{n}"/>' for n in order)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}</manifest>"
        f"<spine>{itemrefs}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    head = (
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
    )
    pages = {f"OEBPS/{name}": f"{head}<body>{body}</body></html>".encode() for name, body in chapters}
    return packed(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OEBPS/book.opf": package.encode(),
            **pages,
            **(extra or {}),
        }
    )


_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("presentation", "presentation"), ("style", "style"), ("manifest", "manifest"),
    )
)  # fmt: skip


def odf(kind: str, body: str, *, styles: str = "", manifest: str = "") -> bytes:
    """An OpenDocument file; `kind` is text, spreadsheet or presentation, `body` the XML inside <office:`kind`>."""
    content = (
        f"<office:document-content {_ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    parts = {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": content.encode()}
    if manifest:
        parts["META-INF/manifest.xml"] = f"<manifest:manifest {_ODF}>{manifest}</manifest:manifest>".encode()
    return packed(parts)


def packed(entries: Mapping[str, bytes]) -> bytes:
    return archive(entries.items())
