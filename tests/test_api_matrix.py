"""Every route x owner, other user, nobody, and those who are nobody any more: 0 leaks. The rows are in tests.matrix."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from rag.api import create_api
from store import sessions
from store.ids import moment_text
from tests.api_folio import REPORT, body_of, upload
from tests.conftest import LIMIT_S, wait_until
from tests.matrix import ROWS, Row
from tests.members import PASSWORD, Club, open_club

SETTINGS: dict[str, Any] = {"metrics": True, "rate_login_per_minute": 0}
STRANGERS = ("anonymous", "forged", "expired", "logged out", "deleted", "revoked")
SECRETS = ("Halden", "owner's own", "spruce")
UNKNOWN = "nothing_0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Cast:
    """`ids`: of the owner's things. `tokens`: role -> what it sends."""

    club: Club
    ids: Mapping[str, str]
    tokens: Mapping[str, str]
    users: Mapping[str, str]

    def fresh(self, role: str) -> str:
        """A new session: some routes end the one they are called with."""
        token = f"fs_{role}_{datetime.now(UTC).timestamp()}"
        until = moment_text(datetime.now(UTC) + timedelta(hours=1))
        sessions.open_session(self.club.app._db, self.users[role], _hash(token), until)
        return token


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with open_club(tmp_path_factory.mktemp("matrix"), **SETTINGS) as club:
        club.gate.set()
        people = {role: club.join(role) for role in ("admin", "owner", "other", "logged out", "deleted", "revoked")}
        users = {role: club.app.accounts.named(role).user_id for role in people}
        with club.client(people["owner"]) as owner:
            ids = _things_of(owner)
        with club.client(people["admin"]) as admin:
            spare = body_of(admin.get("/auth/me"))["data"]["user_id"]
        assert spare == users["admin"]
        expired = "fs_expired"
        past = moment_text(datetime.now(UTC) - timedelta(seconds=1))
        sessions.open_session(club.app._db, users["owner"], _hash(expired), past)
        token, revoked = club.app.accounts.add_token(users["revoked"], "a script")
        club.app.accounts.revoke_token(users["revoked"], token.id)
        with club.client(people["logged out"]) as leaving:
            assert leaving.post("/auth/logout").status_code == 200
        club.app.accounts.delete(users["deleted"], PASSWORD)
        tokens = {"anonymous": "", "forged": people["owner"] + "x", "expired": expired, "revoked": revoked,
                  "logged out": people["logged out"], "deleted": people["deleted"]}  # fmt: skip
        yield Cast(club, {**ids, "user_id": users["revoked"]}, tokens, users)


def _things_of(owner: httpx.Client) -> dict[str, str]:
    """One of everything, with the owner's words in it."""
    uploaded = upload(owner, "owner's own.pdf", REPORT)
    asked = body_of(owner.post("/chat/start", json={"question": "The owner's own question about Halden?"}))["data"]
    turn = f"/chat/turns/{asked['turn_id']}/events"
    assert "done" in owner.get(turn).text
    history = body_of(owner.get("/chat/history", params={"conversation_id": asked["conversation_id"]}))["data"]
    room = f"/chat/conversation/{asked['conversation_id']}"
    share_id = body_of(owner.post(f"{room}/share"))["data"]["id"]
    run = body_of(owner.post("/lab/runs", json={"questions": [{"question": "The owner's own?"}]}))["data"]["run_id"]
    assert owner.get(f"/lab/runs/{run}/events").status_code == 200  # waits for its end
    tokens = [body_of(owner.post("/auth/tokens", json={"name": "owner's own"}))["data"]["id"] for _ in range(2)]
    return {
        "document_id": uploaded.document_id, "task_id": uploaded.task_id, "number": "1",
        "message_id": history[-1]["id"], "question_id": history[0]["id"], "token_id": tokens[0],
        "page_token_id": tokens[1], "share_id": share_id, "secret": "guessed", "run_id": run, **asked,
    }  # fmt: skip


def _routes(cast: Cast) -> set[str]:
    found = set()
    for route in iter_route_contexts(create_api(cast.club.app).routes):
        if route.path in {"/api/{rest:path}", "/api"}:  # what no route takes
            continue
        methods = (route.methods or {"WS"}) - {"HEAD", "OPTIONS"}
        found |= {f"{method} {route.path}" for method in methods}
    return found


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    """Values in braces, wherever they stand, become ids."""
    if isinstance(value, Mapping):
        return {key: _filled(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, ids) for one in value]
    return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], value) if isinstance(value, str) else value


