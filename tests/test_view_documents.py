"""Rows of documents: what stage, how far, how much, and what went wrong."""

from __future__ import annotations

from rag.errors import CODES
from rag.ingest.dense import NOT_READY
from rag.view.documents import documents_html, row
from tests.view_rows import NASTY, document, task


def test_a_row_moves_through_stages_with_counts() -> None:
    working = row(document(pages=0, passages=0, status="processing", searchable=False), task(), "en")
    assert (working.tone, working.stage, working.percent) == ("work", "Extracting text", 35.0)
    assert working.facts == ("5 pages", "20 KB")


def test_a_row_says_when_it_can_be_asked_already() -> None:
    late = task(status="vectorizing", searchable=True, counts={"pages": 12, "passages": 84})
    assert row(document(status="processing"), late, "en").stage == "Vectorizing · can be asked already"


def test_a_finished_row_is_quiet() -> None:
    done = row(document(pages=1, passages=1), task(status="completed"), "en")
    assert (done.tone, done.stage, done.percent, done.facts) == ("ready", "", None, ("1 page", "1 passage", "20 KB"))


def test_a_failed_row_says_what_is_wrong_and_what_to_do() -> None:
    error = {"error_code": "encrypted_document", "message": "This PDF can only be opened with its password."}
    failed = row(document(status="failed"), task(status="failed", error=error), "en")
    assert (failed.tone, failed.error) == ("error", "This PDF can only be opened with its password.")
    assert failed.way_on == CODES["encrypted_document"][2]


def test_warnings_are_said_once() -> None:
    assert row(document(warnings=("Page 3 is empty.",)), task(warnings=("Page 3 is empty.",)), "en").notes == (
        "Page 3 is empty.",
    )


def test_that_vectors_follow_later_is_not_said_on_every_row() -> None:
    assert row(document(), task(status="completed", warnings=(NOT_READY,)), "en").notes == ()


def test_shared_documents_cannot_be_deleted_here() -> None:
    own, shared = row(document(), None, "en"), row(document(owner="shared"), None, "en")
    assert 'data-act="remove"' in documents_html([own], "en", 1024)
    assert 'data-act="remove"' not in documents_html([shared], "en", 1024)


def test_the_pane_draws_progress_as_a_progress_bar() -> None:
    html = documents_html([row(document(), task(), "en")], "en", 50 * 1024 * 1024)
    assert 'role="progressbar"' in html
    assert 'aria-valuenow="35"' in html
    assert "width:35.0%" in html


def test_an_empty_pane_says_what_to_drop() -> None:
    html = documents_html([], "de", 50 * 1024 * 1024)
    assert "PDF, Word, PowerPoint, Excel, CSV, EPUB, HTML, Markdown, Text, Bilder oder Aufnahmen, je bis 50 MB" in html
    assert 'data-size="large"' in html


def test_names_and_sentences_are_escaped() -> None:
    error = {"error_code": "damaged_document", "message": NASTY}
    failed = row(document(name=NASTY, status="failed", warnings=(NASTY,)), task(status="failed", error=error), "en")
    assert "<img" not in documents_html([failed], "en", 1024)


def test_work_can_be_stopped_and_what_failed_begun_again() -> None:
    assert row(document(status="processing"), task(), "en").verbs == ("cancel",)
    assert row(document(status="failed"), task(status="failed"), "en").verbs == ("retry",)
    again = row(document(), task(status="cancelled"), "en")  # the same bytes once more, stopped: what was there stays
    assert (again.tone, again.stage, again.verbs) == ("ready", "", ())
    assert row(document(), task(status="completed"), "en").verbs == ()
    assert row(document(owner="shared"), task(status="failed"), "en").verbs == ()
    html = documents_html([row(document(status="failed"), task(status="failed"), "en")], "en", 1024)
    assert 'data-verb="retry" data-task="task_1"' in html


def test_a_new_version_and_the_sureness_of_reading_are_facts() -> None:
    assert "version 3" in row(document(version=3), None, "en").facts
    assert "read from pictures, 91 % sure" in row(document(ocr_confidence=91.4), None, "en").facts


def test_every_readable_document_can_be_chosen_and_looked_into() -> None:
    html = documents_html([row(document(owner="shared", name=NASTY), None, "en")], "en", 1024)
    assert 'data-use="doc_1"' in html
    assert 'data-act="preview"' in html
    assert "<img" not in html
