"""An address that leads nowhere, opened by a person: a page with a way back. Programs get the API's own answer."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.pages import shown, standing
from rag.view.accounts import lost_page

_OTHERS = ("/api/", "/page/", "/gradio_api/", "/assets/")  # what a page loads, or a program asks


class Lost:
    """Sends the page in the place of a 404, whatever said it, so that nothing is told apart by how it is missing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_opened(scope):
            await self._app(scope, receive, send)
            return
        is_lost = False

        async def found(message: Message) -> None:
            nonlocal is_lost
            if message["type"] == "http.response.start":
                is_lost = message["status"] == HTTPStatus.NOT_FOUND and not _is_page(message)
            if not is_lost:
                await send(message)

        await self._app(scope, receive, found)
        if is_lost:
            page = lost_page(standing(Request(scope)))
            await shown(page, HTTPStatus.NOT_FOUND)(scope, receive, send)


def _is_opened(scope: Scope) -> bool:
    """Whether somebody opens an address, and not a script or a program asks for something."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    return "text/html" in Headers(scope=scope).get("accept", "") and not f"{scope['path']}/".startswith(_OTHERS)


def _is_page(message: Message) -> bool:
    """Whether the answer is a page of its own, such as that of a link that was taken back."""
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
