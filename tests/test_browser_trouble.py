"""What goes wrong, in a real browser: refusals, failures, hostile texts, second thoughts, other people."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.doubles import Piece, Reply, pieces
from tests.pages import LAST, QUESTION, Place, Visitor, cited, scripted_place, visiting, with_sample

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with scripted_place(tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    with visiting(place) as somebody:
        yield somebody


def test_a_model_that_fails_ends_in_a_sentence_with_a_way_on(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply(status=500, message="out of order")
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(page.locator(LAST)).to_have_attribute("data-status", "error", timeout=20_000)
    expect(page.locator(".status")).to_contain_text("choose another model")
    place.model.script = lambda asked: Reply(pieces("Better now."))
    page.click(f'{LAST} [data-act="again"]')
    expect(page.locator(f"{LAST} .prose")).to_have_text("Better now.")


def test_what_is_refused_is_refused_in_sentences(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("   ")
    expect(page.locator("#folio-problem")).to_have_text("Write a question first.")
    visitor.ask("x" * 20_000)
    expect(page.locator("#folio-problem")).to_contain_text("20,000 characters, and 8,000 fit")
    visitor.upload({"name": "huge.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-" + b"0" * 1_100_000})
    expect(page.locator("#folio-uploads .error")).to_contain_text("The file is larger than 1 MB.")
    visitor.upload({"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 and nothing more"})
    expect(page.locator('.row[data-key][data-tone="error"] .error')).to_contain_text("PDF", timeout=20_000)
    visitor.open("/?conversation=conv_of_somebody_else")
    expect(page.locator("#folio-problem")).to_contain_text("not yours")
    expect(page.locator(".welcome h1")).to_be_visible()


def test_a_program_in_disguise_is_refused(visitor: Visitor) -> None:
    program = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"\x7fELF" + b"0" * 100}
    visitor.upload(program)
    expect(visitor.page.locator("#folio-uploads .stage")).to_have_text("Failed")
    expect(visitor.page.locator("#folio-uploads .way-on")).to_contain_text("Convert the file to PDF")
    visitor.page.click('#folio-uploads [data-act="dismiss"]')
    expect(visitor.page.locator("#folio-uploads .row")).to_have_count(0)
    # The browser itself reports the status 415 of the refusal; nothing else may be there.
    assert [problem for problem in visitor.problems if "415" not in problem] == []
    visitor.problems.clear()


def test_hostile_names_texts_and_answers_do_nothing(visitor: Visitor, place: Place) -> None:
    nasty = "<img src='https://evil.example/x.png' onerror='window.hit=1'><script>window.hit=1</script>"
    remote = "![logo](https://evil.example/y.png) [click](https://evil.example) <svg onload='window.hit=1'>"
    text = f"# {nasty}\n\nThe treasure is buried under the oak. {nasty} {remote}\n"
    place.model.script = lambda asked: Reply(pieces(f'{nasty} {remote} [1: "The treasure is buried under the oak."]'))
    visitor.upload({"name": f"{nasty}.md", "mimeType": "text/markdown", "buffer": text.encode()})
    expect(visitor.page.locator('.row[data-key][data-tone="ready"]')).to_have_count(1, timeout=20_000)
    visitor.ask(f"Where is the treasure buried? {nasty}")
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(visitor.page.locator(".prose")).to_contain_text("<script>window.hit=1</script>")
    visitor.page.locator(".chip").click()
    expect(visitor.page.locator('[data-region="source"] mark')).to_contain_text("The treasure is buried under the oak.")
    visitor.reload()
    expect(visitor.page.locator(".chip")).to_have_count(1)
    assert visitor.page.evaluate("window.hit === undefined")
    assert visitor.page.locator("#folio img, #folio script, #folio [onerror], #folio [onload]").count() == 0


def test_a_deleted_document_can_be_had_back_for_a_moment(visitor: Visitor) -> None:
    page = visitor.page
    with_sample(visitor)
    page.hover(".row[data-key]")
    page.click('.row[data-key] [data-act="remove"]')
    expect(page.locator(".row[data-key]")).to_be_hidden()
    page.click(".toast button")
    expect(page.locator(".row[data-key]")).to_be_visible()
    page.hover(".row[data-key]")
    page.click('.row[data-key] [data-act="remove"]')
    expect(page.locator(".toast")).to_contain_text("is deleted.")
    visitor.reload()  # who leaves means it
    expect(page.locator(".welcome .drop")).to_be_visible()
    expect(page.locator(".row[data-key]")).to_have_count(0)


def test_a_quote_of_a_deleted_document_says_that_it_is_gone(visitor: Visitor, place: Place) -> None:
    place.model.script = lambda asked: Reply(pieces(f"So {cited(asked)}."))
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(visitor.page.locator(LAST)).to_have_attribute("data-status", "complete")
    document = visitor.page.locator(".row[data-key]").get_attribute("data-key")
    assert visitor.context.request.delete(f"{visitor.address}/api/v1/docs/{document}").ok
    visitor.page.click(".chip")
    expect(visitor.page.locator("#folio-problem")).to_have_text(
        "The document has been deleted: this page of it cannot be shown any more."
    )


def test_nobody_sees_the_documents_of_others(visitor: Visitor, place: Place) -> None:
    with_sample(visitor)
    with visiting(place) as other:
        expect(other.page.locator(".hint").last).to_contain_text("only visible to you")


def test_even_a_hole_in_the_escaping_would_run_nothing(visitor: Visitor) -> None:
    blocked = visitor.page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.hit = 1'>");
        })"""
    )
    assert blocked == "script-src-attr"
    assert visitor.page.evaluate("window.hit === undefined")
    assert all("Content Security Policy" in problem for problem in visitor.problems)
    visitor.problems.clear()


