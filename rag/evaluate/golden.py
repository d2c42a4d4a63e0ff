"""A file of golden questions -> rows. Pure; CSV (any usual delimiter), XLSX (first sheet), JSON Lines or a JSON list.

Columns are recognised by many names, English and German, whatever their case. Only the question is needed. A row that
cannot be read is left out and named; a file without any row that can is refused.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.errors import DocumentError, RequestError
from rag.ingest import archives

MAX_ROWS = 2_000
MAX_QUESTION_CHARS = 8_000
MAX_FIELD_CHARS = 20_000
MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_PROBLEMS = 100
_MAX_PAGES = 50
Kind = Literal["csv", "xlsx", "jsonl"]
_NAMES: Mapping[str, frozenset[str]] = {
    "question": frozenset({"question", "questions", "query", "prompt", "frage", "fragen", "q", "user input", "input"}),
    "expected": frozenset(
        {
            "expected answer", "expected", "answer", "answers", "gold", "gold answer", "golden answer", "reference",
            "reference answer", "ground truth", "target", "solution", "antwort", "erwartete antwort", "erwartet",
            "musterantwort", "lösung", "soll", "sollantwort",
        }
    ),
    "document": frozenset(
        {
            "file", "filename", "file name", "document", "doc", "doc name", "document name", "source", "datei",
            "dateiname", "dokument", "quelle",
        }
    ),
    "page": frozenset({"page", "pages", "page number", "page numbers", "seite", "seiten", "seitenzahl", "p", "s"}),
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s_\-./]+")
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
_PAGES = re.compile(
    r"\s*(?:(?:pp?|pages?|seiten?|s)\.?\s*)?\d+(?:\s*[-–]\s*\d+)?(?:\s*[,;/&+ ]\s*\d+(?:\s*[-–]\s*\d+)?)*\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Golden:
    """A question and what is known of its answer. `expected`: several right answers are separated by " | ".

    `document` is a file's name or a part of it; `pages` count from 1.
    """

    question: str
    expected: str = ""
    document: str = ""
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """`problems`: (row number as a spreadsheet counts, what is wrong with it), for rows that were left out or cut."""

    rows: tuple[Golden, ...]
    problems: tuple[tuple[int, str], ...] = ()


def read_golden(content: bytes, name: str) -> GoldenSet:
    """The questions of a file; its kind is told by its content, then by its name.

    Raises DocumentError(too_large); RequestError(invalid_request) when nothing can be read, with the rows' problems.
    """
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError("too_large", f"A file of questions has at most {MAX_FILE_BYTES // 1024**2} MB.")
    kind = kind_of(content, name)
    lines = list({"csv": _csv, "xlsx": _xlsx, "jsonl": _json}[kind](content))
    return golden_set(lines)


def kind_of(content: bytes, name: str) -> Kind:
    """How a file is to be read."""
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    ending = name.lower().rpartition(".")[2]
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "jsonl" if ending in {"jsonl", "json", "ndjson"} or (ending != "csv" and start in {b"{", b"["}) else "csv"


def golden_set(lines: Iterable[tuple[int, Mapping[str, Any] | str]]) -> GoldenSet:
    """(row number, its fields by column name; or what is wrong with it) -> questions. Raises as `read_golden`."""
    rows: list[Golden] = []
    problems: list[tuple[int, str]] = []
    for number, fields in lines:
        found = fields if isinstance(fields, str) else _golden(fields)
        if isinstance(found, str):
            problems.append((number, found))
        elif len(rows) == MAX_ROWS:
            problems.append((number, f"more than {MAX_ROWS:,} questions; this one and what follows is left out"))
            break
        else:
            rows.append(found)
    kept = tuple(problems[:_MAX_PROBLEMS])
    if not rows:
        first = f" Row {kept[0][0]}: {kept[0][1]}." if kept else ""
        raise RequestError(
            "invalid_request",
            f"There are no questions in it. A column (or a field) named question is needed.{first}",
            {"problems": [{"row": number, "problem": problem} for number, problem in kept]},
        )
    return GoldenSet(tuple(rows), kept)


def _golden(fields: Mapping[str, Any]) -> Golden | str:
    """A row's fields -> its question, or what is wrong."""
    values: dict[str, Any] = {}
    for column, value in fields.items():
        role = role_of(str(column))
        if role is not None and value is not None and role not in values:
            values[role] = value
    question = _text(values.get("question"))
    if not question:
        return "it has no question"
    if len(question) > MAX_QUESTION_CHARS:
        return f"its question has {len(question):,} characters; {MAX_QUESTION_CHARS:,} are the most"
    expected = values.get("expected")
    answers = [_text(each) for each in expected] if isinstance(expected, list | tuple) else [_text(expected)]
    told = " | ".join(filter(None, answers))
    if len(told) > MAX_FIELD_CHARS:
        return f"its expected answer has more than {MAX_FIELD_CHARS:,} characters"
    pages = _pages(values.get("page"))
    if pages is None:
        return f"its page {_text(values.get('page'))[:40]!r} is no page number"
    return Golden(question, told, _text(values.get("document"))[:500], pages)


