"""Live conversations over a WebSocket on a real port: what each client sees, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rag.api.frames import MAX_FRAME_BYTES
from rag.events import Done, Token
from tests.api_server import API, ScriptedApp, serving
from tests.conftest import wait_until
from tests.live_client import Frame, Live, live

DONE = Done("msg_1", "extractive", {"total_tokens": 3}, {"total_ms": 1.5})
ROOM = "conv_1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ScriptedApp:
    return ScriptedApp(tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def url(app: ScriptedApp) -> Iterator[str]:
    with serving(app.api(typing_s=1.5)) as address:
        yield address


@pytest.fixture(scope="module")
def token(url: str) -> str:
    found: str = httpx.get(f"{url}{API}/auth/me", timeout=60).json()["data"]["token"]
    return found


@pytest.fixture
def http(url: str, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}{API}", headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


@pytest.fixture
def one(url: str, token: str) -> Iterator[Live]:
    with live(url, ROOM, token) as client:
        yield client


@pytest.fixture
def other(url: str, token: str) -> Iterator[Live]:
    with live(url, ROOM, token) as client:
        yield client


def _seqs(frames: list[Frame]) -> list[int]:
    return [frame["seq"] for frame in frames]


def _asked(client: Live, app: ScriptedApp, **fields: object) -> str:
    """Asks; returns the turn's id once its first event has come."""
    client.send("chat_message", question="What is it?", **fields)
    [first] = client.until(lambda frame: frame["type"] == "queued")
    turn_id: str = first["turn_id"]
    return turn_id


def test_everybody_in_a_conversation_sees_the_same_events(one: Live, other: Live, app: ScriptedApp) -> None:
    other.synced()
    turn_id = _asked(one, app, search_mode="keyword", model="m")
    assert (app.turns[turn_id].asking.search_mode, app.turns[turn_id].asking.model) == ("keyword", "m")
    assert app.turns[turn_id].asking.conversation_id == ROOM
    app.add(turn_id, Token("a"), Token("b"), DONE)
    one.turn()
    log = [json.loads(json.dumps(logged.to_json())) for logged in app.turns[turn_id].log]
    assert one.frames[-4:] == other.turn() == log


def test_a_question_asked_elsewhere_is_seen_too(one: Live, app: ScriptedApp, http: httpx.Client) -> None:
    one.synced()
    turn_id = http.post("/chat/start", json={"question": "What?", "conversation_id": ROOM}).json()["data"]["turn_id"]
    app.add(turn_id, DONE)
    assert [(frame["turn_id"], frame["seq"]) for frame in one.turn()] == [(turn_id, 1), (turn_id, 2)]


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(
    url: str, token: str, one: Live, app: ScriptedApp
) -> None:
    turn_id = _asked(one, app)
    with live(url, ROOM, token) as dropped:
        app.add(turn_id, Token("a"), Token("b"))
        seen = dropped.until(lambda frame: frame["seq"] == 2)
    app.add(turn_id, Token("c"))
    with live(url, ROOM, token) as back:
        back.send("ping")
        back.send("resume", turn_id=turn_id, after=seen[-1]["seq"])
        assert back.next()["type"] == "pong"
        app.add(turn_id, DONE)
        assert _seqs(seen) + _seqs(back.turn()) == [1, 2, 3, 4, 5]
        assert back.synced() == []


def test_who_comes_in_the_middle_sees_it_from_the_first(url: str, token: str, one: Live, app: ScriptedApp) -> None:
    turn_id = _asked(one, app)
    app.add(turn_id, Token("a"), Token("b"))
    with live(url, ROOM, token) as late:
        assert _seqs(late.until(lambda frame: frame["seq"] == 3)) == [1, 2, 3]
        app.add(turn_id, DONE)
        assert _seqs(late.turn()) == [4]


@pytest.mark.parametrize(("after", "first"), [(0, 1), (2, 3), (3, 3), (9, 1), (2**53, 1)])
def test_a_turn_that_has_ended_can_be_resumed(one: Live, app: ScriptedApp, after: int, first: int) -> None:
    turn_id = _asked(one, app)
    app.add(turn_id, Token("a"), DONE)
    one.turn()
    one.send("resume", turn_id=turn_id, after=after)
    assert _seqs(one.turn()) == list(range(first, 4))


