"""Rows -> a CSV or an XLSX file. Pure. Nothing in it is taken for a formula.

A cell whose text begins like a formula (=, +, -, @, a tab, a line end) gets an apostrophe before it in CSV, which has
no other way to say "this is text"; in XLSX the cell is marked as text. Numbers stay numbers.
Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = (
    "row", "question", "expected answer", "file", "page", "status", "answer", "answer match", "token F1",
    "numbers match", "rank", "document rank", "page rank", "refused", "verified quotes", "approximate quotes",
    "missing quotes", "sentences with quote", "sentences with passage only", "sentences with nothing", "cited pages",
    "model", "search ms", "first token ms", "total ms", "input tokens", "output tokens", "error",
)  # fmt: skip
RESULTS = COLUMNS[COLUMNS.index("status") :]  # what Folio adds to an analyst's own columns
_TAKEN = "Folio: "  # before the name of a result that one of the analyst's columns has already
_FIGURE = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_CELL_CHARS = 32_000  # Excel's limit is 32,767
Cell = str | int | float | None


def sheet(rows: Iterable[Sequence[Cell]], form: Format, columns: Sequence[str] = COLUMNS) -> bytes:
    """A table with its head as a file."""
    return _csv(columns, rows) if form == "csv" else _xlsx(columns, rows)


def filled(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> tuple[Sequence[str], list[list[Cell]]]:
    """Rows of a run -> (head, cells): the analyst's own columns in their order, if there are any, then results."""
    if not columns:
        return COLUMNS, [cells_of(row) for row in rows]
    head = [*columns, *(f"{_TAKEN}{name}" if name in columns else name for name in RESULTS)]
    width = len(columns)
    found = []
    for row in rows:
        own = [_figure(cell) for cell in row["own"]][:width]
        found.append([*own, *[None] * (width - len(own)), *cells_of(row)[-len(RESULTS) :]])
    return head, found


def own_columns(head: Sequence[str]) -> range:
    """Which columns of a sheet are the analyst's: those that an earlier filling has added are not."""
    tail = [name.removeprefix(_TAKEN) for name in head[-len(RESULTS) :]]
    if tail != list(RESULTS):
        return range(len(head))
    first = 1 if head[: -len(RESULTS)] == COLUMNS[: -len(RESULTS)] else 0  # our own "row"
    return range(first, len(head) - len(RESULTS))


def _figure(cell: Any) -> Cell:
    """A number that was read as text is a number again."""
    if isinstance(cell, bool):
        return _yes(cell)
    if isinstance(cell, str) and _FIGURE.fullmatch(cell):
        return float(cell) if "." in cell else int(cell)
    return cell if isinstance(cell, str | int | float) and cell != "" else None


def cells_of(row: Mapping[str, Any]) -> list[Cell]:
    """A run's row (see store.evaluated.Row, as a mapping) -> its cells, one for each of COLUMNS."""
    measures, trace = row["measures"], row["trace"]
    match, ranks = measures.get("match") or {}, measures.get("ranking") or {}
    quotes, counts = measures.get("quotes") or {}, (trace.get("support") or {}).get("counts") or {}
    cited = dict.fromkeys(f"{each['document']} p. {each['page']}" for each in trace.get("citations", ()))
    return [
        row["number"], row["question"], row["expected"], row["document"], ", ".join(map(str, row["pages"])),
        row["status"], row["answer"], _yes(match.get("matches")), match.get("f1"), _yes(match.get("numbers")),
        ranks.get("rank"), ranks.get("document_rank"), ranks.get("page_rank"), _yes(measures.get("refused")),
        *(quotes.get(status) for status in ("verified", "approximate", "missing")),
        *(counts.get(kind) for kind in ("quote", "passage", "none")), "; ".join(cited), trace.get("model"),
        *(row["timings"].get(name) for name in ("search_ms", "first_token_ms", "total_ms")),
        *(row["usage"].get(name) for name in ("input_tokens", "output_tokens")),
        (trace.get("error") or {}).get("message"),
    ]  # fmt: skip


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _text(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)[:_MAX_CELL_CHARS]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (columns, *rows):
        writer.writerow([_defused(cell) if isinstance(cell, str) else cell for cell in row])
    return ("\ufeff" + out.getvalue()).encode()  # the mark tells Excel that it is UTF-8


def _defused(text: str) -> str:
    text = _text(text)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    from openpyxl.cell.cell import WriteOnlyCell  # noqa: PLC0415 -- only for spreadsheets
    from openpyxl.workbook.workbook import Workbook  # noqa: PLC0415

    book: Any = Workbook(write_only=True)  # type: ignore[no-untyped-call]
    page = book.create_sheet("Folio")
    page.freeze_panes = "A2"
    for row in (columns, *rows):
        cells = []
        for value in row:
            cell: Any = WriteOnlyCell(page, value=_text(value) if isinstance(value, str) else value)  # type: ignore[no-untyped-call]
            if isinstance(value, str):
                cell.data_type = "s"
                cell.quotePrefix = value.lstrip(" ").startswith(_FORMULA)
            cells.append(cell)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
