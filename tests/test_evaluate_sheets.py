"""Filled sheets: nothing in them is a formula, and every figure is a number."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[attr-defined]

from rag.evaluate.sheets import COLUMNS, RESULTS, Cell, cells_of, filled, own_columns, sheet

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1+1"]


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[list[Any]]:
    loaded: Any = load_workbook(io.BytesIO(content))  # type: ignore[no-untyped-call]
    return [list(row) for row in loaded.active.iter_rows()]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text: str) -> None:
    rows = read_csv(sheet([[text]], "csv", ["answer"]))
    assert rows[1][0].startswith("'")
    assert rows[1][0].endswith(text.replace("\r", "\r"))
    cell = read_xlsx(sheet([[text]], "xlsx", ["answer"]))[1][0]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_heading_is_text_too() -> None:
    assert read_csv(sheet([], "csv", ["=x"])) == [["'=x"]]


def test_figures_stay_figures_and_text_stays_whole() -> None:
    row: list[Cell] = [-3, 0.5, None, 'He said "no",\nthen left', "naïve 漢字", "a\x00b"]
    assert read_csv(sheet([row], "csv", list("abcdef")))[1] == [
        "-3", "0.5", "", 'He said "no",\nthen left', "naïve 漢字", "a\ufffdb",
    ]  # fmt: skip
    cells = read_xlsx(sheet([row], "xlsx", list("abcdef")))[1]
    assert [cell.value for cell in cells] == [-3, 0.5, None, 'He said "no",\nthen left', "naïve 漢字", "a\ufffdb"]


def test_a_row_fills_every_column() -> None:
    row = {
        "number": 1, "question": "Who?", "expected": "Ann", "document": "a.pdf", "pages": [3, 4], "status": "done",
        "answer": "Ann [1].", "timings": {"total_ms": 3.5}, "usage": {"input_tokens": 9},
        "measures": {"match": {"matches": True, "f1": 1.0, "numbers": None}, "ranking": {"rank": 2, "document_rank": 1,
                     "page_rank": 2}, "quotes": {"verified": 1, "approximate": 0, "missing": 0}, "refused": False},
        "trace": {"citations": [{"document": "a.pdf", "page": 3}], "model": "extractive", "error": None,
                  "support": {"counts": {"quote": 1, "passage": 0, "none": 0}}},
    }  # fmt: skip
    cells = dict(zip(COLUMNS, cells_of(row), strict=True))
    assert (cells["page"], cells["answer match"], cells["rank"], cells["cited pages"]) == (
        "3, 4",
        "yes",
        2,
        "a.pdf p. 3",
    )
    assert (cells["verified quotes"], cells["total ms"], cells["refused"], cells["error"]) == (1, 3.5, "no", None)


def test_a_row_that_was_not_asked_is_no_trouble() -> None:
    row = {
        "number": 1, "question": "Who?", "expected": "", "document": "", "pages": [], "status": "pending", "answer": "",
        "timings": {}, "usage": {}, "measures": {}, "trace": {},
    }  # fmt: skip
    assert len(cells_of(row)) == len(COLUMNS)


def test_the_analysts_columns_come_first_and_as_they_were() -> None:
    row = {
        "number": 1, "question": "Who?", "expected": "", "document": "", "pages": [], "status": "pending", "answer": "",
        "timings": {}, "usage": {}, "measures": {}, "trace": {}, "own": ["007", "-3", "1.50", "=1+1", None, True, 2.5],
    }  # fmt: skip
    columns = ["id", "n", "price", "answer", "", "ok", "w"]
    head, rows = filled(columns, [row])
    assert head[: len(columns)] == columns
    assert list(head[len(columns) :]) == ["Folio: answer" if name == "answer" else name for name in RESULTS]
    assert rows[0][: len(columns)] == ["007", -3, 1.5, "=1+1", None, "yes", 2.5]
    assert read_csv(sheet(rows, "csv", head))[1][:4] == ["007", "-3", "1.5", "'=1+1"]
    assert list(own_columns(head)) == list(range(len(columns)))


def test_without_columns_of_the_analyst_the_sheet_has_ours() -> None:
    assert filled([], [])[0] == COLUMNS
    assert [COLUMNS[at] for at in own_columns(COLUMNS)] == ["question", "expected answer", "file", "page"]
