"""What a client that was written from the contract alone runs into: every stream resumes alike, a wrong type is never
taken for another, nothing that was sent is dropped without a word, and a place that is somebody else's does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.events import Token
from tests.api_folio import QUESTION, Folio, body_of, error_of
from tests.api_server import API, ScriptedApp, frames_in, serving
from tests.conftest import wait_until
from tests.members import open_club


@pytest.fixture
def stranger(folio: Folio) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{folio.url}{API}", timeout=30) as opened:
        yield opened


def _ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [event[0] for event in frames_in(response.text)]


def test_a_session_resumes_by_after(client: httpx.Client) -> None:
    session_id = body_of(client.post("/chat/start", json=QUESTION))["data"]["session_id"]
    everything = _ids(client.get("/chat/stream", params={"session_id": session_id}))
    assert _ids(client.get("/chat/stream", params={"session_id": session_id, "after": 3})) == everything[3:]
    error_of(client.get("/chat/stream", params={"session_id": session_id, "after": -1}), 422)


@pytest.mark.parametrize("path", ["/fast_chat/stream", "/chat/stream"])
def test_who_asks_again_with_the_same_key_says_where_it_was(client: httpx.Client, path: str) -> None:
    asked = {**QUESTION, "client_key": f"again{path}"}
    everything = _ids(client.post(path, json=asked))
    assert _ids(client.post(path, json=asked, headers={"Last-Event-ID": "3"})) == everything[3:]
    assert _ids(client.post(path, json=asked, params={"after": 4})) == everything[4:]
    assert client.post(path, json=asked, headers={"Last-Event-ID": everything[-1]}).status_code == 204
    assert _ids(client.post(path, json=QUESTION, headers={"Last-Event-ID": "3"}))[0] == "1"  # another turn


def test_a_task_resumes_by_after_as_by_its_last_id(client: httpx.Client, folio: Folio) -> None:
    path = f"/docs/processing/{folio.report.task_id}/events"
    (last,) = _ids(client.get(path))
    assert _ids(client.get(path, params={"after": last})) == []
    assert _ids(client.get(path, params={"after": 7})) == [last]
    assert client.get(path, headers={"Last-Event-ID": last}).status_code == 204
    error_of(client.get(path, params={"after": "x"}), 422)


def test_a_run_resumes_likewise(client: httpx.Client) -> None:
    body = {"questions": [{"question": QUESTION["question"], "expected": "412 million"}]}
    run_id = body_of(client.post("/lab/runs", json=body))["data"]["run_id"]
    path = f"/lab/runs/{run_id}/events"
    last = _ids(client.get(path))[-1]
    assert _ids(client.get(path, params={"after": last})) == []
    assert client.get(path, headers={"Last-Event-ID": last}).status_code == 204


def test_a_search_in_somebody_elses_conversation_finds_nothing_out(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    own = body_of(client.post("/chat/conversation", json={}))["data"]["id"]
    told = [
        error_of(stranger.post("/search", json={**QUESTION, "conversation_id": each}), 404).message
        for each in (own, "conv_0000000000000000")
    ]
    assert told[0] == told[1]
    assert body_of(client.post("/search", json={**QUESTION, "conversation_id": own}))["data"]


@pytest.mark.parametrize("path", ["/chat/", "/search"])
@pytest.mark.parametrize("passages", [True, "8", 8.5, 0, 51])
def test_a_number_is_a_number(client: httpx.Client, path: str, passages: Any) -> None:
    error = error_of(client.post(path, json={**QUESTION, "settings": {"passages": passages}}), 422)
    assert "settings.passages" in error.message


def test_null_is_as_good_as_left_out(client: httpx.Client) -> None:
    optional = ("conversation_id", "model", "search_mode", "documents", "client_key", "use_cache", "settings")
    for path in ("/chat/", "/search"):
        assert body_of(client.post(path, json={**QUESTION, **dict.fromkeys(optional)}))["success"] is True


def test_a_text_that_is_too_long_is_told_in_characters(client: httpx.Client) -> None:
    error = error_of(client.post("/chat/conversation", json={"title": "x" * 300}), 422)
    assert error.message == "The request does not fit: title: at most 200 characters."
    assert "title: at least 1 character" in error_of(client.post("/chat/conversation", json={"title": ""}), 422).message


@pytest.mark.parametrize(
    "path",
    ["/docs/upload_file_async", "/files/upload", "/files/upload/pdf", "/files/upload/image", "/files/upload/audio",
     "/files/transcribe", "/account/import", "/lab/runs/file"],
)  # fmt: skip
def test_a_second_file_is_refused_and_not_dropped(client: httpx.Client, path: str) -> None:
    before = body_of(client.get("/docs"))["metadata"]["total"]
    two = [("file", (name, f"# {name}\n\nText of {name}.")) for name in ("first.md", "second.md")]
    assert "file: one at a time; this request has 2" in error_of(client.post(path, files=two), 422).message
    assert body_of(client.get("/docs"))["metadata"]["total"] == before


def test_no_text_of_a_form_holds_a_nul(client: httpx.Client) -> None:
    files = {"file": ("questions.csv", b"question\nWhat was it?\n")}
    error_of(client.post("/lab/runs/file", files=files, data={"name": "a\x00b"}), 422)


def test_what_can_be_read_has_a_head(client: httpx.Client, folio: Folio) -> None:
    for path in ("/health", "/docs", f"/docs/{folio.report.document_id}/file"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/nothing").status_code == 404
    for path in ("/search", "/chat/stream", f"/docs/processing/{folio.report.task_id}/events"):
        assert client.head(path).status_code == 405


def test_an_answer_being_written_is_in_the_history_as_far_as_it_is(tmp_path: Path) -> None:
    with open_club(tmp_path, auth="none") as club, club.client() as client:
        client.headers["Authorization"] = f"Bearer {client.get('/auth/me').json()['data']['token']}"
        asked = {"question": "Anything?", "search_mode": "none"}
        started = body_of(client.post("/chat/start", json=asked))["data"]

        def history() -> tuple[Any, Any]:
            body = body_of(client.get("/chat/history", params={"conversation_id": started["conversation_id"]}))
            return body["data"][-1], body["metadata"]["active_turn"]

        wait_until(lambda: history()[0]["text"] != "")
        message, active = history()
        assert (message["text"], message["status"], active) == ("One half", "streaming", started["turn_id"])
        assert [step["name"] for step in message["steps"]][-1] == "generate"
        club.gate.set()
        wait_until(lambda: history()[1] is None)
        message, _ = history()
        assert (message["text"], message["status"]) == ("One half and the other.", "complete")


def test_the_refusals_that_no_route_makes_are_described(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    with serving(app.api()) as url, httpx.Client(base_url=url, timeout=60) as client:
        paths = client.get(f"{API}/openapi.json").json()["paths"]
        evil = client.post(f"{API}/chat/start", json=QUESTION, headers={"Origin": "https://evil.example"})
        assert (evil.status_code, evil.json()["error"]["error_code"]) == (403, "invalid_request")
        for path, methods in paths.items():
            for method, operation in methods.items():
                assert ("403" in operation["responses"]) == (method != "get"), path
                if "requestBody" in operation:
                    assert {"408", "413"} <= operation["responses"].keys(), path
        asks = paths[f"{API}/fast_chat/stream"]["post"]["responses"]["403"]["content"]["application/json"]["examples"]
        assert asks.keys() == {"model_not_in_plan", "invalid_request"}
        assert "204" in paths[f"{API}/chat/stream"]["get"]["responses"]


def test_tokens_of_the_strangest_text_stay_one_frame_each(tmp_path: Path) -> None:
    texts = [
        "a\r\nb\rc\nd\u2028e\u2029f\x85g\x0bh\x0ci",
        "\n\ndata: {}\n\nevent: done\n\n",
        "\x00\ufeff\x1b[31m",
        "👩‍👩‍👧é日",
    ]
    app = ScriptedApp(tmp_path)
    with serving(app.api()) as url, httpx.Client(base_url=url, timeout=60) as client:
        token = client.get(f"{API}/auth/me").json()["data"]["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        turn_id = client.post(f"{API}/chat/start", json=QUESTION).json()["data"]["turn_id"]
        app.add(turn_id, *map(Token, texts))
        with client.stream("GET", f"{API}/chat/turns/{turn_id}/events") as response:
            told = [json.loads(line.removeprefix(b"data: ")) for line in _lines(response)]
        assert [each["text"] for each in told if each["type"] == "token"] == texts


def _lines(response: httpx.Response) -> list[bytes]:
    """The data lines up to the last token, split as the specification splits them: at CR, LF and both."""
    taken = b""
    for piece in response.iter_raw():
        taken += piece
        if taken.count(b"event: token\n") == 4 and taken.endswith(b"\n\n"):
            break
    split = taken.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return [line for line in split if line.startswith(b"data: ")]
