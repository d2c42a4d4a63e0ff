"""XLSX -> sections: each sheet under its name, each row with its headers, charts where they stand, then comments."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any

from rag.ingest import archives, opc
from rag.ingest.annotations import sheet_comments
from rag.ingest.bands import Bands
from rag.ingest.charts import chart_lines
from rag.ingest.delimited import MAX_TABLE_CHARS
from rag.ingest.flow import Flow
from rag.ingest.opc import Package, Reference, attribute, is_true, local
from rag.ingest.parts import Part
from rag.ingest.xlsx_cells import MAX_COLUMNS, Book, Sheet, rich_text
from rag.model import Page

_Chart = tuple[int, Any]  # the row, from 1, at which it begins, and its XML
_LAST_ROW = 1_048_576
_BUILTIN_CURRENCY = range(5, 9)  # openpyxl has them in dollars; they are shown in the reader's own currency


def read(path: Path, first: int, count: int) -> Part:
    """A workbook -> sections, none over two sheets. Hidden sheets, rows and columns are left out; warnings say so.

    Raises DocumentError(damaged_document, parser_limit).
    """
    with opc.opened(path) as package:
        return _Workbook(package).part()


@dataclass(slots=True)
class _Workbook:
    package: Package
    pages: list[Page] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _length: int = 0
    _unstored: int = 0

    def part(self) -> Part:
        name = self.package.first("", "officeDocument")
        workbook = self.package.xml(name)
        if workbook is None:
            raise archives.damaged()
        book = read_book(self.package, name, workbook)
        references = {reference.id: reference for reference in self.package.references(name)}
        for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
            reference = references.get(_relation(sheet))
            if reference is not None:
                self._sheet(sheet, reference, book)
        if self._unstored:
            self.warnings.append(
                f"{self._unstored:,} formulas have no stored result; open the file in its own program and save it once."
            )
        return Part(tuple(self.pages), len(self.pages), _title(self.package), tuple(self.warnings))

    def _sheet(self, entry: Any, reference: Reference, book: Book) -> None:
        name = entry.get("name") or ""
        if entry.get("state") in {"hidden", "veryHidden"}:
            self.warnings.append(f"The hidden sheet '{name}' was left out.")
            return
        if self._length > MAX_TABLE_CHARS:
            self.warnings.append(f"The sheet '{name}' was left out: the sheets before it fill what is read of a file.")
            return
        flow = Flow()
        flow.add(name, level=1)
        charts = _charts(self.package, reference.part)
        if reference.kind == "worksheet":
            self._cells(name, Sheet(self.package, reference.part, book), flow, charts)
        _draw(charts, flow)
        for comment in sheet_comments(self.package, reference.part):
            flow.add(comment)
        self._keep(name, flow)

    def _cells(self, name: str, sheet: Sheet, flow: Flow, charts: deque[_Chart]) -> None:
        """Those of the `charts` that stand above or beside a block of rows come after it, and are taken away."""
        bands = Bands()
        for row in sheet.rows():
            for line in bands.feed(row.cells, emphasised=row.is_bold):
                flow.row(line)
            if not row.cells:
                _draw(charts, flow, row.number)
            if self._length + flow.length > MAX_TABLE_CHARS:
                self.warnings.append(f"Of the sheet '{name}' only the first {row.number:,} rows were read.")
                break
        for line in bands.flush():
            flow.row(line)
        if sheet.hidden:
            self.warnings.append(f"Hidden rows or columns of the sheet '{name}' were left out.")
        if sheet.is_cut:
            self.warnings.append(f"Of the sheet '{name}' only the first {MAX_COLUMNS:,} columns were read.")
        self._unstored += sheet.unstored

    def _keep(self, name: str, flow: Flow) -> None:
        """The sheet's sections; one that holds nothing but its name is left out."""
        if flow.length <= len(name.strip()):
            return
        self._length += flow.length
        for page in flow.part().pages:
            self.pages.append(replace(page, number=len(self.pages) + 1))


