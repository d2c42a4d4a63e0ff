"""A scripted chat model server of little cost, so that what is measured is Folio: python -m bench.model [--seconds 30]

Speaks OpenAI's streaming protocol. A question with "number" in it is answered by RATE tokens a second, each of them the
moment at which it is sent: when it is due, so that a pause does not put all streams in step with each other. Everything
else, titles for example, is answered by one word. Serves until standard input ends; its first line is its address.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RATE = 10.0  # tokens a second
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_MODELS = b'{"object":"list","data":[{"id":"scripted","object":"model","created":0,"owned_by":"bench"}]}'
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass(frozen=True, slots=True)
class ModelServer:
    """`process_id`: whose processor time it costs."""

    url: str
    process_id: int


@contextmanager
def model_server(seconds: float) -> Iterator[ModelServer]:
    """In a process of its own; each answer lasts so many seconds."""
    command = [sys.executable, "-m", "bench.model", "--seconds", str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield ModelServer(process.stdout.readline().strip(), process.pid)


class _Connection(asyncio.Protocol):
    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._data = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._data = b""
        if head.startswith(b"GET"):
            told = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_MODELS)
            self._transport.write(told + _MODELS)
            return
        self._transport.write(_HEAD + _event({"role": "assistant", "content": ""}))
        messages = json.loads(body)["messages"]
        if "number" in str(messages[-1]["content"]) and "title" not in str(messages[0]["content"]):
            self._wait(asyncio.get_running_loop().time(), 1)
        else:
            self._transport.write(_event({"content": "Numbers"}))
            self._end()

    def _wait(self, begun: float, number: int) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(begun + number / RATE, self._token, begun, number)

    def _token(self, begun: float, number: int) -> None:
        self._transport.write(_event({"content": f"{time.time():.4f} "}))
        if number < self._tokens:
            self._wait(begun, number + 1)
        else:
            self._end()

    def _end(self) -> None:
        usage = _chunk({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": self._tokens}})
        self._transport.write(_event({}, "stop") + usage + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    return _chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _chunk(told: dict[str, Any]) -> bytes:
    envelope = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
    data = f"data: {json.dumps({**envelope, **told})}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(tokens: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(tokens), "127.0.0.1", 0, backlog=1_000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    asyncio.run(serve(int(parser.parse_args().seconds * RATE)))


if __name__ == "__main__":
    main()
