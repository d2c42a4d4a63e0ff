"""Searching, asking and conversations, to the letter of the contract."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, TypeAdapter

from rag.api import schemas
from rag.api.event_schemas import TurnEvent
from tests.api_folio import QUESTION, Folio, body_of, data_of, frames_of
from tests.live_client import live


def test_search_gives_the_hits_alone(client: httpx.Client, report: schemas.Uploaded, notes: schemas.Uploaded) -> None:
    hits = data_of(client.post("/search", json=QUESTION), list[schemas.Hit])
    assert "keywords" in body_of(client.post("/search", json=QUESTION))["metadata"]["note"]
    assert (hits[0].document_id, hits[0].document, hits[0].pages, hits[0].number) == (
        report.document_id, "report.pdf", [1], 1,
    )  # fmt: skip
    assert hits[0].scores.keyword is not None
    assert hits[0].scores.semantic is None
    only = data_of(client.post("/search", json={**QUESTION, "documents": [notes.document_id]}), list[schemas.Hit])
    assert {hit.document_id for hit in only} <= {notes.document_id}
    assert len(data_of(client.post("/search", json={**QUESTION, "limit": 1}), list[schemas.Hit])) == 1


def test_a_whole_answer_rests_on_verified_quotes(client: httpx.Client, report: schemas.Uploaded) -> None:
    answer = data_of(client.post("/chat/", json=QUESTION), schemas.WholeAnswer)
    assert "412 million crowns" in answer.answer
    assert answer.model == "extractive"
    cited = answer.citations[0]
    assert (cited.document_id, cited.page, cited.status) == (report.document_id, 1, "verified")
    assert cited.boxes
    assert cited.number in {hit.number for hit in answer.sources}
    history = body_of(client.get("/chat/history", params={"conversation_id": answer.conversation_id}))
    question, reply = TypeAdapter(list[schemas.Message]).validate_python(history["data"])
    assert (question.role, question.text) == ("user", QUESTION["question"])
    assert (reply.id, reply.text, reply.citations) == (answer.message_id, answer.answer, answer.citations)
    assert history["metadata"] == {"active_turn": None}


def test_every_door_tells_the_same_events(folio: Folio, client: httpx.Client, report: schemas.Uploaded) -> None:
    body = {**QUESTION, "search_mode": "keyword", "documents": [report.document_id]}
    started = data_of(client.post("/chat/start", json=body), schemas.Started)
    texts = [
        client.post("/fast_chat/stream", json=body).text,
        client.post("/chat/stream", json=body).text,
        client.get("/chat/stream", params={"session_id": started.session_id}).text,
        client.get(f"/chat/turns/{started.turn_id}/events").text,
    ]
    event = TypeAdapter[BaseModel](TurnEvent)
    told = []
    begun = data_of(client.post("/chat/conversation"), schemas.Conversation)
    token = client.headers["Authorization"].removeprefix("Bearer ")
    with live(folio.url, begun.id, token) as talker, live(folio.url, begun.id, token) as listener:
        listener.synced()
        talker.send("chat_message", **body)
        spoken = talker.turn()
        assert listener.turn() == spoken
    for frames in [*map(frames_of, texts), spoken]:
        for frame in frames:
            event.validate_python(frame)
        assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
        assert frames[0]["type"] == "queued"
        assert frames[-1]["type"] == "done"
        kept = [frame for frame in frames if frame["type"] in {"sources", "citation"}]
        answer = "".join(frame["text"] for frame in frames if frame["type"] == "token")
        same = [{name: frame[name] for name in frame if name not in {"turn_id", "at", "seq"}} for frame in kept]
        told.append((answer, same))
    whole = data_of(client.post("/chat/", json=body), schemas.WholeAnswer)
    assert told[0] == told[1] == told[2] == told[3] == told[4]
    assert whole.answer == told[0][0]
    assert [citation.quote for citation in whole.citations] == [
        kept["quote"] for kept in told[0][1] if kept["type"] == "citation"
    ]
    assert "412 million" in told[0][0]
    assert texts[2] == texts[3]


def test_whole_documents_are_read_when_asked_for(client: httpx.Client, notes: schemas.Uploaded) -> None:
    body = {"question": "When does the ferry leave?", "documents": [notes.document_id]}
    frames = frames_of(client.post("/chat/stream", json=body).text)
    assert frames[-1]["type"] == "done"
    assert "read" in {frame["name"] for frame in frames if frame["type"] == "step"}


def test_a_follow_up_stays_in_its_conversation(client: httpx.Client, report: schemas.Uploaded) -> None:
    begun = data_of(client.post("/chat/conversation"), schemas.Conversation)
    assert begun.messages == 0
    for question in ("How many people does the mill employ?", "And what is the price of spruce pulp?"):
        body = {"question": question, "conversation_id": begun.id}
        assert data_of(client.post("/chat/", json=body), schemas.WholeAnswer).conversation_id == begun.id
    now = data_of(client.get(f"/chat/conversation/{begun.id}"), schemas.Conversation)
    assert (now.messages, now.title) == (4, "How many people does the mill employ?")


def test_conversations_are_listed_page_by_page(client: httpx.Client) -> None:
    made = [data_of(client.post("/chat/conversation"), schemas.Conversation).id for _ in range(3)]
    seen: list[str] = []
    before: str | None = None
    while before is not None or not seen:
        page = body_of(client.get("/chat/conversations", params={"limit": 2, **({"before": before} if before else {})}))
        seen += [item.id for item in TypeAdapter(list[schemas.Conversation]).validate_python(page["data"])]
        before = page["metadata"]["next"]
    assert seen[:3] == made[::-1]
    assert len(seen) == len(set(seen))
    assert data_of(client.get("/chat/conversations", params={"state": "trash"}), list[schemas.Conversation]) == []


def test_the_same_client_key_is_one_turn(client: httpx.Client, report: schemas.Uploaded) -> None:
    body = {**QUESTION, "client_key": "double-click"}
    first, second = (data_of(client.post("/chat/start", json=body), schemas.Started) for _ in range(2))
    assert (first.turn_id, first.conversation_id) == (second.turn_id, second.conversation_id)


def test_a_stopped_turn_stays_what_it_was(client: httpx.Client, report: schemas.Uploaded) -> None:
    started = data_of(client.post("/chat/start", json=QUESTION), schemas.Started)
    path = f"/chat/turns/{started.turn_id}"
    for _ in range(2):
        assert data_of(client.post(f"{path}/stop"), schemas.TurnRef).turn_id == started.turn_id
    frames = frames_of(client.get(f"{path}/events").text)
    assert frames[-1]["type"] in {"stopped", "done"}
    assert sum(frame["type"] in {"stopped", "done", "error", "interrupted"} for frame in frames) == 1
