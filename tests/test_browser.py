"""The whole story in a real browser: upload, ask, watch, cite, stop, reload."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.pages import (
    LAST,
    QUESTION,
    QUOTE,
    SAMPLE,
    Place,
    Visitor,
    answering,
    served,
    visiting,
    with_sample,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with visiting(place) as somebody:
        yield somebody


def test_upload_ask_cite(visitor: Visitor, place: Place) -> None:
    gate, page = threading.Event(), visitor.page
    place.model.script = answering(gate, after="It cost **2,214 thousand crowns** {} in all.")
    visitor.upload(SAMPLE)
    row = page.locator(".row[data-key]")
    expect(row.locator(".name")).to_have_text(SAMPLE.name)
    expect(row).to_have_attribute("data-tone", "ready")
    expect(row.locator(".facts")).to_contain_text("9 pages")
    expect(row.locator(".facts")).to_contain_text("passages")

    visitor.ask(QUESTION)
    expect(page.locator(".hit").first).to_be_visible()  # the sources, and no word yet
    expect(page.locator(".trace summary")).to_contain_text("Searched 1 document")
    expect(page.locator(".trace summary .time").first).to_contain_text("ms")
    expect(page.locator(".prose")).to_be_empty()
    expect(page.locator(".halt")).to_be_visible()
    gate.set()

    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(page.locator(".prose")).to_contain_text("It cost 2,214 thousand crowns")
    expect(page.locator(".trace summary")).to_contain_text("How this was answered")
    chip = page.locator(".chip")
    expect(chip).to_have_count(1)
    chip.hover()
    expect(page.locator(".card-over")).to_contain_text(QUOTE)

    chip.click()
    source = page.locator('[data-region="source"]')
    expect(source.locator("blockquote")).to_have_text(QUOTE)
    expect(source.locator(".verdict")).to_have_text("Word for word on this page")
    expect(source).to_contain_text(SAMPLE.name)
    expect(source).to_contain_text("Page 7 of 9")
    expect(source.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
    assert quote_is_boxed(visitor, source.locator("figure img").get_attribute("src") or "")
    page.keyboard.press("Escape")
    expect(page.locator('[data-region="documents"]')).to_be_visible()

    visitor.ask("and the year before?")
    expect(page.locator(".exchange")).to_have_count(2)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    page.locator(f"{LAST} .trace summary").click()
    expect(page.locator(f"{LAST} .steps")).to_contain_text("What did maintenance cost in 2024?")
    expect(page.locator('[data-region="rail"] a[aria-current] .name')).to_have_text(QUESTION)


def quote_is_boxed(visitor: Visitor, source: str) -> bool:
    """Whether the page's picture differs from the plain page only where the quote stands: a line past its middle."""
    boxed, plain = (
        Image.open(io.BytesIO(visitor.context.request.get(f"{visitor.address}/{path}").body())).convert("RGB")
        for path in (source, source.partition("?")[0])
    )
    box = ImageChops.difference(boxed, plain).getbbox()
    assert box is not None
    return box[1] > 0.5 * plain.height and box[3] < 0.75 * plain.height and box[3] - box[1] < 0.06 * plain.height


def test_stop_keeps_what_was_written(visitor: Visitor, place: Place) -> None:
    place.model.script = answering(threading.Event(), before="The first half", after="never said")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(visitor.page.locator(".prose")).to_have_text("The first half")
    visitor.page.click(".halt")
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "stopped")
    expect(visitor.page.locator(".prose")).to_have_text("The first half")
    visitor.reload()
    expect(visitor.page.locator(".prose")).to_have_text("The first half")
    expect(visitor.page.locator(".status")).to_contain_text("Stopped.")


