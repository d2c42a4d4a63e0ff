"""The outermost layer, for every path of the server: who calls, what headers an answer carries, and the last net.

Pure ASGI, so that a stream passes through it untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.auth import COOKIE, LIFETIME_S, SCOPE_KEY, Caller, cookie_header, not_known
from rag.api.envelope import failure, timestamp
from rag.api.gate import SESSION_LASTS_S, Gate
from rag.api.incoming import BODY_SILENCE_S, Bounded
from rag.api.lines import Line, Live
from rag.api.problems import has_head
from rag.api.sse import frame, place_of
from rag.api.traffic import Traffic
from rag.errors import FolioError, InternalError, RequestError

log = logging.getLogger(__name__)

API_ROOT: Final = "/api/"
# What ends a session answers for itself that it did.
_ENDS_ITSELF: Final = ("/api/v1/auth/", "/api/v1/admin/", "/account", "/admin", "/logout")
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
    """Recognises the caller, refuses foreign pages and strangers, counts, bounds bodies, adds headers, cuts off what a
    sign-out ends, and turns a defect into the envelope.

    `max_bytes`: a path -> how large a request's body may be, or None for paths that see to it themselves. `silence_s`:
    how long nothing may come of such a body.
    """

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate,
        max_bytes: Callable[[str], int | None],
        live: Live | None = None,
        traffic: Traffic | None = None,
        silence_s: float = BODY_SILENCE_S,
    ) -> None:
        self._app = app
        self._silence_s = silence_s
        self._gate = gate
        self._max_bytes = max_bytes
        self._live = live or Live()
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._gate.recognise(HTTPConnection(scope))
            scope[SCOPE_KEY] = caller
            if caller.by not in {"bearer", "operator"} and _is_forgeable(scope) and _is_foreign(scope):
                raise ForeignPage(Headers(scope=scope).get("origin", ""))
            if self._traffic is not None:
                self._traffic.count(scope, caller)
            if not self._gate.admits(scope["path"], caller):
                raise not_known(caller)
        except FolioError as error:
            await _refuse(error, scope, receive, send)
        else:
            with self._live.line(caller.ids, ends=not scope["path"].startswith(_ENDS_ITSELF)) as line:
                answer = _Answer(scope, send, caller, line)
                await self._serve(scope, receive, answer)
            if line.was_cut:
                await answer.cut_off(receive)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, answer.send)
            return
        limit = self._max_bytes(scope["path"])
        bounded = receive if limit is None else Bounded(receive, Headers(scope=scope), limit, self._silence_s)
        if scope["method"] == "HEAD" and scope["path"].startswith(API_ROOT) and has_head(scope["path"]):
            scope = {**scope, "method": "GET"}  # the server leaves out the body
        try:
            await self._app(scope, bounded, answer.send)
        except ClientDisconnect:
            log.debug("client left: %s %s", scope["method"], scope["path"])
        except Exception:  # the API's edge: nothing is above it but the server
            log.exception("unexpected error: %s %s", scope["method"], scope["path"])
            if answer.has_begun:
                raise
            error = InternalError(
                "internal_error", "Something went wrong on our side. The server's log has the details."
            )
            await failure(error)(scope, receive, answer.send)


class ForeignPage(RequestError):
    """A page of another origin wanted to act with the browser's cookie."""

    def __init__(self, origin: str) -> None:
        sentence = "A page of another site may not do this with your browser's cookie. Programs send a bearer token."
        super().__init__("invalid_request", sentence, {"origin": origin[:200]})

    @property
    def http_status(self) -> int:
        return 403


class _Answer:
    """What is sent on one connection, and how far it has come."""

    def __init__(self, scope: Scope, send: Send, caller: Caller, line: Line) -> None:
        self.has_begun = False
        self._has_ended = False
        self._is_stream = False
        self._last = b""  # of a stream: the last frame that had a place in its log
        self._scope = scope
        self._send = send
        self._caller = caller
        self._line = line

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                self.has_begun = True
                headers = MutableHeaders(scope=message)
                _dress(headers, self._scope, self._caller)
                self._is_stream = headers.get("content-type", "").startswith("text/event-stream")
                if "content-length" in headers:
                    self._line.spare()
            case "http.response.body":
                self._has_ended = not message.get("more_body", False)
                if self._is_stream and message.get("body", b"").startswith(b"id: "):
                    self._last = message["body"]
            case "websocket.close" | "websocket.http.response.start":
                self._has_ended = True
        await self._send(message)

    async def cut_off(self, receive: Receive) -> None:
        """The caller was signed out meanwhile: says so, as far as that is still possible, and ends."""
        error = RequestError("not_authenticated", "You were signed out. Sign in again.")
        if self._has_ended:
            return
        if self._scope["type"] == "websocket":
            await self._send({"type": "websocket.close", "code": 1008, "reason": "signed out"})
        elif not self.has_begun:
            await failure(error)(self._scope, receive, self.send)
        else:
            fields = {"error_code": error.code, "message": error.message, "details": {}, "retryable": False}
            envelope = {**place_of(self._last), "type": "error", "at": timestamp()}
            last = frame("error", {**envelope, **fields}) if self._is_stream else b""
            await self._send({"type": "http.response.body", "body": last, "more_body": False})


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


async def _refuse(error: FolioError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        reason = "foreign origin" if isinstance(error, ForeignPage) else error.code
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            _dress(MutableHeaders(scope=message), scope, Caller(None, "new"))
        await send(message)

    response: Response = failure(error)
    if error.code == "not_authenticated" and _is_page_load(scope):
        wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        target = f"{scope.get('root_path', '')}/login" + (f"?next={quote(wanted, safe='')}" if wanted != "/" else "")
        response = RedirectResponse(target, 303, {"Cache-Control": "no-store"})
    await response(scope, receive, dressed)


def _is_page_load(scope: Scope) -> bool:
    """Whether a person opens a page, and not a program or a script asks for data."""
    accepted = Headers(scope=scope).get("accept", "")
    return scope["method"] == "GET" and "text/html" in accepted and not scope["path"].startswith(API_ROOT)


def _dress(headers: MutableHeaders, scope: Scope, caller: Caller) -> None:
    is_api = f"{scope['path']}/".startswith(API_ROOT)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", API_POLICY if is_api else PAGE_POLICY)
    # Never beside a style sheet or a script: a shared cache would hand one user's cookie to the next.
    if caller.cookie is not None and (is_api or headers.get("content-type", "").startswith("text/html")):
        lasts_s = LIFETIME_S if caller.cookie_name == COOKIE else SESSION_LASTS_S
        headers.append("Set-Cookie", cookie_header(caller.cookie_name, caller.cookie, lasts_s, scope))
        if is_api:
            headers.setdefault("Cache-Control", "no-store")
        else:
            headers["Cache-Control"] = "no-store"
