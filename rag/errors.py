"""Every error that leaves a room of Folio, each with a stable code and a plain sentence.

    FolioError
    ├── DocumentError            a file cannot become a searchable document; its bytes stay as they were
    │   unsupported_type, empty_document, no_text, encrypted_document, damaged_document,
    │   too_large, too_many_pages, parser_limit, ocr_unavailable, transcription_unavailable
    ├── SearchError              the vector index: index_unavailable, index_in_use
    ├── ModelError               a chat model: model_unavailable, model_timeout, model_error
    ├── RequestError             what was asked for: invalid_request, not_found, conflict, not_authenticated,
    │                            model_not_in_plan, rate_limited, queue_timeout, storage_full
    └── InternalError            internal_error: our fault; the log has the traceback

A caller outside catches `FolioError` and shows `message`; a program switches on `code`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

# What each code means for the person who meets it: (HTTP status, worth retrying unchanged, what to do).
CODES: dict[str, tuple[int, bool, str]] = {
    "unsupported_type": (
        415,
        False,
        "Convert the file to PDF, an Office format, CSV, Markdown, HTML or plain text and upload that.",
    ),
    "empty_document": (422, False, "Check the file: it holds no bytes, or no pages."),
    "no_text": (422, False, "Nothing can be read on its pages. Upload a sharper scan, or a file with text."),
    "encrypted_document": (422, False, "Save a copy without the password and upload that."),
    "damaged_document": (422, False, "Open it in its own program, save it again, and upload the new file."),
    "too_large": (413, False, "Split the file or make it smaller, or raise the limit that is named."),
    "too_many_pages": (422, False, "Split the file, or raise FOLIO_MAX_PAGES."),
    "parser_limit": (422, True, "Reading the file took too much time or memory. Split it, or raise the parser limits."),
    "ocr_unavailable": (422, False, "Install tesseract-ocr or the extra ocr on the server, then retry."),
    "transcription_unavailable": (422, False, "Set up a transcription server, then retry."),
    "index_unavailable": (503, True, "The vector index did not answer. Check FOLIO_QDRANT_URL, then retry."),
    "index_in_use": (503, True, "Another Folio process holds the data folder. Stop it, or choose another FOLIO_DATA."),
    "model_unavailable": (
        503,
        True,
        "The model server did not answer or is not set up. Choose another model, or retry.",
    ),
    "model_timeout": (504, True, "The model was too slow. Retry, or choose another model."),
    "model_error": (502, True, "The model server refused or broke off. Retry, or choose another model."),
    "queue_timeout": (504, True, "Too many answers are being written. Try again in a moment."),
    "rate_limited": (429, True, "Too many requests. Wait a moment."),
    "not_found": (404, False, "It does not exist, or it is not yours."),
    "not_authenticated": (401, False, "Sign in first."),
    "model_not_in_plan": (403, False, "Choose a model that your plan includes, or ask an admin for another plan."),
    "invalid_request": (422, False, "Correct what the message names and send it again."),
    "conflict": (409, True, "Wait until the answer in progress ends, or stop it."),
    "storage_full": (507, True, "Delete documents you no longer need, or free space on the server's disk."),
    "internal_error": (500, True, "This is our fault. The server's log has the details."),
}


class FolioError(Exception):
    """An error a person can read.

    `code` is one of CODES; `message` one or two plain sentences without markup; `details` JSON-able facts.
    """

    codes: ClassVar[frozenset[str]] = frozenset(CODES)

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        if code not in self.codes:
            raise ValueError(f"{code!r} is not a code of {type(self).__name__}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details or {})

    @property
    def http_status(self) -> int:
        return CODES[self.code][0]

    @property
    def retryable(self) -> bool:
        return CODES[self.code][1]

    @property
    def way_on(self) -> str:
        """What the reader can do about it, one sentence."""
        return CODES[self.code][2]

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross the border of parser processes.
        return type(self), (self.code, self.message, self.details)


class DocumentError(FolioError):
    codes = frozenset(
        {
            "unsupported_type", "empty_document", "no_text", "encrypted_document", "damaged_document", "too_large",
            "too_many_pages", "parser_limit", "ocr_unavailable", "transcription_unavailable",
        }
    )  # fmt: skip


class SearchError(FolioError):
    codes = frozenset({"index_unavailable", "index_in_use"})


class ModelError(FolioError):
    codes = frozenset({"model_unavailable", "model_timeout", "model_error"})


class RequestError(FolioError):
    codes = frozenset(
        {
            "invalid_request", "not_found", "conflict", "not_authenticated", "model_not_in_plan", "rate_limited",
            "queue_timeout", "storage_full",
        }
    )  # fmt: skip


class InternalError(FolioError):
    codes = frozenset({"internal_error"})
