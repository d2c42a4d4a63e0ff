"""Whatever goes wrong in a request becomes the envelope: one handler for each kind of exception."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path
from starlette.types import Receive, Scope, Send

from rag.api.envelope import failure
from rag.api.incoming import BodyTooLarge
from rag.errors import DocumentError, FolioError, RequestError
from rag.view.texts import Language, choose_language

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_LOCATIONS = frozenset({"body", "query", "path", "header", "cookie"})


def install_handlers(api: FastAPI) -> None:
    """Answers every expected exception in the envelope. Unexpected ones are caught by `rag.api.edge`."""
    api.add_exception_handler(FolioError, _folio_error)
    api.add_exception_handler(RequestValidationError, _validation_error)
    api.add_exception_handler(HTTPException, _http_exception)


def invalid(problems: Sequence[tuple[str, str]]) -> RequestError:
    """invalid_request for (field, problem) pairs, all of them at once."""
    sentence = "; ".join(f"{field}: {problem}" if field else problem for field, problem in problems)
    fields = [{"field": field, "problem": problem} for field, problem in problems]
    return RequestError("invalid_request", f"The request does not fit: {sentence}.", {"fields": fields})


async def _folio_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, FolioError)  # noqa: S101 -- registered for this class only
    return failure(error, language=_language(request))


def _language(request: Request) -> Language:
    """A browser's page shows these sentences as they come; a program that says nothing gets English."""
    return choose_language(request.headers.get("accept-language", ""))


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class only
    return failure(invalid([problem_of(item) for item in error.errors()[:20]]))


def problem_of(item: Mapping[str, Any]) -> tuple[str, str]:
    """One of pydantic's errors -> (field, what is wrong with it)."""
    # The offending value is left out: it may be huge, secret, or not JSON.
    if item["type"] == "json_invalid":
        place = f" at character {item['loc'][-1]}" if item["loc"] else ""
        return "", f"the body is not JSON ({item['ctx']['error']}{place})"
    parts = [str(part) for part in item["loc"]]
    if parts and parts[0] in _LOCATIONS:
        parts = parts[1:]
    if item["type"] == "model_attributes_type":
        return "", "send a JSON object with Content-Type: application/json"
    if item["type"] == "missing" and not parts:
        return "", "the request needs a body"
    if "UploadFile" in item["msg"]:
        return ".".join(parts), "must be a file with a name"
    if item["type"] in {"too_long", "too_short"} and isinstance(item.get("input"), str):
        most, least = item["ctx"].get("max_length"), item["ctx"].get("min_length")
        return ".".join(parts), f"at most {most} characters" if most else f"at least {least} characters"
    return ".".join(parts), str(item["msg"]).removeprefix("Value error, ").rstrip(".")


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this class only
    if isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL:
        full = RequestError("storage_full", "The server's disk is full; the upload was not kept.")
        return failure(full, language=_language(request))
    path = request.url.path
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            known: FolioError = RequestError("not_found", f"There is nothing at {path}.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            known = RequestError("invalid_request", f"{request.method} is not a method of {path}.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            known = _too_large(error.limit if isinstance(error, BodyTooLarge) else None)
        case HTTPStatus.REQUEST_TIMEOUT:
            known = RequestError("invalid_request", error.detail)
        case HTTPStatus.BAD_REQUEST:  # a body that cannot be decoded; what does not fit has one status
            return failure(RequestError("invalid_request", f"The request cannot be read: {error.detail.rstrip('.')}."))
        case _:
            known = RequestError("invalid_request", f"The request cannot be read: {error.detail.rstrip('.')}.")
    return failure(known, error.status_code, error.headers, _language(request))


def _too_large(max_bytes: int | None) -> DocumentError:
    if max_bytes is None:
        return DocumentError("too_large", "The request is too large.")
    most = f"{max_bytes / 1024**2:,.0f} MB"
    return DocumentError(
        "too_large", f"The request is larger than {most}, the most that fits.", {"max_bytes": max_bytes}
    )


class UnknownPath:
    """Everything under /api that no route takes.

    The page is mounted behind the API and takes any path, so the API has to say "not found" and "not allowed" itself.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        others = self._methods(scope)
        if others:
            error = RequestError("invalid_request", f"{scope['method']} is not a method of {scope['path']}.")
            response = failure(error, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(others)})
        else:
            response = failure(RequestError("not_found", f"There is nothing at {scope['path']}."))
        await response(scope, receive, send)

    def _methods(self, scope: Scope) -> list[str]:
        """What would do: of the routes that have this path, those with the fewest parameters in theirs."""
        found: dict[int, set[str]] = {}
        for route in iter_route_contexts(self._routes):
            if route.path is not None and route.methods:
                pattern, _, parameters = compile_path(route.path)
                if pattern.match(scope["path"]):
                    found.setdefault(len(parameters), set()).update(route.methods)
        fewest = found.get(min(found, default=0), set())
        return [method for method in _METHODS if method in fewest]
