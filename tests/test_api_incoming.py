"""A body that does not come to its end. How large one may be: tests/test_api_edge.py."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx

from tests.api_server import API, ScriptedApp, serving

ASK = {"question": "What is it?"}
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


def test_a_body_that_stops_coming_is_not_waited_for(tmp_path: Path) -> None:
    """Whether JSON or a file; the connection ends with the answer. One that comes byte by byte is taken."""
    api = ScriptedApp(tmp_path).api(body_silence_s=1.0)
    as_json, as_form = "application/json", "multipart/form-data; boundary=b"
    cases = [("/search", as_json, b'{"que'), ("/docs/upload_file_async", as_form, PART + b"half of it")]
    with serving(api) as address:
        for path, media_type, begun in cases:
            with _sending(address, path, media_type, begun, 1_000) as connection:
                told = b"".join(iter(lambda: connection.recv(65_536), b""))
            head, _, body = told.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            assert json.loads(body)["error"]["error_code"] == "invalid_request"
        question = json.dumps(ASK).encode()
        with _sending(address, "/search", as_json, question[:1], len(question)) as connection:
            for each in question[1:]:
                connection.sendall(bytes([each]))
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def _sending(url: str, path: str, media_type: str, begun: bytes, announced: int) -> socket.socket:
    head = f"POST {API}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: {announced}\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=60)
    connection.sendall(head.encode() + begun)
    return connection
