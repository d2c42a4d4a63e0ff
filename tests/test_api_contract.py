"""The contract's bodies to the letter: a real App behind a real server, asked the way a program would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from rag.api import create_api, schemas
from rag.api.event_schemas import TaskEvent, TurnEvent
from rag.app import App, open_app
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


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    settings = Settings(data=tmp_path_factory.mktemp("data"), offline=True, workers=1, _env_file=None)  # type: ignore[call-arg]
    with open_app(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(app: App) -> Iterator[str]:
    with serving(create_api(app)) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}{API}", timeout=30) as opened:
        opened.headers["Authorization"] = f"Bearer {_data(opened.get('/auth/me'), schemas.Me).token}"
        opened.cookies.clear()
        yield opened


@pytest.fixture
def stranger(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}{API}", timeout=30) as opened:
        yield opened


def _body(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"success", "data", "error", "metadata"}
    assert (body["success"], body["error"]) == (True, None)
    assert isinstance(body["metadata"], dict)
    return body


def _data(response: httpx.Response, kind: type[T]) -> T:
    """The data of an envelope, held against its described shape: nothing missing, nothing else."""
    return TypeAdapter(kind).validate_python(_body(response)["data"])


def _error(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return schemas.Failure.model_validate(response.json()).error.model_dump() | {"expected": code}


def _upload(client: httpx.Client, name: str, content: bytes) -> schemas.Uploaded:
    """Uploads and waits until the file's task has ended."""
    sent = client.post("/docs/upload_file_async", files={"file": (name, content)})
    uploaded = _data(sent, schemas.Uploaded)
    path = f"/docs/processing/{uploaded.task_id}/status"
    wait_until(lambda: _body(client.get(path))["data"]["completed_at"] is not None, 30)
    return uploaded


@pytest.fixture(scope="module")
def report(client: httpx.Client) -> schemas.Uploaded:
    return _upload(client, "report.pdf", REPORT)


@pytest.fixture(scope="module")
def notes(client: httpx.Client) -> schemas.Uploaded:
    return _upload(client, "../../Notizen ☕.md", NOTES)


def _frames(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line.startswith("data: ")]


def test_health_says_what_is_degraded(client: httpx.Client) -> None:
    health = _data(client.get("/health"), schemas.Health)
    assert health.status == "degraded"
    assert "semantic_search" in {item.what for item in health.degraded}


def test_the_built_in_answerer_is_always_there(client: httpx.Client) -> None:
    models = _data(client.get("/models"), list[schemas.Model])
    assert [model.name for model in models if model.is_default] == ["extractive"]


def test_a_task_tells_how_far_its_file_is(client: httpx.Client, report: schemas.Uploaded) -> None:
    task = _data(client.get(f"/docs/processing/{report.task_id}/status"), schemas.Task)
    assert (task.status, task.progress_percentage, task.searchable) == ("completed", 100, True)
    assert (task.document_id, task.name, task.attempt) == (report.document_id, "report.pdf", 1)
    assert task.counts.pages == 2
    assert task.counts.keyword_points == task.counts.passages > 0
    assert task.counts.dense_points == 0
    assert task.warnings
    assert report.task_id not in {
        item.task_id for item in _data(client.get("/docs/processing/active"), list[schemas.Task])
    }


def test_a_task_can_be_followed(client: httpx.Client) -> None:
    sent = client.post("/docs/upload_file_async", files={"file": ("more.txt", b"Some more text to be read.")})
    task_id = _data(sent, schemas.Uploaded).task_id
    response = client.get(f"/docs/processing/{task_id}/events")
    events = [TaskEvent.model_validate(frame) for frame in _frames(response.text)]
    assert events[-1].status == "completed"
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    progress = [event.progress_percentage for event in events]
    assert progress == sorted(progress)
    again = client.get(f"/docs/processing/{task_id}/events", headers={"Last-Event-ID": str(events[-1].seq)})
    assert (again.status_code, _frames(again.text)) == (204, [])


