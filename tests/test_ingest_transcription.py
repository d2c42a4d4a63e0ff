"""Transcription over a real socket, and on this machine."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import DocumentError
from rag.ingest import audio
from rag.ingest.processes import Stopped
from rag.ingest.transcript import Segment
from rag.ingest.transcription import HOW_TO, OPENAI_URL, Nobody, Server, for_settings
from rag.ingest.whisper import LocalWhisper
from tests import sounds
from tests.doubles_speech import SEGMENTS, SpeechServer
from tests.whole import settings_for

EXPECTED = [Segment(part["start"], part["end"], part["text"]) for part in SEGMENTS]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording"
    path.write_bytes(sounds.wav())
    return path


def _nobody_follows(done: int, total: int) -> None:
    """Nobody asked."""


def _segments(server: Server | LocalWhisper | Nobody, path: Path) -> list[Segment]:
    return server.segments(path, audio.WAV, _nobody_follows, lambda: False)


def test_a_server_writes_down_what_is_said(recording: Path) -> None:
    with SpeechServer() as server:
        assert _segments(Server(server.base_url, "whisper-1", "secret"), recording) == EXPECTED
        assert _segments(Server(server.base_url + "/audio/transcriptions", "m"), recording) == EXPECTED
    first, second = server.uploads
    assert first.fields == {"model": "whisper-1", "response_format": "verbose_json"}
    assert (first.name, first.media_type, first.content) == ("recording.wav", "audio/wav", recording.read_bytes())
    assert (first.authorization, second.authorization) == ("Bearer secret", "")


def test_a_server_without_times_is_asked_for_words(recording: Path) -> None:
    with SpeechServer(knows_verbose=False) as server:
        text = "".join(segment.text for segment in EXPECTED)
        assert _segments(Server(server.base_url, "m"), recording) == [Segment(0.0, 0.0, text)]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b"{}", "damaged_document"),
        (413, b"{}", "too_large"),
        (401, b"{}", "transcription_unavailable"),
        (404, b"{}", "transcription_unavailable"),
        (429, b"{}", "transcription_unavailable"),
        (500, b"<html>", "transcription_unavailable"),
        (200, b"<html>", "transcription_unavailable"),
        (200, b"[1]", "transcription_unavailable"),
        (200, b'{"segments": [{"start": "soon"}]}', "transcription_unavailable"),
    ],
)
def test_refusals_are_coded(recording: Path, status: int, body: bytes, code: str) -> None:
    with SpeechServer(status=status, body=body) as server, pytest.raises(DocumentError) as raised:
        _segments(Server(server.base_url, "m"), recording)
    assert raised.value.code == code
    assert raised.value.message.endswith(".")


def test_a_server_that_is_not_there_is_said(recording: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/v1", "nonsense"):
        with pytest.raises(DocumentError) as raised:
            _segments(Server(url, "m"), recording)
        assert (raised.value.code, raised.value.retryable) == ("transcription_unavailable", True)


def test_a_slow_server_is_given_up_and_a_stop_ends_the_waiting(recording: Path) -> None:
    with SpeechServer() as server:
        server.go_on.clear()
        with pytest.raises(DocumentError, match="too slow"):
            _segments(Server(server.base_url, "m", timeout_s=0.3), recording)
        stop = threading.Event()
        threading.Timer(0.2, stop.set).start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            Server(server.base_url, "m").segments(recording, audio.WAV, _nobody_follows, stop.is_set)
        assert time.monotonic() - began < 20.0


def test_who_writes_down_depends_on_the_settings(tmp_path: Path) -> None:
    nobody = for_settings(settings_for(tmp_path))
    assert nobody.reason == HOW_TO
    assert for_settings(settings_for(tmp_path, openai_api_key="k")) == Server(OPENAI_URL, "whisper-1", "k")
    local = for_settings(settings_for(tmp_path, openai_base_url="http://127.0.0.1:1/v1", transcription_model="large"))
    assert local == Server("http://127.0.0.1:1/v1", "large")
    own = settings_for(
        tmp_path, transcription_url="http://127.0.0.1:2/v1", transcription_api_key="x", openai_api_key="k"
    )
    assert for_settings(own) == Server("http://127.0.0.1:2/v1", "whisper-1", "x")


class Model:
    """As faster_whisper's: segments come as they are found."""

    def transcribe(self, path: str, **_: Any) -> tuple[Any, Any]:
        if Path(path).read_bytes() == b"broken":
            raise ValueError("no stream")
        return (SimpleNamespace(**part) for part in SEGMENTS), SimpleNamespace(duration=18.25)


def test_a_model_on_this_machine_tells_how_far_it_is(recording: Path, tmp_path: Path) -> None:
    local = LocalWhisper(settings_for(tmp_path), loader=lambda settings: Model())
    told: list[tuple[int, int]] = []
    assert local.segments(recording, audio.WAV, lambda *far: told.append(far), lambda: False) == EXPECTED
    assert told[-1] == (182, 182)
    with pytest.raises(Stopped):
        local.segments(recording, audio.WAV, _nobody_follows, lambda: True)
    recording.write_bytes(b"broken")
    with pytest.raises(DocumentError) as raised:
        _segments(local, recording)
    assert raised.value.code == "damaged_document"


def test_a_model_that_cannot_be_loaded_is_said(recording: Path, tmp_path: Path) -> None:
    def fails(settings: object) -> Any:
        raise OSError("no network")

    with pytest.raises(DocumentError) as raised:
        _segments(LocalWhisper(settings_for(tmp_path), loader=fails), recording)
    assert raised.value.code == "transcription_unavailable"
