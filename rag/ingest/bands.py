"""The rows of a sheet -> lines of text, block by block. Pure and incremental.

A *band* is a run of rows without an empty row between. Tables that stand side by side in a band are read one after the
other; what merely has an empty column in it is one table, and its rows stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.ingest.tables import Cells, Table, is_header

MAX_ROWS = 2_000  # a longer band is one table and streams
MAX_DEPTH = 6


@dataclass(slots=True)
class Bands:
    """Feed it rows, empty ones too; it gives back lines, `""` for the gap between two blocks."""

    _rows: list[tuple[Cells, bool]] = field(default_factory=list)
    _streaming: Table | None = None

    def feed(self, cells: Cells, *, emphasised: bool = False) -> list[str]:
        """The lines that are known now."""
        if not any(cells):
            return self.flush()
        if self._streaming is not None:
            return self._streaming.feed(cells, emphasised=emphasised)
        self._rows.append((cells, emphasised))
        if len(self._rows) < MAX_ROWS:
            return []
        self._streaming = Table()
        rows, self._rows = self._rows, []
        return [line for cells, bold in rows for line in self._streaming.feed(cells, emphasised=bold)]

    def flush(self) -> list[str]:
        """The band ends here."""
        streaming, self._streaming = self._streaming, None
        if streaming is not None:
            return streaming.flush()
        rows, self._rows = self._rows, []
        return _lines(rows, 0)


def _lines(rows: Sequence[tuple[Cells, bool]], depth: int) -> list[str]:
    """The lines of a band: of its tables from left to right, or of its rows."""
    if not rows:
        return []
    found: list[str] = []
    for first, last in _columns([cells for cells, _ in rows]):
        run: list[tuple[Cells, bool]] = []
        inside = [(cells[first:last], bold) for cells, bold in rows]
        whole = first == 0 and last >= max(len(cells) for cells, _ in rows)
        if whole or depth >= MAX_DEPTH:
            return _table(inside)
        for cells, bold in [*inside, ((), False)]:
            if any(cells):
                run.append((cells, bold))
            else:
                found += _lines(run, depth + 1)
                run = []
    return found


def _table(rows: Sequence[tuple[Cells, bool]]) -> list[str]:
    table = Table()
    left = min(_first_filled(cells) for cells, _ in rows)
    lines = [line for cells, bold in rows for line in table.feed(cells[left:], emphasised=bold)]
    return [*lines, *table.flush()]


def _columns(rows: Sequence[Cells]) -> list[tuple[int, int]]:
    """Where the tables of a band stand: (first column, the one after the last), from 0. One for a single table."""
    width = max(map(len, rows))
    used = [any(len(cells) > column and cells[column] for cells in rows) for column in range(width)]
    groups: list[tuple[int, int]] = []
    start = None
    for column, is_used in enumerate([*used, False]):
        if is_used and start is None:
            start = column
        elif not is_used and start is not None:
            groups.append((start, column))
            start = None
    tables = all(_is_table([cells[first:last] for cells in rows]) for first, last in groups)
    return groups if len(groups) > 1 and tables else [(0, width)]


def _is_table(rows: Sequence[Cells]) -> bool:
    """Whether these columns are a table by themselves: two or more wide, or under a header of their own."""
    filled = [cells for cells in rows if any(cells)]
    while len(filled) > 2 and sum(map(bool, filled[0])) == 1 and sum(map(bool, filled[1])) > 1:
        filled = filled[1:]  # a title
    return len(filled) > 1 and max(map(len, filled)) > 1 and is_header(filled[0], filled[1], expected=True)


def _first_filled(cells: Cells) -> int:
    return next((column for column, cell in enumerate(cells) if cell), len(cells))
