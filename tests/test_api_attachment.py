"""Ranges of a file, and what is no range."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rag.api.attachment import Download, attachment, range_in
from tests.api_server import serving
from tests.conftest import wait_until

CONTENT = b"0123456789"


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ("bytes=0-3", "within"), ("bytes=9-", "within"), ("bytes=-4", "within"), ("bytes=0-99", "within"),
        ("bytes=10-", "outside"), ("bytes=99-100", "outside"), ("bytes=-0", "outside"),
        ("bytes=abc", "none"), ("bytes=", "none"), ("bytes=-", "none"), ("bytes=3-1", "none"), ("items=0-1", "none"),
        ("bytes=0-1,3-4", "none"), ("bytes=٣-", "none"), (f"bytes={'9' * 400}-", "none"), ("", "none"),
    ],
)  # fmt: skip
def test_where_a_range_lies(header: str, where: str) -> None:
    assert range_in(header, 10) == where


def test_an_empty_file_has_no_ranges() -> None:
    assert range_in("bytes=0-", 0) == range_in("bytes=-1", 0) == "outside"


def test_a_name_never_leaves_its_header() -> None:
    assert (
        attachment('a"\r\nX: y☕') == "attachment; filename=\"a___X: y_\"; filename*=UTF-8''a%22%0D%0AX%3A%20y%E2%98%95"
    )


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    numbers = count()

    async def download(_request: Request) -> Response:
        made = tmp_path / f"made-{next(numbers)}"  # the one before may still be tidied away
        made.write_bytes(CONTENT)
        return Download(made, filename="made.txt", background=BackgroundTask(made.unlink))

    with serving(Starlette(routes=[Route("/", download)])) as address:  # type: ignore[arg-type]  # any application
        yield address


def test_a_range_is_given_or_refused_in_the_envelope_and_the_file_is_tidied_away(url: str, tmp_path: Path) -> None:
    part = httpx.get(url, headers={"Range": "bytes=2-4"}, timeout=60)
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    for unread in ("bytes=abc", "bytes=0-1,3-4"):
        whole = httpx.get(url, headers={"Range": unread}, timeout=60)
        assert (whole.status_code, whole.content) == (200, CONTENT)
    past = httpx.get(url, headers={"Range": "bytes=10-"}, timeout=60)
    assert (past.status_code, past.headers["content-range"]) == (416, "bytes */10")
    assert past.json()["error"]["error_code"] == "invalid_request"
    wait_until(lambda: not list(tmp_path.glob("made-*")))
