"""An export over HTTP, brought back by another user; nothing of it stays on the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.api.portable import Imported
from tests.api_folio import QUESTION, Folio, body_of, data_of, error_of, serving_folio
from tests.conftest import wait_until


@pytest.fixture
def folio(tmp_path: Path) -> Iterator[Folio]:
    with serving_folio(tmp_path) as opened:
        yield opened


def test_everything_is_taken_away_and_brought_back(folio: Folio, tmp_path: Path) -> None:
    assert folio.client.post("/chat/", json=QUESTION).status_code == 200
    away = folio.client.get("/account/export")
    assert away.headers["content-type"] == "application/zip"
    assert "attachment" in away.headers["content-disposition"]
    wait_until(lambda: not list(tmp_path.rglob("export-*")))
    with httpx.Client(base_url=folio.client.base_url, timeout=60) as other:
        other.get("/auth/me")  # from now on somebody
        made = data_of(other.post("/account/import", files={"file": ("folio.zip", away.content)}), Imported)
        assert made.conversations == 1
        assert len(body_of(other.get("/chat/conversations"))["data"]) == 1
        assert len(body_of(other.get("/docs"))["data"]) == made.documents > 0


def test_a_file_that_is_no_export_is_refused(folio: Folio) -> None:
    sent = folio.client.post("/account/import", files={"file": ("folio.zip", b"PK nothing")})
    assert error_of(sent, 422).error_code == "invalid_request"