def role_of(column: str) -> str | None:
    """A column's name -> "question", "expected", "document", "page", or None for any other."""
    name = _SEPARATORS.sub(" ", column.lstrip("\ufeff").strip().casefold()).strip()
    return next((role for role, names in _NAMES.items() if name in names), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip()


def _pages(value: Any) -> tuple[int, ...] | None:
    """7, "7", "3-5", "3, 7", [3, 7] -> page numbers in order; None for anything else."""
    parts = value if isinstance(value, list | tuple) else [value]
    found: set[int] = set()
    for part in parts:
        text = _text(part)
        if not text:
            continue
        if not _PAGES.fullmatch(text):
            return None
        for first, last in _RANGE.findall(text):
            start, end = int(first), int(last or first)
            if not 0 < start <= end < start + _MAX_PAGES or end > 10**6:
                return None
            found.update(range(start, end + 1))
    return tuple(sorted(found)[:_MAX_PAGES])


def _csv(content: bytes) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    text = _decoded(content)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:20_000].split("\n\n")[0], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    if role_of(text.partition("\n")[0].strip()) == "question":
        dialect = csv.excel  # one column: a sniffer takes any letter for a delimiter
    dialect.doublequote = True
    try:
        yield from _under_heads(list(csv.reader(io.StringIO(text, newline=""), dialect)))
    except csv.Error as error:
        raise RequestError("invalid_request", f"The file cannot be read as CSV: {error}.") from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", "replace")


def _under_heads(table: Sequence[Sequence[Any]]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Rows under the first row that names a question's column. A table without one: its first column are questions."""
    for at, row in enumerate(table[:20]):
        names = [str(cell) if cell is not None else "" for cell in row]
        if "question" in map(role_of, names):
            for number, cells in enumerate(table[at + 1 :], start=at + 2):
                if any(_text(cell) for cell in cells):
                    yield number, dict(zip(names, cells, strict=False))
            return
    if any(len(row) > 1 for row in table):
        raise RequestError(
            "invalid_request", "No column is named question. Name the columns in the first row: question, "
            "expected answer, file, page."
        )  # fmt: skip
    for number, row in enumerate(table, start=1):
        if row and _text(row[0]):
            yield number, {"question": row[0]}


def _xlsx(content: bytes) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    from openpyxl.reader.excel import load_workbook  # noqa: PLC0415 -- only for spreadsheets

    stream = io.BytesIO(content)
    archives.check(stream)
    archives.check_parts(stream)
    try:
        book = load_workbook(stream, read_only=True, data_only=True)  # type: ignore[no-untyped-call]
        try:
            sheet = book.worksheets[0]
            table = [list(row) for row in sheet.iter_rows(max_row=MAX_ROWS + 50, max_col=100, values_only=True)]
        finally:
            book.close()
    except (*archives.BROKEN, KeyError, TypeError, IndexError, AttributeError, SyntaxError) as error:
        raise RequestError("invalid_request", "The file cannot be read as a spreadsheet (XLSX).") from error
    yield from _under_heads(table)


def _json(content: bytes) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    text = _decoded(content).strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except ValueError as error:
            raise RequestError("invalid_request", f"The file is not JSON: {error}.") from error
        for number, value in enumerate(listed, start=1):
            yield number, value if isinstance(value, dict) else "it is no JSON object"
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        yield number, value if isinstance(value, dict) else "it is no JSON object"
