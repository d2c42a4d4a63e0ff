"""Files in, by every address that takes them; tasks given up and begun again."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image
from pydantic import TypeAdapter

from rag.api import schemas, upload_schemas
from rag.ingest.formats import accepted, kind_of, suffixes_of
from tests import sounds
from tests.api_folio import REPORT, Folio, body_of, data_of, error_of
from tests.conftest import wait_until
from tests.material import pdf


def test_it_says_what_it_takes(client: httpx.Client) -> None:
    info = data_of(client.get("/files/upload/info"), upload_schemas.UploadInfo)
    by_type = {item.media_type: item for item in info.types}
    assert (by_type["application/pdf"].kind, by_type["application/pdf"].extensions) == ("pdf", [".pdf"])
    assert ".md" in by_type["text/markdown"].extensions
    assert (info.limits["max_batch_files"], info.limits["max_document_mb"], info.limits["max_pages"]) == (10, 50, 2_000)
    assert set(info.capabilities) >= {"ocr", "transcription", "dense"}


def test_every_format_has_a_kind_and_a_suffix() -> None:
    assert {"application/pdf", "text/plain"} <= set(accepted())
    assert all(accepted().values())
    assert [kind_of(each) for each in ("image/png", "audio/mpeg", "video/mp4", "text/plain")] == [
        "image", "audio", "audio", "document",
    ]  # fmt: skip
    assert suffixes_of("image/png") == (".png",)


@pytest.mark.parametrize("path", ["/files/upload", "/files/upload/pdf"])
def test_a_file_comes_in_and_is_read(client: httpx.Client, path: str) -> None:
    content = pdf([f"# A page\nUploaded by {path}."], title=path)
    admitted = data_of(client.post(path, files={"file": ("a.bin", content, "text/plain")}), upload_schemas.Admitted)
    assert (admitted.media_type, admitted.name, admitted.bytes) == ("application/pdf", "a.bin", len(content))
    status = f"/docs/processing/{admitted.task_id}/status"
    wait_until(lambda: body_of(client.get(status))["data"]["status"] == "completed")
    again = data_of(client.post(path, files={"file": ("b.pdf", content)}), upload_schemas.Admitted)
    assert again == admitted


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/files/upload/image", REPORT),
        ("/files/upload/audio", REPORT),
        ("/files/upload/pdf", b"plain text that says it is a PDF"),
        ("/files/upload", b"MZ\x90\x00" + bytes(64)),
    ],
)
def test_another_kind_is_refused_by_content(client: httpx.Client, path: str, content: bytes) -> None:
    response = client.post(path, files={"file": ("x.png", content, "image/png")})
    assert error_of(response, 415).error_code == "unsupported_type"


def test_an_image_comes_in_by_its_own_address(client: httpx.Client) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(picture, "PNG")
    sent = client.post("/files/upload/image", files={"file": ("x.pdf", picture.getvalue(), "application/pdf")})
    assert data_of(sent, upload_schemas.Admitted).media_type == "image/png"
    types = data_of(client.get("/files/upload/info"), upload_schemas.UploadInfo).types
    assert {"image/png", "image/jpeg", "image/tiff"} <= {item.media_type for item in types if item.kind == "image"}


def test_each_file_of_a_batch_has_its_outcome(client: httpx.Client) -> None:
    files = [
        ("files", ("one.txt", b"The first file of the batch.")),
        ("files", ("two.txt", b"")),
        ("files", ("three.exe", b"MZ\x90\x00" + bytes(64))),
        ("files", ("four.txt", b"The fourth file of the batch.")),
    ]
    body = body_of(client.post("/files/upload/batch", files=files))
    items = TypeAdapter(list[upload_schemas.BatchItem]).validate_python(body["data"])
    assert [(item.name, item.success, item.error and item.error.error_code) for item in items] == [
        ("one.txt", True, None), ("two.txt", False, "empty_document"), ("three.exe", False, "unsupported_type"),
        ("four.txt", True, None),
    ]  # fmt: skip
    assert body["metadata"] == {"accepted": 2, "refused": 2, "total": 4}


def test_a_batch_is_bounded(client: httpx.Client) -> None:
    before = body_of(client.get("/docs"))["metadata"]["total"]
    eleven: list[tuple[str, Any]] = [("files", (f"{number}.txt", b"Text %d" % number)) for number in range(11)]
    assert error_of(client.post("/files/upload/batch", files=eleven), 422).error_code == "invalid_request"
    assert error_of(client.post("/files/upload/batch", files={"other": ("a.txt", b"x")}), 422)
    foreign = client.post("/files/upload/batch", files=eleven[:1], data={"conversation_id": "conv_none"})
    assert error_of(foreign, 404).error_code == "not_found"
    assert body_of(client.get("/docs"))["metadata"]["total"] == before


def test_a_task_is_given_up_and_an_ended_one_stays(client: httpx.Client, folio: Folio) -> None:
    cancelled = data_of(client.post(f"/docs/processing/{folio.report.task_id}/cancel"), schemas.Task)
    assert cancelled.status == "completed"
    assert error_of(client.post(f"/docs/processing/{folio.report.task_id}/retry"), 409).error_code == "conflict"
    for verb in ("cancel", "retry"):
        assert error_of(client.post(f"/docs/processing/task_none/{verb}"), 404).error_code == "not_found"


def test_a_task_that_failed_is_tried_again(client: httpx.Client) -> None:
    damaged = b"%PDF-1.7\n" + b"not a PDF at all\n" * 20
    sent = client.post("/docs/upload_file_async", files={"file": ("damaged.pdf", io.BytesIO(damaged))})
    uploaded = data_of(sent, schemas.Uploaded)
    status = f"/docs/processing/{uploaded.task_id}/status"
    wait_until(lambda: body_of(client.get(status))["data"]["completed_at"] is not None)
    first = data_of(client.get(status), schemas.Task)
    assert (first.status, first.error and first.error.error_code) == ("failed", "damaged_document")
    again = data_of(client.post(f"/docs/processing/{uploaded.task_id}/retry"), schemas.Task)
    path = f"/docs/processing/{again.task_id}/status"
    wait_until(lambda: body_of(client.get(path))["data"]["status"] == "failed")
    assert again.status != "failed"
    assert data_of(client.get(path), schemas.Task).updated_at > first.updated_at


def test_nothing_is_written_down_where_nothing_listens(client: httpx.Client) -> None:
    before = body_of(client.get("/docs"))["metadata"]["total"]
    sent = client.post("/files/transcribe", files={"file": ("speech.wav", sounds.wav(), "audio/wav")})
    assert error_of(sent, 422).error_code == "transcription_unavailable"
    wrong = client.post("/files/transcribe", files={"file": ("notes.txt", b"Only words.")})
    assert error_of(wrong, wrong.status_code).error_code in {"unsupported_type", "transcription_unavailable"}
    assert body_of(client.get("/docs"))["metadata"]["total"] == before
