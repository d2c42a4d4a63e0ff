"""What a model library raises -> ModelError: a code and a sentence, never a key. Pure.

Told apart by the HTTP status and by the names in the chain of causes, so that any provider's library fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.errors import ModelError

# The first row that holds a name out of the chain of causes decides: (names, code, what the server did).
_CAUSES: tuple[tuple[frozenset[str], str, str], ...] = (
    (
        frozenset({"ConnectError", "ConnectTimeout", "ConnectionRefusedError", "gaierror", "UnsupportedProtocol"}),
        "model_unavailable",
        "cannot be reached",
    ),
    (
        frozenset({"APITimeoutError", "ReadTimeout", "WriteTimeout", "PoolTimeout", "TimeoutError"}),
        "model_timeout",
        "did not answer in time",
    ),
    (
        frozenset({"RemoteProtocolError", "ReadError", "WriteError", "APIConnectionError", "ConnectionResetError"}),
        "model_error",
        "broke off before the answer was complete",
    ),
    (
        frozenset({"JSONDecodeError", "APIResponseValidationError", "ValidationError", "UnicodeDecodeError"}),
        "model_error",
        "sent something that is not an answer",
    ),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Who is asked: the entry's name, the model's name, where it lives ("" when the library knows), its provider."""

    name: str
    model: str
    base_url: str
    provider: str

    @property
    def server(self) -> str:
        """The server for a sentence: host and port only, as an address may carry a password."""
        parts = urlsplit(self.base_url)
        if not parts.hostname:
            return f"The model server ({self.provider})"
        return f"The model server at {parts.hostname}{f':{parts.port}' if parts.port else ''}"


def model_error(error: Exception, target: Target) -> ModelError:
    """The error as a person may read it."""
    status = _status(error)
    if status is not None:
        return _refused(status, error, target)
    names = {type(cause).__name__ for cause in _causes(error)}
    for known, code, what in _CAUSES:
        if names & known:
            return ModelError(code, f"{target.server} {what}.", _details(target))
    if type(error) is ValueError and "generation" in str(error):
        return empty_answer(target)  # LangChain's word for a stream without a single piece
    return ModelError("model_error", f"{target.server} could not answer.", _details(target, kind=type(error).__name__))


def silent(target: Target, waited_s: float, *, started: bool) -> ModelError:
    waited = f"{waited_s:g} s"
    text = (
        f"The model {target.name!r} stopped writing: nothing more came for {waited}."
        if started
        else f"The model {target.name!r} wrote nothing within {waited}."
    )
    return ModelError("model_timeout", text, _details(target))


def broken_off(target: Target) -> ModelError:
    return ModelError("model_error", f"{target.server} broke off before the answer was complete.", _details(target))


def empty_answer(target: Target) -> ModelError:
    return ModelError("model_error", f"The model {target.name!r} gave an empty answer.", _details(target))


def not_installed(target: Target, package: str) -> ModelError:
    text = f"Models of {target.provider!r} need the package {package}, which is not installed."
    return ModelError("model_unavailable", text, _details(target))


def no_key(target: Target) -> ModelError:
    text = (
        f"The model {target.name!r} needs an API key: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
    )
    return ModelError("model_unavailable", text, _details(target))


def _refused(status: int, error: Exception, target: Target) -> ModelError:
    details = _details(target, status=status)
    if status in {401, 403}:
        key = "OPENAI_API_KEY" if target.provider == "openai" else "its API key"
        return ModelError("model_unavailable", f"{target.server} refused the API key. Check {key}.", details)
    if status == 404:
        text = f"{target.server} does not know the model {target.model!r}. Check its name, and the server's address."
        return ModelError("model_unavailable", text, details)
    if status == 429:
        return ModelError("model_error", f"{target.server} is busy or its quota is used up (429).", details)
    if status in {400, 413} and _is_too_long(error):
        text = "The prompt is longer than this model reads. Lower FOLIO_CONTEXT_TOKENS, or ask for fewer passages."
        return ModelError("model_error", text, details)
    if status >= 500:
        return ModelError("model_error", f"{target.server} failed ({status}).", details)
    return ModelError("model_error", f"{target.server} refused the request ({status}).", details)


def _is_too_long(error: Exception) -> bool:
    text = " ".join([*(str(cause) for cause in _causes(error)), *(type(cause).__name__ for cause in _causes(error))])
    return "context" in text.lower() or "too long" in text.lower()


def _status(error: Exception) -> int | None:
    for cause in _causes(error):
        status = getattr(cause, "status_code", None) or getattr(getattr(cause, "response", None), "status_code", None)
        # A 200 that went wrong later is told by what went wrong.
        if isinstance(status, int) and status >= 400:
            return status
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _details(target: Target, **more: object) -> dict[str, object]:
    return {"model": target.name, **more}