def visible_sheets(package: Package) -> Iterator[tuple[str, Sheet]]:
    """(name, cells) of every worksheet that is shown."""
    name = package.first("", "officeDocument")
    workbook = package.xml(name)
    if workbook is None:
        raise archives.damaged()
    book = read_book(package, name, workbook)
    references = {reference.id: reference for reference in package.references(name)}
    for entry in workbook.iterfind("{*}sheets/{*}sheet"):
        reference = references.get(_relation(entry))
        is_shown = entry.get("state") not in {"hidden", "veryHidden"}
        if reference is not None and reference.kind == "worksheet" and is_shown:
            yield entry.get("name") or "", Sheet(package, reference.part, book)


def read_book(package: Package, name: str, workbook: Any) -> Book:
    """The parts that all sheets share. Missing or broken ones are as if empty."""
    styles = package.xml(package.first(name, "styles"))
    texts = package.xml(package.first(name, "sharedStrings"))
    properties = workbook.find("{*}workbookPr")
    formats, bold = ([], []) if styles is None else _styles(styles)
    return Book(
        [] if texts is None else [rich_text(entry) for entry in texts.iterchildren("{*}si")],
        formats,
        bold,
        properties is not None and is_true(properties.get("date1904")),
    )


def _styles(styles: Any) -> tuple[list[str], list[bool]]:
    """For each cell style (number format, whether its font is bold)."""
    codes = dict(import_module("openpyxl.styles.numbers").BUILTIN_FORMATS)
    codes.update(dict.fromkeys(_BUILTIN_CURRENCY, "#,##0.00"))
    for entry in styles.iterfind("{*}numFmts/{*}numFmt"):
        codes[_number(entry.get("numFmtId"))] = entry.get("formatCode") or ""
    fonts = [_is_bold(font) for font in styles.iterfind("{*}fonts/{*}font")]
    formats, bold = [], []
    for style in styles.iterfind("{*}cellXfs/{*}xf"):
        formats.append(codes.get(_number(style.get("numFmtId")), ""))
        font = _number(style.get("fontId"))
        bold.append(font < len(fonts) and fonts[font])
    return formats, bold


def _is_bold(font: Any) -> bool:
    mark = font.find("{*}b")
    return mark is not None and mark.get("val", "1") not in {"0", "false"}


def _charts(package: Package, sheet: str) -> deque[_Chart]:
    """The charts of a sheet, from its top."""
    found: list[_Chart] = []
    for drawing in package.references(sheet):
        if drawing.kind == "drawing":
            rows = _rows(package.xml(drawing.part))
            found += [(rows.get(one, _LAST_ROW), chart) for one, chart in _charts_by_relation(package, drawing.part)]
    return deque(sorted(found, key=itemgetter(0)))


def _rows(drawing: Any) -> dict[str, int]:
    """Relation -> the row, from 1, at which what it names begins. Charts of a chart sheet stand at none."""
    rows: dict[str, int] = {}
    for anchor in () if drawing is None else drawing.iterchildren("{*}twoCellAnchor", "{*}oneCellAnchor"):
        row = _number(anchor.findtext("{*}from/{*}row")) + 1
        rows.update((_relation(frame), row) for frame in anchor.iter("{*}chart"))
    return rows


def _draw(charts: deque[_Chart], flow: Flow, last_row: int = _LAST_ROW) -> None:
    """Takes the charts down to this row away, and adds their lines."""
    while charts and charts[0][0] <= last_row:
        for line in chart_lines(charts.popleft()[1]):
            flow.row(line)


def _charts_by_relation(package: Package, part: str) -> Iterator[tuple[str, Any]]:
    for reference in package.references(part):
        chart = package.xml(reference.part) if reference.kind == "chart" else None
        if chart is not None:
            yield reference.id, chart


def _title(package: Package) -> str:
    properties = package.xml(package.first("", "core-properties"))
    found = [] if properties is None else [e.text or "" for e in properties.iterchildren() if local(e) == "title"]
    return found[0] if found else ""


def _relation(sheet: Any) -> str:
    """The attribute r:id; an unprefixed `id` is none."""
    return next((str(value) for key, value in sheet.attrib.items() if key.endswith("}id")), "") or attribute(
        sheet, "id"
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
