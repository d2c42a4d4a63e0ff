"""Conversations and messages over HTTP: changed, found, moved, exported, answered again."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from rag.api import schemas, talk_schemas
from tests.api_folio import QUESTION, Folio, body_of, data_of, error_of, frames_of
from tests.api_server import API


@pytest.fixture
def answer(client: httpx.Client) -> schemas.WholeAnswer:
    return data_of(client.post("/chat/", json=QUESTION), schemas.WholeAnswer)


def _conversation(client: httpx.Client, method: str, path: str, **options: Any) -> schemas.Conversation:
    return data_of(client.request(method, path, **options), schemas.Conversation)


def _history(client: httpx.Client, conversation_id: str) -> list[schemas.Message]:
    body = body_of(client.get("/chat/history", params={"conversation_id": conversation_id}))
    return TypeAdapter(list[schemas.Message]).validate_python(body["data"])


def test_a_conversation_is_renamed_archived_and_brought_back(client: httpx.Client) -> None:
    made = _conversation(client, "POST", "/chat/conversation", json={"title": "  My   own "})
    path = f"/chat/conversation/{made.id}"
    assert (made.title, made.state) == ("My own", "active")
    both = _conversation(client, "PATCH", path, json={"title": "Other", "archived": True})
    assert (both.title, both.state) == ("Other", "archived")
    assert _conversation(client, "PATCH", path, json={"state": "active"}).state == "active"
    assert _conversation(client, "DELETE", path).state == "trash"
    assert _conversation(client, "DELETE", path).state == "trash"
    assert error_of(client.patch(path, json={"archived": True}), 409).error_code == "conflict"
    assert _conversation(client, "POST", f"{path}/restore").state == "active"
    assert error_of(client.delete(path, params={"permanent": True}), 409).error_code == "conflict"
    _conversation(client, "DELETE", path)
    gone = body_of(client.delete(path, params={"permanent": True}))
    assert (gone["data"]["id"], gone["metadata"]) == (made.id, {"deleted": True})
    assert error_of(client.get(path), 404).error_code == "not_found"


@pytest.mark.parametrize(
    "change", [{}, {"title": ""}, {"title": " "}, {"title": "x" * 300}, {"state": "trash"}, {"title": None},
               {"archived": 1}]
)  # fmt: skip
def test_a_change_that_is_none_is_refused(client: httpx.Client, change: dict[str, Any]) -> None:
    made = _conversation(client, "POST", "/chat/conversation")
    assert error_of(client.patch(f"/chat/conversation/{made.id}", json=change), 422).error_code == "invalid_request"


def test_lists_say_how_many_there_are(client: httpx.Client) -> None:
    before = data_of(client.get("/chat/conversations/stats"), talk_schemas.ConversationCounts)
    made = [_conversation(client, "POST", "/chat/conversation").id for _ in range(3)]
    client.patch(f"/chat/conversation/{made[0]}", json={"archived": True})
    client.delete(f"/chat/conversation/{made[1]}")
    after = data_of(client.get("/chat/conversations/stats"), talk_schemas.ConversationCounts)
    for state, more in (("active", 1), ("archived", 1), ("trash", 1)):
        assert getattr(after, state) - getattr(before, state) == more
        listed = body_of(client.get("/chat/conversations", params={"state": state, "limit": 1}))
        assert listed["metadata"]["total"] == getattr(after, state)
    assert after.total - before.total == 3
    assert listed["data"][0]["id"] == made[1]


def test_what_was_said_is_found_with_snippets(client: httpx.Client, answer: schemas.WholeAnswer) -> None:
    found = data_of(client.get("/chat/conversations/search", params={"q": "412 crowns"}), list[talk_schemas.Found])
    one = next(item for item in found if item.id == answer.conversation_id)
    assert {one.snippets[0].text[start:end] for start, end in one.snippets[0].marks} == {"412", "crowns"}
    for odd in ("", '"', "a AND (", "\u2028", "x" * 1_000, "%00"):
        assert client.get("/chat/conversations/search", params={"q": odd}).status_code == 200
    assert body_of(client.get("/chat/conversations/search", params={"q": "412", "state": "trash"}))["data"] == []


def test_an_answer_is_made_again_beside_the_first(client: httpx.Client, answer: schemas.WholeAnswer) -> None:
    path = f"/chat/messages/{answer.message_id}/regenerate"
    again = data_of(client.post(path, json={"search_mode": "keyword"}), talk_schemas.Restarted)
    frames = frames_of(client.get("/chat/stream", params={"session_id": again.session_id}).text)
    assert (frames[0]["message_id"], frames[-1]["type"], frames[-1]["cached"]) == (again.message_id, "done", False)
    assert again.conversation_id == answer.conversation_id
    assert [message.id for message in _history(client, answer.conversation_id)][-1] == again.message_id
    versions = body_of(client.get(f"/chat/conversation/{answer.conversation_id}/versions"))["data"]
    assert versions[again.message_id] == [answer.message_id, again.message_id]
    _conversation(client, "POST", f"/chat/messages/{answer.message_id}/show")
    assert _history(client, answer.conversation_id)[-1].id == answer.message_id
    question = _history(client, answer.conversation_id)[0]
    assert error_of(client.post(f"/chat/messages/{question.id}/regenerate"), 422).error_code == "invalid_request"


def test_a_question_is_edited(client: httpx.Client, answer: schemas.WholeAnswer) -> None:
    question = _history(client, answer.conversation_id)[0]
    body = {"question": "How many people does the mill employ?"}
    edited = data_of(client.post(f"/chat/messages/{question.id}/edit", json=body), talk_schemas.Restarted)
    assert frames_of(client.get(f"/chat/turns/{edited.turn_id}/events").text)[-1]["type"] == "done"
    asked, reply = _history(client, answer.conversation_id)
    assert (asked.text, reply.id) == (body["question"], edited.message_id)
    assert "318" in reply.text
    for refused in ({"question": " "}, {}, {"question": "x" * 9_000}):
        problem = error_of(client.post(f"/chat/messages/{question.id}/edit", json=refused), 422)
        assert problem.error_code == "invalid_request"


def test_a_thumb_is_kept_changed_and_taken_back(client: httpx.Client, answer: schemas.WholeAnswer) -> None:
    path = f"/chat/messages/{answer.message_id}/reaction"
    up = data_of(client.post(path, json={"thumb": "up"}), talk_schemas.Reacted)
    down = data_of(client.post(path, json={"reaction": "down", "reason": "Wrong year."}), talk_schemas.Reacted)
    none = data_of(client.post(path, json={"thumb": None}), talk_schemas.Reacted)
    assert [(each.thumb, each.reason) for each in (up, down, none)] == [
        ("up", ""), ("down", "Wrong year."), (None, ""),
    ]  # fmt: skip
    for wrong in ({}, {"thumb": "sideways"}, {"thumb": "up", "reason": "x" * 3_000}):
        assert error_of(client.post(path, json=wrong), 422).error_code == "invalid_request"
    question = _history(client, answer.conversation_id)[0]
    assert error_of(client.post(f"/chat/messages/{question.id}/reaction", json={"thumb": "up"}), 422)


def test_a_trace_tells_how_an_answer_came_about(client: httpx.Client, answer: schemas.WholeAnswer) -> None:
    trace = data_of(client.get(f"/chat/messages/{answer.message_id}/trace"), talk_schemas.Trace)
    assert (trace.turn_id, trace.question, trace.status) == (answer.turn_id, QUESTION["question"], "complete")
    assert [hit.number for hit in trace.retrieved] == [hit.number for hit in answer.sources]


def test_a_draft_is_kept(client: httpx.Client) -> None:
    made = _conversation(client, "POST", "/chat/conversation")
    path = f"/chat/conversation/{made.id}/draft"
    assert data_of(client.get(path), talk_schemas.DraftText).text == ""
    client.put(path, json={"text": "And how\nmuch"})
    assert data_of(client.get(path), talk_schemas.DraftText).text == "And how\nmuch"


def test_typing_is_told_to_who_asks(client: httpx.Client) -> None:
    made = _conversation(client, "POST", "/chat/conversation")
    path = f"/chat/conversation/{made.id}/typing"
    said = data_of(client.post(path, json={"is_typing": True}), talk_schemas.TypingNow)
    assert said.is_typing
    assert data_of(client.get(path), talk_schemas.TypingNow).typing == said.typing
    assert not data_of(client.post(path, json={"is_typing": False}), talk_schemas.TypingNow).is_typing


@pytest.mark.parametrize(
    ("wanted", "media_type"),
    [
        ("md", "text/markdown"), ("json", "application/json"), ("html", "text/html"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)  # fmt: skip
def test_a_conversation_is_exported_as_a_file(
    client: httpx.Client, answer: schemas.WholeAnswer, wanted: str, media_type: str
) -> None:
    client.patch(f"/chat/conversation/{answer.conversation_id}", json={"title": 'Erträge "2022" ../☕'})
    response = client.get(f"/chat/conversation/{answer.conversation_id}/export", params={"format": wanted})
    assert response.headers["content-type"].split(";")[0] == media_type
    disposition = response.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''Ertr%C3%A4ge%202022%20..%20%E2%98%95." in disposition
    if wanted == "docx":
        text = zipfile.ZipFile(io.BytesIO(response.content)).read("word/document.xml").decode()
    else:
        text = response.text
    for told in ("412 million crowns", "report.pdf", "page"):
        assert told in text
    if wanted == "json":
        body = json.loads(text)
        assert body["messages"][1]["numbered_sources"][0]["quotes"]
    assert client.get(f"/chat/conversation/{answer.conversation_id}/export?format=pdf").status_code == 422


def test_other_peoples_conversations_do_not_exist(folio: Folio, answer: schemas.WholeAnswer) -> None:
    room, message = f"/chat/conversation/{answer.conversation_id}", f"/chat/messages/{answer.message_id}"
    requests: list[tuple[str, str, Any]] = [
        ("PATCH", room, {"title": "x"}), ("DELETE", room, None), ("DELETE", f"{room}?permanent=true", None),
        ("POST", f"{room}/restore", None), ("GET", f"{room}/export", None), ("GET", f"{room}/draft", None),
        ("PUT", f"{room}/draft", {"text": "x"}), ("GET", f"{room}/versions", None), ("GET", f"{room}/typing", None),
        ("POST", f"{room}/typing", {"is_typing": True}), ("POST", f"{message}/regenerate", None),
        ("POST", f"{message}/edit", {"question": "x"}), ("POST", f"{message}/reaction", {"thumb": "up"}),
        ("POST", f"{message}/reaction", {"thumb": None}), ("POST", f"{message}/show", None),
        ("GET", f"{message}/trace", None),
    ]  # fmt: skip
    with httpx.Client(base_url=f"{folio.url}{API}", timeout=60) as stranger:
        for method, path, body in requests:
            response = stranger.request(method, path, json=body)
            assert error_of(response, 404).error_code == "not_found", path
            unknown = path.replace(answer.conversation_id, "conv_x").replace(answer.message_id, "msg_x")
            twin = stranger.request(method, unknown, json=body)
            assert twin.json()["error"]["message"] == response.json()["error"]["message"]
        found = body_of(stranger.get("/chat/conversations/search", params={"q": "412 crowns"}))
        assert found["data"] == []
