"""Columns of golden questions by their names, as analysts write them."""

from __future__ import annotations

import pytest

from rag.evaluate.columns import roles_of


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (
            "question",
            "Frage|question_text|Questions:|* Question|Frage / Question|Question (EN)"
            "|Test question|Prüffrage|Fragestellung",
        ),
        (
            "expected",
            " ERWARTETE  Antwort |Ground Truth Answer|Correct answer|expected_output|Referenzantwort"
            "|Musterlösung|Sollwert"
            "|Erwartete Antwort (kurz)|Antwort",
        ),
        (
            "document",
            "file_name|PDF|Filename (PDF)|Quelldatei|Source document|Expected file|File / Document|Question source",
        ),
        ("page", "Page-Number|Seite(n)|Page(s)|Page no.|Seiten-Nr.|Seitennr.|Evidence page|Erwartete Seite|PDF page"),
        (
            None,
            "note|Question ID|Question type|Frage Nr.|Page count|doc_id|Kommentar"
            "|Answer type||Report|Bemerkung zur Frage",
        ),
    ],
)
def test_columns_have_roles(role: str | None, names: str) -> None:
    for name in names.split("|"):
        assert roles_of([name]) == ({} if role is None else {role: 0}), name


def test_the_surest_column_has_the_role() -> None:
    assert roles_of(["Nr", "Answer", "Question", "Expected answer", "Datei", "Seite"]) == {
        "question": 2, "expected": 3, "document": 4, "page": 5,
    }  # fmt: skip
    assert roles_of(["Prüffrage", "Frage"]) == {"question": 1}
    assert roles_of(["Frage", "Question"]) == {"question": 1}  # in the order of the names that are known
