"""Files of golden questions: any usual form, any usual column names, and what is said of rows that cannot be read."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[attr-defined]

from rag.evaluate.golden import MAX_FILE_BYTES, MAX_ROWS, Golden, GoldenSet, read_golden
from rag.evaluate.sheets import RESULTS, sheet
from tests.material import archive, docx, docx_with_entities
from tests.whole import refused


def rows_of(found: GoldenSet) -> tuple[Golden, ...]:
    """Its rows without what only the filled sheet needs."""
    return tuple(replace(row, own=()) for row in found.rows)


FIRST = Golden("What was it?", "412 million", "report.pdf", (7,))


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    book: Any = Workbook()  # type: ignore[no-untyped-call]
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"question,expected answer,file,page\nWhat was it?,412 million,report.pdf,7\n"),
        ("a.csv", "\ufeffFrage;Erwartete_Antwort;Datei;Seite\r\nWhat was it?;412 million;report.pdf;S. 7\r\n".encode()),
        ("a.csv", "Query\tGold\tSource\tPages\nWhat was it?\t412 million\treport.pdf\t7\n".encode("utf-16")),
        ("a.txt",
        b'"page","id","QUESTION","ground-truth","doc_name"\n"7","x","What was it?","412 million","report.pdf"'),
        ("a.xlsx", xlsx(("Golden set",), (), ("Question", "Answer", "File", "Page"), ("What was it?", "412 million",
        "report.pdf", 7.0))),
        ("a.jsonl", b'{"question": "What was it?", "answer": "412 million", "document": "report.pdf", "page": 7}\n\n'),
        ("a.jsonl", b'{"question": "What was it?", "answers": ["412 million"], "doc": "report.pdf", "pages": [7]}'),
        ("a.json", b'[{"question": "What was it?", "expected": "412 million", "file": "report.pdf", "page": "7"}]'),
    ],
)  # fmt: skip
def test_any_usual_form_is_read(name: str, content: bytes) -> None:
    found = read_golden(content, name)
    assert rows_of(found) == (FIRST,)
    assert found.problems == ()


def test_only_the_question_is_needed() -> None:
    assert rows_of(read_golden(b"question\nWhat, exactly?\nWho?\n", "q.csv"))[1] == Golden("Who?")
    assert [row.question for row in read_golden(b"What is it?\nWho was it?\n", "q.csv").rows] == [
        "What is it?",
        "Who was it?",
    ]


def test_cells_with_commas_quotes_and_lines_stay_whole() -> None:
    content = b'question,answer\n"Who said ""no"", and\nwhy?",because\n'
    assert rows_of(read_golden(content, "q.csv")) == (Golden('Who said "no", and\nwhy?', "because"),)


def test_a_page_that_cannot_be_read_costs_no_question() -> None:
    found = read_golden(b"question;page\nWhat?;iv\nWho?;S. 3 f.\nWhen?;n/a\n", "q.csv")
    assert [row.pages for row in found.rows] == [(), (3, 4), ()]
    assert found.problems == ((2, "its page 'iv' is no page number; it is asked without"),)


def test_rows_that_cannot_be_read_are_named_and_the_rest_is_kept() -> None:
    long = "x" * 9_000
    content = f"question,answer\n,lost\nWho?,Ann\n{long},\n".encode()
    found = read_golden(content, "q.csv")
    assert [row.question for row in found.rows] == ["Who?"]
    assert found.problems == (
        (2, "it has no question"), (4, "its question has 9,000 characters; 8,000 are the most"),
    )  # fmt: skip
    lines = b'{"question": "Who?"}\nnot json\n[1]\n{"answer": "x"}\n'
    assert [number for number, _ in read_golden(lines, "q.jsonl").problems] == [2, 3, 4]


def test_more_than_fits_is_left_out_and_said() -> None:
    content = b"question\n" + b"Who?\n" * (MAX_ROWS + 5)
    found = read_golden(content, "q.csv")
    assert (len(found.rows), len(found.problems)) == (MAX_ROWS, 1)
    assert found.problems[0][0] == MAX_ROWS + 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.csv", b""), ("q.csv", b"\n\n"), ("q.csv", b"name,age\nx,3\n"), ("q.csv", b"question,answer\n,\n"),
        ("q.jsonl", b"{}\n"), ("q.json", b"[1, 2"), ("q.xlsx", xlsx(("a", "b"), (1, 2))), ("q.xlsx",
        docx(["no sheet"])),
        ("q.csv", bytes(range(256)) * 4), ("q.xlsx", archive([("x", b"y")])),
    ],
)  # fmt: skip
def test_what_holds_no_questions_is_refused_in_a_sentence(name: str, content: bytes) -> None:
    with refused("invalid_request"):
        read_golden(content, name)


def test_hostile_files_are_refused() -> None:
    with refused("too_large"):
        read_golden(b"x" * (MAX_FILE_BYTES + 1), "q.csv")
    with refused("damaged_document"):
        read_golden(docx_with_entities(), "q.xlsx")
    with refused("damaged_document"):
        read_golden(b"PK\x03\x04 broken", "q.xlsx")


def test_a_filled_sheet_can_be_run_again() -> None:
    filled = sheet([["1", "Who?", "Ann", "a.pdf", "3"]], "xlsx", ["row", "question", "expected answer", "file", "page"])
    assert rows_of(read_golden(filled, "run.xlsx")) == (Golden("Who?", "Ann", "a.pdf", (3,)),)


def test_json_values_of_any_kind_are_no_crash() -> None:
    rows = [{"question": 7, "page": {"a": 1}}, {"question": ["x"]}, {"question": "Who?", "page": None, "answer": 4.0}]
    found = read_golden("\n".join(map(json.dumps, rows)).encode(), "q.jsonl")
    assert rows_of(found)[-1] == Golden("Who?", "4")


def test_every_column_is_kept_in_its_order() -> None:
    content = b"Nr;Frage;Musterantwort;Kommentar\n7;Wer?;Ann;=A1\n8;Wo?;;\n"
    found = read_golden(content, "q.csv")
    assert found.columns == ("Nr", "Frage", "Musterantwort", "Kommentar")
    assert [row.own for row in found.rows] == [("7", "Wer?", "Ann", "=A1"), ("8", "Wo?", "", "")]
    lines = b'{"question": "Who?", "tags": ["a"], "weight": 2}\n{"question": "Where?", "id": null}\n'
    told = read_golden(lines, "q.jsonl")
    assert told.columns == ("question", "tags", "weight", "id")
    assert [row.own for row in told.rows] == [("Who?", '["a"]', 2, None), ("Where?", None, None, None)]


def test_what_an_earlier_run_filled_in_is_no_column_of_the_analyst() -> None:
    head = ("Question", "Answer", *("Folio: answer" if name == "answer" else name for name in RESULTS))
    filled = sheet([["Who?", "", "done", "An earlier answer [1]."]], "xlsx", head)
    again = read_golden(filled, "filled.xlsx")
    assert again.columns == ("Question", "Answer")
    assert again.rows == (Golden("Who?", own=("Who?", "")),)
    plain = read_golden(sheet([[1, "Who?", "", "", "", "done", "An earlier answer."]], "xlsx"), "filled.xlsx")
    assert plain.columns == ("question", "expected answer", "file", "page")
    assert plain.rows[0].expected == ""
