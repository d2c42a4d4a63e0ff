"""Puts the HTTP door together."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from rag import __version__
from rag.api import asking, conversations, documents, live, messages, sample_client, system, uploads
from rag.api.auth import Identities, load_key
from rag.api.bodies import MAX_JSON_BYTES
from rag.api.edge import API_ROOT, Edge
from rag.api.envelope import EnvelopeResponse
from rag.api.follow import MAX_STREAMS, SIGN_OF_LIFE_S, Followers
from rag.api.openapi import EVERYWHERE, describe
from rag.api.problems import UnknownPath, install_handlers
from rag.api.reference import POLICY, render
from rag.api.rooms import TYPING_S, Rooms
from rag.api.state import State
from rag.app import App

PREFIX: Final = "/api/v1"
ROUTERS: Final = (system, asking, conversations, messages, live, documents, uploads)
UPLOADS: Final = (f"{PREFIX}/docs/upload", f"{PREFIX}/files/upload")
# What a multipart body holds beside the file: boundaries, headers, other fields.
UPLOAD_SLACK_BYTES: Final = 1024 * 1024


def create_api(
    app: App,
    *,
    max_streams: int = MAX_STREAMS,
    sign_of_life_s: float = SIGN_OF_LIFE_S,
    typing_s: float = TYPING_S,
) -> FastAPI:
    """The server with every route of the API; mount the page at / on it. It does not open or close `app`.

    `max_streams`: streams and live connections at once. `sign_of_life_s`: how long a stream is silent before it sends a
    comment. `typing_s`: how long a sign of typing lasts.
    """
    api = FastAPI(title="Folio", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    identities = Identities(load_key(app.settings))
    api.state.door = State(app, identities, Followers(app, max_streams, sign_of_life_s), Rooms(typing_s))
    max_upload_bytes = app.settings.max_document_bytes + UPLOAD_SLACK_BYTES
    api.add_middleware(Edge, identities=identities, max_bytes=partial(_max_bytes, max_upload_bytes))
    install_handlers(api)
    for each in ROUTERS:
        api.include_router(each.router, prefix=PREFIX, responses=EVERYWHERE)
    api.include_router(_reference(api))
    api.include_router(sample_client.router)
    api.router.routes.append(Route("/api/{rest:path}", UnknownPath(tuple(api.routes))))
    api.router.routes.append(Route("/api", UnknownPath(())))
    return api


def _max_bytes(max_upload_bytes: int, path: str) -> int | None:
    if path.startswith(UPLOADS):
        return max_upload_bytes * (uploads.MAX_BATCH if path.rstrip("/").endswith("/batch") else 1)
    return MAX_JSON_BYTES if path.startswith(API_ROOT) else None


def _reference(api: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PREFIX}/openapi.json")
    def openapi() -> Response:
        # The document itself, not in the envelope: generators read it.
        return EnvelopeResponse(_document())

    @router.get("/api/reference")
    def reference() -> Response:
        return HTMLResponse(render(_document()), headers={"Content-Security-Policy": POLICY})

    def _document() -> dict[str, Any]:
        return describe(api)

    return router
