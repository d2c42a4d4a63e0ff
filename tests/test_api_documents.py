"""Uploading, and what can be read of a document, to the letter of the contract."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from rag.api import schemas
from rag.api.event_schemas import TaskEvent
from tests.api_folio import NOTES, REPORT, body_of, data_of, error_of, frames_of, upload


def test_health_says_what_is_degraded(client: httpx.Client) -> None:
    health = data_of(client.get("/health"), schemas.Health)
    assert health.status == "degraded"
    assert "semantic_search" in {item.what for item in health.degraded}


def test_the_built_in_answerer_is_always_there(client: httpx.Client) -> None:
    models = data_of(client.get("/models"), list[schemas.Model])
    assert [model.name for model in models if model.is_default] == ["extractive"]


def test_a_task_tells_how_far_its_file_is(client: httpx.Client, report: schemas.Uploaded) -> None:
    task = data_of(client.get(f"/docs/processing/{report.task_id}/status"), schemas.Task)
    assert (task.status, task.progress_percentage, task.searchable) == ("completed", 100, True)
    assert (task.document_id, task.name, task.attempt) == (report.document_id, "report.pdf", 1)
    assert task.counts.pages == 2
    assert task.counts.keyword_points == task.counts.passages > 0
    assert task.counts.dense_points == 0
    assert task.warnings
    assert report.task_id not in {
        item.task_id for item in data_of(client.get("/docs/processing/active"), list[schemas.Task])
    }


def test_a_task_can_be_followed(client: httpx.Client) -> None:
    sent = client.post("/docs/upload_file_async", files={"file": ("more.txt", b"Some more text to be read.")})
    task_id = data_of(sent, schemas.Uploaded).task_id
    response = client.get(f"/docs/processing/{task_id}/events")
    events = [TaskEvent.model_validate(frame) for frame in frames_of(response.text)]
    assert events[-1].status == "completed"
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    progress = [event.progress_percentage for event in events]
    assert progress == sorted(progress)
    again = client.get(f"/docs/processing/{task_id}/events", headers={"Last-Event-ID": str(events[-1].seq)})
    assert (again.status_code, frames_of(again.text)) == (204, [])


def test_the_same_bytes_twice_are_one_document(client: httpx.Client, report: schemas.Uploaded) -> None:
    again = client.post("/docs/upload_file_async", files={"file": ("copy.pdf", REPORT)})
    assert data_of(again, schemas.Uploaded) == report


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"file": ("empty.txt", b"")}, "empty_document"),
        ({"file": ("program.pdf", b"\x7fELF" + b"\x00" * 64)}, "unsupported_type"),
        ({"other": ("a.txt", b"text")}, "invalid_request"),
        ({"file": ("", b"text")}, "invalid_request"),
        ({"file": (None, b"text")}, "invalid_request"),
    ],
)
def test_what_is_no_document_is_refused(client: httpx.Client, files: dict[str, Any], code: str) -> None:
    response = client.post("/docs/upload_file_async", files=files)
    assert error_of(response, response.status_code).error_code == code
    assert 400 <= response.status_code < 500


def test_documents_are_listed_page_by_page(
    client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded
) -> None:
    body = body_of(client.get("/docs"))
    documents = TypeAdapter(list[schemas.Document]).validate_python(body["data"])
    ids = [document.id for document in documents]
    assert {report.document_id, notes.document_id} <= set(ids)
    assert body["metadata"] == {"total": len(ids), "limit": 1_000, "offset": 0}
    second = body_of(client.get("/docs", params={"limit": 1, "offset": 1}))
    assert [document["id"] for document in second["data"]] == ids[1:2]


def test_a_name_is_data_and_never_a_path(client: httpx.Client, notes: schemas.Uploaded) -> None:
    document = data_of(client.get(f"/docs/{notes.document_id}"), schemas.Document)
    assert document.name.endswith("Notizen ☕.md")
    assert "/" not in document.name
    file = client.get(f"/docs/{notes.document_id}/file")
    assert file.content == NOTES
    assert file.headers["content-disposition"].startswith("attachment; filename")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]


def test_a_documents_text_and_pages(client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded) -> None:
    text = data_of(client.get(f"/docs/{report.document_id}/text"), schemas.DocumentText)
    assert [page.number for page in text.pages] == [1, 2]
    assert "412 million crowns" in text.pages[0].text
    plain = client.get(f"/docs/{report.document_id}/pages/1.png")
    boxed = client.get(f"/docs/{report.document_id}/pages/1.png", params={"quote": "412 million crowns"})
    for image in (plain, boxed):
        assert image.headers["content-type"] == "image/png"
        assert image.content.startswith(b"\x89PNG")
        assert "private" in image.headers["cache-control"]
    assert plain.content != boxed.content
    for path in (f"{report.document_id}/pages/3.png", f"{notes.document_id}/pages/1.png", "doc_none/pages/1.png"):
        assert error_of(client.get(f"/docs/{path}"), 404).error_code == "not_found"
    for number in ("0", "-1", "x", "9" * 30):
        assert client.get(f"/docs/{report.document_id}/pages/{number}.png").status_code == 422


def test_a_deleted_document_is_gone_at_once(client: httpx.Client) -> None:
    uploaded = upload(client, "short.txt", b"The lighthouse of Muckle Flugga stands on a stack of rock.")
    body = {"question": "Where does the lighthouse of Muckle Flugga stand?"}

    def is_found() -> bool:
        return uploaded.document_id in {
            hit["document_id"] for hit in body_of(client.post("/search", json=body))["data"]
        }

    assert is_found()
    assert data_of(client.delete(f"/docs/{uploaded.document_id}"), schemas.Deleted).id == uploaded.document_id
    assert not is_found()
    assert client.get(f"/docs/{uploaded.document_id}").status_code == 404
    assert client.delete(f"/docs/{uploaded.document_id}").status_code == 404
