"""Server-sent events on a real port: what a client sees of a turn, and what the turn notices of a client."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from rag.errors import ModelError, RequestError, SearchError
from rag.events import Cited, Done, Event, Failed, Sources, Step, Stopped, Token
from tests.api_server import API, AT, ScriptedApp, serving
from tests.conftest import wait_until

ASK = {"question": "What is it?"}
DONE = Done("msg_1", "extractive", {"total_tokens": 3}, {"total_ms": 1.5})
STREAMS = (f"{API}/fast_chat/stream", f"{API}/chat/stream")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ScriptedApp:
    return ScriptedApp(tmp_path_factory.mktemp("streams"))


@pytest.fixture(scope="module")
def url(app: ScriptedApp) -> Iterator[str]:
    with serving(app.api(sign_of_life_s=0.2)) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=10) as opened:
        opened.get(f"{API}/health")  # for the cookie
        yield opened


class Stream:
    """A response read piece by piece as it comes."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._pieces = response.iter_text()
        self._text = ""

    def until(self, mark: str) -> str:
        """Reads until `mark` has come; returns all since the last call."""
        while mark not in self._text:
            self._text += next(self._pieces)
        head, _, self._text = self._text.partition(mark)
        return head + mark

    def until_event(self, kind: str) -> str:
        """Reads to the end of the next frame of this kind."""
        return self.until(f"event: {kind}\n") + self.until("\n\n")

    def rest(self) -> str:
        return self._text + "".join(self._pieces)


@contextmanager
def _asked(client: httpx.Client, app: ScriptedApp, path: str = STREAMS[0]) -> Iterator[tuple[Stream, str]]:
    with client.stream("POST", path, json=ASK) as response:
        yield Stream(response), f"turn_{len(app.turns)}"


