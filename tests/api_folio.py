"""A real App behind a real server, asked the way a program asks; and its answers held against the described shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from rag.api import account_schemas, create_api, schemas
from rag.app import open_app
from rag.settings import Settings
from tests.api_server import API, serving
from tests.conftest import wait_until
from tests.material import pdf

REPORT = pdf(
    [
        "# Annual Report 2022\nThe net revenue of Halden Mills was 412 million crowns in 2022.\n"
        "The mill employs 318 people.",
        "# Risks\nThe price of spruce pulp rose by 14 percent in the autumn of 2022.",
    ],
    title="Annual Report",
)
NOTES = b"# Travel notes\n\nThe ferry to Stromness leaves at seven in the morning.\n"
QUESTION = {"question": "What was the net revenue of Halden Mills in 2022?"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folio:
    """`client` is a user who has uploaded REPORT and NOTES; `url` is where others can reach the same server."""

    url: str
    client: httpx.Client
    report: schemas.Uploaded
    notes: schemas.Uploaded


@contextmanager
def serving_folio(data: Path) -> Iterator[Folio]:
    """Folio on a new data folder, with the built-in answerer and keyword search."""
    settings = Settings(data=data, offline=True, workers=1, _env_file=None)  # type: ignore[call-arg]
    with (
        open_app(settings) as app,
        serving(create_api(app)) as url,
        httpx.Client(base_url=f"{url}{API}", timeout=30) as client,
    ):
        client.headers["Authorization"] = f"Bearer {data_of(client.get('/auth/me'), account_schemas.Me).token}"
        client.cookies.clear()
        yield Folio(url, client, upload(client, "report.pdf", REPORT), upload(client, "../../Notizen ☕.md", NOTES))


def body_of(response: httpx.Response) -> dict[str, Any]:
    """A successful answer's envelope."""
    body: dict[str, Any] = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"success", "data", "error", "metadata"}
    assert (body["success"], body["error"]) == (True, None)
    assert isinstance(body["metadata"], dict)
    return body


def data_of(response: httpx.Response, kind: type[T]) -> T:
    """The data of an envelope, held against its described shape: nothing missing, nothing else."""
    return TypeAdapter(kind).validate_python(body_of(response)["data"])


def error_of(response: httpx.Response, status: int) -> schemas.ErrorBody:
    """The error of an answer with this status."""
    assert response.status_code == status, response.text
    return schemas.Failure.model_validate(response.json()).error


def upload(client: httpx.Client, name: str, content: bytes) -> schemas.Uploaded:
    """Uploads and waits until the file's task has ended."""
    sent = client.post("/docs/upload_file_async", files={"file": (name, content)})
    uploaded = data_of(sent, schemas.Uploaded)
    path = f"/docs/processing/{uploaded.task_id}/status"
    wait_until(lambda: body_of(client.get(path))["data"]["completed_at"] is not None)
    return uploaded


def frames_of(text: str) -> list[dict[str, Any]]:
    """The data of each event of a stream."""
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line.startswith("data: ")]
