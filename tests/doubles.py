"""A scripted chat model server that speaks OpenAI's protocol over real sockets (chat completions and the model list).

    with ChatServer(lambda asked: Reply(pieces("Sales rose. ", '[1: "net sales rose"]'))) as server:
        settings = load_settings(openai_base_url=server.base_url, openai_api_key="k")

The script decides for each request what happens: pieces with delays or gates, an error status, garbage, a connection
that drops or goes silent. What was asked, and when a client left early, is recorded.

    python -m tests.doubles --port 8081 --rate 40

answers by itself: it reads the passages out of the prompt, picks sentences and streams them with quoted citations.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

Ending = Literal["done", "drop", "silence", "cut", "garbage"]
_WATCH_S = 0.005
_LONG_WATCH_S = 0.1  # the server's own end is seen this late


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, sent after `delay_s`, and not before `gate` is set."""

    text: str
    delay_s: float = 0.0
    gate: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What happens to one request.

    `status` other than 200 is sent as an error at once. After the pieces: "done" ends as a server should (a reason to
    finish, the usage when asked for, [DONE]); "drop" resets the connection; "cut" closes it as if that were all;
    "silence" holds it until the client leaves; "garbage" sends bytes that are no JSON.
    """

    pieces: tuple[Piece, ...] = ()
    status: int = 200
    ending: Ending = "done"
    message: str = "scripted"


@dataclass(slots=True)
class Asked:
    """A request as it came. `left_at`: when the client was seen to leave before the end (time.monotonic), or None."""

    messages: list[dict[str, Any]]
    body: dict[str, Any]
    authorization: str
    left_at: float | None = None
    sent: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """All messages in one text."""
        return "\n".join(str(message["content"]) for message in self.messages)

    @property
    def question(self) -> str:
        return str(self.messages[-1]["content"])


Script = Callable[[Asked], Reply]


def pieces(*texts: str, delay_s: float = 0.0) -> tuple[Piece, ...]:
    return tuple(Piece(text, delay_s) for text in texts)


class ClientLeft(Exception):
    """The client closed its end before the answer was complete."""


class ChatServer:
    """The server in a thread of its own, from `with` to its end. `asked` are the chat requests so far."""

    def __init__(self, script: Script, *, port: int = 0, models: Sequence[str] = ("scripted",)) -> None:
        self.script = script
        self.models = tuple(models)
        self.asked: list[Asked] = []
        self.connections = 0
        self.closing = threading.Event()
        self._arrived = threading.Condition()
        self._server = _Listener(("127.0.0.1", port), _Handler)
        self._server.double = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="chat-double", daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def record(self, asked: Asked) -> None:
        with self._arrived:
            self.asked.append(asked)
            self._arrived.notify_all()

    def wait_for(self, count: int = 1, timeout_s: float = 60.0) -> Asked:
        """The request number `count` (from 1), as soon as it has come."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.asked) >= count, timeout_s):
                raise AssertionError(f"{len(self.asked)} requests came, not {count}")
            return self.asked[count - 1]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    double: ChatServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is part of the script."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.double.connections += 1

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the requests are recorded."""

    def do_GET(self) -> None:
        if self.path.rstrip("/") == "/v1/models":
            entries = [
                {"id": name, "object": "model", "created": 0, "owned_by": "doubles"}
                for name in self.server.double.models
            ]
            self._json(200, {"object": "list", "data": entries})
        else:
            self._json(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if self.path.rstrip("/") != "/v1/chat/completions":
            self._json(404, {"error": {"message": "no such path"}})
            return
        asked = Asked(body.get("messages", []), body, self.headers.get("authorization", ""))
        self.server.double.record(asked)
        reply = self.server.double.script(asked)
        try:
            if reply.status != 200:
                self._json(reply.status, {"error": {"message": reply.message, "type": "scripted", "code": None}})
            elif body.get("stream"):
                self._stream(asked, reply)
            else:
                self._whole(asked, reply)
        except (ClientLeft, ConnectionError):
            asked.left_at = time.monotonic()
            asked.left.set()
            self.close_connection = True
        finally:
            asked.ended.set()

    def _stream(self, asked: Asked, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._event(asked, {"role": "assistant", "content": ""})
        for piece in reply.pieces:
            self._wait(piece)
            self._event(asked, {"content": piece.text})
            asked.sent.append(piece.text)
        self._end(asked, reply)

    def _end(self, asked: Asked, reply: Reply) -> None:
        match reply.ending:
            case "done":
                self._event(asked, {}, finish="stop")
                if (asked.body.get("stream_options") or {}).get("include_usage"):
                    self._chunk(_sse({**_frame(asked), "choices": [], "usage": _usage(asked)}))
                self._chunk(b"data: [DONE]\n\n")
                self._chunk(b"")
            case "cut":
                self._chunk(b"")
            case "garbage":
                self._chunk(b"data: <<<this is not JSON>>>\n\n")
                self._chunk(b"")
            case "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            case "silence":
                self._hold(lambda: False)

    def _whole(self, asked: Asked, reply: Reply) -> None:
        for piece in reply.pieces:
            self._wait(piece)
            asked.sent.append(piece.text)
        if reply.ending == "silence":
            self._hold(lambda: False)
        message = {"role": "assistant", "content": "".join(asked.sent)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._json(200, {**_frame(asked), "object": "chat.completion", "choices": [choice], "usage": _usage(asked)})

    def _wait(self, piece: Piece) -> None:
        due = time.monotonic() + piece.delay_s
        gate = piece.gate
        if piece.delay_s or gate is not None:
            self._hold(lambda: time.monotonic() >= due and (gate is None or gate.is_set()), due)

    def _hold(self, is_over: Callable[[], bool], due: float = 0.0) -> None:
        """Until `is_over()`, not before `due`, watching the client. Raises ClientLeft as soon as it has gone."""
        while not is_over():
            wait_s = min(_LONG_WATCH_S, max(_WATCH_S, due - time.monotonic()))  # the client's leaving ends it at once
            readable, _, _ = select.select([self.connection], [], [], wait_s)
            if (readable and not self.connection.recv(1, socket.MSG_PEEK)) or self.server.double.closing.is_set():
                raise ClientLeft

    def _event(self, asked: Asked, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._chunk(_sse({**_frame(asked), "object": "chat.completion.chunk", "choices": [choice]}))

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _frame(asked: Asked) -> dict[str, Any]:
    return {"id": "chatcmpl-scripted", "created": 0, "model": asked.body.get("model", "scripted")}


def _usage(asked: Asked) -> dict[str, int]:
    """Four characters a token, rounded up."""
    prompt, completion = -(-len(asked.prompt) // 4), -(-len("".join(asked.sent)) // 4)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _sse(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def main(arguments: Sequence[str] | None = None) -> None:
    from tests.quoting import quoting_script  # noqa: PLC0415 -- it imports this module

    parser = argparse.ArgumentParser(description="A chat model server that answers with quotes from its prompt.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--rate", type=float, default=40.0, help="tokens a second; 0 is as fast as possible")
    chosen = parser.parse_args(arguments)
    server = ChatServer(quoting_script(chosen.rate), port=chosen.port)
    sys.stdout.write(f"OPENAI_BASE_URL={server.base_url} OPENAI_API_KEY=none OPENAI_MODEL=scripted\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
