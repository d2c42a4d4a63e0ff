"""Both front ends at once, each in its process, on one data folder with the index on a Qdrant server: one browser sees
the same documents and conversations in both, and an answer that one of them writes is followed in the other."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.doubles import ChatServer
from tests.pages import LAST, QUESTION, Visitor, answering, opened_browser, served, with_sample
from tests.qdrant_http import qdrant_server
from tests.streamlit_server import streamlit_served

SETTINGS = {"openai_api_key": "key", "openai_model": "scripted"}


@pytest.mark.browser
def test_both_front_ends_on_one_folder(tmp_path: Path) -> None:
    gate, data = threading.Event(), tmp_path / "data"
    with (
        qdrant_server() as qdrant,
        ChatServer(answering(gate, before="The first half", after=", and it cost {}.")) as model,
        served(data, qdrant_url=qdrant, openai_base_url=model.base_url, **SETTINGS) as gradio,
        streamlit_served(
            tmp_path / "log",
            FOLIO_DATA=str(data),
            FOLIO_OFFLINE="true",
            FOLIO_QDRANT_URL=qdrant,
            OPENAI_BASE_URL=model.base_url,
            **{name.upper(): value for name, value in SETTINGS.items()},
        ) as streamlit,
        opened_browser() as browser,
    ):
        visitor = Visitor(browser, gradio)
        visitor.open()
        with_sample(visitor)
        beside = visitor.context.new_page()  # the cookie is the host's: the same person on both ports
        _ask_in_streamlit(beside, streamlit)

        visitor.reload()
        visitor.page.locator('[data-region="rail"] a .name', has_text=QUESTION).click()
        expect(visitor.page.locator(f"{LAST} .prose")).to_have_text("The first half")
        gate.set()
        expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
        expect(visitor.page.locator(f"{LAST} .chip")).to_have_count(1)
        expect(beside.locator(".f-chip").first).to_be_visible()

        visitor.ask("and the year before?")
        expect(visitor.page.locator(".exchange")).to_have_count(2)
        expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
        beside.reload()
        expect(beside.get_by_text("and the year before?")).to_be_visible()
        visitor.leave()
    assert "Traceback" not in (tmp_path / "log").read_text()


def _ask_in_streamlit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("tern-rock-annual-report-2025.pdf").first).to_be_visible()
    page.get_by_test_id("stChatInputTextArea").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The first half")).to_be_visible()
