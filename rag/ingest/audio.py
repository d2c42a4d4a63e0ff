"""Recordings, told by their headers: what they are and how long they last. Nothing is decoded.

Headers: RIFF/WAVE; FLAC STREAMINFO (RFC 9639); Ogg pages (RFC 3533); MPEG audio frames with Xing and VBRI; ISO base
media boxes (ISO/IEC 14496-12); EBML (RFC 8794) as WebM uses it. The last two are in `media_boxes`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from rag.errors import DocumentError
from rag.ingest import media_boxes
from rag.ingest.media_boxes import NotAudio, size_of

WAV = "audio/wav"
MP3 = "audio/mpeg"
M4A = "audio/mp4"
FLAC = "audio/flac"
OGG = "audio/ogg"
WEBM = "audio/webm"
SUFFIXES = {WAV: "wav", MP3: "mp3", M4A: "m4a", FLAC: "flac", OGG: "ogg", WEBM: "webm"}

_TAIL_BYTES = 65_536 + 512  # an Ogg page is smaller
_SYNC_WITHIN = 64 * 1024
_VERSION_1_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_VERSION_2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_OGG_RATES: tuple[tuple[bytes, int], ...] = ((b"\x01vorbis", 12), (b"Speex   ", 36))  # codec, where its rate stands


@dataclass(frozen=True, slots=True)
class Sound:
    """`seconds` is None where the header does not tell."""

    media_type: str
    seconds: float | None


def is_audio(media_type: str) -> bool:
    return media_type in SUFFIXES


def recognised(stream: BinaryIO, name: str) -> Sound | None:
    """What recording this is; None when it is none. `stream` is seekable; where it stands afterwards is undefined.

    Raises DocumentError(damaged_document) for what begins as a recording and does not go on as one.
    """
    stream.seek(0)
    head = stream.read(64)
    reader = _reader(head)
    if reader is None:
        return None
    try:
        return reader(stream)
    except NotAudio:
        return None
    except (struct.error, ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
        raise DocumentError(
            "damaged_document", f"'{name}' is damaged: it begins like a recording, but no sound can be found in it."
        ) from error


def _reader(head: bytes) -> Callable[[BinaryIO], Sound] | None:
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return _wav
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2):
        return _mp3
    signatures: tuple[tuple[int, bytes, Callable[[BinaryIO], Sound]], ...] = (
        (0, b"fLaC", _flac), (0, b"OggS", _ogg), (4, b"ftyp", _m4a), (0, b"\x1aE\xdf\xa3", _webm),
    )  # fmt: skip
    return next((reader for at, signature, reader in signatures if head[at:].startswith(signature)), None)


def _wav(stream: BinaryIO) -> Sound:
    size = size_of(stream)
    at, byte_rate = 12, 0
    for _ in range(1_000):
        stream.seek(at)
        kind, length = struct.unpack("<4sI", stream.read(8))
        if kind == b"fmt ":
            _, channels, rate, byte_rate = struct.unpack("<HHII", stream.read(12))
            if not (channels and rate and byte_rate):
                raise ValueError("no sound format")
        elif kind == b"data":
            return Sound(WAV, min(length or size, size - at - 8) / byte_rate)
        at += 8 + length + length % 2
    raise ValueError("too many chunks")


def _flac(stream: BinaryIO) -> Sound:
    return _flac_at(stream, 0)


def _flac_at(stream: BinaryIO, at: int) -> Sound:
    stream.seek(at + 4)
    block = stream.read(38)
    if block[0] & 0x7F or int.from_bytes(block[1:4], "big") != 34:
        raise ValueError("no STREAMINFO")
    packed = int.from_bytes(block[14:22], "big")
    rate, samples = packed >> 44, packed & ((1 << 36) - 1)
    if not rate:
        raise ValueError("no sample rate")
    return Sound(FLAC, samples / rate if samples else None)


def _ogg(stream: BinaryIO) -> Sound:
    stream.seek(0)
    page = stream.read(27 + 255 + 64)
    packet = page[27 + page[26] :]
    if packet.startswith((b"\x80theora", b"BBCD", b"fishead\0")):
        raise NotAudio
    if packet.startswith(b"OpusHead"):
        rate = 48_000
    elif packet.startswith(b"\x7fFLAC"):
        rate = int.from_bytes(packet[27:30], "big") >> 4
    else:
        at = next(at for signature, at in (*_OGG_RATES, (b"", 0)) if packet.startswith(signature))
        (rate,) = struct.unpack_from("<I", packet, at)
        if not at:
            raise ValueError("an unknown codec")
    return Sound(OGG, _last_granule(stream) / rate)


def _last_granule(stream: BinaryIO) -> int:
    """How many samples there are: every page says how many there were up to its end."""
    stream.seek(max(0, size_of(stream) - _TAIL_BYTES))
    tail = stream.read()
    at = tail.rindex(b"OggS")
    granule: int = struct.unpack_from("<q", tail, at + 6)[0]
    if not 0 <= granule < 1 << 48:
        raise ValueError("an end without a time")
    return granule


def _mp3(stream: BinaryIO) -> Sound:
    size, start = size_of(stream), _after_tag(stream)
    stream.seek(start)
    head = stream.read(_SYNC_WITHIN)
    if head.startswith(b"fLaC"):
        return _flac_at(stream, start)
    at, (length, kbps, rate, samples) = _first_frame(head)
    frame = head[at : at + length]
    for signature, offset in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        place = frame.find(signature, 4, 60)
        if place >= 0 and (signature == b"VBRI" or frame[place + 7] & 1):
            (frames,) = struct.unpack_from(">I", frame, place + offset)
            return Sound(MP3, frames * samples / rate)
    return Sound(MP3, (size - start - at) * 8 / (kbps * 1_000))


def _after_tag(stream: BinaryIO) -> int:
    """Where the sound begins: after an ID3v2 tag."""
    stream.seek(0)
    tag = stream.read(10)
    if tag[:3] != b"ID3":
        return 0
    if any(byte & 0x80 for byte in tag[6:10]):
        raise ValueError("no size of a tag")
    length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
    return 10 + length + (10 if tag[5] & 0x10 else 0)


def _first_frame(head: bytes) -> tuple[int, tuple[int, int, int, int]]:
    """The first place where one frame stands behind another: (place, what its header says)."""
    at = head.find(b"\xff")
    while 0 <= at < len(head) - 4:
        frame = _frame(head, at)
        if frame is not None:
            following = at + frame[0]
            if following == len(head) or (following < len(head) - 4 and _frame(head, following) is not None):
                return at, frame
        at = head.find(b"\xff", at + 1)
    raise ValueError("no frame")


def _frame(head: bytes, at: int) -> tuple[int, int, int, int] | None:
    """A layer III frame's (bytes, kilobits a second, samples a second, samples); None when this is no frame."""
    sync, packed = head[at + 1], head[at + 2]
    version, rate_index, kbps_index = sync >> 3 & 3, packed >> 2 & 3, packed >> 4
    if head[at] != 0xFF or sync & 0xE6 != 0xE2 or version == 1 or rate_index == 3 or kbps_index in {0, 15}:
        return None
    kbps = (_VERSION_1_KBPS if version == 3 else _VERSION_2_KBPS)[kbps_index]
    rate = _RATES[version][rate_index]
    samples = 1_152 if version == 3 else 576
    return samples // 8 * kbps * 1_000 // rate + (packed >> 1 & 1), kbps, rate, samples


def _m4a(stream: BinaryIO) -> Sound:
    return Sound(M4A, media_boxes.mp4_seconds(stream))


def _webm(stream: BinaryIO) -> Sound:
    return Sound(WEBM, media_boxes.webm_seconds(stream))