def test_windows_of_a_conversation_show_the_same(visitor: Visitor, place: Place) -> None:
    page = visitor.page
    place.model.script = lambda asked: Reply(pieces(f"Said {len(place.answers)}."))
    with_sample(visitor)
    visitor.ask(QUESTION)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    beside, away = visitor.context.new_page(), place.browser.new_context(storage_state=visitor.context.storage_state())
    other = away.new_page()  # in another browser, which hears nothing of this one
    for window in (beside, other):
        window.goto(page.url)
        expect(window.locator(".said")).to_have_count(1)
    other.fill("#folio-question", "Asked in the other browser?")
    other.press("#folio-question", "Enter")
    expect(other.locator(".exchange")).to_have_count(2)
    expect(other.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(page.locator(".said")).to_have_count(1)
    visitor.ask("Asked in the first one?")  # what the other has asked since comes along, in its place
    asked = [QUESTION, "Asked in the other browser?", "Asked in the first one?"]
    expect(page.locator(".said")).to_have_text(asked)
    expect(page.locator(LAST)).to_have_attribute("data-status", "complete")
    expect(page.locator("#folio-question")).to_have_value("")
    expect(beside.locator(".said")).to_have_text(asked, timeout=2_000)  # untouched, and not in front
    expect(beside.locator(LAST)).to_have_attribute("data-status", "complete")
    other.evaluate("() => setInterval(() => dispatchEvent(new Event('focus')), 100)")  # somebody comes back to it
    expect(other.locator(".said")).to_have_count(3)
    away.close()
    _follow_what_is_done_beside(visitor, beside)
    beside.close()


def _follow_what_is_done_beside(visitor: Visitor, beside: Page) -> None:
    """A file, its deletion, a new title; and a window that is not to be seen looks when it comes back."""
    rows, title = '[data-region="documents"] .row[data-key]', '[data-region="rail"] nav li .name'
    visitor.upload({"name": "tides.md", "mimeType": "text/markdown", "buffer": b"# Tides\n\nHigh at noon."})
    expect(beside.locator(f'{rows}[data-name="tides.md"][data-tone="ready"]')).to_have_count(1)
    beside.evaluate("Object.defineProperty(document, 'hidden', { get: () => window.isAway, configurable: true })")
    beside.evaluate("window.isAway = true")
    item = visitor.page.locator('[data-region="rail"] nav li').first
    item.hover()
    item.locator('[data-act="rename"]').click()
    visitor.page.keyboard.type("The keeper's year")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(title).first).to_have_text("The keeper's year")
    expect(beside.locator(title).first).not_to_have_text("The keeper's year")
    beside.evaluate("window.isAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(beside.locator(title).first).to_have_text("The keeper's year", timeout=2_000)


def test_while_a_model_is_silent_the_page_says_for_how_long(place: Place) -> None:
    gate = threading.Event()
    place.model.script = lambda asked: Reply((Piece("At last.", gate=gate),))
    visitor = Visitor(place.browser, place.address)  # nobody takes over a tab with this clock
    visitor.page.clock.install()
    visitor.open()
    with_sample(visitor)
    visitor.ask(QUESTION)
    step = visitor.page.locator('.trace summary .step[data-status="now"]')
    expect(step).to_contain_text("Generating the answer")
    visitor.page.clock.fast_forward(7_000)
    expect(step).to_have_attribute("data-ui-silent", re.compile(r"\d+ s"))
    gate.set()
    expect(visitor.page.locator(f"{LAST} .prose")).to_have_text("At last.")
    expect(visitor.page.locator("[data-ui-silent]")).to_have_count(0)
    visitor.leave()
    assert visitor.problems == []
