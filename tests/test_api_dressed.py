"""The page that Gradio sends, on its way out; everything else passes untouched."""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.api.dressed import Dressed

PAGE = '<html lang="en"><head><title>x</title></head><body><script>ok()</script></body></html>'


async def page(request: Request) -> StreamingResponse:
    assert "accept-encoding" not in request.headers  # what is packed could not be dressed
    return StreamingResponse(iter([PAGE[:20], PAGE[20:]]), media_type="text/html")


async def other(request: Request) -> PlainTextResponse:
    return PlainTextResponse(PAGE)


def client() -> TestClient:
    return TestClient(Dressed(Starlette(routes=[Route("/", page), Route("/other", other)])))


def test_the_page_gets_a_nonce_a_policy_and_its_language() -> None:
    answer = client().get("/", headers={"Accept-Language": "de-AT,en;q=0.5"})
    nonces = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert '<html lang="de"' in answer.text


def test_no_two_pages_have_the_same_nonce() -> None:
    first, second = (client().get("/").headers["content-security-policy"] for _ in range(2))
    assert first != second


def test_everything_else_passes_untouched() -> None:
    answer = client().get("/other")
    assert answer.text == PAGE
    assert "content-security-policy" not in answer.headers
