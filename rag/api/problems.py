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
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_FILES = frozenset({("body", "file"), ("body", "files")})
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


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class only
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    return failure(invalid([problem_of(item) if is_form else _outside_form(item) for item in error.errors()[:20]]))


def _outside_form(item: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a request that is no multipart form: no file can be in it."""
    if item["type"] == "missing" and tuple(item["loc"]) in _FILES:
        return str(item["loc"][1]), "send it as multipart/form-data, with the file in a part of this name"
    return problem_of(item)


def problem_of(item: Mapping[str, Any]) -> tuple[str, str]:
    """One of pydantic's errors -> (field, what is wrong with it)."""
    # The offending value is left out: it may be huge, secret, or not JSON.
    if item["type"] == "json_invalid":
        place = f" at character {item['loc'][-1]}" if item["loc"] else ""
        return "", f"the body is not JSON ({item['ctx']['error']}{place})"
    if item["type"] in {"union_tag_not_found", "union_tag_invalid"}:
        return _of_tag(item)
    parts = [str(part) for part in item["loc"]]
    if parts and parts[0] in _LOCATIONS:
        parts = parts[1:]
    return ".".join(parts), _of_field(item) if parts else _of_body(item)


def _of_body(item: Mapping[str, Any]) -> str:
    if item["type"] in {"model_attributes_type", "model_type"}:
        return "send a JSON object with Content-Type: application/json"
    return "the request needs a body" if item["type"] == "missing" else _of_field(item)


def _of_field(item: Mapping[str, Any]) -> str:
    if item["type"] in {"model_attributes_type", "model_type"}:
        return "must be an object"
    if "UploadFile" in item["msg"]:
        return "must be a file with a name"
    if item["type"] in {"too_long", "too_short"} and isinstance(item.get("input"), str):
        most, least = item["ctx"].get("max_length"), item["ctx"].get("min_length")
        return f"at most {_characters(most)}" if most else f"at least {_characters(least)}"
    return str(item["msg"]).removeprefix("Value error, ").rstrip(".")


def _of_tag(item: Mapping[str, Any]) -> tuple[str, str]:
    """What tells the kinds of a body apart is missing, or is none of them."""
    names = [name.strip("'") for name in str(item["ctx"].get("expected_tags", "")).split(", ") if name]
    field = str(item["ctx"]["discriminator"]).strip("'")
    return field, f"must be one of {', '.join(names)}" if names else "is missing"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"


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
            nested = isinstance(error.__cause__, RecursionError)
            why = "its body is nested too deeply" if nested else error.detail.rstrip(".")
            return failure(RequestError("invalid_request", f"The request cannot be read: {why}."))
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


def has_head(path: str) -> bool:
    """What can be read has a head; what streams has none that would end."""
    return not path.endswith(("/stream", "/events"))


class UnknownPath:
    """Everything under /api that no route takes.

    The page is mounted behind the API and takes any path, so the API has to say "not found" and "not allowed" itself.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        others = [] if scope["type"] == "websocket" else self._methods(scope["path"])
        if others:
            error = RequestError("invalid_request", f"{scope['method']} is not a method of {scope['path']}.")
            response = failure(error, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(others)})
        else:
            response = failure(RequestError("not_found", f"There is nothing at {scope['path']}."))
        await response(scope, receive, send)

    def _methods(self, path: str) -> list[str]:
        """What would do: of the routes that have this path, those with the fewest parameters in theirs."""
        found: dict[int, set[str]] = {}
        for route in iter_route_contexts(self._routes):
            if route.path is not None and route.methods:
                pattern, _, parameters = compile_path(route.path)
                if pattern.match(path):
                    found.setdefault(len(parameters), set()).update(route.methods)
        fewest = found.get(min(found, default=0), set())
        fewest |= {"HEAD"} if "GET" in fewest and has_head(path) else set()
        return [method for method in _METHODS if method in fewest]
