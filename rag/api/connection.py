"""One client's live connection to a conversation.

    joining     an answer was being written when it came: for a moment its first frame may say from where on it wants
                the events (`resume`); else it gets them from the first
    open        it gets the events of every turn of the conversation, whoever asked, each in order and once
    closed      it left, sent a frame that is too large, or took nothing for SEND_TIMEOUT_S

Nothing is kept for a slow client but a place in each turn's log; signs of typing that it does not take are dropped.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from typing import Any, Final, assert_never

import anyio
from fastapi.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from rag.api.envelope import to_bytes
from rag.api.follow import LOOK_EVERY_S
from rag.api.frames import (
    MAX_FRAME_BYTES,
    ChatMessage,
    ClientFrame,
    Ping,
    Resume,
    SayTyping,
    Stop,
    UnfitFrame,
    error_frame,
    parse,
    pong,
)
from rag.api.sse import SEND_TIMEOUT_S
from rag.api.state import State
from rag.errors import FolioError, InternalError, RequestError
from rag.turns.following import Tail
from store.turns import Turn

log = logging.getLogger(__name__)

JOIN_S: Final = 0.3
TOO_LARGE: Final = 1009  # RFC 6455, section 7.4.1
_TURNS: Final = 1_000  # whose end is remembered
_SIGNS: Final = 50  # of typing, waiting to be sent


class Connection:
    """`websocket` is accepted; the conversation is the user's. `run` returns when the client has left."""

    def __init__(self, websocket: WebSocket, door: State, user_id: str, conversation_id: str) -> None:
        self._websocket = websocket
        self._door = door
        self._app = door.app
        self._user_id = user_id
        self._conversation_id = conversation_id
        self._client_id = f"client_{secrets.token_hex(8)}"
        self._is_joining = True
        self._wake = asyncio.Event()
        self._sending = anyio.Lock()
        self._signs: deque[dict[str, Any]] = deque(maxlen=_SIGNS)
        self._begun: dict[str, None] = {}  # turns whose events are to come, in order
        self._tails: dict[str, Tail] = {}
        self._known: dict[str, None] = {}  # turns that are followed, or were

    async def run(self) -> None:
        news, rooms = self._door.followers.news, self._door.rooms
        with (
            rooms.joined(self._conversation_id, self._client_id, self._hear),
            news.of_conversation(self._conversation_id, self._told),
        ):
            active = await run_in_threadpool(self._app.active_turn, self._user_id, self._conversation_id)
            if active is None:
                self._join()
            else:
                self._begun[active.id] = None
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._until, self._read, tasks.cancel_scope)
                tasks.start_soon(self._until, self._write, tasks.cancel_scope)
                await anyio.sleep(JOIN_S)
                self._join()

    async def _until(self, work: Any, scope: anyio.CancelScope) -> None:
        """Runs a half of the connection; when it ends, so does the other."""
        try:
            await work()
        except (WebSocketDisconnect, TimeoutError, RuntimeError) as error:
            # Starlette raises RuntimeError for a send after the other side has closed.
            log.debug("a live connection ended: %r", error)
        scope.cancel()

    # What is heard

    def _hear(self, frame: dict[str, Any]) -> None:
        self._signs.append(frame)
        self._wake.set()

    def _told(self, turn: Turn) -> None:
        if turn.id not in self._known:
            self._begun[turn.id] = None
        self._wake.set()

    def _join(self) -> None:
        self._is_joining = False
        self._wake.set()

    # What is sent

    async def _write(self) -> None:
        while True:
            self._wake.clear()
            while self._signs:
                await self._send(self._signs.popleft())
            await self._begin_following()
            is_idle = True
            for tail in tuple(self._tails.values()):
                is_idle = await self._pass_on(tail) and is_idle
            if is_idle:
                unowned = any(tail.live is None for tail in self._tails.values())
                with anyio.move_on_after(LOOK_EVERY_S if unowned else None):
                    await self._wake.wait()

    async def _begin_following(self) -> None:
        while self._begun and not self._is_joining:
            turn_id = next(iter(self._begun))
            del self._begun[turn_id]
            if turn_id not in self._known:
                await self._follow(turn_id, 0)

    async def _follow(self, turn_id: str, after: int) -> None:
        self._known[turn_id] = None
        while len(self._known) > _TURNS:
            del self._known[next(iter(self._known))]
        self._tails[turn_id] = await run_in_threadpool(self._app.tail, self._user_id, turn_id, after)
        self._wake.set()

    async def _pass_on(self, tail: Tail) -> bool:
        """Sends what is new in a turn. -> whether there was nothing."""
        events = tail.peek()
        if events is None:
            try:
                events = await run_in_threadpool(tail.read)
            except FolioError as error:  # its conversation was deleted for good
                self._tails.pop(tail.turn_id, None)
                await self._send(error_frame(error))
                return False
        for logged in events:
            if self._tails.get(tail.turn_id) is not tail:
                return False  # the client has asked for another place
            await self._send(logged.to_json())
        if tail.is_over and self._tails.get(tail.turn_id) is tail:
            del self._tails[tail.turn_id]
        return not events

    async def _send(self, frame: dict[str, Any]) -> None:
        with anyio.fail_after(SEND_TIMEOUT_S):
            async with self._sending:
                await self._websocket.send_text(to_bytes(frame).decode())

    # What is asked

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data = (message.get("text") or "").encode() or message.get("bytes") or b""
            if len(data) > MAX_FRAME_BYTES:
                await self._websocket.close(TOO_LARGE, f"a frame has at most {MAX_FRAME_BYTES} bytes")
                return
            await self._take(data)

    async def _take(self, data: bytes) -> None:
        reply_to: str | None = None
        try:
            frame = parse(data)
            reply_to = frame.type
            await self._answer(frame)
        except UnfitFrame as error:
            await self._send(error_frame(error, error.reply_to))
        except FolioError as error:
            await self._send(error_frame(error, reply_to))
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            raise
        except Exception:  # the API's edge: one frame's defect must not end the connection
            log.exception("a frame of a live connection failed")
            defect = InternalError("internal_error", "Something went wrong on our side.")
            await self._send(error_frame(defect, reply_to))

    async def _answer(self, frame: ClientFrame) -> None:
        match frame:
            case ChatMessage():
                await self._ask(frame)
            case SayTyping():
                is_typing = frame.is_typing is not False
                self._door.rooms.type(self._conversation_id, self._client_id, self._user_id, is_typing=is_typing)
            case Stop():
                await self._stop(frame)
            case Resume():
                await self._resume(frame)
            case Ping():
                await self._send(pong(frame))
            case _:
                assert_never(frame)

    async def _ask(self, frame: ChatMessage) -> None:
        if frame.conversation_id not in {None, self._conversation_id}:
            raise RequestError("invalid_request", "This connection is another conversation's.")
        self._join()
        body = frame.model_copy(update={"conversation_id": self._conversation_id})
        turn = await run_in_threadpool(self._app.ask, self._user_id, body.to_asking(self._app.settings))
        self._told(turn)  # the same client key again: it began before this connection did

    async def _stop(self, frame: Stop) -> None:
        self._join()
        if frame.turn_id is not None:
            turn: Turn | None = await self._own(frame.turn_id)
        else:
            turn = await run_in_threadpool(self._app.active_turn, self._user_id, self._conversation_id)
        if turn is not None:
            await run_in_threadpool(self._app.stop, self._user_id, turn.id)

    async def _resume(self, frame: Resume) -> None:
        turn = await self._own(frame.turn_id)
        after, seen = await self._door.followers.place(self._user_id, turn.id, frame.after or 0)
        self._begun.pop(turn.id, None)
        if seen is not None and seen.is_terminal:
            self._known[turn.id] = None
            await self._send(seen.to_json())  # it has everything: the end again, so that it need not wait
        else:
            await self._follow(turn.id, after)
        self._join()

    async def _own(self, turn_id: str) -> Turn:
        turn = await run_in_threadpool(self._app.turn, self._user_id, turn_id)
        if turn.conversation_id != self._conversation_id:
            raise RequestError("not_found", "This turn does not exist, or it is another conversation's.")
        return turn
