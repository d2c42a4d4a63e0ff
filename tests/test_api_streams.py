"""Server-sent events on a real port: what a client sees of a turn, and what the turn notices of a client."""

from __future__ import annotations

import json
import random
import re
import socket
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
from rag.events import Cited, Done, Event, Sources, Step, Token
from tests.api_server import API, AT, ScriptedApp, Stream, frames_in, serving
from tests.conftest import LIMIT_S, soonest, wait_until

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
    with httpx.Client(base_url=url, timeout=LIMIT_S) as opened:
        opened.get(f"{API}/health")  # for the cookie
        yield opened


@contextmanager
def _asked(client: httpx.Client, app: ScriptedApp, path: str = STREAMS[0]) -> Iterator[tuple[Stream, str]]:
    with client.stream("POST", path, json=ASK) as response:
        yield Stream(response), f"turn_{len(app.turns)}"


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
        events = frames_in(stream.rest())
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
    opened: list[tuple[str, httpx.Headers]] = []

    def open_one() -> float:
        began = monotonic()
        with client.stream("POST", STREAMS[0], json=ASK, headers={"Accept-Encoding": "gzip, br"}) as response:
            opened.append((Stream(response).until("\n\n"), response.headers))
            return monotonic() - began

    soonest(open_one, 0.1)
    opening, headers = opened[-1]
    assert opening.startswith(":")
    assert "retry: 1000\n" in opening
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
        assert [event[1] for event in frames_in(stream.rest())] == ["done"]


def test_each_token_is_sent_when_it_comes(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        for word in ("one", "two", "three"):
            app.add(turn_id, Token(word))
            stream.until(f'"text":"{word}"')


def test_the_turn_goes_on_when_its_client_leaves(client: httpx.Client, app: ScriptedApp) -> None:
    def leave() -> float:
        with _asked(client, app) as (stream, turn_id):
            stream.until_event("queued")
            assert app.turns[turn_id].readers == 1
        left = monotonic()
        wait_until(lambda: app.turns[turn_id].readers == 0)
        return monotonic() - left

    soonest(leave, 0.1)
    turn_id = f"turn_{len(app.turns)}"
    app.add(turn_id, Token("more"), DONE)
    everything = frames_in(client.get(f"{API}/chat/turns/{turn_id}/events").text)
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
        texts = {reader.result(LIMIT_S) for reader in readers}
    assert len(texts) == 1
    assert [event[0] for event in frames_in(texts.pop())] == [str(seq) for seq in range(1, 53)]


def test_an_error_before_the_stream_is_an_ordinary_answer(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    app.refusal = RequestError("conflict", "An answer is still being written.")
    with serving(app.api()) as url, httpx.Client(base_url=url, timeout=60) as client:
        for path in (*STREAMS, f"{API}/chat/start", f"{API}/chat/"):
            response = client.post(path, json=ASK)
            assert response.status_code == 409
            assert response.json()["error"]["error_code"] == "conflict"
        app.refusal = SearchError("index_unavailable", "The index did not answer.")
        response = client.post(STREAMS[0], json=ASK)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")


def test_an_error_after_the_start_is_an_event(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    with (
        serving(app.api()) as url,
        httpx.Client(base_url=url, timeout=60) as client,
        _asked(client, app) as (stream, turn_id),
    ):
        stream.until_event("queued")
        app.break_off(ModelError("model_timeout", "Too slow.", {"after_s": 3}))
        [(seq, kind, data)] = frames_in(stream.rest())
    assert (seq, kind) == ("", "error")
    assert data.pop("at") != AT
    assert data == {
        "turn_id": turn_id, "seq": 1, "type": "error", "error_code": "model_timeout", "message": "Too slow.",
        "details": {"after_s": 3}, "retryable": True,
    }  # fmt: skip


def test_one_stream_too_many_is_refused_before_it_starts(tmp_path: Path) -> None:
    app = ScriptedApp(tmp_path)
    with serving(app.api(max_streams=1)) as url, httpx.Client(base_url=url, timeout=60) as client:
        with _asked(client, app) as (stream, turn_id):
            stream.until_event("queued")
            refused = client.get(f"{API}/chat/turns/{turn_id}/events")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert client.get(f"{API}/health").status_code == 200
        wait_until(lambda: app.turns[turn_id].readers == 0)
        app.add(turn_id, DONE)
        wait_until(lambda: client.get(f"{API}/chat/turns/{turn_id}/events").status_code == 200)


def test_viewers_who_join_anywhere_see_the_rest(client: httpx.Client, app: ScriptedApp) -> None:
    turn_id, _ = _new_turn(client, app)
    chance = random.Random(11)
    words = [Token(f"word {number} ") for number in range(300)]

    def read(after: int) -> list[str]:
        text = client.get(f"{API}/chat/turns/{turn_id}/events", params={"after": after}).text
        return [seq for seq, _, _ in frames_in(text)]

    with ThreadPoolExecutor(20) as pool:
        joined = []
        for start in range(0, 300, 15):
            place = chance.randint(0, len(app.turns[turn_id].log))
            joined.append((place, pool.submit(read, place)))
            app.add(turn_id, *words[start : start + 15])
        app.add(turn_id, DONE)
        for place, reader in joined:
            assert reader.result(LIMIT_S) == [str(seq) for seq in range(place + 1, 303)]


def test_a_client_that_reads_a_byte_at_a_time_gets_it_all_in_order(app: ScriptedApp, url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as asker:
        turn_id, _ = _new_turn(asker, app, *(Token("x" * 20_000) for _ in range(20)))
        cookie = "; ".join(f"{name}={value}" for name, value in asker.cookies.items())
    head = f"GET {API}/chat/turns/{turn_id}/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n"
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.connect(("127.0.0.1", httpx.URL(url).port or 0))
        slow.sendall(head.encode())
        got = b"".join(slow.recv(1) for _ in range(2_000))
        assert httpx.get(f"{url}{API}/health", timeout=60).status_code == 200
        app.add(turn_id, DONE)
        while b"event: done" not in got[-2_000:]:
            got += slow.recv(65_536)
    assert re.findall(rb"^id: (\d+)", got, re.MULTILINE) == [str(seq).encode() for seq in range(1, 23)]


def test_a_client_that_reads_nothing_holds_up_nobody(client: httpx.Client, app: ScriptedApp) -> None:
    with _asked(client, app) as (stream, turn_id):
        stream.until_event("queued")
        app.add(turn_id, *(Token("x" * 100_000) for _ in range(300)))
        texts: list[str] = []
        other = threading.Thread(target=lambda: texts.append(client.get(f"{API}/health").text))
        other.start()
        other.join(LIMIT_S)
        assert texts
    wait_until(lambda: app.turns[turn_id].readers == 0)
