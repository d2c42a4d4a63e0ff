"""Hundreds of documents in a real browser: some are drawn, all can be found, chosen and replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, expect

from rag.api.auth import COOKIE, Identities
from store import documents
from store.database import Database
from tests.pages import Place, Visitor, served
from tests.talks import ANN

pytestmark = pytest.mark.browser
SECRET = "a secret for tests of many documents, long enough"
TOTAL = 350


@pytest.fixture
def visitor(shared_place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    data = tmp_path_factory.mktemp("many")
    with closing(Database.open(data / "folio.db")) as database, database.write():  # at once, not row by row
        for number in range(TOTAL):
            sha256 = hashlib.sha256(f"{number}".encode()).hexdigest()
            name = f"Harbour log {number:03}.md"
            made = documents.create(database, owner=ANN, name=name, media_type="text/markdown", sha256=sha256, bytes=9)
            documents.update(database, made.id, status="ready")
    with served(data, secret=SECRET) as address:
        somebody = Visitor(shared_place.browser, address)
        token = Identities(SECRET.encode()).token(ANN)
        somebody.context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        somebody.open()
        yield somebody
        somebody.context.close()
        assert somebody.problems == []


def rows(visitor: Visitor) -> Locator:
    return visitor.page.locator(".row[data-key]")


def test_some_are_drawn_and_more_on_request(visitor: Visitor) -> None:
    page, more = visitor.page, visitor.page.locator('[data-act="more-papers"]')
    expect(rows(visitor)).to_have_count(100)
    expect(page.locator(".pane-head .count")).to_have_text(str(TOTAL))
    expect(rows(visitor).first).to_have_attribute("data-name", "Harbour log 349.md")
    more.click()
    expect(rows(visitor)).to_have_count(300)
    more.click()
    expect(rows(visitor)).to_have_count(TOTAL)
    expect(more).to_have_count(0)


def test_one_that_is_not_drawn_is_found_and_left_out(visitor: Visitor) -> None:
    page, scope = visitor.page, visitor.page.locator("#folio-scope")
    expect(scope).to_have_text("All documents")
    page.fill("#folio-filter", "LOG 007")
    expect(rows(visitor)).to_have_count(1)
    rows(visitor).locator("[data-use]").uncheck()
    expect(scope).to_have_text(f"{TOTAL - 1} of {TOTAL} documents")
    page.fill("#folio-filter", "")
    expect(rows(visitor)).to_have_count(100)
    page.fill("#folio-filter", "log 00")
    expect(rows(visitor)).to_have_count(10)
    expect(rows(visitor).locator("[data-use]:checked")).to_have_count(9)
    page.click("#folio-narrowed button")
    expect(scope).to_have_text("All documents")
    expect(rows(visitor).locator("[data-use]:checked")).to_have_count(10)


def test_files_that_are_not_among_those_drawn_arrive(visitor: Visitor) -> None:
    page = visitor.page
    page.fill("#folio-filter", "log 00")
    expect(rows(visitor)).to_have_count(10)
    text = {"name": "Harbour log 003.md", "mimeType": "text/markdown", "buffer": b"# Fog\n\nThe fog came at four."}
    other = {"name": "tide table.md", "mimeType": "text/markdown", "buffer": b"# Tides\n\nHigh water at six."}
    visitor.upload(text, other)
    expect(page.locator("#folio-uploads .row")).to_have_count(0)  # on the server, although one of them is not drawn
    expect(page.locator(".pane-head .count")).to_have_text(str(TOTAL + 1))
    expect(rows(visitor)).to_have_count(10)
    expect(rows(visitor).first.locator(".facts")).to_contain_text("version 2")
    page.fill("#folio-filter", "tide")
    expect(rows(visitor)).to_have_count(1)
    expect(rows(visitor)).to_have_attribute("data-name", "tide table.md")


def test_a_file_that_is_there_already_leaves_no_row(visitor: Visitor) -> None:
    page = visitor.page
    note = {"name": "tide table.md", "mimeType": "text/markdown", "buffer": b"# Tides\n\nHigh water at six."}
    visitor.upload(note)
    expect(page.locator('.row[data-name="tide table.md"][data-tone="ready"]')).to_have_count(1)
    for _ in range(2):
        with page.expect_response("**/upload_file_async"):
            visitor.upload(note)
        expect(page.locator("#folio-uploads .row")).to_have_count(0)
