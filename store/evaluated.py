"""A run of golden questions, a row of it, and what came of a question: values, and how tables hold them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["queued", "running", "completed", "cancelled", "failed"]
RowStatus = Literal["pending", "done", "failed"]
_RUN_JSON = ("settings", "problems", "notes", "own_columns")
_ROW_JSON = ("pages", "own", "measures", "timings", "usage", "trace")


@dataclass(frozen=True, slots=True)
class Run:
    """`done` of `total` rows have been asked. `problems`: rows of the file that were left out. `notes`: sentences.

    `own_columns`: names of the cells that each row has in `own`, as the analyst's file has them.

    `summary`: the figures, once it has ended; `error`: why it failed.
    """

    id: str
    owner: str
    name: str
    status: Status
    settings: dict[str, Any]
    problems: list[dict[str, Any]]
    notes: list[str]
    total: int
    done: int
    summary: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: str
    started_at: str | None
    updated_at: str
    completed_at: str | None
    own_columns: list[str]

    @property
    def is_finished(self) -> bool:
        return self.status not in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Row:
    """`number` from 1. `measures`, `timings`, `usage`, `trace` are empty until it has been asked."""

    run_id: str
    number: int
    question: str
    expected: str
    document: str
    pages: list[int]
    status: RowStatus
    answer: str
    measures: dict[str, Any]
    timings: dict[str, Any]
    usage: dict[str, Any]
    trace: dict[str, Any]
    own: list[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question, see Row."""

    status: RowStatus
    answer: str
    measures: Mapping[str, Any]
    timings: Mapping[str, Any]
    usage: Mapping[str, Any]
    trace: Mapping[str, Any]


RUN_COLUMNS = ", ".join(Run.__dataclass_fields__)
ROW_COLUMNS = ", ".join(f"r.{name}" for name in Row.__dataclass_fields__)


def read_run(row: sqlite3.Row) -> Run:
    values = dict(row)
    values.update((name, json.loads(row[name])) for name in _RUN_JSON)
    values.update((name, None if row[name] is None else json.loads(row[name])) for name in ("summary", "error"))
    return Run(**values)


def read_row(row: sqlite3.Row) -> Row:
    return Row(**{**dict(row), **{name: json.loads(row[name]) for name in _ROW_JSON}})
