"""The documents pane and the opened source in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import wait_until
from tests.doubles import Reply, pieces
from tests.pages import LAST, QUESTION, Place, Visitor, cited, visiting, with_sample

pytestmark = pytest.mark.browser
PANE, SOURCE = '[data-region="documents"]', '[data-region="source"]'


@pytest.fixture(scope="module")
def place(shared_place: Place) -> Place:
    return shared_place


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with visiting(place) as somebody:
        yield somebody


def note(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/markdown", "buffer": text.encode()}


def ready(visitor: Visitor, count: int) -> None:
    expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(count)


def test_a_question_uses_the_documents_that_are_chosen(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply(pieces("Counted."))
    visitor.upload(
        note("north.md", "The north harbour has 12 boats."), note("south.md", "The south harbour has 7 boats.")
    )
    ready(visitor, 2)
    expect(page.locator("#folio-scope")).to_have_text("All documents")
    page.locator('.row[data-name="south.md"] [data-use]').uncheck()
    expect(page.locator("#folio-scope")).to_have_text("1 of 2 documents")
    visitor.ask("How many boats has the harbour?")
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    assert "12 boats" in place.answers[-1].prompt
    assert "7 boats" not in place.answers[-1].prompt
    visitor.reload()
    expect(page.locator("#folio-scope")).to_have_text("1 of 2 documents")

    page.evaluate(  # pasted into a narrowed conversation: one of its documents
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["The east harbour has 99 boats."], "east.md", { type: "text/markdown" }));
            document.querySelector("#folio-question").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    ready(visitor, 3)
    expect(page.locator("#folio-scope")).to_have_text("2 of 3 documents")
    page.click("#folio-narrowed button")
    expect(page.locator("#folio-scope")).to_have_text("All documents")
    page.click(".fresh")
    expect(page.locator("#folio-scope")).to_have_text("All documents")


def test_documents_are_filtered_by_name_and_looked_into(visitor: Visitor) -> None:
    page = visitor.page
    visitor.upload(*(note(f"notes {number}.md", f"# Note\n\nNumber {number} <b>bold</b>.") for number in range(6)))
    ready(visitor, 6)
    page.fill("#folio-filter", "NOTES 3")
    expect(page.locator(".row[data-key]:visible")).to_have_count(1)
    page.locator(".row[data-key]:visible .name").click()
    expect(page.locator(SOURCE)).to_contain_text("Number 3 <b>bold</b>.")
    expect(page.locator(f"{SOURCE} a.original")).to_have_attribute("download", "notes 3.md")
    page.keyboard.press("Escape")
    page.fill("#folio-filter", "")
    expect(page.locator(".row[data-key]:visible")).to_have_count(6)


def test_pages_are_turned_and_looked_at_closely(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply(pieces(f"So {cited(asked)}."))
    with_sample(visitor)
    visitor.ask(QUESTION)
    page.locator(".chip").click()
    source = page.locator(SOURCE)
    expect(source.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
    page.click(f'{SOURCE} [aria-label="Page after"]')
    expect(source.locator(".place")).to_contain_text("Page 8 of 9")
    expect(source.locator("blockquote")).to_be_visible()
    assert "quote=" not in (source.locator("figure img").get_attribute("src") or "")
    source.get_by_text("The quote stands on page 7").click()
    expect(source.locator(".place")).to_contain_text("Page 7 of 9")
    expect(source.locator("figure.page")).to_have_attribute("data-ui-loaded", "yes")
    before = page.evaluate("document.querySelector('figure.page img').clientWidth")
    page.click(f'{SOURCE} [aria-label="Larger"]')
    visitor.until("(before) => document.querySelector('figure.page img').clientWidth > 1.4 * before", before)
    source.get_by_text("Text of this page").click()
    expect(source.locator(".here mark")).to_contain_text("Maintenance cost 2,214")
    page.keyboard.press("Escape")
    page.locator(".row[data-key] .name").click()
    expect(source.locator(".place")).to_contain_text("Page 1 of 9")
    expect(source.locator('[aria-label="Page before"]')).to_be_disabled()


def test_a_file_of_the_same_name_is_a_new_version(visitor: Visitor) -> None:
    page = visitor.page
    visitor.upload(note("plan.md", "The first plan."))
    ready(visitor, 1)
    page.route("**/upload_file_async", lambda route: None)  # held back: its row stays
    visitor.upload(note("plan.md", "The second plan."))
    expect(page.locator("#folio-uploads .warning")).to_contain_text("becomes its new version")
    page.unroute("**/upload_file_async")
    visitor.reload()
    visitor.upload(note("plan.md", "The second plan."))
    expect(page.locator(".row[data-key] .facts")).to_contain_text("version 2")
    expect(page.locator(".row[data-key]")).to_have_count(1)


def test_reading_can_be_stopped_and_leaves_nothing(visitor: Visitor) -> None:
    page = visitor.page
    long = "\n\n".join(f"Paragraph {number} of a long, long file about nothing much." for number in range(15_000))
    visitor.upload(*(note(f"long {number}.md", f"{number}\n\n{long}") for number in range(8)))  # read two at a time
    last = page.locator('.row[data-name="long 7.md"]')
    last.locator('[data-verb="cancel"]').click()
    expect(last).to_have_count(0)
    expect(page.locator("#folio-toast")).to_contain_text("Nothing of the file is kept.")
    # At once: one that is ready in this moment has no such button any more.
    page.locator('.row [data-verb="cancel"]').evaluate_all("(buttons) => buttons.forEach((one) => one.click())")
    wait_until(
        lambda: not visitor.context.request.get(f"{visitor.address}/api/v1/docs/processing/active").json()["data"], 20
    )
    visitor.upload(note("long 7.md", "Short this time."))
    expect(last).to_have_attribute("data-tone", "ready")
