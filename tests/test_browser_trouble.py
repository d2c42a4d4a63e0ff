"""What goes wrong, in a real browser: refusals, failures, hostile texts, second thoughts, other people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.doubles import Reply, pieces
from tests.pages import LAST, QUESTION, Place, Visitor, scripted_place, visiting, with_sample

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


def test_a_document_is_deleted_after_a_second_thought(visitor: Visitor) -> None:
    page = visitor.page
    with_sample(visitor)
    page.hover(".row[data-key]")
    page.click(".row[data-key] .remove summary")
    page.click('[data-act="keep"]')
    expect(page.locator(".sure")).to_be_hidden()
    page.hover(".row[data-key]")
    page.click(".row[data-key] .remove summary")
    page.click('[data-act="remove"]')
    expect(page.locator(".row[data-key]")).to_have_count(0)


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
