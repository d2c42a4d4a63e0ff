"""Puts the HTTP door together."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from rag import __version__
from rag.api import asking, conversations, documents, lab, system
from rag.api.auth import Identities, load_key
from rag.api.bodies import MAX_JSON_BYTES
from rag.api.edge import API_ROOT, Edge
from rag.api.envelope import EnvelopeResponse
from rag.api.follow import MAX_STREAMS, SIGN_OF_LIFE_S, Followers
from rag.api.openapi import EVERYWHERE, describe
from rag.api.problems import UnknownPath, install_handlers
from rag.api.reference import POLICY, render
from rag.api.state import State
from rag.app import App

PREFIX: Final = "/api/v1"
UPLOADS: Final = (f"{PREFIX}/docs/upload", f"{PREFIX}/files/upload", f"{PREFIX}/lab/runs/file")
# What a multipart body holds beside the file: boundaries, headers, other fields.
UPLOAD_SLACK_BYTES: Final = 1024 * 1024


def create_api(app: App, *, max_streams: int = MAX_STREAMS, sign_of_life_s: float = SIGN_OF_LIFE_S) -> FastAPI:
    """The server with every route of the API; mount the page at / on it. It does not open or close `app`.

    `max_streams`: of turns, at once. `sign_of_life_s`: how long a stream is silent before it sends a comment.
    """
    api = FastAPI(title="Folio", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    identities = Identities(load_key(app.settings))
    api.state.door = State(app, identities, Followers(app, max_streams, sign_of_life_s))
    max_upload_bytes = app.settings.max_document_bytes + UPLOAD_SLACK_BYTES
    api.add_middleware(Edge, identities=identities, max_bytes=partial(_max_bytes, max_upload_bytes))
    install_handlers(api)
    for router in (system.router, asking.router, conversations.router, documents.router, lab.router):
        api.include_router(router, prefix=PREFIX, responses=EVERYWHERE)
    api.include_router(_reference(api))
    api.router.routes.append(Route("/api/{rest:path}", UnknownPath(tuple(api.routes))))
    api.router.routes.append(Route("/api", UnknownPath(())))
    return api


def _max_bytes(max_upload_bytes: int, path: str) -> int | None:
    if path.startswith(UPLOADS):
        return max_upload_bytes
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
