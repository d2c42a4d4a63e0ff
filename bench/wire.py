"""Clients that cost little, so that the server is measured: bytes and the moments they came, read afterwards."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

_HEX = re.compile(rb"([0-9a-fA-F]+)\r\n")


@dataclass(eq=False)
class Raw(asyncio.Protocol):
    """One request on a connection of its own, and all that came back. `ended` is set at the connection's end."""

    request: bytes
    got: list[tuple[float, bytes]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.got.append((time.time(), data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def events(self) -> list[tuple[float, dict[str, Any]]]:
        """(when the last byte of it was here, event) of each event of a chunked stream. Checks the status."""
        whole = b"".join(data for _, data in self.got)
        head, _, _ = whole.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), whole[:500]
        at, found, text, ends = len(head) + 4, [], bytearray(), _Ends(self.got)
        while (size := _HEX.match(whole, at)) is not None and int(size[1], 16):
            at = size.end() + int(size[1], 16)
            text += whole[size.end() : at]
            while b"\n\n" in text:  # a frame may be cut anywhere
                block, _, rest = bytes(text).partition(b"\n\n")
                text = bytearray(rest)
                lines = [line[6:] for line in block.split(b"\n") if line.startswith(b"data: ")]
                found += [(ends.at(at), json.loads(line)) for line in lines]
            at += 2
        return found


class _Ends:
    """When the byte at a place was here; asked for places in rising order."""

    def __init__(self, got: list[tuple[float, bytes]]) -> None:
        self._left = iter(got)
        self._end, self._when = 0, 0.0

    def at(self, place: int) -> float:
        while self._end < place:
            self._when, data = next(self._left)
            self._end += len(data)
        return self._when


class Pool:
    """GET requests over kept connections; a further one is opened when all are busy."""

    def __init__(self, host: str, port: int, headers: str = "") -> None:
        self._address = host, port
        self._headers = headers
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, path: str) -> tuple[int, bytes]:
        """-> (status, body). For answers that tell their length. A connection closed meanwhile is no answer."""
        while True:
            reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(*self._address)
            writer.write(get(path, self._headers))
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                break
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if getattr(error, "partial", b""):
                    raise
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        assert length is not None, head
        body = await reader.readexactly(int(length[1]))
        self._idle.append((reader, writer))
        return int(head.split(b" ", 2)[1]), body

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


def post(path: str, body: dict[str, Any]) -> bytes:
    """A request whose connection is closed after its answer."""
    data = json.dumps(body).encode()
    head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


async def ask(host: str, port: int, request: bytes) -> Raw:
    """Sends the request, and waits until the server has closed the connection."""
    _, raw = await asyncio.get_running_loop().create_connection(lambda: Raw(request), host, port)
    await raw.ended.wait()
    return raw