def test_typing_is_seen_by_the_others_and_passes(one: Live, other: Live, http: httpx.Client) -> None:
    other.synced()
    one.send("typing", is_typing=True)
    frame = other.next()
    assert (frame["type"], frame["conversation_id"], frame["is_typing"]) == ("typing", ROOM, True)
    now = http.get(f"/chat/conversation/{ROOM}/typing").json()["data"]
    assert (now["is_typing"], [who["client_id"] for who in now["typing"]]) == (True, [frame["client_id"]])
    ended = other.next()  # by itself
    assert (ended["is_typing"], ended["client_id"]) == (False, frame["client_id"])
    assert http.get(f"/chat/conversation/{ROOM}/typing").json()["data"]["typing"] == []
    assert one.synced() == []
    http.post(f"/chat/conversation/{ROOM}/typing", json={"is_typing": True, "client_id": "phone"})
    for client in (one, other):
        assert client.next()["client_id"] == "phone"
    http.post(f"/chat/conversation/{ROOM}/typing", json={"is_typing": False, "client_id": "phone"})
    assert [one.next()["is_typing"], other.next()["is_typing"]] == [False, False]


def test_who_leaves_does_not_type_any_more(url: str, token: str, one: Live) -> None:
    one.synced()
    with live(url, ROOM, token) as leaving:
        leaving.send("typing")
        assert one.next()["is_typing"] is True
    assert one.next()["is_typing"] is False


def test_ping_and_stop(one: Live, app: ScriptedApp) -> None:
    one.send("ping", id=7)
    assert one.next()["id"] == 7
    turn_id = _asked(one, app)
    one.send("stop", turn_id=turn_id)
    one.send("stop")
    assert one.synced() == []
    assert app.stopped[-2:] == [turn_id, turn_id]
    app.add(turn_id, DONE)
    one.turn()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "invalid_request"), ("{", "invalid_request"), ("[]", "invalid_request"), ("null", "invalid_request"),
        ('"x"', "invalid_request"), ("{}", "invalid_request"), ('{"type": "nothing"}', "invalid_request"),
        ('{"type": 1}', "invalid_request"), (b"\xff\x00", "invalid_request"), ("[" * 50_000, "invalid_request"),
        ('{"type": "chat_message"}', "invalid_request"),
        ('{"type": "chat_message", "question": " "}', "invalid_request"),
        ('{"type": "chat_message", "question": "\\ud800"}', "invalid_request"),
        ('{"type": "chat_message", "question": "x", "conversation_id": "conv_2"}', "invalid_request"),
        (json.dumps({"type": "chat_message", "question": "x" * 9_000}), "invalid_request"),
        ('{"type": "resume", "turn_id": "turn_none"}', "not_found"), ('{"type": "resume"}', "invalid_request"),
        ('{"type": "resume", "turn_id": "x", "after": -1}', "invalid_request"),
        ('{"type": "resume", "turn_id": "x", "after": 1e300}', "invalid_request"),
        ('{"type": "stop", "turn_id": "turn_none"}', "not_found"),
        ('{"type": "typing", "is_typing": "perhaps"}', "invalid_request"),
    ],
)  # fmt: skip
def test_a_frame_that_does_not_fit_is_an_error_not_the_end(one: Live, data: str | bytes, code: str) -> None:
    one.connection.send(data)
    frame = one.next()
    assert (frame["type"], frame["turn_id"], frame["error_code"]) == ("error", None, code)
    assert frame["message"].endswith(".")
    assert one.synced() == []


def test_a_frame_that_is_too_large_ends_it(one: Live) -> None:
    one.connection.send("x" * (MAX_FRAME_BYTES + 1))
    with pytest.raises(ConnectionClosed) as closed:
        one.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_what_is_refused_is_refused_before_it_is_accepted(url: str, token: str, app: ScriptedApp) -> None:
    for room, sent, origin, status, code in (
        ("conv_none", token, None, 404, "not_found"),
        (ROOM, "", None, 404, "not_found"),
        (ROOM, "forged", None, 401, "not_authenticated"),
        (ROOM, "", "https://elsewhere.example", 403, None),
    ):
        with pytest.raises(InvalidStatus) as refused, live(url, room, sent, origin=origin):
            pass
        response = refused.value.response
        assert response.status_code == status
        if code is not None:
            assert json.loads(response.body or b"")["error"]["error_code"] == code
    with live(url, ROOM, token, origin=url) as ours:
        assert ours.synced() == []


def test_a_client_that_reads_nothing_holds_up_nobody(url: str, token: str, one: Live, app: ScriptedApp) -> None:
    with live(url, ROOM, token, max_queue=1) as deaf:
        deaf.synced()
        turn_id = _asked(one, app)
        app.add(turn_id, *(Token("x" * 100_000) for _ in range(300)), DONE)
        assert _seqs(one.turn())[-1] == 302
        deaf.connection.socket.close()
    wait_until(lambda: app.turns[turn_id].readers == 0)
