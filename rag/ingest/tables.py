"""Rows of cells -> lines of text, one a row, each with its column's headers. Pure and incremental.

    Product | Quantity | Revenue                        the header, when the first row looks like one
    Product: Widget A | Quantity: 5 | Revenue: 5,000    a row says what its figures are, wherever a passage is cut

A block of rows without a header comes out as its cells only. Empty rows part blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

SEPARATOR = " | "
MAX_HEADER_CHARS = 80  # of a header when it is said again in a row
MAX_LINE_CHARS = 800  # a longer row goes on in another line, under its first cell
MAX_REPEATED_CHARS = 80  # of a merged cell's text that is said again in each column it covers
_MAX_COLUMNS = 100
_MAX_ROWS = 1_000
_FIGURE = re.compile(r"[-+(]?[$€£¥]?\s?[-+]?[\d.,'\s]*\d[\d.,'\s]*\)?\s?(?:%|[$€£¥]|[eE][-+]?\d+)?")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2})?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPACE = re.compile(r"\s+")

Cells = Sequence[str]


@dataclass(slots=True)
class Table:
    """Feed it rows; it gives back finished lines. `""` among them is the gap between two blocks.

    `expects_header`: a first row of words is taken for a header even where nothing else tells (CSV files mostly have
    one); otherwise only when types, width or emphasis speak for it.
    """

    expects_header: bool = False
    _header: tuple[str, ...] = ()
    _waiting: tuple[str, ...] | None = None
    _is_emphasised: bool = False
    _is_inside: bool = False

    def feed(self, cells: Cells, *, emphasised: bool = False) -> list[str]:
        """The lines that are known now. `emphasised`: the row is set as a header (bold)."""
        row = tuple(one_line(cell) for cell in cells)
        if not any(row):
            return self.flush()
        if self._is_inside:
            return self._lines(row)
        first, was_emphasised = self._waiting, self._is_emphasised
        self._waiting, self._is_emphasised = row, emphasised
        if first is None:
            return []
        if _is_title(first) and not _is_title(row):
            return [_joined(first)]  # what follows may still be a header
        self._waiting, self._is_inside = None, True
        if is_header(first, row, expected=self.expects_header or was_emphasised):
            self._header = first
        return [_joined(first), *self._lines(row)]

    def flush(self) -> list[str]:
        """The block ends here."""
        lines = [] if self._waiting is None else [_joined(self._waiting)]
        if lines or self._is_inside:
            lines.append("")
        self._header, self._waiting, self._is_inside = (), None, False
        return lines

    def _lines(self, row: tuple[str, ...]) -> list[str]:
        if not self._header or _is_title(row, width=len(self._header)):
            return [_joined(row)]
        return wrapped(labelled(self._header, row))


@dataclass(slots=True)
class Grid:
    """Rows whose cells may cover several rows and columns -> rows with a text for every column."""

    _below: dict[int, tuple[int, str]] = field(default_factory=dict)  # column -> (rows still covered, text)
    _row: list[str] = field(default_factory=list)

    def cell(self, text: str, *, rows: int = 1, columns: int = 1) -> None:
        """The next cell of the row."""
        self._covered()
        columns = max(1, min(columns, _MAX_COLUMNS))
        if rows > 1:
            for column in range(len(self._row), len(self._row) + columns):
                self._below[column] = (min(rows, _MAX_ROWS), text)
        self._row += spread(text, columns)

    def end_row(self) -> list[str]:
        """The row, complete; one that is merged over its whole width has one cell."""
        self._covered()
        row, self._row = self._row, []
        self._below = {column: (left - 1, text) for column, (left, text) in self._below.items() if left > 1}
        return [row[0]] if len(row) > 1 and len(set(row)) == 1 else row

    def _covered(self) -> None:
        while (above := self._below.get(len(self._row))) is not None:
            self._row.append(above[1])


def spread(text: str, columns: int) -> list[str]:
    """A merged cell's text for each column it covers; a long one is said once."""
    return [text] * columns if len(text) <= MAX_REPEATED_CHARS else [text, *[""] * (columns - 1)]


def one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def labelled(header: Cells, row: Cells) -> list[str]:
    """The filled cells of a row, each after its column's header."""
    padded = [*header, *[""] * (len(row) - len(header))]
    return [f"{_short(name)}: {cell}" if name else cell for name, cell in zip(padded, row, strict=False) if cell]


def wrapped(cells: Cells) -> list[str]:
    """A row as lines of at most 800 characters where its cells allow; each begins with the row's first cell."""
    if sum(map(len, cells)) + len(SEPARATOR) * len(cells) <= MAX_LINE_CHARS:
        return [SEPARATOR.join(cells)]
    first = cells[0] if len(cells[0]) <= MAX_HEADER_CHARS * 2 else ""
    lines: list[list[str]] = [[]]
    length = 0
    for cell in cells:
        if lines[-1] and length + len(cell) > MAX_LINE_CHARS:
            lines.append([first] if first else [])
            length = len(first)
        lines[-1].append(cell)
        length += len(cell) + len(SEPARATOR)
    return [SEPARATOR.join(line) for line in lines]


def is_header(first: Cells, second: Cells, *, expected: bool) -> bool:
    """Whether `first` names the columns of the rows that begin with `second`."""
    names = [name for name in first if name]
    if not names or any(len(name) > 3 * MAX_HEADER_CHARS for name in names):
        return False
    if any(is_figure(name) and not _YEAR.fullmatch(name) for name in names) or all(map(is_figure, names)):
        return False
    if names[0].endswith(":") or not _covers(first, second):
        return False
    return expected or any(map(is_figure, filter(None, second))) or len(names) >= 3


def _covers(first: Cells, second: Cells) -> bool:
    """Whether the names stand side by side and over the row's cells (the column of row labels may have no name)."""
    named = [column for column, name in enumerate(first) if name]
    filled = [column for column, cell in enumerate(second) if cell]
    covered = len(set(named).intersection(filled))
    return named[-1] - named[0] <= len(named) + len(named) // 4 and covered >= max(
        0.6 * len(filled), min(2, len(filled))
    )


def is_figure(cell: str) -> bool:
    return bool(_FIGURE.fullmatch(cell) or _DATE.fullmatch(cell))


def _is_title(row: Cells, *, width: int = 2) -> bool:
    """One text alone at the left, or one that was merged over several cells."""
    filled = [cell for cell in row if cell]
    if len(set(filled)) != 1 or is_figure(filled[0]):
        return False
    return len(filled) > 1 or (width > 1 and bool(row[0]))


def _joined(row: Cells) -> str:
    """A row as it stands; what was merged over neighbouring cells of an otherwise empty row is said once."""
    if len(row) > 1 and _is_title(row):
        return next(cell for cell in row if cell)
    while row and not row[-1]:
        row = row[:-1]
    return SEPARATOR.join(row)


def _short(name: str) -> str:
    return name if len(name) <= MAX_HEADER_CHARS else name[: MAX_HEADER_CHARS - 1] + "…"
