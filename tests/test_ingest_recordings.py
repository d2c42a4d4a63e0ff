"""A recording on its way through the whole App: refused at once, or asked about with the second of each quote."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app import App, open_app
from tests import sounds
from tests.conftest import wait_until
from tests.doubles_speech import SEGMENTS, SpeechServer
from tests.whole import answer_to, ingest, refused, settings_for

ANN = "u_ann"


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as made:
        yield made


@pytest.fixture
def app(tmp_path: Path, server: SpeechServer) -> Iterator[App]:
    settings = settings_for(tmp_path / "data", transcription_url=server.base_url, max_audio_minutes=1, max_audio_mb=2)
    with open_app(settings) as made:
        yield made


def test_a_quote_from_a_recording_knows_its_seconds(app: App) -> None:
    document = ingest(app, ANN, sounds.wav(), "board meeting.wav")
    assert (document.media_type, document.pages, document.searchable) == ("audio/wav", 1, True)
    answer = answer_to(app, ANN, "When will the ferry to Stromness leave?")
    assert answer.sources[0]["seconds"] == [0.0, 18.25]
    citation = next(each for each in answer.citations if "ferry" in each["quote"])
    assert (citation["status"], citation["seconds"]) == ("verified", [4.0, 9.5])
    passage = app.library.passage(ANN, citation["passage_id"])
    assert passage.seconds == (0.0, 18.25)
    app.library.delete_document(ANN, document.id)


def test_what_is_too_much_is_refused_at_once(app: App, server: SpeechServer) -> None:
    for content in (sounds.mp3(70, counted=True), sounds.wav(1.0) + bytes(3_000_000)):
        with refused("too_large"):
            app.library.upload(ANN, io.BytesIO(content), "long.mp3")
    assert server.uploads == []
    server.segments = [{**SEGMENTS[0], "end": 4_000.0}]  # a length that the header did not tell
    task = app.library.upload(ANN, io.BytesIO(sounds.webm(None)), "live.webm")
    wait_until(lambda: app.library.task(ANN, task.id).is_finished)
    assert (app.library.task(ANN, task.id).error or {})["error_code"] == "too_large"


def test_a_failure_of_the_server_can_be_tried_again(app: App, server: SpeechServer) -> None:
    server.status = 500
    task = app.library.upload(ANN, io.BytesIO(sounds.wav()), "a.wav")
    wait_until(lambda: app.library.task(ANN, task.id).is_finished)
    assert (app.library.task(ANN, task.id).error or {})["error_code"] == "transcription_unavailable"
    server.status = 200
    app.library.retry(ANN, task.id)
    wait_until(lambda: app.library.task(ANN, task.id).is_finished)
    assert app.library.task(ANN, task.id).status == "completed"


def test_cancelling_ends_the_waiting_for_the_server(app: App, server: SpeechServer) -> None:
    server.go_on.clear()
    task = app.library.upload(ANN, io.BytesIO(sounds.wav()), "a.wav")
    wait_until(lambda: server.uploads)
    app.library.cancel(ANN, task.id)
    other = app.library.upload(ANN, io.BytesIO(b"Only words."), "a.txt")
    wait_until(lambda: app.library.task(ANN, other.id).searchable)  # the only worker is free again
    assert [document.id for document in app.library.documents(ANN)] == [other.document_id]


def test_a_voice_is_written_down_and_nothing_is_kept(app: App) -> None:
    text = app.library.transcribe(ANN, io.BytesIO(sounds.webm(None)), "voice.webm")
    assert text == " ".join("".join(str(segment["text"]) for segment in SEGMENTS).split())
    assert app.library.documents(ANN) == []
    assert list(app.settings.data.glob("voice-*")) == []
    with refused("unsupported_type"):
        app.library.transcribe(ANN, io.BytesIO(b"Only words."), "voice.webm")
    assert app.health()["capabilities"]["transcription"] is True


def test_without_a_transcriber_a_recording_is_refused_with_a_way_on(tmp_path: Path) -> None:
    with open_app(settings_for(tmp_path / "data")) as app:
        assert app.health()["capabilities"]["transcription"] is False
        with refused("transcription_unavailable"):
            app.library.upload(ANN, io.BytesIO(sounds.wav()), "a.wav")
        with refused("transcription_unavailable"):
            app.library.transcribe(ANN, io.BytesIO(sounds.wav()), "a.wav")
        assert app.library.documents(ANN) == []
