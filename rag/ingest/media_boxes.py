"""Containers of nested boxes, walked for two facts: is there sound and no picture, and how long does it last.

ISO base media files (M4A; ISO/IEC 14496-12) and EBML as WebM uses it (RFC 8794, RFC 9559). A malformed box is a
ValueError or struct.error; NotAudio is a file that is whole and something else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MAX_BOXES = 4_096
_MAX_MOOV_BYTES = 16 * 1024 * 1024
_EBML_BYTES = 1024 * 1024  # tracks and duration stand at the beginning
_INSIDE = {b"moov", b"trak", b"mdia"}
_SEGMENT, _INFO, _TRACKS, _TRACK = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE
_DOC_TYPE, _SCALE, _DURATION, _TRACK_TYPE, _CLUSTER = 0x4282, 0x2AD7B1, 0x4489, 0x83, 0x1F43B675
_MASTERS = {0x1A45DFA3, _SEGMENT, _INFO, _TRACKS, _TRACK}
_VIDEO, _SOUND = 1, 2


class NotAudio(Exception):
    """It is a file of another kind."""


def size_of(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def mp4_seconds(stream: BinaryIO) -> float | None:
    """How long the sound lasts; None where the header does not tell (a fragmented file).

    Raises NotAudio for films and pictures.
    """
    moov = _moov(stream)
    handlers: set[bytes] = set()
    seconds: float | None = None
    for kind, body in _boxes(moov):
        if kind == b"hdlr":
            handlers.add(bytes(body[8:12]))
        elif kind == b"mvhd":
            scale, duration = struct.unpack(">IQ", body[20:32]) if body[0] == 1 else struct.unpack(">II", body[12:20])
            seconds = duration / scale if duration else None
    if b"vide" in handlers or b"soun" not in handlers:
        raise NotAudio
    return seconds


def _moov(stream: BinaryIO) -> bytes:
    """The body of the box that describes the tracks. Raises NotAudio when there is none in a file of whole boxes."""
    size, at = size_of(stream), 0
    is_sound = False
    for _ in range(_MAX_BOXES):
        if at >= size:
            break
        stream.seek(at)
        head = stream.read(16)
        length, kind = struct.unpack(">I4s", head[:8])
        is_sound |= kind == b"ftyp" and head[8:12] in {b"M4A ", b"M4B "}
        begin = 16 if length == 1 else 8
        length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - at
        if length < begin or (kind == b"moov" and length > _MAX_MOOV_BYTES):
            raise ValueError("a box of no size")
        if kind == b"moov":
            stream.seek(at + begin)
            return stream.read(length - begin)
        at += length
    if is_sound:
        raise ValueError("no tracks")
    raise NotAudio


def _boxes(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """(kind, body) of all boxes, also of those inside the ones that lead to tracks."""
    waiting = [memoryview(data)]
    seen = 0
    while waiting:
        rest = waiting.pop()
        while len(rest) >= 8:
            length, kind = struct.unpack(">I4s", rest[:8])
            seen += 1
            if not 8 <= length <= len(rest) or seen > _MAX_BOXES:
                raise ValueError("a box of no size")
            body, rest = rest[8:length], rest[length:]
            yield kind, body
            if kind in _INSIDE:
                waiting.append(body)


def webm_seconds(stream: BinaryIO) -> float | None:
    """How long the sound lasts; None where the header does not tell (a live recording). Raises NotAudio for films."""
    stream.seek(0)
    doc_type, scale, duration = b"", 1_000_000, 0.0
    tracks: set[int] = set()
    for element, body in _elements(stream.read(_EBML_BYTES)):
        if element == _DOC_TYPE:
            doc_type = body.rstrip(b"\0")
        elif element == _SCALE:
            scale = int.from_bytes(body, "big")
        elif element == _DURATION:
            (duration,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
        elif element == _TRACK_TYPE:
            tracks.add(int.from_bytes(body, "big"))
    if not doc_type:
        raise ValueError("no kind of document")
    if doc_type != b"webm" or _VIDEO in tracks:
        raise NotAudio
    if _SOUND not in tracks or not 0 <= duration < float("inf"):
        raise ValueError("no sound")
    return duration * scale / 1e9 or None


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, body) of the elements before the first cluster; a master's own elements follow it."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at >= len(data):
            return
        element, at = _number(data, at, keep_marker=True)
        size, at = _number(data, at, keep_marker=False)
        if element == _CLUSTER:
            return
        if element in _MASTERS:
            yield element, b""
            continue
        if size < 0:
            raise ValueError("an element without an end")
        yield element, data[at : at + size] if size <= 64 else b""
        at += size


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """(a variable-length number, where it ends); -1 for a size that is not known."""
    first = data[at]
    if not first:
        raise ValueError("no number")
    length = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << 7 * length) - 1
        value = -1 if value == (1 << 7 * length) - 1 else value
    return value, at + length
