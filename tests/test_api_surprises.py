"""What somebody who writes a client from the contract alone would curse at, and does not meet: a place in a stream that
nobody has been at, a key that answers another question, an error that names the wrong thing, a cache that never helps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from rag.api.envelope import timestamp
from rag.api.sse import frame, place_of
from tests.api_folio import QUESTION, Folio, body_of, error_of
from tests.live_client import Live, live


@pytest.fixture
def socket(folio: Folio, client: httpx.Client) -> Iterator[Live]:
    room = body_of(client.post("/chat/conversation"))["data"]["id"]
    with live(folio.url, room, client.headers["Authorization"].removeprefix("Bearer ")) as opened:
        yield opened


@pytest.mark.parametrize("end", ["é", "=", " ", "\n", "%", "/"])
def test_a_session_is_known_by_its_whole_id(client: httpx.Client, end: str) -> None:
    session = body_of(client.post("/chat/start", json=QUESTION))["data"]["session_id"]
    error_of(client.get("/chat/stream", params={"session_id": session + end}), 404)


@pytest.mark.parametrize("what", ["file", "pages/1.png", "pages/1.png?quote=412+million"])
def test_what_was_kept_is_not_sent_again(client: httpx.Client, folio: Folio, what: str) -> None:
    path = f"/docs/{folio.report.document_id}/{what}"
    whole = client.get(path)
    etag = whole.headers["etag"]
    for kept in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        same = client.get(path, headers={"If-None-Match": kept})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
        assert same.headers["cache-control"] == whole.headers["cache-control"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == whole.content
    with httpx.Client(base_url=client.base_url, timeout=30) as stranger:
        error_of(stranger.get(path, headers={"If-None-Match": etag}), 404)


def test_the_two_pictures_of_a_page_are_told_apart(client: httpx.Client, folio: Folio) -> None:
    path = f"/docs/{folio.report.document_id}/pages/1.png"
    tags = {client.get(path, params=params).headers["etag"] for params in ({}, {"quote": "412 million"})}
    assert len(tags) == 2


def _problem(response: httpx.Response) -> tuple[str, str]:
    [found] = error_of(response, 422).details["fields"]
    return found["field"], found["problem"]


@pytest.mark.parametrize(
    ("path", "sent", "field", "words"),
    [
        ("/docs/upload_file_async", {"json": {"file": "text"}}, "file", "multipart/form-data"),
        ("/files/upload", {"content": b"%PDF-1.4"}, "file", "multipart/form-data"),
        ("/files/upload/batch", {"json": {"files": ["a"]}}, "files", "multipart/form-data"),
        ("/files/upload", {"files": {"other": ("a.txt", b"words")}}, "file", "Field required"),
        ("/chat/", {"json": {**QUESTION, "settings": []}}, "settings", "must be an object"),
        ("/chat/", {"json": {**QUESTION, "settings": "x"}}, "settings", "must be an object"),
        ("/chat/", {"json": []}, "", "application/json"),
        ("/chat/", {"json": {**QUESTION, "client_key": ""}}, "client_key", "at least 1 character"),
    ],
)
def test_an_error_names_what_is_wrong(
    client: httpx.Client, path: str, sent: dict[str, Any], field: str, words: str
) -> None:
    named, problem = _problem(client.post(path, **sent))
    assert named == field
    assert words in problem


def test_a_body_that_is_nested_too_deeply_is_said_so(client: httpx.Client) -> None:
    deep = client.post("/chat/", content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert "nested too deeply" in error_of(deep, 422).message


def test_a_cursor_that_was_cut_is_refused_and_does_not_begin_again(client: httpx.Client) -> None:
    for _ in range(2):
        body_of(client.post("/chat/conversation"))
    cursor = body_of(client.get("/chat/conversations", params={"limit": 1}))["metadata"]["next"]
    assert body_of(client.get("/chat/conversations", params={"before": cursor}))["data"]
    for broken in ("x", cursor.split()[0], cursor.replace(" ", ""), "null"):
        assert _problem(client.get("/chat/conversations", params={"before": broken}))[0] == "before"


def test_null_is_left_out_here_too(client: httpx.Client, socket: Live) -> None:
    answer = body_of(client.post("/chat/", json=QUESTION))["data"]
    judged = client.post(f"/chat/messages/{answer['message_id']}/reaction", json={"thumb": "up", "reason": None})
    assert body_of(judged)["data"]["reason"] == ""
    typing = client.post(f"/chat/conversation/{answer['conversation_id']}/typing", json={"is_typing": None})
    assert body_of(typing)["data"]["is_typing"] is True
    socket.send("chat_message", **QUESTION, model=None, search_mode=None, documents=None)
    log = socket.turn()
    socket.send("resume", turn_id=log[0]["turn_id"], after=None)
    assert socket.turn() == log
    socket.send("typing", is_typing=None)
    assert socket.synced() == []


def test_a_frame_that_does_not_fit_is_answered_by_its_name(socket: Live) -> None:
    for kind, field in (("chat_message", "question"), ("resume", "turn_id")):
        socket.send(kind)
        error = socket.next()
        assert (error["reply_to"], error["details"]["fields"][0]["field"]) == (kind, field)
    socket.send("nope")
    error = socket.next()
    assert (error["reply_to"], error["details"]["fields"][0]["field"]) == (None, "type")
    assert "must be one of chat_message, typing, stop, resume, ping" in error["message"]
    socket.connection.send("{}")
    assert "type: is missing" in socket.next()["message"]


def test_a_live_address_that_leads_nowhere_is_not_found(folio: Folio, client: httpx.Client) -> None:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    with pytest.raises(InvalidStatus) as refused, live(folio.url, "conv_1/ws/nowhere", token):
        pass
    assert refused.value.response.status_code == 404


def test_an_event_of_our_own_is_of_the_turn_it_ends() -> None:
    told = {"turn_id": "turn_1", "seq": 7, "type": "token", "at": timestamp(), "text": "a\ndata: b"}
    assert place_of(frame("token", told, 7)) == {"turn_id": "turn_1", "seq": 7}
    assert place_of(frame("task", {"task_id": "task_1", "seq": 9}, 9)) == place_of(b"") == {}
