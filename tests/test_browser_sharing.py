"""Links to a conversation, everything one owns, and the microphone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import pages
from tests.doubles_speech import SEGMENTS, SpeechServer
from tests.pages import LAST, QUESTION, Visitor, served, with_sample
from tests.test_browser_care import serious

pytestmark = pytest.mark.browser
SAID = " ".join(each["text"].strip() for each in SEGMENTS)


@dataclass
class Place:
    address: str
    browser: Browser
    speech: SpeechServer


@pytest.fixture(scope="module")
def place(shared_place: pages.Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data = tmp_path_factory.mktemp("data")
    with (
        SpeechServer() as speech,
        served(data, transcription_url=speech.base_url, reranker="BAAI/bge-reranker-base") as address,
    ):
        yield Place(address, shared_place.browser, speech)


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    somebody = Visitor(place.browser, place.address, permissions=["microphone", "clipboard-write", "clipboard-read"])
    somebody.open()
    yield somebody
    somebody.context.close()
    assert somebody.problems == []


def answered(visitor: Visitor) -> None:
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")


def test_a_link_is_made_read_by_others_and_taken_back(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    answered(visitor)
    page.click(".exporting summary")
    page.click('[data-act="share"]')
    made = page.locator(".links .where")
    expect(made).to_contain_text("/shared/")
    expect(page.locator("#folio-toast")).to_contain_text("The link is copied")
    link = made.inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert serious(visitor) == []
    stranger = place.browser.new_context()
    other = stranger.new_page()
    answer = other.goto(link)
    assert answer is not None
    assert answer.status == 200
    expect(other.locator("body")).to_contain_text(QUESTION)
    visitor.reload()
    page.click(".exporting summary")
    expect(made).to_contain_text("Made ")
    expect(page.locator('[data-act="share-copy"]')).to_be_hidden()
    page.click('[data-act="unshare"]')
    expect(made).to_have_count(0)
    gone = other.goto(link)
    assert gone is not None
    assert gone.status == 404
    stranger.close()


def test_everything_one_owns_goes_to_another_browser(visitor: Visitor, place: Place, tmp_path: Path) -> None:
    page = visitor.page
    answered(visitor)
    page.click(".exporting summary")
    with page.expect_download() as download:
        page.get_by_text("Download it all").click()
    archive = tmp_path / "mine.zip"
    download.value.save_as(archive)
    other = Visitor(place.browser, place.address)
    other.open()
    other.page.click(".exporting summary")
    expect(other.page.locator(".of-chat")).to_be_hidden()
    other.page.set_input_files("[data-import]", archive)
    expect(other.page.locator("#folio-owned")).to_contain_text("documents 1, conversations 1")
    expect(other.page.locator('[data-region="rail"] nav .name')).to_have_count(1)
    expect(other.page.locator(".row[data-key] .name")).to_have_count(1)
    other.page.set_input_files("[data-import]", {"name": "x.zip", "mimeType": "application/zip", "buffer": b"no zip"})
    expect(other.page.locator("#folio-owned")).not_to_contain_text("documents")
    other.context.close()
    # The browser notes the refused import; nothing else went wrong.
    assert [problem for problem in other.problems if "422" not in problem] == []


def test_what_is_spoken_is_put_into_the_field_and_not_sent(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    page.fill("#folio-question", "Listen:")
    speak = page.locator('[data-act="speak"]')
    speak.click()
    expect(speak).to_have_attribute("aria-pressed", "true")
    expect(speak).to_have_attribute("aria-label", "Stop recording and write it down")
    speak.click()
    expect(page.locator("#folio-question")).to_have_value(f"Listen: {SAID}")
    expect(speak).to_have_attribute("aria-pressed", "false")
    assert place.speech.uploads[-1].content[:4] == b"\x1a\x45\xdf\xa3"  # WebM, as the browser recorded it
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator(".row[data-key]")).to_have_count(0)
    visitor.reload()
    expect(page.locator("#folio-question")).to_have_value(f"Listen: {SAID}")  # a draft like any other


def test_reranking_is_chosen_for_each_conversation_and_for_each_side_of_a_comparison(visitor: Visitor) -> None:
    page = visitor.page
    page.click(".settings summary")
    expect(page.locator("#folio-rerank option")).to_have_text(["Usual", "On", "Off"])
    page.select_option("#folio-rerank", "off")
    page.keyboard.press("Escape")
    answered(visitor)
    page.click(".trace summary")
    page.click('[data-act="trace"]')
    expect(page.locator(".traced .facts-list")).to_contain_text("RerankingOff")
    page.keyboard.press("Escape")
    shown = page.url.removeprefix(visitor.address)
    page.click(".fresh")
    page.click(".settings summary")
    page.select_option("#folio-rerank", "")
    page.evaluate("localStorage.clear()")  # another browser of the same user
    visitor.open(shown)
    expect(page.locator(".said")).to_have_text(QUESTION)
    expect(page.locator("#folio-rerank")).to_have_value("off")
    page.click('[data-act="tools"]')
    page.click("#tool-ab")
    page.fill("#panel-ab [name=question]", QUESTION)
    page.select_option('[data-how="how_b"] [name="rerank"]', "off")
    page.click("#panel-ab [type=submit]")
    sides = page.locator(".lab-ab article")
    expect(sides.nth(1)).to_contain_text("Reranking Off")
    expect(sides.nth(0)).not_to_contain_text("Reranking Off")


def test_without_a_microphone_the_page_says_so(place: Place) -> None:
    visitor = Visitor(place.browser, place.address)
    visitor.open()
    visitor.page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('denied')); }")
    visitor.page.click('[data-act="speak"]')
    expect(visitor.page.locator("#folio-problem")).to_contain_text("does not let Folio hear")
    visitor.context.close()
    assert visitor.problems == []
