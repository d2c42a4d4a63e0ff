"""The HTTP door on a real port for any test, and an application whose answers a test writes event by event."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

import httpx
import uvicorn
from fastapi import FastAPI

from rag.api import create_api
from rag.api.state import State
from rag.app import App
from rag.errors import RequestError
from rag.events import Event, Logged, Queued
from rag.model import Asking
from rag.settings import Settings
from tests.conftest import wait_until

AT = "2026-11-20T13:00:00.000Z"
API = "/api/v1"


@contextmanager
def serving(api: FastAPI) -> Iterator[str]:
    """Serves `api` by uvicorn in a thread; gives its address."""
    config = uvicorn.Config(api, host="127.0.0.1", port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1,
                            proxy_headers=False)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Script:
    """A turn whose log the test writes. `id` and `conversation_id` are a turn's."""

    id: str
    owner: str
    asking: Asking
    app: ScriptedApp
    log: list[Logged] = field(default_factory=list)
    conversation_id: str = "conv_1"

    @property
    def readers(self) -> int:
        """Those who follow it now."""
        return sum(door.followers.news.readers(self.id) for door in self.app.doors)


class ScriptedTail:
    """A place in a script's log, see `rag.turns.following.Tail`."""

    def __init__(self, script: Script, after: int) -> None:
        self.turn_id = script.id
        self.after = after
        self.is_over = False
        self.live = script
        self._script = script

    def peek(self) -> list[Logged] | None:
        return None if self._script.app.refusal is not None else self.read()

    def read(self) -> list[Logged]:
        if self._script.app.refusal is not None:
            raise self._script.app.refusal
        log = list(self._script.log)
        self.is_over = log[-1].is_terminal
        news = log[self.after :]
        self.after = max(self.after, len(log))
        return news


class ScriptedApp:
    """Stands in for the App where a test has to decide when which event comes."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.settings = Settings(data=data, _env_file=None, **settings)  # type: ignore[call-arg]
        self.turns: dict[str, Script] = {}
        self.refusal: Exception | None = None
        self.doors: list[State] = []
        self.stopped: list[str] = []
        self._owner = ""
        self._listeners: list[Callable[[Sequence[Any]], None]] = []

    def api(self, **options: Any) -> FastAPI:
        made = create_api(cast("App", self), **options)
        self.doors.append(made.state.door)
        return made

    def listen(self, heard: Callable[[Sequence[Any]], None]) -> Callable[[], None]:
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    def _tell(self, *scripts: Script) -> None:
        for heard in tuple(self._listeners):
            heard(scripts)

    def add(self, turn_id: str, *events: Event) -> None:
        """More events for the turn's log."""
        script = self.turns[turn_id]
        script.log += [Logged(turn_id, seq, AT, event) for seq, event in enumerate(events, start=len(script.log) + 1)]
        self._tell(script)

    def ask(self, user_id: str, asking: Asking) -> Any:
        if self.refusal is not None:
            raise self.refusal
        known = [turn_id for turn_id, script in self.turns.items() if script.asking.client_key == asking.client_key]
        if known and asking.client_key is not None:
            return SimpleNamespace(id=known[0], conversation_id="conv_1")
        turn_id = f"turn_{len(self.turns) + 1}"
        self.turns[turn_id] = Script(turn_id, user_id, asking, self)
        self.add(turn_id, Queued("conv_1", "msg_1"))
        return SimpleNamespace(id=turn_id, conversation_id="conv_1")

    def _script(self, user_id: str, turn_id: str) -> Script:
        script = self.turns.get(turn_id)
        if script is None or script.owner != user_id:
            raise RequestError("not_found", "It does not exist, or it is not yours.")
        return script

    def tail(self, user_id: str, turn_id: str, after: int = 0) -> ScriptedTail:
        return ScriptedTail(self._script(user_id, turn_id), after)

    def break_off(self, error: Exception) -> None:
        """Every follower fails from now on, and so does every question."""
        self.refusal = error
        self._tell(*self.turns.values())

    def stop(self, user_id: str, turn_id: str) -> None:
        self.stopped.append(self._script(user_id, turn_id).id)

    def turn(self, user_id: str, turn_id: str) -> Script:
        return self._script(user_id, turn_id)

    def active_turn(self, user_id: str, conversation_id: str) -> Script | None:
        open_ones = (script for script in self.turns.values() if not script.log[-1].is_terminal)
        return next((script for script in open_ones if script.owner == user_id), None)

    def conversation(self, user_id: str, conversation_id: str) -> None:
        """Conversation conv_1 belongs to whoever comes first."""
        self._owner = self._owner or user_id
        if (user_id, conversation_id) != (self._owner, "conv_1"):
            raise RequestError("not_found", "It does not exist, or it is not yours.")

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "version": "0", "versions": {}, "degraded": []}

    def search_noted(self, user_id: str, asking: Asking, limit: int) -> tuple[list[Any], str]:
        return [], ""

    @property
    def library(self) -> Self:
        """The verbs for documents, here beside the others."""
        return self

    def document_page(self, user_id: str, limit: int, offset: int) -> tuple[list[Any], int]:
        raise ValueError("a defect")


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


def frames_in(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The frames of a stream as (id, event, data)."""
    frames = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            frames.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return frames
