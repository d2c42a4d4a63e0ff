"""Tables as analysts have them: titles above the head, several sheets, merged cells, formulas, any CSV."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[attr-defined]

from rag.evaluate.golden import MAX_ROWS, read_golden
from rag.evaluate.tables import read_table
from tests.whole import refused


def book(fill: Callable[[Any], None]) -> bytes:
    made: Any = Workbook()  # type: ignore[no-untyped-call]
    fill(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def fill_like_an_analyst(made: Any) -> None:
    made.active.title = "Info"
    made.active["A1"] = "Golden questions"
    made.active["A2"] = "Version 3"
    sheet = made.create_sheet("Fragen")
    sheet.append(["Prüfkatalog: Fragen zum Bericht"])
    sheet.merge_cells("A1:E1")
    sheet.append([])
    sheet.append(["Nr.", "Frage", "Erwartete Antwort", "Datei", "Seite", "Kommentar"])
    sheet.append([1, "Wie hoch war der Umsatz?", 412.5, "bericht.pdf", 12, '=HYPERLINK("http://x")'])
    sheet.append([2, "Seit wann?", datetime.date(1998, 5, 4), None, "S. 3-5"])
    sheet.append([3, "Welcher Anteil?", 0.18, None, 12.0])
    sheet["C6"].number_format = "0.0%"
    sheet.merge_cells("D4:D6")
    sheet.append([])
    sheet.append([4, "=A1", "x", "b.pdf", 1])
    hidden = made.create_sheet("Alt")
    hidden.append(["Frage"])
    hidden.append(["Wer?"])
    hidden.sheet_state = "hidden"


def test_a_workbook_is_read_as_it_is_shown() -> None:
    found = read_golden(book(fill_like_an_analyst), "k.xlsx")
    assert found.columns == ("Nr.", "Frage", "Erwartete Antwort", "Datei", "Seite", "Kommentar")
    assert [(row.question, row.expected, row.document, row.pages) for row in found.rows] == [
        ("Wie hoch war der Umsatz?", "412.5", "bericht.pdf", (12,)),
        ("Seit wann?", "1998-05-04", "bericht.pdf", (3, 4, 5)),
        ("Welcher Anteil?", "18.0%", "bericht.pdf", (12,)),
    ]
    notes = dict(found.problems)
    assert "formulas have no stored result" in notes[0]
    assert notes[8] == "it has no question"


def test_every_sheet_with_questions_is_read_in_the_columns_of_all() -> None:
    def fill(made: Any) -> None:
        made.active.append(["Question", "File"])
        made.active.append(["One?", "a.pdf"])
        other = made.create_sheet("More")
        other.append(["Note", "Question"])
        other.append(["hard", "Two?"])

    found = read_golden(book(fill), "k.xlsx")
    assert found.columns == ("Question", "File", "Note")
    assert [row.own for row in found.rows] == [("One?", "a.pdf", ""), ("Two?", "", "hard")]
    assert found.problems == ((0, "Read are the sheets Sheet, More."),)


@pytest.mark.parametrize(
    "content",
    [
        b"sep=;\r\nQuestion;Page\r\nOne, two?;3\r\n",
        b"Golden set 2025;;\r\n;;\r\nQuestion;Page;\r\nOne, two?;3;\r\n",
        b"Question\tPage\nOne, two?\t3\n",
        "\ufeffQuestion|Page\nOne, two?|3\n".encode(),
        b'Question;Page\n"One, two?";3\n;;\n\n',
    ],
)
def test_any_csv_is_read(content: bytes) -> None:
    found = read_table(content, "csv")
    assert [(cells[0], cells[1]) for _, cells in found.rows] == [("One, two?", "3")]


def test_encodings_and_cells_of_several_lines() -> None:
    content = 'Frage;Antwort\r\n"Wie heißt ""er""?\r\n\r\nGenau?";Müller\r\nZwei?;"1.234,5 Mio. €"\r\n'.encode("cp1252")
    assert [cells for _, cells in read_table(content, "csv").rows] == [
        ['Wie heißt "er"?\r\n\r\nGenau?', "Müller"], ["Zwei?", "1.234,5 Mio. €"],
    ]  # fmt: skip


def test_lines_without_a_head_are_questions() -> None:
    rows = read_table(b"What, then?\nWho, where, and why?\n", "csv").rows
    assert [cells[0] for _, cells in rows] == ["What, then?", "Who, where, and why?"]


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1 old", b"name;age\nx;3\n", b"\x00\x01\x02"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with refused("invalid_request"):
        read_table(content, "csv")


def test_two_thousand_rows_and_doubles_are_all_asked() -> None:
    content = "question,page\n" + "".join(f"Question {number % 7}?,{number}\n" for number in range(1, MAX_ROWS + 1))
    found = read_golden(content.encode(), "q.csv")
    assert (len(found.rows), found.problems) == (MAX_ROWS, ())
    assert found.rows[-1].pages == (MAX_ROWS,)
