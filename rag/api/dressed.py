"""The page that Gradio sends, made ours on its way out: style sheet, script, policy, and its language."""

from __future__ import annotations

import secrets
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.view import shell
from rag.view.templates import STATIC
from rag.view.texts import choose_language


class Dressed:
    """Sends the page as rag.view.shell dresses it; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        found = sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file()))
        self._version = found.hexdigest()[:12]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        language = choose_language(Headers(scope=scope).get("accept-language", ""))
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def dressed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            nonce = secrets.token_urlsafe(16)
            page_bytes = shell.dress(body.decode(), nonce, self._version, language).encode()
            headers = MutableHeaders(scope=start)
            headers["Content-Length"] = str(len(page_bytes))
            headers["Content-Security-Policy"] = shell.policy(nonce)
            headers["Cache-Control"] = "no-store"
            await send(start)
            await send({"type": "http.response.body", "body": page_bytes})

        await self._app({**scope, "headers": plain}, receive, dressed)
