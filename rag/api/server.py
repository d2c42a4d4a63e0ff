"""Puts the HTTP door together."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute

from rag import __version__
from rag.api import (
    account_pages,
    accounts,
    admin,
    admin_pages,
    asking,
    conversations,
    documents,
    lab,
    live,
    messages,
    portable,
    sample_client,
    shares,
    system,
    uploads,
)
from rag.api.auth import Identities, load_key
from rag.api.bodies import MAX_JSON_BYTES
from rag.api.edge import API_ROOT, Edge
from rag.api.envelope import EnvelopeResponse
from rag.api.follow import MAX_STREAMS, SIGN_OF_LIFE_S, Followers
from rag.api.gate import Gate
from rag.api.incoming import BODY_SILENCE_S
from rag.api.lines import Live
from rag.api.lost import Lost
from rag.api.openapi import EVERYWHERE, describe
from rag.api.problems import UnknownPath, install_handlers
from rag.api.reference import POLICY, render
from rag.api.rooms import TYPING_S, Rooms
from rag.api.state import State
from rag.api.traffic import Traffic
from rag.app import App
from rag.settings import Settings

PREFIX: Final = "/api/v1"
ROUTERS: Final = (
    system, asking, conversations, messages, shares, live, documents, uploads, portable, lab, accounts, admin,
)  # fmt: skip
UPLOADS: Final = (
    f"{PREFIX}/docs/upload",
    f"{PREFIX}/files/upload",
    f"{PREFIX}/files/transcribe",
    f"{PREFIX}/lab/runs/file",
)
ARCHIVES: Final = f"{PREFIX}/account/import"
FORMS: Final = ("/login", "/register", "/logout", "/account", "/admin")
# What a multipart body holds beside the file: boundaries, headers, other fields.
UPLOAD_SLACK_BYTES: Final = 1024 * 1024


def create_api(
    app: App,
    *,
    max_streams: int = MAX_STREAMS,
    sign_of_life_s: float = SIGN_OF_LIFE_S,
    typing_s: float = TYPING_S,
    body_silence_s: float = BODY_SILENCE_S,
) -> FastAPI:
    """The server with every route of the API; mount the page at / on it. It does not open or close `app`.

    `max_streams`: streams and live connections at once. `sign_of_life_s`: how long a stream is silent before it sends a
    comment. `typing_s`: how long a sign of typing lasts. `body_silence_s`: how long nothing may come of a body.
    """
    api = FastAPI(
        title="Folio", version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip
    identities = Identities(load_key(app.settings))
    accounts_on = app.accounts if app.settings.auth != "none" else None
    lines, traffic = Live(accounts_on.ended) if accounts_on else Live(), Traffic(app.settings)
    if accounts_on is not None:
        accounts_on.watch(lines.end)
    gate = Gate(identities, accounts_on, app.settings.admin_token)
    followers = Followers(app, max_streams, sign_of_life_s)
    api.state.door = State(app, identities, followers, Rooms(typing_s), traffic)
    limit = partial(_max_bytes, app.settings)
    api.add_middleware(Lost)
    api.add_middleware(Edge, gate=gate, max_bytes=limit, live=lines, traffic=traffic, silence_s=body_silence_s)
    install_handlers(api)
    for each in ROUTERS:
        api.include_router(each.router, prefix=PREFIX, responses=EVERYWHERE)
    for pages in (account_pages.router(app.settings), admin_pages.router(app.settings), shares.public):
        api.include_router(pages, include_in_schema=False)
    api.include_router(_reference(api))
    api.include_router(sample_client.router)
    nowhere = UnknownPath(tuple(api.routes))
    api.router.routes += [Route("/api/{rest:path}", nowhere), WebSocketRoute("/api/{rest:path}", nowhere)]
    api.router.routes.append(Route("/api", UnknownPath(())))
    _complete(api)
    return api


def _complete(api: FastAPI) -> None:
    """FastAPI makes the models of a router's routes when a request first comes by, on the event loop: a fifth of a
    second in which nobody is served. So one that leads nowhere comes by now.
    """
    scope = {"type": "http", "method": "GET", "path": f"{PREFIX}/nowhere", "root_path": "", "headers": []}
    for route in api.routes:
        route.matches(dict(scope))


def _max_bytes(settings: Settings, path: str) -> int | None:
    """How long a body may be there; None where no body is looked at."""
    if path.startswith(UPLOADS):
        files = settings.max_batch if path.rstrip("/").endswith("/batch") else 1
        return files * (settings.max_document_bytes + UPLOAD_SLACK_BYTES)
    if path.startswith(ARCHIVES):
        return 2 * settings.max_storage_bytes
    return MAX_JSON_BYTES if path.startswith((API_ROOT, *FORMS)) else None


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
