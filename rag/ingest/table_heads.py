"""Where a table stands in a page's text, and what its columns are called. Pure.

A passage that begins in the middle of a table is told the table's header beside its text, as it is told its headings:
the text itself stays exactly what stands on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEAD_CHARS = 200
_BLOCK = re.compile(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_RULE = re.compile(r"[\s|:=+-]*")
_CELL = " | "


@dataclass(frozen=True, slots=True)
class TableHead:
    """`text` names the columns of the rows in page.text[start:end]; the header itself stands before `start`."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class TableHeads:
    """Fed the pages of a document in order: a table may go on from one page to the next."""

    _open: str = ""  # the header of the table that the page before ended in

    def of(self, text: str) -> list[TableHead]:
        """The tables of the next page."""
        found: list[TableHead] = []
        carried, self._open = self._open, ""
        for block in _BLOCK.finditer(text):
            rows = list(_rows(text, block.start(), block.end()))
            lines = block[0].count("\n") + 1
            if len(rows) * 2 < lines or not rows:
                carried = ""
                continue
            goes_on = bool(carried) and not text[: block.start()].strip() and _width(carried) == _width(rows[0][2])
            if not goes_on and lines < 2:
                carried = ""
                continue
            head = carried if goes_on else _named(rows[0][2])
            start = block.start() if goes_on else rows[0][1]
            if head and not _says_itself(head, rows[-1][2]):
                found.append(TableHead(start, block.end(), head))
            carried = ""
            if not text[block.end() :].strip():
                self._open = head
        return found


def head_at(heads: list[TableHead], place: int) -> str:
    """The header of the table whose rows a place is in, or ""."""
    return next((head.text for head in heads if head.start <= place < head.end), "")


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The lines of a block that are rows: (start, end, line)."""
    position = start
    for line in text[start:end].split("\n"):
        if (_CELL in line or line.startswith("|")) and not _RULE.fullmatch(line):
            yield position, position + len(line) + 1, line
        position += len(line) + 1


def _named(row: str) -> str:
    """A header row as one line; "" when it is too long to be one."""
    cells = " ".join(row.strip().strip("|").split())
    return cells.replace(" > ", " ") if len(cells) <= MAX_HEAD_CHARS else ""


def _width(row: str) -> int:
    return row.strip().strip("|").count("|")


def _says_itself(head: str, row: str) -> bool:
    """Whether rows carry their headers in front of their cells ("Year: 2019 | ...")."""
    return row.startswith(f"{head.partition('|')[0].strip()}: ")