def _call(cast: Cast, name: str, token: str, *, by_cookie: bool = False, unknown: bool = False) -> httpx.Response:
    """One route, called with the owner's ids, or with ids of nothing."""
    row = ROWS[name]
    ids = {**cast.ids, **{key: cast.ids[other] for key, other in row.ids.items()}}
    if unknown:
        ids = {key: value if key == "number" else UNKNOWN for key, value in ids.items()}
    method, _, path = name.partition(" ")
    url = _filled(path, ids) + (f"?{_filled(row.query, ids)}" if row.query else "")
    headers = {}
    if token:
        headers = {"Cookie": f"folio_session={token}"} if by_cookie else {"Authorization": f"Bearer {token}"}
    files = {"file": ("notes.md", io.BytesIO(b"# Notes\n\nNothing of anybody's.\n"))} if row.files else None
    return httpx.request(
        method, f"{cast.club.url}{url}", headers=headers, files=files, data=_filled(row.form, ids),
        json=_filled(row.json, ids) if row.json is not None else None, timeout=30,
    )  # fmt: skip


def _leaks(response: httpx.Response) -> list[str]:
    return [secret for secret in SECRETS if secret in response.text]


def test_every_route_has_a_row_and_every_row_a_route(cast: Cast) -> None:
    assert sorted(_routes(cast) ^ set(ROWS)) == []


ORDER = sorted(ROWS, key=lambda name: ROWS[name].last)


@pytest.mark.parametrize("role", STRANGERS)
def test_nobody_gets_nothing(cast: Cast, role: str) -> None:
    for name in ORDER:
        if name.startswith("WS "):
            continue
        for by_cookie in (False, True):
            response = _call(cast, name, cast.tokens[role], by_cookie=by_cookie)
            told = (name, role, by_cookie, response.status_code, response.text[:300])
            assert _leaks(response) == [], told
            assert response.status_code < 500, told
            if ROWS[name].kind != "OPEN":
                assert response.status_code == 401, told
                assert response.json()["error"]["error_code"] == "not_authenticated", told


def _error(response: httpx.Response) -> Any:
    if "json" not in response.headers["content-type"]:
        return re.sub(r"(?s).*role=\"alert\">(.*?)</p>.*", r"\1", response.text)
    error = response.json()["error"]
    return {key: value for key, value in error.items() if key != "timestamp"}


def test_others_meet_nothing_of_the_owners(cast: Cast) -> None:
    for name in ORDER:
        row: Row = ROWS[name]
        if name.startswith("WS "):
            continue
        response = _call(cast, name, cast.fresh("other"))
        told = (name, response.status_code, response.text[:300])
        assert _leaks(response) == [], told
        assert response.status_code < 500, told
        if row.kind in {"MINE", "ADMIN"}:
            assert response.status_code == 404, told
        if row.kind == "MINE":
            nothing = _call(cast, name, cast.fresh("other"), unknown=True)
            assert (nothing.status_code, _error(nothing)) == (404, _error(response)), told


def test_owners_and_admins_are_served(cast: Cast) -> None:
    for name in ORDER:
        row = ROWS[name]
        if row.kind == "OPEN" or name.startswith("WS "):
            continue
        wait_until(lambda: cast.club.app.active_turn(cast.users["owner"], cast.ids["conversation_id"]) is None)
        response = _call(cast, name, cast.fresh("admin" if row.kind == "ADMIN" else "owner"))
        assert response.status_code in row.statuses, (name, response.status_code, response.text[:300])


def test_sockets_are_refused_to_nobody_and_show_others_nothing(cast: Cast) -> None:
    """Rows named `WS <path>`. Others may be let in to hear that there is nothing of theirs."""
    for name in (name for name in ROWS if name.startswith("WS ")):
        url = cast.club.url.replace("http", "ws", 1) + _filled(name.removeprefix("WS "), cast.ids)
        for role in STRANGERS:
            with pytest.raises(InvalidStatus), connect(url, additional_headers=_bearer(cast.tokens[role])):
                pass
        refusals = suppress(InvalidStatus, ConnectionClosed, TimeoutError)
        with refusals, connect(url, additional_headers=_bearer(cast.fresh("other"))) as socket:
            first = str(socket.recv(LIMIT_S))
            assert "not_found" in first, (name, first)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
