"""Addresses that lead nowhere: a page for people, the envelope for programs, and the same for what is not one's own."""

from __future__ import annotations

import httpx
import pytest

from rag.api import schemas
from tests.api_folio import QUESTION, Folio, data_of
from tests.api_server import API

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "de-DE,de;q=0.9"}


@pytest.mark.parametrize("path", ["/nonsense", "/c/conv_unknown", "/nonsense/..%2f", "/s/no-such-link", "/api"])
def test_a_person_gets_a_page_with_a_way_back(folio: Folio, path: str) -> None:
    answer = httpx.get(f"{folio.url}{path}", headers=BROWSER)
    assert answer.status_code == 404
    if path == "/api":
        assert answer.json()["error"]["error_code"] == "not_found"
        return
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="de">' in answer.text
    assert 'href="/"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert path.rpartition("/")[2] not in answer.text  # nothing of the address comes back


def test_a_program_gets_the_envelope(folio: Folio) -> None:
    for path, accept in (("/nonsense", "*/*"), ("/nonsense", "application/json"), (f"{API}/nonsense", "text/html")):
        answer = httpx.get(f"{folio.url}{path}", headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.json()["error"]["error_code"] == "not_found"


def test_what_is_not_yours_is_told_as_what_is_not_there(folio: Folio) -> None:
    started = data_of(folio.client.post("/chat/start", json=QUESTION), schemas.Started)
    with httpx.Client(base_url=folio.url, headers=BROWSER) as stranger:
        pages = [stranger.get(f"/c/{one}").text for one in (started.conversation_id, "conv_unknown")]
        errors = [stranger.get(f"{API}/chat/conversation/{one}").json()["error"]
                  for one in (started.conversation_id, "conv_unknown")]  # fmt: skip
    assert pages[0] == pages[1]
    assert [{**error, "timestamp": ""} for error in errors] == [{**errors[0], "timestamp": ""}] * 2


def test_a_refusal_is_in_the_browser_s_language_and_its_code_is_not(folio: Folio) -> None:
    files = {"file": ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))}
    said = {}
    for language in ("de-DE", "en-GB", ""):
        headers = {"Accept-Language": language} if language else {}
        answer = folio.client.post("/docs/upload_file_async", files=files, headers=headers)
        said[language] = answer.json()["error"]
    assert {error["error_code"] for error in said.values()} == {"unsupported_type"}
    assert said["de-DE"]["message"].startswith("„old.doc“ ist eine Datei")
    assert said["en-GB"]["message"] == said[""]["message"]
    assert said[""]["message"].startswith("'old.doc' is a file of an old Office version")
