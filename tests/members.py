"""A real Folio with accounts, and people who sign in to it: for tests of accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from rag.api import create_api
from rag.app import App, open_app
from tests.api_server import API, serving
from tests.doubles import Asked, ChatServer, Piece, Reply, pieces
from tests.whole import settings_for

PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Club:
    """`url`: the server's address; `app`: the App behind it; `gate`: lets its model finish what it has begun."""

    url: str
    app: App
    gate: threading.Event

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A program that sends this token, or nothing."""
        found = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
        return httpx.Client(base_url=f"{self.url}{API}", timeout=30, headers=found)

    def join(self, username: str) -> str:
        """A new account, signed in -> its session's token."""
        with self.client() as somebody:
            answer = somebody.post("/auth/register", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["token"])


@contextmanager
def open_club(data: Path, extend: Callable[[FastAPI], None] = lambda api: None, **settings: Any) -> Iterator[Club]:
    """Folio with accounts over `data`; `extend` adds routes.

    Its model says one half of an answer, and the other when the gate opens.
    """
    gate = threading.Event()

    def script(asked: Asked) -> Reply:
        return Reply((*pieces("One half"), Piece(" and the other.", gate=gate)))

    with ChatServer(script) as model:
        values = {"auth": "password", "openai_base_url": model.base_url, "openai_api_key": "key", **settings}
        with open_app(settings_for(data, **values)) as app:
            api = create_api(app)
            extend(api)
            with serving(api) as url:
                yield Club(url, app, gate)
                gate.set()