def test_the_same_bytes_twice_are_one_document(client: httpx.Client, report: schemas.Uploaded) -> None:
    again = client.post("/docs/upload_file_async", files={"file": ("copy.pdf", REPORT)})
    assert _data(again, schemas.Uploaded) == report


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"file": ("empty.txt", b"")}, "empty_document"),
        ({"file": ("picture.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64)}, "unsupported_type"),
        ({"other": ("a.txt", b"text")}, "invalid_request"),
        ({"file": ("", b"text")}, "invalid_request"),
        ({"file": (None, b"text")}, "invalid_request"),
    ],
)
def test_what_is_no_document_is_refused(client: httpx.Client, files: dict[str, Any], code: str) -> None:
    response = client.post("/docs/upload_file_async", files=files)
    assert _error(response, response.status_code, code)["error_code"] == code
    assert 400 <= response.status_code < 500


def test_documents_are_listed_page_by_page(
    client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded
) -> None:
    body = _body(client.get("/docs"))
    documents = TypeAdapter(list[schemas.Document]).validate_python(body["data"])
    ids = [document.id for document in documents]
    assert {report.document_id, notes.document_id} <= set(ids)
    assert body["metadata"] == {"total": len(ids), "limit": 1_000, "offset": 0}
    second = _body(client.get("/docs", params={"limit": 1, "offset": 1}))
    assert [document["id"] for document in second["data"]] == ids[1:2]


def test_a_name_is_data_and_never_a_path(client: httpx.Client, notes: schemas.Uploaded) -> None:
    document = _data(client.get(f"/docs/{notes.document_id}"), schemas.Document)
    assert document.name.endswith("Notizen ☕.md")
    assert "/" not in document.name
    file = client.get(f"/docs/{notes.document_id}/file")
    assert file.content == NOTES
    assert file.headers["content-disposition"].startswith("attachment; filename")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]


def test_a_documents_text_and_pages(client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded) -> None:
    text = _data(client.get(f"/docs/{report.document_id}/text"), schemas.DocumentText)
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
        assert _error(client.get(f"/docs/{path}"), 404, "")["error_code"] == "not_found"
    for number in ("0", "-1", "x", "9" * 30):
        assert client.get(f"/docs/{report.document_id}/pages/{number}.png").status_code == 422


def test_search_gives_the_hits_alone(client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded) -> None:
    hits = _data(client.post("/search", json=QUESTION), list[schemas.Hit])
    assert (hits[0].document_id, hits[0].document, hits[0].pages, hits[0].number) == (
        report.document_id, "report.pdf", [1], 1,
    )  # fmt: skip
    assert hits[0].scores.keyword is not None
    assert hits[0].scores.semantic is None
    only = _data(client.post("/search", json={**QUESTION, "documents": [notes.document_id]}), list[schemas.Hit])
    assert {hit.document_id for hit in only} <= {notes.document_id}
    assert len(_data(client.post("/search", json={**QUESTION, "limit": 1}), list[schemas.Hit])) == 1


def test_a_whole_answer_rests_on_verified_quotes(client: httpx.Client, report: schemas.Uploaded) -> None:
    answer = _data(client.post("/chat/", json=QUESTION), schemas.WholeAnswer)
    assert "412 million crowns" in answer.answer
    assert answer.model == "extractive"
    cited = answer.citations[0]
    assert (cited.document_id, cited.page, cited.status) == (report.document_id, 1, "verified")
    assert cited.boxes
    assert cited.number in {hit.number for hit in answer.sources}
    history = _body(client.get("/chat/history", params={"conversation_id": answer.conversation_id}))
    question, reply = TypeAdapter(list[schemas.Message]).validate_python(history["data"])
    assert (question.role, question.text) == ("user", QUESTION["question"])
    assert (reply.id, reply.text, reply.citations) == (answer.message_id, answer.answer, answer.citations)
    assert history["metadata"] == {"active_turn": None}


def test_every_door_tells_the_same_events(client: httpx.Client, report: schemas.Uploaded) -> None:
    body = {**QUESTION, "search_mode": "keyword", "documents": [report.document_id]}
    started = _data(client.post("/chat/start", json=body), schemas.Started)
    texts = [
        client.post("/fast_chat/stream", json=body).text,
        client.post("/chat/stream", json=body).text,
        client.get("/chat/stream", params={"session_id": started.session_id}).text,
        client.get(f"/chat/turns/{started.turn_id}/events").text,
    ]
    event = TypeAdapter[BaseModel](TurnEvent)
    told = []
    for text in texts:
        frames = _frames(text)
        for frame in frames:
            event.validate_python(frame)
        assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
        assert frames[0]["type"] == "queued"
        assert frames[-1]["type"] == "done"
        kept = [frame for frame in frames if frame["type"] in {"sources", "citation"}]
        answer = "".join(frame["text"] for frame in frames if frame["type"] == "token")
        same = [{name: frame[name] for name in frame if name not in {"turn_id", "at", "seq"}} for frame in kept]
        told.append((answer, same))
    assert told[0] == told[1] == told[2] == told[3]
    assert "412 million" in told[0][0]
    assert texts[2] == texts[3]


def test_whole_documents_are_read_when_asked_for(client: httpx.Client, notes: schemas.Uploaded) -> None:
    body = {"question": "When does the ferry leave?", "documents": [notes.document_id]}
    frames = _frames(client.post("/chat/stream", json=body).text)
    assert frames[-1]["type"] == "done"
    assert "read" in {frame["name"] for frame in frames if frame["type"] == "step"}


