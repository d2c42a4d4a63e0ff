"""Recordings -> what was said, by a server that speaks OpenAI's transcription protocol. The only room that asks one.

    POST {url}/audio/transcriptions    multipart: file, model, response_format=verbose_json
    -> {"text", "duration", "segments": [{"start", "end", "text"}, ...]}

A server that knows no verbose_json is asked once more for json: then nobody knows the seconds. Which transcriber there
is: FOLIO_TRANSCRIPTION_URL, else the extra `whisper` (see `whisper`), else OPENAI_*.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import DocumentError
from rag.ingest import whisper
from rag.ingest.audio import SUFFIXES
from rag.ingest.processes import IsStopped, Stopped
from rag.ingest.transcript import Segment
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)
OnProgress = Callable[[int, int], None]
OPENAI_URL = "https://api.openai.com/v1"
HOW_TO = (
    "Recordings need a transcription server: set FOLIO_TRANSCRIPTION_URL (any OpenAI-compatible one) or "
    "OPENAI_API_KEY, or install the extra 'whisper'."
)
_CONNECT_TIMEOUT_S = 10.0
_WATCH_S = 0.1
_MAX_ANSWER_BYTES = 16 * 1024 * 1024


class Transcriber(Protocol):
    """Who writes down what is said. `reason`: why nobody does, a sentence; empty when somebody can."""

    @property
    def reason(self) -> str: ...

    def segments(self, path: Path, media_type: str, on_progress: OnProgress, is_stopped: IsStopped) -> list[Segment]:
        """What is said in a recording, in order. `on_progress(done, of)` may raise to end the work.

        Raises DocumentError: transcription_unavailable, damaged_document, too_large; Stopped.
        """


def for_settings(settings: Settings) -> Transcriber:
    """The transcriber that the settings call for."""
    url = settings.transcription_url
    if not url and whisper.is_installed():
        return whisper.LocalWhisper(settings)
    key = settings.transcription_api_key
    if not url and (settings.openai_api_key or settings.openai_base_url):
        url, key = settings.openai_base_url or OPENAI_URL, key or settings.openai_api_key
    if not url:
        return Nobody()
    return Server(url, settings.transcription_model, key, settings.transcription_timeout_s)


class Nobody:
    """No transcriber is set up."""

    reason = HOW_TO

    def segments(self, path: Path, media_type: str, on_progress: OnProgress, is_stopped: IsStopped) -> list[Segment]:
        raise DocumentError("transcription_unavailable", HOW_TO)


@dataclass(frozen=True, slots=True)
class Server:
    """`url` ends in /v1 or names the endpoint itself."""

    url: str
    model: str
    api_key: str = ""
    timeout_s: float = 600.0
    reason: str = ""

    @property
    def endpoint(self) -> str:
        url = self.url.rstrip("/")
        return url if url.endswith("/audio/transcriptions") else f"{url}/audio/transcriptions"

    def segments(self, path: Path, media_type: str, on_progress: OnProgress, is_stopped: IsStopped) -> list[Segment]:
        answer = asyncio.run(self._asked(path, media_type, on_progress, is_stopped))
        return _segments(answer)

    async def _asked(
        self, path: Path, media_type: str, on_progress: OnProgress, is_stopped: IsStopped
    ) -> dict[str, Any]:
        """The server's answer. While it is waited for, `is_stopped` is asked; then the connection is closed."""
        asking = asyncio.create_task(self._answer(path, media_type))
        try:
            while not (await asyncio.wait({asking}, timeout=_WATCH_S))[0]:
                if is_stopped():
                    raise Stopped
                on_progress(0, 1)
            return asking.result()
        finally:
            asking.cancel()
            await asyncio.wait({asking})

    async def _answer(self, path: Path, media_type: str) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415 -- comes with openai

        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        timeout = httpx2.Timeout(self.timeout_s, connect=_CONNECT_TIMEOUT_S)
        try:
            async with asyncio.timeout(self.timeout_s), httpx2.AsyncClient(headers=headers, timeout=timeout) as client:
                status, body = await self._post(client, path, media_type, "verbose_json")
                if status == 400 and b"response_format" in body:
                    status, body = await self._post(client, path, media_type, "json")
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise _unavailable("The transcription server was too slow.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            log.warning("The transcription server at %s failed: %r", self.endpoint, error)
            raise _unavailable("The transcription server did not answer.") from error
        return _checked(status, body)

    async def _post(
        self, client: httpx2.AsyncClient, path: Path, media_type: str, response_format: str
    ) -> tuple[int, bytes]:
        """(HTTP status, body), at most _MAX_ANSWER_BYTES of it."""
        content = await asyncio.to_thread(path.read_bytes)  # 25 MB at most
        file = (f"recording.{SUFFIXES[media_type]}", content, media_type)
        fields = {"model": self.model, "response_format": response_format}
        async with client.stream("POST", self.endpoint, files={"file": file}, data=fields) as response:
            body = b""
            async for block in response.aiter_bytes():
                body += block
                if len(body) > _MAX_ANSWER_BYTES:
                    raise _unavailable("The transcription server's answer is too long.")
            return response.status_code, body


def _checked(status: int, body: bytes) -> dict[str, Any]:
    if status == 413:
        raise DocumentError("too_large", "The transcription server takes no recording as large as this one.")
    if status in {400, 415, 422}:
        raise DocumentError("damaged_document", "The transcription server cannot make out any sound in this recording.")
    if status in {401, 403}:
        raise _unavailable("The transcription server refused the key. Check FOLIO_TRANSCRIPTION_API_KEY.")
    if status == 404:
        raise _unavailable("The transcription server has no such model, or is none. Check FOLIO_TRANSCRIPTION_URL.")
    if status != 200:
        raise _unavailable(f"The transcription server failed (HTTP {status}).")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise _unavailable("The transcription server's answer cannot be read.") from error
    if not isinstance(answer, dict):
        raise _unavailable("The transcription server's answer cannot be read.")
    return answer


def _segments(answer: dict[str, Any]) -> list[Segment]:
    try:
        found = [
            Segment(max(0.0, float(part["start"])), max(0.0, float(part["end"])), str(part["text"]))
            for part in answer.get("segments") or ()
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise _unavailable("The transcription server's answer cannot be read.") from error
    return found or [Segment(0.0, 0.0, str(answer.get("text") or ""))]


def _unavailable(sentence: str) -> DocumentError:
    return DocumentError("transcription_unavailable", sentence)
