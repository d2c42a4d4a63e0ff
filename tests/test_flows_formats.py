"""From an Office file to an answer: through the whole App, with real parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.app import open_app
from rag.ingest.sources import SUFFIXES
from rag.view.documents import ACCEPTED
from tests.material_office import epub, pptx, xlsx
from tests.whole import answer_to, ingest, settings_for

USER = "u"
LAMP = "The lamp of Skerry Point burns 40 litres a night."


def test_a_question_is_answered_from_the_row_of_a_workbook(tmp_path: Path) -> None:
    harbours = [("Harbour", "Depth in metres", "Berths"), *((f"Quay {n}", n / 10, n) for n in range(200))]
    harbours.append(("Skarvøy", 14.5, 37))
    with open_app(settings_for(tmp_path)) as app:
        document = ingest(app, USER, xlsx({"Harbours": harbours}), "harbours.xlsx")
        assert document.pages >= 3
        answer = answer_to(app, USER, "How many berths does the harbour Skarvøy have?")
        assert "37" in answer.text
        assert {(citation["status"], citation["document"]) for citation in answer.citations} == {
            ("verified", "harbours.xlsx")
        }
        quotes = [citation["quote"] for citation in answer.citations]
        assert len(quotes) == 1, answer.text  # and no row of another harbour
        assert "Harbour: Skarvøy | Depth in metres: 14.5 | Berths: 37" in quotes[0]


@pytest.mark.parametrize(
    ("name", "content", "page"),
    [
        ("talk.pptx", pptx([("Tides", ["Springs"]), ("Lighthouse", [LAMP])]), 2),
        ("book.epub", epub([("a.xhtml", "<p>Foreword.</p>"), ("b.xhtml", f"<p>{LAMP}</p>")]), 2),
        ("lamps.csv", b"Lamp,Litres a night\nSkerry Point,40\nTern Rock,55\n", 1),
    ],
)  # fmt: skip
def test_other_formats_are_cited_with_their_page(tmp_path: Path, name: str, content: bytes, page: int) -> None:
    with open_app(settings_for(tmp_path)) as app:
        ingest(app, USER, content, name)
        answer = answer_to(app, USER, "How many litres a night does the lamp of Skerry Point burn?")
        assert "40" in answer.text
        assert [(citation["page"], citation["status"]) for citation in answer.citations[:1]] == [(page, "verified")]


def test_warnings_reach_the_document(tmp_path: Path) -> None:
    with open_app(settings_for(tmp_path)) as app:
        document = ingest(app, USER, "The har\u200bbour is open.".encode(), "note.txt")
        assert "1 invisible character was left out." in document.warnings
        assert app.library.document_text(USER, document.id) == [(1, "The harbour is open.")]


def test_the_page_and_the_command_line_take_the_same_kinds() -> None:
    assert set(ACCEPTED.split(",")) == SUFFIXES
