"""The one shape of every JSON answer: success, data, error, metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi.responses import JSONResponse

from rag.errors import FolioError
from rag.view.texts import Language
from rag.view.wording import sentences

NO_STORE = {"Cache-Control": "no-store"}
RETRY_AFTER_S = 5
# Not line ends in JSON or in server-sent events, but in Python's str.splitlines, which many clients use.
_LINE_ENDS = str.maketrans({0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"})
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_BUSY = frozenset({429, 503, 504})


def timestamp() -> str:
    """Now, as ISO-8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_bytes(value: Any) -> bytes:
    """JSON on one line as UTF-8, whatever a client takes for the end of a line.

    A lone surrogate, which UTF-8 cannot carry, becomes a question mark.
    """
    text = _JSON.encode(value)
    return text.encode() if text.isascii() else text.translate(_LINE_ENDS).encode("utf-8", "replace")


class EnvelopeResponse(JSONResponse):
    """A JSON answer that no cache keeps: what it says is one user's."""

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code, {**NO_STORE, **(headers or {})})

    def render(self, content: Any) -> bytes:
        return to_bytes(content)


def success(data: Any, metadata: Mapping[str, Any] | None = None) -> EnvelopeResponse:
    """`data` in the envelope, with status 200. `metadata`: the place in a longer list, or how the data came about."""
    return EnvelopeResponse({"success": True, "data": data, "error": None, "metadata": dict(metadata or {})})


def failure_body(error: FolioError, language: Language = "en") -> dict[str, Any]:
    """An error's envelope. The code is for programs; the message, for people, is in `language` where it is known."""
    problem = {
        "error_code": error.code,
        "message": sentences(error.message, language),
        "details": error.details,
        "timestamp": timestamp(),
    }
    return {"success": False, "data": None, "error": problem, "metadata": {}}


def failure(
    error: FolioError, status: int | None = None, headers: Mapping[str, str] | None = None, language: Language = "en"
) -> EnvelopeResponse:
    """An error in the envelope, with its own HTTP status unless the protocol asks for another (405, 403)."""
    status = status or error.http_status
    extra: dict[str, str] = {}
    if status in _BUSY:
        extra["Retry-After"] = str(error.details.get("retry_after_s", RETRY_AFTER_S))
    elif error.code == "not_authenticated":
        extra["WWW-Authenticate"] = "Bearer"
    return EnvelopeResponse(failure_body(error, language), status, {**extra, **(headers or {})})
