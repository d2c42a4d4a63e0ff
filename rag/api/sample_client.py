"""Serves samples/stream_client.html from our own origin; its policy lets its one script and style run, and no other."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from rag.verbs.sample import FOLDER

PAGE: Final = FOLDER / "stream_client.html"
_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/api/client")
def client() -> Response:
    """A page that asks by fetch, EventSource and WebSocket: to look at, and to copy from."""
    html = PAGE.read_text(encoding="utf-8")
    return HTMLResponse(html, headers={"Content-Security-Policy": policy(html), "Cache-Control": "no-store"})


def policy(html: str) -> str:
    """Only the page's own inline script and style by their hashes, and only requests to our origin."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(html):
        hashes[kind].append(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'")
    return (
        f"default-src 'none'; script-src {' '.join(hashes['script'])}; style-src {' '.join(hashes['style'])}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
