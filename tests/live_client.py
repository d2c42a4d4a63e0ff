"""A client of a live conversation: frames as dicts, read until a condition holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.api_server import API
from tests.conftest import LIMIT_S

Frame = dict[str, Any]
TERMINAL = {"done", "stopped", "interrupted", "error"}


class Live:
    """`frames`: everything that came, in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []

    def send(self, kind: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": kind, **fields}))

    def next(self, timeout_s: float = LIMIT_S) -> Frame:
        """Raises TimeoutError when nothing comes."""
        self.frames.append(json.loads(self.connection.recv(timeout_s)))
        return self.frames[-1]

    def until(self, holds: Callable[[Frame], bool]) -> list[Frame]:
        """Reads up to the first frame for which it holds; returns all since the last call."""
        got = [self.next()]
        while not holds(got[-1]):
            got.append(self.next())
        return got

    def turn(self) -> list[Frame]:
        """The events of a turn up to its end."""
        return self.until(lambda frame: frame["type"] in TERMINAL)

    def synced(self) -> list[Frame]:
        """Everything that was sent before the answer to a ping."""
        self.send("ping", id="sync")
        return self.until(lambda frame: frame["type"] == "pong" and frame["id"] == "sync")[:-1]


@contextmanager
def live(url: str, conversation_id: str, token: str = "", **options: Any) -> Iterator[Live]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"{url.replace('http', 'ws', 1)}{API}/chat/conversation/{conversation_id}/ws"
    with connect(address, additional_headers=headers, proxy=None, **options) as connection:
        yield Live(connection)
