"""A scripted transcription server that speaks OpenAI's protocol over a real socket.

    with SpeechServer() as server:
        settings = load_settings(transcription_url=server.base_url)

It answers with `segments`, or as `status` and `body` say. While `go_on` is cleared it keeps its clients waiting.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

SEGMENTS: list[dict[str, Any]] = [
    {"start": 0.0, "end": 4.0, "text": " Welcome to the meeting of the harbour board."},
    {"start": 4.0, "end": 9.5, "text": " The ferry to Stromness will leave at seven in the morning."},
    {"start": 14.0, "end": 18.25, "text": " The new crane costs 412 thousand crowns."},
]


@dataclass(frozen=True, slots=True)
class Upload:
    """A request as it came: its fields, the file's name, type and bytes."""

    fields: dict[str, str]
    name: str
    media_type: str
    content: bytes
    authorization: str


class SpeechServer:
    """The server in a thread of its own. `knows_verbose`: whether it gives times; `uploads` are the requests so far."""

    def __init__(self, *, status: int = 200, body: bytes | None = None, knows_verbose: bool = True) -> None:
        self.status, self.body, self.knows_verbose = status, body, knows_verbose
        self.segments: list[dict[str, Any]] = SEGMENTS
        self.uploads: list[Upload] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.double = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def answer(self, upload: Upload) -> tuple[int, bytes]:
        self.uploads.append(upload)
        self.go_on.wait(30)
        if self.body is not None or self.status != 200:
            return self.status, self.body or b'{"error": {"message": "scripted"}}'
        text = "".join(segment["text"] for segment in self.segments)
        if upload.fields["response_format"] == "verbose_json":
            if not self.knows_verbose:
                return 400, b'{"error": {"message": "response_format verbose_json is not supported"}}'
            return 200, json.dumps({"text": text, "duration": 20.0, "segments": self.segments}).encode()
        return 200, json.dumps({"text": text}).encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    double: SpeechServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the requests are recorded."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/audio/transcriptions":
            self._send(404, b"{}")
            return
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + content).get_payload()
        assert isinstance(parts, list)
        fields, file = {}, Message()
        for part in parts:
            assert isinstance(part, Message)
            if part.get_filename():
                file = part
            else:
                fields[str(part.get_param("name", header="content-disposition"))] = _bytes_of(part).decode()
        upload = Upload(
            fields, file.get_filename() or "", file.get_content_type(), _bytes_of(file),
            self.headers.get("authorization", ""),
        )  # fmt: skip
        self._send(*self.server.double.answer(upload))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
