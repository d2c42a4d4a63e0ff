"""The OpenAPI document: the errors of every route with an example, and the events of the streams."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rag.api import event_schemas, examples, frames
from rag.api.auth import COOKIE, SESSION_COOKIE
from rag.api.edge import ForeignPage
from rag.api.envelope import failure_body
from rag.api.incoming import SILENT_BODY
from rag.api.schemas import Failure
from rag.errors import CODES, FolioError, RequestError

Responses = dict[int | str, dict[str, Any]]
DESCRIPTION = f"""
Ask questions of your own documents. Every answer is an envelope: `success`, `data`, `error`, `metadata`.
Streams are server-sent events and can be resumed by `Last-Event-ID` or `?after=`.

With accounts off, a browser is known by the signed cookie `{COOKIE}`. A program keeps that cookie, or sends the `token`
of `GET /api/v1/auth/me` as `Authorization: Bearer <token>`: without either, every request is a new anonymous user.
With accounts on, `POST /api/v1/auth/login` gives a token (and the cookie `{SESSION_COOKIE}`); so do API tokens.

A conversation is live at the WebSocket `/api/v1/chat/conversation/{{conversation_id}}/ws`. A client sends a
`ClientFrame` as JSON text. It gets the `TurnEvent` objects that streams carry, of every turn of the conversation
whoever asked, and a `ServerFrame` for what is no event. Who comes back sends `resume` first and misses nothing. A frame
that does not fit is answered by an `error` frame; one of more than 256 KB closes the connection (1009).
"""


def errors(*codes: str) -> Responses:
    """The documented errors of a route: by HTTP status, one example for each code."""
    by_status: Responses = {}
    for code in codes:
        status, _, way_on = CODES[code]
        response = by_status.setdefault(
            status, {"model": Failure, "description": "", "content": {"application/json": {"examples": {}}}}
        )
        response["content"]["application/json"]["examples"][code] = {"value": _example(FolioError(code, way_on))}
        response["description"] = ", ".join(filter(None, (response["description"], f"`{code}`")))
    return by_status


def refusal(status: int, error: FolioError) -> Responses:
    """The documented refusal of a route by a status that its code does not have elsewhere."""
    content = {"application/json": {"examples": {error.code: {"value": _example(error)}}}}
    return {status: {"model": Failure, "description": f"`{error.code}`", "content": content}}


def _example(error: FolioError) -> dict[str, Any]:
    example = failure_body(error)
    example["error"]["timestamp"] = examples.EXAMPLE_AT
    return example


_ALWAYS = ("not_authenticated", "invalid_request", "rate_limited", "internal_error")
EVERYWHERE = errors(*_ALWAYS)


def describe(api: FastAPI) -> dict[str, Any]:
    """The document, made at the first call and then kept."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title,
            version=api.version,
            description=DESCRIPTION,
            routes=api.routes,
        )
        components = document.setdefault("components", {})
        components["schemas"] = {**event_schemas.schemas(), **frames.schemas(), **components.get("schemas", {})}
        components["securitySchemes"] = {
            "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        _complete(document)
        examples.complete(document)
        document["security"] = [{}, {"cookie": []}, {"session": []}, {"bearer": []}]
        api.openapi_schema = document
    return api.openapi_schema


def _complete(document: dict[str, Any]) -> None:
    """Adds what FastAPI leaves out of failures: an example's `data`, for it is null, and what every route may answer
    where a route has another failure of that status. And what the edge may answer.
    """
    for methods in document["paths"].values():
        for method, operation in methods.items():
            for code in _ALWAYS:
                status, _, way_on = CODES[code]
                _add(operation, status, code, FolioError(code, way_on))
            if method != "get":
                _add(operation, 403, "invalid_request", ForeignPage("https://elsewhere.example"))
            if "requestBody" in operation:
                _add(operation, 408, "invalid_request", RequestError("invalid_request", SILENT_BODY))
                _add(operation, 413, "too_large", FolioError("too_large", CODES["too_large"][2]))
            for response in operation["responses"].values():
                for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values():
                    if example.get("value", {}).get("success") is False:
                        example["value"]["data"] = None


def _add(operation: dict[str, Any], status: int, code: str, error: FolioError) -> None:
    """Documents one more failure of an operation, beside those of the same status."""
    response = operation["responses"].setdefault(
        str(status),
        {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}, "examples": {}}},
        },
    )
    examples = response["content"]["application/json"]["examples"]
    if code not in examples:
        examples[code] = {"value": _example(error)}
        response["description"] = ", ".join(filter(None, (response["description"], f"`{code}`")))