def _events(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The frames of a stream as (id, event, data)."""
    frames = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            frames.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return frames


def _new_turn(client: httpx.Client, app: ScriptedApp, *events: Any) -> tuple[str, str]:
    """A turn with these events after its first. -> (turn id, session id)"""
    data = client.post(f"{API}/chat/start", json=ASK).json()["data"]
    assert data["conversation_id"] == "conv_1"
    app.add(data["turn_id"], *events)
    return data["turn_id"], data["session_id"]


@pytest.mark.parametrize("path", STREAMS)
def test_a_stream_is_the_turns_log(client: httpx.Client, app: ScriptedApp, path: str) -> None:
    log: list[Event] = [
        Step("search", "finished", "Searching 1 document", "", 1.5),
        Sources(({"number": 1, "document": "a\nb"},)),
        Token("two\nlines \u2028 \x85 and “quotes”"),
        Cited({"number": 1, "quote": "q"}),
        DONE,
    ]
    with _asked(client, app, path) as (stream, turn_id):
        app.add(turn_id, *log)
        events = _events(stream.rest())
    assert events == [
        (str(logged.seq), logged.event.type, json.loads(json.dumps(logged.to_json())))
        for logged in app.turns[turn_id].log
    ]
    assert [event[0] for event in events] == ["1", "2", "3", "4", "5", "6"]


def test_each_address_has_its_mode(client: httpx.Client, app: ScriptedApp) -> None:
    for path, mode in zip(STREAMS, ("hybrid", "document"), strict=True):
        with _asked(client, app, path) as (stream, turn_id):
            stream.until_event("queued")
            assert app.turns[turn_id].asking.search_mode == mode


def test_the_first_bytes_come_at_once_and_nothing_may_delay_the_rest(client: httpx.Client, app: ScriptedApp) -> None:
    began = monotonic()
    with client.stream("POST", STREAMS[0], json=ASK, headers={"Accept-Encoding": "gzip, br"}) as response:
        stream = Stream(response)
        opening = stream.until("\n\n")
        assert monotonic() - began < 0.1
        stream.until_event("queued")
        assert monotonic() - began < 0.15
    assert opening.startswith(":")
    assert "retry: 1000\n" in opening
    headers = response.headers
    assert headers["content-type"].split(";")[0] == "text/event-stream"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert not {"content-encoding", "content-length"} & set(headers)


def test_a_silent_model_is_bridged_by_comments(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        stream.until(": still here\n\n")
        stream.until(": still here\n\n")
        app.add(turn_id, DONE)
        assert [event[1] for event in _events(stream.rest())] == ["done"]


def test_each_token_is_sent_when_it_comes(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        for word in ("one", "two", "three"):
            app.add(turn_id, Token(word))
            stream.until(f'"text":"{word}"')


def test_the_turn_goes_on_when_its_client_leaves(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        assert app.turns[turn_id].readers == 1
    left = monotonic()
    wait_until(lambda: app.turns[turn_id].readers == 0)
    assert monotonic() - left < 0.2
    app.add(turn_id, Token("more"), DONE)
    everything = _events(client.get(f"{API}/chat/turns/{turn_id}/events").text)
    assert [event[1] for event in everything] == ["queued", "token", "done"]


def test_many_clients_see_the_same_bytes(client: httpx.Client, app: ScriptedApp) -> None:
    turn_id, _ = _new_turn(client, app)

    def read(_number: int) -> str:
        text = client.get(f"{API}/chat/turns/{turn_id}/events").text
        return "\n\n".join(block for block in text.split("\n\n") if not block.startswith(":"))

    with ThreadPoolExecutor(20) as pool:
        readers = [pool.submit(read, number) for number in range(20)]
        wait_until(lambda: app.turns[turn_id].readers == 20)
        app.add(turn_id, *(Token(f"word {number} ") for number in range(50)), DONE)
        texts = {reader.result(10) for reader in readers}
    assert len(texts) == 1
    assert [event[0] for event in _events(texts.pop())] == [str(seq) for seq in range(1, 53)]


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
        assert [event[0] for event in _events(response.text)] == [str(seq) for seq in range(first, 5)]


def test_after_skips_what_is_known(client: httpx.Client, app: ScriptedApp) -> None:
    turn_id, _ = _new_turn(client, app, Token("a"), DONE)
    path = f"{API}/chat/turns/{turn_id}/events"
    assert [event[0] for event in _events(client.get(path, params={"after": 2}).text)] == ["3"]
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
    assert len(_events(client.get(path, params={"session_id": session_id}).text)) == 2
    with httpx.Client(base_url=url) as other:
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


def test_an_error_before_the_stream_is_an_ordinary_answer(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    app.refusal = RequestError("conflict", "An answer is still being written.")
    with serving(app.api()) as url, httpx.Client(base_url=url) as client:
        for path in (*STREAMS, f"{API}/chat/start", f"{API}/chat/"):
            response = client.post(path, json=ASK)
            assert response.status_code == 409
            assert response.json()["error"]["error_code"] == "conflict"
        app.refusal = SearchError("index_unavailable", "The index did not answer.")
        response = client.post(STREAMS[0], json=ASK)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")


def test_an_error_after_the_start_is_an_event(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    with serving(app.api()) as url, httpx.Client(base_url=url) as client, _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        app.break_off(ModelError("model_timeout", "Too slow.", {"after_s": 3}))
        [(seq, kind, data)] = _events(stream.rest())
    assert (seq, kind) == ("", "error")
    assert data.pop("at") != AT
    assert data == {
        "turn_id": turn_id, "seq": 1, "type": "error", "error_code": "model_timeout", "message": "Too slow.",
        "details": {"after_s": 3}, "retryable": True,
    }  # fmt: skip


def test_one_stream_too_many_is_refused_before_it_starts(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    with serving(app.api(max_streams=1)) as url, httpx.Client(base_url=url) as client:
        with _asked(client, app) as (stream, turn_id):
            stream.until_event("queued")
            refused = client.get(f"{API}/chat/turns/{turn_id}/events")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert client.get(f"{API}/health").status_code == 200
        wait_until(lambda: app.turns[turn_id].readers == 0)
        app.add(turn_id, DONE)
        wait_until(lambda: client.get(f"{API}/chat/turns/{turn_id}/events").status_code == 200)


def _whole(client: httpx.Client, app: ScriptedApp, *events: Any) -> httpx.Response:
    known = len(app.turns)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, f"{API}/chat/", json=ASK)
        wait_until(lambda: len(app.turns) > known and app.turns[f"turn_{known + 1}"].readers == 1)
        app.add(f"turn_{known + 1}", *events)
        return answer.result(10)


def test_a_whole_answer_is_the_fold_of_its_events(client: httpx.Client, app: ScriptedApp) -> None:
    hit, citation = {"number": 1}, {"number": 1, "quote": "q"}
    body = _whole(client, app, Sources((hit,)), Token("It is "), Token("this [1]."), Cited(citation), DONE).json()
    assert body["data"] == {
        "conversation_id": "conv_1", "message_id": "msg_1", "turn_id": f"turn_{len(app.turns)}",
        "answer": "It is this [1].", "citations": [citation], "sources": [hit], "model": "extractive",
        "usage": {"total_tokens": 3}, "timings": {"total_ms": 1.5}, "cached": False,
    }  # fmt: skip
    assert body["metadata"] == {"status": "complete"}


def test_a_failed_answer_keeps_its_code_and_its_text(client: httpx.Client, app: ScriptedApp) -> None:
    failed = Failed("queue_timeout", "Too many answers are being written.", {}, True)
    response = _whole(client, app, Token("Half"), failed)
    assert (response.status_code, response.headers["retry-after"]) == (504, "5")
    problem = response.json()["error"]
    assert (problem["error_code"], problem["details"]["answer"]) == ("queue_timeout", "Half")
    assert problem["details"]["turn_id"] == f"turn_{len(app.turns)}"


def test_a_stopped_answer_is_what_there_is(client: httpx.Client, app: ScriptedApp) -> None:
    body = _whole(client, app, Token("Half"), Stopped("msg_1")).json()
    assert (body["data"]["answer"], body["metadata"]) == ("Half", {"status": "stopped"})


def test_a_client_that_reads_nothing_holds_up_nobody(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        app.add(turn_id, *(Token("x" * 100_000) for _ in range(300)))
        texts: list[str] = []
        other = threading.Thread(target=lambda: texts.append(client.get(f"{API}/health").text))
        other.start()
        other.join(2)
        assert texts
    wait_until(lambda: app.turns[turn_id].readers == 0)
