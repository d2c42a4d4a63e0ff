"""Accounts over HTTP: register, sign in and out, tokens, passwords, deletion, and that streams end with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count, takewhile
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from rag.api import account_schemas
from store import sessions
from tests.api_folio import body_of, data_of, error_of, upload
from tests.api_server import Stream
from tests.conftest import LIMIT_S, soonest, wait_until
from tests.members import PASSWORD, Club, open_club

ASK = {"question": "What is there?", "search_mode": "none"}


def _with_socket(api: FastAPI) -> None:
    @api.websocket("/api/v1/socket")
    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.receive_text()

    api.router.routes.insert(0, api.router.routes.pop())  # what the API does not know leads nowhere


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    with open_club(tmp_path_factory.mktemp("club"), _with_socket, rate_login_per_minute=20) as opened:
        opened.join("first")  # the admin
        yield opened


def _login(club: Club, **credentials: str) -> httpx.Response:
    with club.client() as somebody:
        return somebody.post("/auth/login", json={"password": PASSWORD, **credentials})


def test_register_and_sign_in_by_name_or_address(club: Club) -> None:
    with club.client() as somebody:
        body = {"username": "Ada", "email": "ada@example.org", "password": PASSWORD, "colour": "blue"}
        made = data_of(somebody.post("/auth/register", json=body), account_schemas.Session)
        assert (made.user.username, made.user.email, made.user.plan) == ("Ada", "ada@example.org", "free")
        assert made.user.is_admin is False
        assert somebody.cookies["folio_session"] == made.token
        me = data_of(somebody.get("/auth/me"), account_schemas.Me)  # by the cookie
        assert (me.user_id, me.kind, me.token) == (made.user.user_id, "account", None)
        error_of(somebody.post("/auth/register", json={"username": "ADA", "password": PASSWORD}), 409)
    for name in ({"username": "ada"}, {"email": "Ada@Example.org"}, {"username": " ada@example.org"}):
        session = data_of(_login(club, **name), account_schemas.Session)
        with club.client(session.token) as program:
            assert data_of(program.get("/auth/me"), account_schemas.Me).user_id == made.user.user_id
    cookie = _login(club, username="ada").headers["set-cookie"]
    assert cookie.startswith("folio_session=fs_")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "x", "password": PASSWORD},
        {"username": "<b>", "password": PASSWORD},
        {"email": "nobody", "password": PASSWORD},
        {"username": "someone", "password": "short"},
        {"password": PASSWORD},
        {"username": "someone"},
    ],
)
def test_what_does_not_fit_is_said(club: Club, body: dict[str, str]) -> None:
    with club.client() as somebody:
        assert error_of(somebody.post("/auth/register", json=body), 422).error_code == "invalid_request"


def test_wrong_passwords_and_unknown_names_are_one_answer_and_are_counted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with open_club(tmp_path_factory.mktemp("guessed"), rate_login_per_minute=5) as club:
        club.join("first")
        club.join("guessed")
        wrong = error_of(_login(club, username="guessed", password="wrong horse"), 401)
        unknown = error_of(_login(club, username="not there", password="wrong horse"), 401)
        assert (wrong.error_code, wrong.message) == (unknown.error_code, unknown.message)
        assert _login(club, username="guessed").status_code == 200  # the right one forgets the wrong ones
        attempts = (_login(club, username="guessed", password="wrong horse") for _ in range(20))
        refused = list(takewhile(lambda attempt: attempt.status_code == 401, attempts))
        assert 5 <= len(refused) < 20  # a little more than 5 where a minute ends in between
        limited = _login(club, username="Guessed", password="wrong horse")
        assert error_of(limited, 429).error_code == "rate_limited"
        assert 1 <= int(limited.headers["retry-after"]) <= 60
        assert _login(club, username="first").status_code == 200  # others are not held up


def test_strangers_get_nothing_but_what_is_open(club: Club) -> None:
    with club.client() as somebody:
        assert somebody.get("/health").status_code == 200
        assert somebody.get("/openapi.json").status_code == 200
        for path in ("/docs", "/models", "/auth/me", "/chat/conversations", "/admin/stats", "/nothing"):
            assert error_of(somebody.get(path), 401).error_code == "not_authenticated"
        assert "set-cookie" not in somebody.get("/docs").headers
    page = httpx.get(f"{club.url}/?conversation=conv_1", headers={"Accept": "text/html"}, timeout=60)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2F%3Fconversation%3Dconv_1")
    assert httpx.get(f"{club.url}/", timeout=60).status_code == 401  # a program


def test_a_plan_decides_which_models_answer(tmp_path_factory: pytest.TempPathFactory) -> None:
    plans = "gpt-5-mini=pro"
    with open_club(tmp_path_factory.mktemp("plans"), model_plans=plans) as club:
        admin, token = club.join("admin"), club.join("ada")
        with club.client(admin) as boss, club.client(token) as ada:
            shown = {one["name"]: one for one in body_of(ada.get("/models"))["data"]}
            assert shown["gpt-5-mini"]["included"] is False
            assert shown["gpt-5-mini"]["plans"] == ["pro"]
            assert (shown["extractive"]["included"], shown["extractive"]["is_default"]) == (True, True)
            refused = error_of(ada.post("/chat/", json={**ASK, "model": "gpt-5-mini"}), 403)
            assert refused.error_code == "model_not_in_plan"
            assert body_of(ada.post("/chat/", json=ASK))["data"]["model"] == "extractive"
            user_id = body_of(ada.get("/auth/me"))["data"]["user_id"]
            error_of(ada.patch(f"/admin/users/{user_id}", json={"plan": "pro"}), 404)
            assert body_of(boss.patch(f"/admin/users/{user_id}", json={"plan": "pro"}))["data"]["plan"] == "pro"
            club.gate.set()
            assert body_of(ada.post("/chat/", json=ASK))["data"]["answer"] == "One half and the other."


def test_tokens_are_made_used_and_revoked(club: Club) -> None:
    session = club.join("tokens")
    with club.client(session) as person:
        made = data_of(person.post("/auth/tokens", json={"name": "a script"}), account_schemas.NewToken)
        with club.client(made.token) as program:
            assert program.get("/docs").status_code == 200
            (listed,) = data_of(person.get("/auth/tokens"), list[account_schemas.ApiToken])
            assert (listed.id, listed.name, listed.prefix) == (made.id, "a script", made.token[:8])
            assert listed.last_used_at is not None
            assert error_of(program.post("/auth/logout"), 422).error_code == "invalid_request"
            assert body_of(person.delete(f"/auth/tokens/{made.id}"))["data"]["deleted"] is True
            assert error_of(program.get("/docs"), 401).error_code == "not_authenticated"
            error_of(person.delete(f"/auth/tokens/{made.id}"), 404)


def test_a_changed_password_ends_the_other_sessions(club: Club) -> None:
    here, there = club.join("changing"), _login(club, username="changing").json()["data"]["token"]
    new = {"current_password": PASSWORD, "new_password": "battery staple"}
    with club.client(here) as person, club.client(there) as other:
        error_of(person.post("/auth/password", json={**new, "current_password": "wrong horse"}), 401)
        error_of(person.post("/auth/password", json={**new, "new_password": "short"}), 422)
        assert person.post("/auth/password", json=new).status_code == 200
        assert person.get("/auth/me").status_code == 200
        error_of(other.get("/auth/me"), 401)
    error_of(_login(club, username="changing"), 401)


def _ended_by(action: Any, stream: Stream) -> tuple[str, float]:
    """What a stream says after `action`, until it ends by itself; and how many seconds that took."""
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(stream.rest()))
    reader.start()
    began = time.monotonic()
    assert action().status_code == 200
    reader.join(LIMIT_S)
    return said[0], time.monotonic() - began


@pytest.mark.parametrize("way", ["logout", "delete", "removed by an admin", "ended by another process"])
def test_live_streams_end_within_two_seconds(club: Club, way: str) -> None:
    names = (f"live {way} {number}" for number in count())
    soonest(lambda: _live_streams_end(club, club.join(next(names)), way), 2.0, attempts=4)


def _live_streams_end(club: Club, token: str, way: str) -> float:
    """-> within how many seconds."""
    with club.client(token) as watching, club.client(token) as leaving:
        user_id = body_of(leaving.get("/auth/me"))["data"]["user_id"]
        with watching.stream("POST", "/fast_chat/stream", json=ASK) as response:
            stream = Stream(response)
            stream.until("One half")
            url = f"{club.url.replace('http', 'ws')}/api/v1/socket"
            with connect(url, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
                assert socket.recv(LIMIT_S) == "hello"
                actions: dict[str, Any] = {
                    "logout": lambda: leaving.post("/auth/logout"),
                    "delete": lambda: leaving.request("DELETE", "/auth/me", json={"password": PASSWORD}),
                    "removed by an admin": lambda: _remove(club, user_id),
                    "ended by another process": lambda: _forget(club, user_id),
                }
                said, took_s = _ended_by(actions[way], stream)
                with pytest.raises(ConnectionClosedError) as closed:
                    socket.recv(LIMIT_S)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1008
        assert said.count("event: error") == 1
        assert "not_authenticated" in said
        assert '"turn_id":"turn_' in said.partition("event: error")[2]  # like every event of a turn
        error_of(watching.get("/docs"), 401)
    return took_s


def _remove(club: Club, user_id: str) -> httpx.Response:
    with club.client(_login(club, username="first").json()["data"]["token"]) as admin:
        return admin.delete(f"/admin/users/{user_id}")


def _forget(club: Club, user_id: str) -> httpx.Response:
    """The sessions go without a word to this process."""
    sessions.close_sessions(club.app._db, user_id)
    with club.client() as somebody:
        return somebody.get("/health")


def test_a_socket_of_nobody_is_not_accepted(club: Club) -> None:
    with pytest.raises(InvalidStatus), connect(f"{club.url.replace('http', 'ws')}/api/v1/socket"):
        pass


def test_everything_of_a_deleted_account_is_gone(club: Club) -> None:
    token = club.join("leaving")
    with club.client(token) as person:
        user_id = body_of(person.get("/auth/me"))["data"]["user_id"]
        upload(person, "notes.md", b"# Notes\n\nThe ferry leaves at seven.\n")
        person.post("/auth/tokens", json={"name": "a script"})
        club.gate.clear()
        person.post("/chat/start", json=ASK)
        error_of(person.request("DELETE", "/auth/me", json={"password": "wrong horse"}), 401)
        gone = person.request("DELETE", "/auth/me", json={"password": PASSWORD})
        assert body_of(gone)["data"] == {"id": user_id, "deleted": True}
    error_of(_login(club, username="leaving"), 401)
    database = club.app._db

    def left() -> list[str]:
        with database.read() as reader:
            tables = [
                row[0]
                for row in reader.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
                ).fetchall()
            ]
            columns = [
                (table, row["name"])
                for table in tables
                if table != "users"
                for row in reader.execute(f"PRAGMA table_info('{table}')").fetchall()
            ]
            return [
                f"{table}.{column}" for table, column in columns
                if reader.execute(f'SELECT 1 FROM "{table}" WHERE "{column}" = ?', (user_id,)).fetchone()
            ]  # fmt: skip

    wait_until(lambda: left() == [])


def test_with_accounts_off_the_routes_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_club(tmp_path_factory.mktemp("off"), auth="none") as club, club.client() as somebody:
        for path in ("register", "login"):
            error_of(somebody.post(f"/auth/{path}", json={"username": "ada", "password": PASSWORD}), 404)
        error_of(somebody.post("/auth/logout"), 404)
        assert body_of(somebody.get("/auth/me"))["data"]["kind"] == "anonymous"
        assert body_of(somebody.get("/admin/stats"))["data"]["users"]["accounts"] == 0  # from this machine
        error_of(somebody.get("/admin/stats", headers={"X-Forwarded-For": "192.0.2.1"}), 404)


def test_registration_can_be_closed(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_club(tmp_path_factory.mktemp("closed"), registration="closed") as club, club.client() as somebody:
        body = {"username": "ada", "password": PASSWORD}
        assert "closed" in error_of(somebody.post("/auth/register", json=body), 422).message
        club.app.accounts.add("ada", password=PASSWORD)
        assert somebody.post("/auth/login", json=body).status_code == 200