def test_a_reload_in_mid_answer_shows_the_whole_answer(visitor: Visitor, place: Place) -> None:
    gate = threading.Event()
    place.model.script = answering(gate, before="One half {}", after=", and the other.")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(visitor.page.locator(".chip")).to_have_count(1)
    visitor.reload()
    expect(visitor.page.locator(".prose")).to_contain_text("One half")
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "streaming")
    expect(visitor.page.locator(".halt")).to_be_visible()
    gate.set()
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(visitor.page.locator(".prose")).to_contain_text("and the other.")
    expect(visitor.page.locator(".chip")).to_have_count(1)
    assert len(place.answers) == 1


def test_an_answer_goes_on_while_nobody_looks(visitor: Visitor, place: Place) -> None:
    gate = threading.Event()
    place.model.script = answering(gate, before="Seen", after=" and unseen.")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(visitor.page.locator(".prose")).to_have_text("Seen")
    shown = visitor.page.url
    visitor.open("/")
    expect(visitor.page.locator(".welcome h1")).to_be_visible()
    gate.set()
    wait_until(place.answers[0].ended.is_set)
    visitor.open(shown.removeprefix(visitor.address))
    expect(visitor.page.locator(".prose")).to_have_text("Seen and unseen.")


def test_a_double_click_starts_one_turn(visitor: Visitor, place: Place) -> None:
    gate = threading.Event()
    place.model.script = answering(gate, after="Once.")
    with_sample(visitor)
    visitor.page.fill("#folio-question", QUESTION)
    visitor.page.dblclick(".send:not(.halt)")
    place.model.wait_for(1)
    gate.set()
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(visitor.page.locator(".exchange")).to_have_count(1)
    expect(visitor.page.locator('[data-region="rail"] li')).to_have_count(1)
    assert len(place.answers) == 1


def test_the_reader_is_left_alone_while_an_answer_streams(visitor: Visitor, place: Place) -> None:
    gate, page = threading.Event(), visitor.page
    place.model.script = answering(gate, before="A line.\n\n" * 60, after="The end.")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(page.locator(".prose p")).to_have_count(60)
    page.locator(".trace summary").click()
    page.evaluate(
        """() => {
            document.querySelector('[data-region="thread"]').scrollTop = 120;
            getSelection().selectAllChildren(document.querySelector(".prose p"));
        }"""
    )
    visitor.until("document.documentElement.dataset.pinned === 'no'")  # the page has noticed
    gate.set()
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    assert page.evaluate("String(getSelection())") == "A line."
    assert page.evaluate("""document.querySelector('[data-region="thread"]').scrollTop""") == 120
    assert page.evaluate("document.querySelector('.trace').open")


def test_back_and_forth_between_conversations(visitor: Visitor, place: Place) -> None:
    gate, page = threading.Event(), visitor.page
    gate.set()
    place.model.script = answering(gate, after="Answered.")
    with_sample(visitor)
    visitor.ask("The first question?")
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    page.click(".fresh")
    expect(page.locator(".welcome h1")).to_be_visible()
    visitor.ask("The second question?")
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    page.click('[data-region="rail"] a:has-text("The first")')
    expect(page.locator(".said")).to_have_text("The first question?")
    page.go_back()
    expect(page.locator(".said")).to_have_text("The second question?")


def test_one_click_loads_the_sample_and_asks_it_without_any_model(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with served(tmp_path_factory.mktemp("alone")) as address:
        visitor = Visitor(place.browser, address, **phone)
        page = visitor.page
        visitor.open()
        page.click('.try:has-text("maintenance")')
        expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
        expect(page.locator(".prose")).to_contain_text("2,214")
        page.locator(".chip").first.click()
        source = page.locator('[data-region="source"]')
        expect(source).to_be_visible()
        expect(source.locator(".verdict")).to_have_text("Word for word on this page")
        expect(source.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.click('[data-act="close-source"] >> nth=0')
        page.click('[data-act="pane"][data-pane="side"]')
        expect(page.locator(".row[data-key] .name")).to_have_text("Tern Rock Annual Report 2025.pdf")
        page.click('[data-act="pane"][data-pane="rail"]')
        expect(page.locator('[data-region="rail"] li')).to_have_count(1)
        visitor.leave()
        assert visitor.problems == []
