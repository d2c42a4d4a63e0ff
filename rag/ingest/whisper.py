"""Recordings -> what was said, on this machine, by the extra `whisper` (faster-whisper). Loaded at the first recording.

The model comes from a folder, from the cache under the data folder, or, unless FOLIO_OFFLINE, from the model hub.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.errors import DocumentError
from rag.ingest.processes import IsStopped, Stopped
from rag.ingest.transcript import Segment
from rag.settings import Settings

log = logging.getLogger(__name__)
Loader = Callable[[Settings], Any]


def is_installed() -> bool:
    return find_spec("faster_whisper") is not None


def load(settings: Settings) -> Any:
    """A faster_whisper.WhisperModel."""
    return import_module("faster_whisper").WhisperModel(
        settings.whisper_model,
        device="auto",
        compute_type="int8",
        download_root=str(settings.data / "models"),
        local_files_only=settings.offline,
    )


class LocalWhisper:
    """One recording at a time; a stop takes effect between two segments. A Transcriber."""

    reason = ""

    def __init__(self, settings: Settings, *, loader: Loader = load) -> None:
        self._settings = settings
        self._loader = loader
        self._lock = threading.Lock()
        self._model: Any = None

    def segments(
        self, path: Path, media_type: str, on_progress: Callable[[int, int], None], is_stopped: IsStopped
    ) -> list[Segment]:
        while not self._lock.acquire(timeout=0.2):
            if is_stopped():
                raise Stopped
        try:
            return self._written_down(path, on_progress, is_stopped)
        finally:
            self._lock.release()

    def _written_down(
        self, path: Path, on_progress: Callable[[int, int], None], is_stopped: IsStopped
    ) -> list[Segment]:
        model = self._loaded()
        written: list[Segment] = []
        try:
            found, info = model.transcribe(str(path), vad_filter=True)
            for segment in found:
                if is_stopped():
                    raise Stopped
                written.append(Segment(float(segment.start), float(segment.end), str(segment.text)))
                on_progress(round(segment.end * 10), max(1, round(info.duration * 10)))
        except (ValueError, RuntimeError, OSError) as error:  # what decoding raises
            log.info("A recording could not be decoded", exc_info=True)
            raise DocumentError(
                "damaged_document", "No sound can be made out in this recording.", {"reason": type(error).__name__}
            ) from error
        return written

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                self._model = self._loader(self._settings)
            except Exception as error:  # boundary: the extra's libraries have no error in common
                log.warning("The model %s could not be loaded", self._settings.whisper_model, exc_info=True)
                raise DocumentError(
                    "transcription_unavailable",
                    f"The whisper model {self._settings.whisper_model} could not be loaded. Check FOLIO_WHISPER_MODEL.",
                ) from error
        return self._model
