"""Signing in to the Streamlit front end, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.app import open_app
from rag.settings import Settings
from tests.pages import Visitor, opened_browser
from tests.streamlit_server import streamlit_served
from tests.test_ui_streamlit import settings

__all__ = ["settings"]  # the fixture that gives each test its data folder
PASSWORD = "a long enough password"


def enter(page: Page, password: str) -> None:
    page.get_by_label("Name oder E-Mail").fill("ann")
    page.get_by_label("Passwort", exact=True).fill(password)
    page.get_by_role("button", name="Anmelden").click()


@pytest.mark.browser
def test_a_wrong_password_is_one_sentence_in_the_readers_language_and_the_right_one_opens_the_page(
    tmp_path: Path,
) -> None:
    with open_app(Settings(data=tmp_path / "data", auth="password", offline=True, _env_file=None)) as folio:  # type: ignore[call-arg]
        folio.accounts.register(username="ann", email=None, password=PASSWORD)
    with streamlit_served(tmp_path / "log", FOLIO_AUTH="password") as address, opened_browser() as browser:
        visitor = Visitor(browser, address, locale="de-DE")
        visitor.page.goto(address)
        enter(visitor.page, "not her password")
        expect(visitor.page.get_by_role("alert")).to_have_text("Name oder Passwort stimmt nicht.")
        enter(visitor.page, PASSWORD)
        expect(visitor.page.get_by_text("Frag deine Dokumente")).to_be_visible()
        assert visitor.problems == []
