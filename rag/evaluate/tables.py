"""A file as analysts have it -> a table: the names of its columns, and its rows. Pure.

CSV with any usual delimiter, encoding and lines above its head; every visible sheet of an XLSX file that names a
question's column, its cells as they are shown (merged ones count for every row they cover); JSON Lines or a JSON list.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.errors import RequestError
from rag.evaluate.columns import roles_of
from rag.ingest import archives, packages

MAX_TABLE_ROWS = 20_000
MAX_COLUMNS = 100
_HEAD_ROWS = 20
_DELIMITERS = (",", ";", "\t", "|")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
Kind = Literal["csv", "xlsx", "jsonl"]
Cells = Sequence[Any]
Numbered = tuple[int, Cells]


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: (row number as its program counts, its cells in the order of `columns`; or what is wrong with it).

    `notes`: what has to be said of the whole. `is_loose`: each row has its own names, and None where it has not one.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Cells | str], ...]
    notes: tuple[str, ...] = ()
    is_loose: bool = False


def read_table(content: bytes, kind: Kind) -> Table:
    """Raises RequestError(invalid_request) for what is no such table, DocumentError for a hostile archive."""
    return {"csv": _csv, "xlsx": _xlsx, "jsonl": _json}[kind](content)


def kind_of(content: bytes, name: str) -> Kind:
    """How a file is to be read."""
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    ending = name.lower().rpartition(".")[2]
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "jsonl" if ending in {"jsonl", "json", "ndjson"} or (ending != "csv" and start in {b"{", b"["}) else "csv"


def of_objects(lines: Iterable[tuple[int, Mapping[str, Any] | str]]) -> Table:
    """(row number, its fields by column name; or what is wrong with it) -> a table with all their columns."""
    listed = list(lines)
    names: dict[str, None] = {}
    for _, fields in listed:
        if not isinstance(fields, str) and len(names) < MAX_COLUMNS:
            names.update(dict.fromkeys(map(str, fields)))
    columns = tuple(names)[:MAX_COLUMNS]
    return Table(
        columns,
        tuple(
            (number, fields if isinstance(fields, str) else [fields.get(name) for name in columns])
            for number, fields in listed
        ),
        is_loose=True,
    )


def _csv(content: bytes) -> Table:
    if content.startswith(_OLD_EXCEL):
        raise RequestError("invalid_request", "This is an old or an encrypted Excel file. Save it as .xlsx or .csv.")
    text = _decoded(content)
    if text[:4].lower() == "sep=" and text[5:6] in {"\r", "\n"}:
        text = text[5:].lstrip("\r").removeprefix("\n")  # a line for Excel that is no row
    try:
        found = max((_headed(_parsed(text, each)) for each in _DELIMITERS), key=lambda table: table[0])
        if not found[0]:
            return _headless(text)
    except csv.Error as error:
        raise RequestError("invalid_request", f"The file cannot be read as CSV: {error}.") from error
    return Table(found[1], tuple(found[2]))


def _parsed(text: str, delimiter: str) -> list[Numbered]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [(number, cells[:MAX_COLUMNS]) for number, cells in enumerate(rows, start=1)]


def _headless(text: str) -> Table:
    """Without a head, each line is a question; what looks like columns is refused."""
    rows = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if any(char < " " and char not in "\t\r\n" for char in text):
        raise RequestError("invalid_request", "The file cannot be read as CSV: it is no text.")
    for delimiter in _DELIMITERS:
        widths = {len(next(csv.reader([line], delimiter=delimiter), [])) for _, line in rows}
        if len(widths) == 1 and widths != {1} and not all(line.rstrip().endswith(("?", "؟", "？")) for _, line in rows):
            raise _no_head()
    return Table(("question",), tuple((number, [line.strip().strip('"')]) for number, line in rows))


def _no_head() -> RequestError:
    return RequestError(
        "invalid_request", "No column is named question. Name the columns in the first row: question, expected answer, "
        "file, page."
    )  # fmt: skip


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", "replace")


def _headed(table: Sequence[Numbered]) -> tuple[int, tuple[str, ...], list[Numbered]]:
    """(how many columns are known, their names, the rows below); of the first rows the one that names most is the head.

    (0, ...): none names a question's column.
    """
    best: tuple[int, int] = (0, 0)
    for at, (_, cells) in enumerate(table[:_HEAD_ROWS]):
        roles = roles_of([_name(cell) for cell in cells])
        if "question" in roles and len(roles) > best[0]:
            best = (len(roles), at)
    if not best[0]:
        return 0, (), []
    names = [_name(cell) for cell in table[best[1]][1]]
    below = [(number, cells) for number, cells in table[best[1] + 1 :] if any(str(cell).strip() for cell in cells)]
    width = max((at for at, name in enumerate(names, start=1) if name), default=0)
    return best[0], tuple(names[:width]), [(number, _as_wide(cells, width)) for number, cells in below]


def _name(cell: Any) -> str:
    return " ".join(str(cell).lstrip("\ufeff").split())


def _as_wide(cells: Cells, width: int) -> Cells:
    return [*cells[:width], *[""] * (width - len(cells))]


def _xlsx(content: bytes) -> Table:
    sheets, notes = _sheets(content)
    found = [(name, _headed(rows)) for name, rows in sheets]
    most = max((known for _, (known, _, _) in found), default=0)
    # Beside a sheet with answers, files or pages, one with a lone "Questions" is a title page.
    headed = [
        (name, columns, rows) for name, (known, columns, rows) in found if known and (len(columns) > 1 or most == 1)
    ]
    if not headed:
        rows = sheets[0][1] if sheets else []
        if any(len(cells) > 1 for _, cells in rows):
            raise _no_head()
        return Table(("question",), tuple(rows), notes)
    if len(headed) == 1:
        return Table(headed[0][1], tuple(headed[0][2]), notes)
    columns = tuple(dict.fromkeys(column for _, names, _ in headed for column in names))
    several = f"Read are the sheets {', '.join(name for name, _, _ in headed)}."
    return Table(columns, tuple(_in_columns(headed, columns)), (several, *notes))


def _in_columns(
    sheets: Sequence[tuple[str, Sequence[str], Sequence[Numbered]]], columns: Sequence[str]
) -> Iterator[Numbered]:
    """The rows of several sheets in the columns of all."""
    for _, names, rows in sheets:
        for number, cells in rows:
            by_name = dict(zip(names, cells, strict=False))
            yield number, [by_name.get(column, "") for column in columns]


def _sheets(content: bytes) -> tuple[list[tuple[str, list[Numbered]]], tuple[str, ...]]:
    """(name, its rows) of every visible sheet, and what was left out."""
    from rag.ingest.opc import Package  # noqa: PLC0415 -- only for spreadsheets
    from rag.ingest.xlsx import visible_sheets  # noqa: PLC0415

    stream = io.BytesIO(content)
    archives.check(stream)
    archives.check_parts(stream)
    if packages.told(stream)[0] != packages.XLSX:
        raise RequestError("invalid_request", "The file cannot be read as a spreadsheet (XLSX).")
    found: list[tuple[str, list[Numbered]]] = []
    unstored = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            for name, sheet in visible_sheets(Package(archive, frozenset(archive.namelist()))):
                rows = [
                    (row.number, row.cells[:MAX_COLUMNS])
                    for row, _ in zip(sheet.rows(), range(MAX_TABLE_ROWS), strict=False)
                ]
                found.append((name, [(number, cells) for number, cells in rows if cells]))
                unstored += sheet.unstored
    except (*archives.BROKEN, KeyError, TypeError, IndexError, AttributeError, SyntaxError) as error:
        raise RequestError("invalid_request", "The file cannot be read as a spreadsheet (XLSX).") from error
    if not found:
        raise RequestError("invalid_request", "The file cannot be read as a spreadsheet (XLSX): it has no sheet.")
    said = f"{unstored:,} formulas have no stored result; open the file in its own program and save it once."
    return found, (said,) if unstored else ()


def _json(content: bytes) -> Table:
    text = _decoded(content).strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except ValueError as error:
            raise RequestError("invalid_request", f"The file is not JSON: {error}.") from error
        return of_objects(enumerate((_object(value) for value in listed), start=1))
    return of_objects(_json_lines(text))


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        yield number, _object(value)


def _object(value: Any) -> Mapping[str, Any] | str:
    return value if isinstance(value, dict) else "it is no JSON object"
