"""What the API refuses: other people's things, and input that does not fit. Never with a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rag.api import schemas
from tests.api_folio import QUESTION, Folio, body_of, data_of, error_of
from tests.api_server import API


@pytest.fixture
def stranger(folio: Folio) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{folio.url}{API}", timeout=30) as opened:
        yield opened


def test_what_is_not_yours_does_not_exist(
    client: httpx.Client, stranger: httpx.Client, report: schemas.Uploaded
) -> None:
    started = data_of(client.post("/chat/start", json=QUESTION), schemas.Started)
    own, foreign = f"{report.document_id}", f"{started.conversation_id}"
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/docs/{own}", {}),
        ("GET", f"/docs/{own}/text", {}),
        ("GET", f"/docs/{own}/file", {}),
        ("GET", f"/docs/{own}/pages/1.png", {}),
        ("DELETE", f"/docs/{own}", {}),
        ("GET", f"/docs/processing/{report.task_id}/status", {}),
        ("GET", f"/docs/processing/{report.task_id}/events", {}),
        ("GET", f"/chat/turns/{started.turn_id}/events", {}),
        ("POST", f"/chat/turns/{started.turn_id}/stop", {}),
        ("GET", f"/chat/stream?session_id={started.session_id}", {}),
        ("GET", f"/chat/history?conversation_id={foreign}", {}),
        ("GET", f"/chat/conversation/{foreign}", {}),
        ("POST", "/search", {"json": {**QUESTION, "documents": [own]}}),
        ("POST", "/chat/", {"json": {**QUESTION, "documents": [own]}}),
        ("POST", "/fast_chat/stream", {"json": {**QUESTION, "conversation_id": foreign}}),
        ("POST", "/docs/upload_file_async", {"files": {"file": ("a.txt", b"x")}, "data": {"conversation_id": foreign}}),
    ]
    for method, path, options in requests:
        response = stranger.request(method, path, **options)
        assert error_of(response, 404).error_code == "not_found", path
        unknown = path.replace(own, "doc_none").replace(foreign, "conv_none").replace(report.task_id, "task_none")
        if "files" not in options and "json" not in options and "session_id" not in path and "turns" not in path:
            twin = stranger.request(method, unknown)
            assert twin.json()["error"]["message"] == response.json()["error"]["message"]
    assert body_of(stranger.get("/docs"))["data"] == []
    assert body_of(stranger.get("/chat/conversations"))["data"] == []
    assert body_of(stranger.post("/search", json=QUESTION))["data"] == []
    assert client.get(f"/docs/{own}").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"\x00", b"[" * 50_000, b'{"question": NaN}',
        b'{"question": "x", "settings": {"passages": 1e999}}', b'{"question": "x", "limit": ' + b"9" * 5_000 + b"}",
        b'{"question": "\\ud800"}', b'{"question": "\\u0000"}', b'{"question": "x", "client_key": "\\ud800"}',
        b'{"question": "x", "settings": {"a": Infinity}}', b'{"question": "x", "documents": ["\\u0000"]}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/search", "/chat/", "/chat/start", "/fast_chat/stream", "/chat/stream"])
def test_no_body_makes_the_server_fail(client: httpx.Client, path: str, raw: bytes) -> None:
    response = client.post(path, content=raw, headers={"Content-Type": "application/json"})
    problem = schemas.Failure.model_validate(response.json()).error
    assert (response.status_code in {400, 422}, problem.error_code) == (True, "invalid_request")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/%00", "/docs/%ED%A0%80", "/docs/..%2F..%2Fsecret.key", "/docs/%F0%9F%98%80/text", "/docs?limit=0",
        "/docs?offset=99999999999999999999", "/docs/x/pages/1.png?quote=%00", "/chat/history",
        "/chat/history?conversation_id=%00", "/chat/conversations?before=%00&limit=1e3",
        "/chat/conversations?state=gone", "/chat/stream?session_id=%ED%A0%80", "/chat/turns/%00/events",
        "/chat/turns/x/events?after=%C2%B2", "/docs/processing/%00/status",
        "/docs/" + "x" * 5_000,
    ],
)  # fmt: skip
def test_no_address_makes_the_server_fail(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code in {404, 422}
    assert schemas.Failure.model_validate(response.json()).error.error_code in {"not_found", "invalid_request"}


def test_the_question_is_bounded_with_the_figure(client: httpx.Client) -> None:
    for question in ("x" * 20_000, "   "):
        problem = error_of(client.post("/chat/", json={"question": question}), 422)
        assert problem.error_code == "invalid_request"
        assert problem.details["fields"][0]["field"] == "question"
    assert "8,000" in error_of(client.post("/chat/", json={"question": "x" * 20_000}), 422).message
    unknown = client.post("/chat/", json={**QUESTION, "model": "no such model"})
    assert schemas.Failure.model_validate(unknown.json()).error.error_code in {"invalid_request", "model_unavailable"}
