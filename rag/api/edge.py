"""The outermost layer, for every path of the server: who calls, what headers an answer carries, and the last net.

Pure ASGI, so that a stream passes through it untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.auth import COOKIE, LIFETIME_S, SCOPE_KEY, Caller, Identities
from rag.api.envelope import failure
from rag.errors import FolioError, InternalError, RequestError

log = logging.getLogger(__name__)

API_ROOT: Final = "/api/"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

# Gradio's page is one inline script after another and compiles its templates, hence 'unsafe-inline' and 'unsafe-eval';
# what matters is that nothing is loaded from, or sent to, anywhere but our own origin. A Space frames the page.
PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self' https://huggingface.co"
)
# The browser's own viewer shows a page image that is opened by itself: it needs the image and inline styles.
API_POLICY: Final = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class Edge:
    """Recognises the caller, refuses foreign pages, bounds bodies, adds headers, and turns a defect into the envelope.

    `max_bytes`: a path -> how large a request's body may be, or None for paths that see to it themselves.
    """

    def __init__(self, app: ASGIApp, identities: Identities, max_bytes: Callable[[str], int | None]) -> None:
        self._app = app
        self._identities = identities
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        caller = self._identities.recognise(HTTPConnection(scope))
        scope[SCOPE_KEY] = caller
        if caller.by != "bearer" and _is_forgeable(scope) and _is_foreign(scope):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send, caller)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _dress(MutableHeaders(scope=message), scope, caller)
            await send(message)

        limit = self._max_bytes(scope["path"])
        bounded = receive if limit is None else _Bounded(receive, Headers(scope=scope), limit)
        try:
            await self._app(scope, bounded, dressed)
        except ClientDisconnect:
            log.debug("client left: %s %s", scope["method"], scope["path"])
        except Exception:  # the API's edge: nothing is above it but the server
            log.exception("unexpected error: %s %s", scope["method"], scope["path"])
            if started:
                raise
            error = InternalError(
                "internal_error", "Something went wrong on our side. The server's log has the details."
            )
            await failure(error)(scope, receive, dressed)


class BodyTooLarge(HTTPException):
    """The body is larger than its path allows; raised where the body is read."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class _Bounded:
    """Counts a body while it streams in. What the client says about its length can refuse it early, never admit it."""

    def __init__(self, receive: Receive, headers: Headers, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        announced = headers.get("content-length", "")
        is_too_long = announced.isdecimal() and (len(announced) > 15 or int(announced) > limit)
        self._bytes = limit + 1 if is_too_long else 0

    async def __call__(self) -> Message:
        if self._bytes > self._limit:
            raise BodyTooLarge(self._limit)
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._limit:
            raise BodyTooLarge(self._limit)
        return message


def _is_forgeable(scope: Scope) -> bool:
    """A request that another site's page could make a browser send, with the browser's cookie, to some effect."""
    return scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS


def _is_foreign(scope: Scope) -> bool:
    """Whether a page of another origin sent it. Programs send no Origin; browsers always do with these requests.

    Schemes are not compared: behind a proxy that ends TLS ours is not the browser's.
    """
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None:
        return False
    hosts = {headers.get("host", ""), headers.get("x-forwarded-host", "").partition(",")[0].strip()}
    scheme, _, _ = origin.partition("://")
    address = _address(origin)
    return address is None or address not in {_address(f"{scheme}://{host}") for host in hosts}


def _address(url: str) -> tuple[str, int | None] | None:
    """(host, port) of a URL, or None when it has none."""
    try:
        parts = urlsplit(url)
        return None if parts.hostname is None else (parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme))
    except ValueError:
        return None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})
        return
    error: FolioError = RequestError(
        "invalid_request",
        "A page of another site may not do this with your browser's cookie. Programs send a bearer token.",
        {"origin": Headers(scope=scope).get("origin", "")[:200]},
    )
    await failure(error, 403)(scope, receive, send)


def _dress(headers: MutableHeaders, scope: Scope, caller: Caller) -> None:
    is_api = f"{scope['path']}/".startswith(API_ROOT)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", API_POLICY if is_api else PAGE_POLICY)
    # Never beside a style sheet or a script: a shared cache would hand one user's cookie to the next.
    if caller.cookie is not None and (is_api or headers.get("content-type", "").startswith("text/html")):
        headers.append("Set-Cookie", _cookie(caller.cookie, scope))
        if is_api:
            headers.setdefault("Cache-Control", "no-store")
        else:
            headers["Cache-Control"] = "no-store"


def _cookie(value: str, scope: Scope) -> str:
    is_https = scope["scheme"] == "https" or Headers(scope=scope).get("x-forwarded-proto", "").startswith("https")
    # In a Space the page stands in a frame of another site: there only SameSite=None is sent back, and only if Secure.
    place = "SameSite=None; Secure" if is_https else "SameSite=Lax"
    return f"{COOKIE}={value}; Max-Age={LIFETIME_S}; Path=/; HttpOnly; {place}"
