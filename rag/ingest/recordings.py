"""Recordings on their way in: what is refused at once, and what those that come in become."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from rag.errors import DocumentError
from rag.ingest import admission, audio, transcript
from rag.ingest.processes import IsStopped
from rag.ingest.transcript import Segment
from rag.ingest.transcription import OnProgress, Transcriber
from rag.model import ParsedDocument
from rag.settings import Settings

_BLOCK = 1024 * 1024


class Recordings:
    """Safe to use from any thread."""

    def __init__(self, settings: Settings, transcriber: Transcriber) -> None:
        self._settings = settings
        self._transcriber = transcriber

    @property
    def reason(self) -> str:
        """Why recordings cannot be written down, a sentence; empty when they can."""
        return self._transcriber.reason

    def check(self, stream: BinaryIO, name: str, size: int) -> None:
        """Raises DocumentError: transcription_unavailable (nobody can write it down), too_large, damaged_document."""
        if self.reason:
            raise DocumentError("transcription_unavailable", f"'{name}' is a recording. {self.reason}")
        if size > self._settings.max_audio_bytes:
            raise DocumentError(
                "too_large",
                f"'{name}' is larger than {self._settings.max_audio_mb:g} MB, the limit for recordings.",
                {"max_bytes": self._settings.max_audio_bytes},
            )
        sound = audio.recognised(stream, name)
        if sound is not None and sound.seconds is not None:
            self._check_length(sound.seconds, name)

    def document(self, path: Path, media_type: str, on_progress: OnProgress, is_stopped: IsStopped) -> ParsedDocument:
        """A recording's transcript. Raises DocumentError, see Transcriber; no_text; too_large; Stopped."""
        segments = self._transcriber.segments(path, media_type, on_progress, is_stopped)
        self._check_end(segments, "This recording")
        return transcript.document(segments)

    def text(self, stream: BinaryIO, name: str, is_stopped: IsStopped) -> str:
        """What is said in a short recording, on one line; nothing is kept.

        Raises DocumentError as `check` and `document`, unsupported_type for what is no recording; Stopped.
        """
        folder = self._settings.data
        with (
            admission.admit(stream, name, max_bytes=self._settings.max_audio_bytes, directory=folder) as admitted,
            tempfile.NamedTemporaryFile(dir=folder, prefix="voice-") as kept,
        ):
            if not audio.is_audio(admitted.media_type):
                raise DocumentError("unsupported_type", f"'{admitted.name}' is not a recording.")
            self.check(admitted.stream, admitted.name, admitted.bytes)
            admitted.stream.seek(0)
            while block := admitted.stream.read(_BLOCK):
                kept.write(block)
            kept.flush()
            segments = self._transcriber.segments(Path(kept.name), admitted.media_type, _nobody_follows, is_stopped)
        return transcript.plain(segments)

    def _check_end(self, segments: list[Segment], name: str) -> None:
        """What the header did not tell, or told wrong."""
        self._check_length(max((segment.end_s for segment in segments), default=0.0), name)

    def _check_length(self, seconds: float, name: str) -> None:
        limit = self._settings.max_audio_minutes
        if seconds > limit * 60:
            raise DocumentError(
                "too_large",
                f"{name} lasts {seconds / 60:.0f} minutes; at most {limit:g} are written down.",
                {"seconds": round(seconds)},
            )


def _nobody_follows(done: int, total: int) -> None:
    """A short recording's progress."""
