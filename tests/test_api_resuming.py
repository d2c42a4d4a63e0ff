"""Coming back to a turn, and waiting for the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from rag.events import Cited, Done, Failed, Sources, Stopped, Token
from tests.api_server import API, ScriptedApp, frames_in, serving
from tests.conftest import LIMIT_S, wait_until

ASK = {"question": "What is it?"}
DONE = Done("msg_1", "extractive", {"total_tokens": 3}, {"total_ms": 1.5})


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ScriptedApp:
    return ScriptedApp(tmp_path_factory.mktemp("streams"))


@pytest.fixture(scope="module")
def url(app: ScriptedApp) -> Iterator[str]:
    with serving(app.api(sign_of_life_s=0.2)) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=LIMIT_S) as opened:
        opened.get(f"{API}/health")  # for the cookie
        yield opened


def _new_turn(client: httpx.Client, app: ScriptedApp, *events: Any) -> tuple[str, str]:
    """A turn with these events after its first. -> (turn id, session id)"""
    data = client.post(f"{API}/chat/start", json=ASK).json()["data"]
    assert data["conversation_id"] == "conv_1"
    app.add(data["turn_id"], *events)
    return data["turn_id"], data["session_id"]


@pytest.mark.parametrize(
    ("last_event_id", "first"),
    [("2", 3), ("0", 1), ("5", 1), ("9" * 400, 1), ("-2", 1), ("turn", 1), ("", 1), ("1.5", 1), ("²", 1)],
)
def test_a_client_resumes_where_it_was_or_gets_everything(
    client: httpx.Client, app: ScriptedApp, last_event_id: str, first: int
) -> None:
    turn_id, session_id = _new_turn(client, app, Token("a"), Token("b"), DONE)
    headers = {"Last-Event-ID": last_event_id.encode()}
    for path in (f"{API}/chat/turns/{turn_id}/events?after=3", f"{API}/chat/stream?session_id={session_id}"):
        response = client.get(path, headers=headers)  # type: ignore[arg-type]
        assert [event[0] for event in frames_in(response.text)] == [str(seq) for seq in range(first, 5)]


def test_after_skips_what_is_known(client: httpx.Client, app: ScriptedApp) -> None:
    turn_id, _ = _new_turn(client, app, Token("a"), DONE)
    path = f"{API}/chat/turns/{turn_id}/events"
    assert [event[0] for event in frames_in(client.get(path, params={"after": 2}).text)] == ["3"]
    for after in (-1, "x", 2**64, "1e3", ""):
        assert client.get(path, params={"after": after}).status_code == 422


def test_an_event_source_that_has_everything_is_told_not_to_come_back(client: httpx.Client, app: ScriptedApp) -> None:
    turn_id, session_id = _new_turn(client, app, Token("a"), Stopped("msg_1"))
    for path in (f"{API}/chat/turns/{turn_id}/events", f"{API}/chat/stream?session_id={session_id}"):
        response = client.get(path, headers={"Last-Event-ID": "3"})
        assert (response.status_code, response.content) == (204, b"")


def test_a_session_opens_its_stream_for_its_user_only(client: httpx.Client, app: ScriptedApp, url: str) -> None:
    turn_id, session_id = _new_turn(client, app, DONE)
    assert app.turns[turn_id].asking.search_mode == "hybrid"
    path = f"{API}/chat/stream"
    assert len(frames_in(client.get(path, params={"session_id": session_id}).text)) == 2
    with httpx.Client(base_url=url, timeout=60) as other:
        refused = [
            other.get(path, params={"session_id": session_id}),
            other.get(f"{API}/chat/turns/{turn_id}/events"),
            other.post(f"{API}/chat/turns/{turn_id}/stop"),
            other.get(path, params={"session_id": turn_id}),
            other.get(f"{API}/chat/turns/turn_none/events"),
        ]
    for response in refused:
        assert response.status_code == 404
        assert response.json()["error"]["error_code"] == "not_found"
    assert client.get(path).status_code == 422


def _whole(client: httpx.Client, app: ScriptedApp, *events: Any) -> httpx.Response:
    known = len(app.turns)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, f"{API}/chat/", json=ASK)
        wait_until(lambda: len(app.turns) > known and app.turns[f"turn_{known + 1}"].readers == 1)
        app.add(f"turn_{known + 1}", *events)
        return answer.result(LIMIT_S)


def test_a_whole_answer_is_the_fold_of_itsframes_in(client: httpx.Client, app: ScriptedApp) -> None:
    hit, citation = {"number": 1}, {"number": 1, "quote": "q"}
    body = _whole(client, app, Sources((hit,)), Token("It is "), Token("this [1]."), Cited(citation), DONE).json()
    assert body["data"] == {
        "conversation_id": "conv_1", "message_id": "msg_1", "turn_id": f"turn_{len(app.turns)}",
        "answer": "It is this [1].", "citations": [citation], "sources": [hit], "model": "extractive",
        "usage": {"total_tokens": 3}, "timings": {"total_ms": 1.5}, "cached": False,
    }  # fmt: skip
    assert body["metadata"]["status"] == "complete"
    assert set(body["metadata"]["support"]) == {"sentences", "counts"}


def test_a_failed_answer_keeps_its_code_and_its_text(client: httpx.Client, app: ScriptedApp) -> None:
    failed = Failed("queue_timeout", "Too many answers are being written.", {}, True)
    response = _whole(client, app, Token("Half"), failed)
    assert (response.status_code, response.headers["retry-after"]) == (504, "5")
    problem = response.json()["error"]
    assert (problem["error_code"], problem["details"]["answer"]) == ("queue_timeout", "Half")
    assert problem["details"]["turn_id"] == f"turn_{len(app.turns)}"


def test_a_stopped_answer_is_what_there_is(client: httpx.Client, app: ScriptedApp) -> None:
    body = _whole(client, app, Token("Half"), Stopped("msg_1")).json()
    assert (body["data"]["answer"], body["metadata"]["status"]) == ("Half", "stopped")
