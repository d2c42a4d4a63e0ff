"""A file of golden questions -> rows. Pure; CSV (any usual delimiter), XLSX, JSON Lines or a JSON list.

Columns are recognised by many names, English and German, whatever their case; the others are kept as they are, for the
filled sheet. Only the question is needed. A row without one is left out and named; a file without any row is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.errors import DocumentError, RequestError
from rag.evaluate.columns import Role, roles_of
from rag.evaluate.page_numbers import pages_of
from rag.evaluate.sheets import own_columns
from rag.evaluate.tables import Cells, Table, kind_of, of_objects, read_table

MAX_ROWS = 2_000
MAX_QUESTION_CHARS = 8_000
MAX_FIELD_CHARS = 20_000
MAX_FILE_BYTES = 5 * 1024 * 1024
_MAX_PROBLEMS = 100
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Golden:
    """A question and what is known of its answer. `expected`: several right answers are separated by " | ".

    `document` is a file's name or a part of it; `pages` count from 1. `own`: the row as its file has it.
    """

    question: str
    expected: str = ""
    document: str = ""
    pages: tuple[int, ...] = ()
    own: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """`problems`: (row number as a spreadsheet counts, what is wrong with it), for rows that were left out or cut; the
    number is 0 for what is to be said of the file. `columns`: the names of the cells in each row's `own`."""

    rows: tuple[Golden, ...]
    problems: tuple[tuple[int, str], ...] = ()
    columns: tuple[str, ...] = ()


def read_golden(content: bytes, name: str) -> GoldenSet:
    """The questions of a file; its kind is told by its content, then by its name.

    Raises DocumentError(too_large); RequestError(invalid_request) when nothing can be read, with the rows' problems.
    """
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError("too_large", f"A file of questions has at most {MAX_FILE_BYTES // 1024**2} MB.")
    return _golden_set(read_table(content, kind_of(content, name)))


def golden_set(lines: Iterable[tuple[int, Mapping[str, Any] | str]]) -> GoldenSet:
    """(row number, its fields by column name; or what is wrong with it) -> questions. Raises as `read_golden`."""
    return _golden_set(of_objects(lines))


def _golden_set(table: Table) -> GoldenSet:
    kept = own_columns(table.columns)
    columns = tuple(table.columns[at] for at in kept)
    whole = roles_of(columns)
    rows: list[Golden] = []
    problems: list[tuple[int, str]] = [(0, note) for note in table.notes]
    is_even = True  # every row has its question and what belongs to it in the same columns
    for number, said in table.rows:
        cells = said if isinstance(said, str) else [said[at] for at in kept]
        roles = whole if isinstance(cells, str) or not table.is_loose else _roles(columns, cells)
        found = cells if isinstance(cells, str) else _golden(cells, roles)
        if isinstance(found, str):
            problems.append((number, found))
            continue
        if len(rows) == MAX_ROWS:
            problems.append((number, f"more than {MAX_ROWS:,} questions; this one and what follows is left out"))
            break
        is_even = is_even and roles.items() <= whole.items()
        rows.append(found[0])
        problems += [(number, found[1])] if found[1] else []
    told = tuple(problems[:_MAX_PROBLEMS])
    if not rows:
        raise _nothing(told)
    if not is_even:
        return GoldenSet(tuple(replace(row, own=()) for row in rows), told)
    return GoldenSet(tuple(rows), told, columns)


def _roles(columns: Sequence[str], cells: Cells) -> dict[Role, int]:
    """Those of the columns that this row has."""
    return roles_of([name if cell is not None else "" for name, cell in zip(columns, cells, strict=True)])


def _nothing(problems: Sequence[tuple[int, str]]) -> RequestError:
    first = f" Row {problems[0][0]}: {problems[0][1]}." if problems else ""
    return RequestError(
        "invalid_request",
        f"There are no questions in it. A column (or a field) named question is needed.{first}",
        {"problems": [{"row": number, "problem": problem} for number, problem in problems]},
    )


def _golden(cells: Cells, roles: Mapping[Role, int]) -> tuple[Golden, str] | str:
    """A row's cells -> (its question, what could not be read of the rest, or ""); or why it is left out."""
    values = {role: cells[at] for role, at in roles.items()}
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
    pages = pages_of(values.get("page"))
    problem = (
        ""
        if pages is not None
        else f"its page {_text(values.get('page'))[:40]!r} is no page number; it is asked without"
    )
    own = tuple(map(_own, cells))
    return Golden(question, told, _text(values.get("document"))[:500], pages or (), own), problem


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip()


def _own(value: Any) -> Scalar:
    """A cell as it can be kept: text, a number, or nothing."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\x00", "")[:MAX_FIELD_CHARS]
