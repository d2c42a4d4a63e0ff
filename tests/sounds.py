"""Recordings of silence, as headers tell them: as long as they say, hardly any bytes of sound."""

from __future__ import annotations

import io
import struct
import wave


def wav(seconds: float = 2.0, rate: int = 8_000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(int(seconds * rate) * 2))
    return out.getvalue()


def flac(seconds: float = 2.0, rate: int = 16_000) -> bytes:
    packed = rate << 44 | 15 << 36 | int(seconds * rate)
    info = struct.pack(">HH", 4_096, 4_096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80\x00\x00\x22" + info + b"\xff\xf8" + bytes(100)


def opus(seconds: float = 2.0) -> bytes:
    return _page(0, b"OpusHead\1\1\0\0" + struct.pack("<I", 48_000) + b"\0\0\0") + _page(
        int(seconds * 48_000), b"x" * 50
    )


def vorbis(seconds: float = 2.0, rate: int = 44_100) -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBI", 0, 2, rate) + bytes(13)
    return _page(0, head) + _page(int(seconds * rate), b"x" * 50)


def theora() -> bytes:
    return _page(0, b"\x80theora\3\2\1" + bytes(30)) + _page(100, b"x" * 50)


def _page(granule: int, packet: bytes) -> bytes:
    return b"OggS\0\2" + struct.pack("<qIII", granule, 1, 0, 0) + bytes([1, len(packet)]) + packet


def mp3(seconds: float = 2.0, *, tag: bytes = b"", counted: bool = False) -> bytes:
    """Frames of 64 kbit/s at 44.1 kHz; `counted`: only the first few are there, and a header tells how many."""
    frame = b"\xff\xfb\x50\x00" + bytes(204)
    frames = int(seconds * 44_100 / 1_152)
    head = b""
    if tag:
        head = (
            b"ID3\4\0\0"
            + bytes([len(tag) >> 21 & 127, len(tag) >> 14 & 127, len(tag) >> 7 & 127, len(tag) & 127])
            + tag
        )
    if not counted:
        return head + frame * max(3, frames)
    xing = frame[:4] + bytes(32) + b"Xing" + struct.pack(">II", 1, frames)
    return head + xing.ljust(208, b"\0") + frame * 3


def m4a(seconds: float = 2.0, *, handlers: tuple[bytes, ...] = (b"soun",), brand: bytes = b"M4A ") -> bytes:
    mvhd = _box(b"mvhd", bytes(12) + struct.pack(">II", 1_000, int(seconds * 1_000)) + bytes(80))
    tracks = b"".join(
        _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8) + handler + bytes(12)))) for handler in handlers
    )
    return _box(b"ftyp", brand + bytes(4) + b"isom") + _box(b"moov", mvhd + tracks) + _box(b"mdat", bytes(100))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def webm(seconds: float | None = 2.0, *, doc_type: bytes = b"webm", track: int = 2) -> bytes:
    """Without `seconds` it is as a browser's recorder writes it: of unknown size and length."""
    header = _element(b"\x1a\x45\xdf\xa3", _element(b"\x42\x82", doc_type))
    duration = b"" if seconds is None else _element(b"\x44\x89", struct.pack(">d", seconds * 1_000))
    info = _element(b"\x15\x49\xa9\x66", _element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3, "big")) + duration)
    tracks = _element(b"\x16\x54\xae\x6b", _element(b"\xae", _element(b"\x83", bytes([track]))))
    cluster = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(100)
    return header + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + info + tracks + cluster


def _element(name: bytes, body: bytes) -> bytes:
    return name + (0x4000 | len(body)).to_bytes(2, "big") + body
