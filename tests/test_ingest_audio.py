"""Recordings are told by their headers, and so is how long they last; what only looks like one is refused quickly."""

from __future__ import annotations

import io
import time
from contextlib import suppress

import pytest

from rag.errors import DocumentError
from rag.ingest import audio, kinds
from tests import sounds


@pytest.mark.parametrize(
    ("content", "media_type", "seconds"),
    [
        (sounds.wav(3.5), audio.WAV, 3.5),
        (sounds.flac(61.0), audio.FLAC, 61.0),
        (sounds.flac(0), audio.FLAC, None),
        (sounds.opus(7.25), audio.OGG, 7.25),
        (sounds.vorbis(12.0), audio.OGG, 12.0),
        (sounds.mp3(5.0), audio.MP3, 5.0),
        (sounds.mp3(5.0, tag=b"\xff\xfb" * 500), audio.MP3, 5.0),
        (sounds.mp3(3_600.0, counted=True), audio.MP3, 3_600.0),
        (sounds.m4a(90.0), audio.M4A, 90.0),
        (sounds.m4a(0, brand=b"dash"), audio.M4A, None),
        (sounds.webm(4.0), audio.WEBM, 4.0),
        (sounds.webm(None), audio.WEBM, None),
    ],
)
def test_a_recording_is_told_from_its_content(content: bytes, media_type: str, seconds: float | None) -> None:
    sound = audio.recognised(io.BytesIO(content), "a.bin")
    assert sound is not None
    assert sound.media_type == media_type == kinds.media_type(io.BytesIO(content), "a.pdf")
    assert sound.seconds == (None if seconds is None else pytest.approx(seconds, abs=0.1))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (sounds.m4a(handlers=(b"soun", b"vide"), brand=b"isom"), "an MP4 video"),
        (sounds.webm(track=1), "a WEBM or Matroska video"),
        (sounds.webm(doc_type=b"matroska"), "a WEBM or Matroska video"),
        (sounds.theora(), "an OGG recording"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "a HEIC image"),
    ],
)
def test_films_and_pictures_are_called_by_their_names(content: bytes, found: str) -> None:
    with pytest.raises(DocumentError, match=found) as raised:
        kinds.media_type(io.BytesIO(content), "a.mp3")
    assert raised.value.code == "unsupported_type"


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\xff\xff\xff\xffWAVE",
        b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 100_000,
        sounds.wav()[:36].replace(b"\x40\x1f\0\0", bytes(4)),
        b"fLaC" + bytes(60),
        b"fLaC\x80\xff\xff\xff" + bytes(60),
        b"OggS" + bytes(500),
        sounds.opus()[:60],
        b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(500),
        b"ID3\4\0\0\xff\xff\xff\xff" + bytes(500),
        b"\xff\xfb\x90\x64" + b"\xff\xfb\x90 " * 100_000,
        b"\0\0\0\x18ftypM4A \0\0\0\0isommp42" + b"\0\0\0\1moov" + b"\xff" * 500,
        b"\0\0\0\x18ftypM4A \0\0\0\0isommp42" + b"\0\0\0\x08free" * 100_000,
        b"\x1aE\xdf\xa3" + bytes(500),
        b"\x1aE\xdf\xa3" + b"\x01\xff\xff\xff\xff\xff\xff\xff" * 100,
    ],
)
def test_forged_headers_are_refused_quickly(content: bytes) -> None:
    began = time.thread_time()
    with pytest.raises(DocumentError) as raised:
        kinds.media_type(io.BytesIO(content), "a.mp3")
    assert raised.value.code in {"damaged_document", "unsupported_type"}
    assert time.thread_time() - began < 1.0


@pytest.mark.parametrize(
    "content", [sounds.wav(), sounds.flac(), sounds.opus(), sounds.mp3(), sounds.m4a(), sounds.webm()]
)
def test_what_breaks_off_anywhere_is_a_recording_or_refused(content: bytes) -> None:
    for length in [*range(12, 200), *range(200, len(content), max(1, len(content) // 50))]:
        for changed in (content[:length], content[: length - 1] + b"\xff" + content[length:]):
            with suppress(DocumentError):
                sound = audio.recognised(io.BytesIO(changed), "a")
                assert sound is None or sound.seconds is None or sound.seconds >= 0
