"""The cells of one sheet, row by row, as they are shown (ECMA-376 part 1, 18.3). A sheet is never all in memory.

openpyxl's own streaming reader knows no merged cells, hidden rows or formulas without a stored result, and refuses a
workbook whose styles are odd; what it knows of formats is used.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from rag.ingest.opc import Package, is_true, local
from rag.ingest.xlsx_formats import general, shown

MAX_COLUMNS = 2_000
_MAX_MERGES = 20_000
_MAX_MERGED_CELLS = 10_000  # a larger area is a backdrop: only its first cell speaks
_BLOCK_BYTES = 1024 * 1024
_OVERLAP_BYTES = 4_096
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_FILTER = re.compile(rb"<(?:\w+:)?(?:autoFilter|tablePart)\s")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
Area = tuple[int, int, int, int]  # first row, first column, last row, last column; all from 1


@dataclass(frozen=True, slots=True)
class Book:
    """What all sheets share: texts, and for each cell style its number format and whether it is bold."""

    texts: list[str]
    formats: list[str]
    bold: list[bool]
    epoch_1904: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` from the sheet's first column on; `number` counts from 1. `is_bold`: every filled cell is."""

    number: int
    cells: tuple[str, ...]
    is_bold: bool = False


@dataclass(slots=True)
class Sheet:
    """One worksheet part. What was left out is counted while `rows` runs."""

    package: Package
    part: str
    book: Book
    hidden: int = 0  # rows and columns
    unstored: int = 0  # formulas without a stored result
    is_cut: bool = False  # whether there were cells past the last column that is read
    _hidden_columns: set[int] = field(default_factory=set)
    _merged: dict[int, list[Area]] = field(default_factory=dict)
    _carried: dict[Area, str] = field(default_factory=dict)
    _is_filtered: bool = False

    def rows(self) -> Iterator[Row]:
        """Every row that says something; an empty one stands for any number of them between."""
        self._look_ahead()
        before = 0
        with self.package.archive.open(self.part) as stream:
            for element in _elements(stream):
                if local(element) == "cols":
                    self._columns(element)
                    continue
                number = _number(element.get("r")) or before + 1
                if is_true(element.get("hidden")) and not self._is_filtered:
                    self.hidden += 1
                    continue
                row = self._row(number, element)
                if number > before + 1 or not row.cells:
                    yield Row(number - 1, ())
                if row.cells:
                    yield row
                before = number

    def _look_ahead(self) -> None:
        """Merged areas and filters are written after the cells they are about."""
        for block in _blocks(self.package.archive, self.part):
            self._is_filtered = self._is_filtered or bool(_FILTER.search(block))
            for left, top, right, bottom in _MERGE.findall(block):
                area = (int(top), _column(left.decode()), int(bottom), _column(right.decode()))
                size = (area[2] - area[0] + 1) * (area[3] - area[1] + 1)
                if 1 < size <= _MAX_MERGED_CELLS and len(self._merged) < _MAX_MERGES:
                    for row in range(area[0], area[2] + 1):
                        areas = self._merged.setdefault(row, [])
                        if area not in areas:
                            areas.append(area)

    def _columns(self, element: Any) -> None:
        for column in element.iterchildren("{*}col"):
            if is_true(column.get("hidden")):
                first, last = _number(column.get("min")), min(MAX_COLUMNS, _number(column.get("max")))
                self._hidden_columns.update(range(first, last + 1))
        self.hidden += 1 if self._hidden_columns else 0

    def _row(self, number: int, element: Any) -> Row:
        values: dict[int, str] = {}
        bold: list[bool] = []
        column = 0
        for cell in element.iterchildren("{*}c"):
            place = _REFERENCE.fullmatch(cell.get("r") or "")
            column = _column(place[1]) if place else column + 1
            if column > MAX_COLUMNS:
                self.is_cut = True
                break
            if column in self._hidden_columns:
                continue
            text = self._text(cell)
            if text:
                values[column] = text
                style = _number(cell.get("s"))
                bold.append(style < len(self.book.bold) and self.book.bold[style])
        self._fill(number, values)
        width = max(values, default=0)
        cells = tuple(values.get(at, "") for at in range(1, width + 1) if at not in self._hidden_columns)
        return Row(number, cells, bool(bold) and all(bold))

    def _fill(self, number: int, values: dict[int, str]) -> None:
        """A merged cell's text belongs to every row and column it covers."""
        for area in self._merged.get(number, ()):
            top, left, _, right = area
            if number == top:
                self._carried[area] = values.get(left, "")
            text = self._carried.get(area, "")
            if text:
                for column in range(left, min(right, MAX_COLUMNS) + 1):
                    if column not in self._hidden_columns:
                        values.setdefault(column, text)

    def _text(self, cell: Any) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return rich_text(cell.find("{*}is"))
        stored = cell.find("{*}v")
        value = (stored.text or "") if stored is not None else ""
        if not value:
            self.unstored += kind == "n" and cell.find("{*}f") is not None
            return ""
        if kind == "s":
            index = _number(value)
            return self.book.texts[index] if index < len(self.book.texts) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return self._figure(value, _number(cell.get("s"))) if kind == "n" else value

    def _figure(self, value: str, style: int) -> str:
        try:
            figure = float(value)
        except ValueError:
            return value
        code = self.book.formats[style] if style < len(self.book.formats) else ""
        try:
            return shown(figure, code, epoch_1904=self.book.epoch_1904) if code else general(figure)
        except (ValueError, OverflowError, ArithmeticError):
            return value


def rich_text(element: Any) -> str:
    """The text of a shared or inline string, without its phonetic guide."""
    if element is None:
        return ""
    runs = element.iter("{*}t")
    return "".join(run.text or "" for run in runs if local(run.getparent()) != "rPh")


def _elements(stream: Any) -> Iterator[Any]:
    """The elements <cols> and <row> of a worksheet, each forgotten after its turn."""
    events = import_module("lxml.etree").iterparse(
        stream, events=("end",), tag=("{*}row", "{*}cols"), resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in events:
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of a part, each block beginning with the end of the one before."""
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield tail + block
            tail = block[-_OVERLAP_BYTES:]


def _column(letters: str) -> int:
    """ "A" -> 1."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