def test_a_follow_up_stays_in_its_conversation(client: httpx.Client, report: schemas.Uploaded) -> None:
    begun = _data(client.post("/chat/conversation"), schemas.Conversation)
    assert begun.messages == 0
    for question in ("How many people does the mill employ?", "And what is the price of spruce pulp?"):
        body = {"question": question, "conversation_id": begun.id}
        assert _data(client.post("/chat/", json=body), schemas.WholeAnswer).conversation_id == begun.id
    now = _data(client.get(f"/chat/conversation/{begun.id}"), schemas.Conversation)
    assert (now.messages, now.title) == (4, "How many people does the mill employ?")


def test_conversations_are_listed_page_by_page(client: httpx.Client) -> None:
    made = [_data(client.post("/chat/conversation"), schemas.Conversation).id for _ in range(3)]
    seen: list[str] = []
    before: str | None = None
    while before is not None or not seen:
        page = _body(client.get("/chat/conversations", params={"limit": 2, **({"before": before} if before else {})}))
        seen += [item.id for item in TypeAdapter(list[schemas.Conversation]).validate_python(page["data"])]
        before = page["metadata"]["next"]
    assert seen[:3] == made[::-1]
    assert len(seen) == len(set(seen))
    assert _data(client.get("/chat/conversations", params={"state": "trash"}), list[schemas.Conversation]) == []


def test_the_same_client_key_is_one_turn(client: httpx.Client, report: schemas.Uploaded) -> None:
    body = {**QUESTION, "client_key": "double-click"}
    first, second = (_data(client.post("/chat/start", json=body), schemas.Started) for _ in range(2))
    assert (first.turn_id, first.conversation_id) == (second.turn_id, second.conversation_id)


def test_a_stopped_turn_stays_what_it_was(client: httpx.Client, report: schemas.Uploaded) -> None:
    started = _data(client.post("/chat/start", json=QUESTION), schemas.Started)
    path = f"/chat/turns/{started.turn_id}"
    for _ in range(2):
        assert _data(client.post(f"{path}/stop"), schemas.TurnRef).turn_id == started.turn_id
    frames = _frames(client.get(f"{path}/events").text)
    assert frames[-1]["type"] in {"stopped", "done"}
    assert sum(frame["type"] in {"stopped", "done", "error", "interrupted"} for frame in frames) == 1


def test_what_is_not_yours_does_not_exist(
    client: httpx.Client, stranger: httpx.Client, report: schemas.Uploaded
) -> None:
    started = _data(client.post("/chat/start", json=QUESTION), schemas.Started)
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
        assert _error(response, 404, "")["error_code"] == "not_found", path
        unknown = path.replace(own, "doc_none").replace(foreign, "conv_none").replace(report.task_id, "task_none")
        if "files" not in options and "json" not in options and "session_id" not in path and "turns" not in path:
            twin = stranger.request(method, unknown)
            assert twin.json()["error"]["message"] == response.json()["error"]["message"]
    assert _body(stranger.get("/docs"))["data"] == []
    assert _body(stranger.get("/chat/conversations"))["data"] == []
    assert _body(stranger.post("/search", json=QUESTION))["data"] == []
    assert client.get(f"/docs/{own}").status_code == 200


def test_a_deleted_document_is_gone_at_once(client: httpx.Client) -> None:
    uploaded = _upload(client, "short.txt", b"The lighthouse of Muckle Flugga stands on a stack of rock.")
    body = {"question": "Where does the lighthouse of Muckle Flugga stand?"}
    assert uploaded.document_id in {hit["document_id"] for hit in _body(client.post("/search", json=body))["data"]}
    assert _data(client.delete(f"/docs/{uploaded.document_id}"), schemas.Deleted).id == uploaded.document_id
    assert uploaded.document_id not in {hit["document_id"] for hit in _body(client.post("/search", json=body))["data"]}
    assert client.get(f"/docs/{uploaded.document_id}").status_code == 404
    assert client.delete(f"/docs/{uploaded.document_id}").status_code == 404


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
        problem = _error(client.post("/chat/", json={"question": question}), 422, "")
        assert problem["error_code"] == "invalid_request"
        assert problem["details"]["fields"][0]["field"] == "question"
    assert "8,000" in _error(client.post("/chat/", json={"question": "x" * 20_000}), 422, "")["message"]
    unknown = client.post("/chat/", json={**QUESTION, "model": "no such model"})
    assert schemas.Failure.model_validate(unknown.json()).error.error_code in {"invalid_request", "model_unavailable"}
