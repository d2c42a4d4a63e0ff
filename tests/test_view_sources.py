"""The opened source: quote, verdict, page image or marked passage."""

from __future__ import annotations

import pytest

from rag.view.sources import Source, image_url, mark_quote, page_text, source_html
from tests.view_rows import NASTY, citation, document, passage

TEXT = "In 2025 “net  sales\nrose” — by a tenth."


def test_a_verified_quote_of_a_pdf_shows_its_page_with_the_quote_boxed() -> None:
    html = source_html(Source(document(), 7, passage(TEXT), citation(1, 0)), "en")
    assert 'src="api/v1/docs/doc_1/pages/7.png?quote=net+sales+rose"' in html
    assert "Word for word on this page" in html
    assert "Page 7 of 12 · Accounts" in html
    assert 'data-top="0.4000"' in html


@pytest.mark.parametrize(
    ("status", "similarity", "verdict"),
    [
        ("approximate", 0.936, "Close to the text: 93 % the same"),
        ("missing", 0.2, "Not found in the document. The words are the model&#39;s."),
    ],
)
def test_a_quote_that_is_not_word_for_word_says_so(status: str, similarity: float, verdict: str) -> None:
    shown = Source(document(), 7, passage(TEXT), citation(1, 0, status=status, similarity=similarity))
    html = source_html(shown, "en")
    assert verdict in html
    assert ("?quote=" in html) is (status != "missing")


def test_other_formats_show_the_passage_with_the_quote_marked() -> None:
    html = source_html(Source(document(media_type="text/markdown", pages=7), 7, passage(TEXT), citation(1, 0)), "en")
    assert "<img" not in html
    assert '<details class="passage" open>' in html
    assert "“<mark>net  sales\nrose</mark>”" in html


def test_a_hit_without_a_citation_shows_its_passage() -> None:
    html = source_html(Source(document(), 7, passage(TEXT)), "en")
    assert "<blockquote" not in html
    assert 'src="api/v1/docs/doc_1/pages/7.png"' in html


@pytest.mark.parametrize("quote", ["NET SALES ROSE", 'say "hi"', "it's", "a-b", "(x) [y]"])
def test_a_quote_is_found_through_spaces_case_and_typographic_marks(quote: str) -> None:
    text = "net sales\nrose; say “hi”; it’s; a–b; (x)  [y]"
    assert "<mark>" in mark_quote(text, quote)


def test_a_quote_that_is_not_there_marks_nothing() -> None:
    assert mark_quote("a < b", "c") == "a &lt; b"
    assert mark_quote("a < b", "") == "a &lt; b"


def test_addresses_are_encoded() -> None:
    assert image_url("../x", 1, "a&b=c#d") == "api/v1/docs/..%2Fx/pages/1.png?quote=a%26b%3Dc%23d"


def test_nothing_untrusted_becomes_markup() -> None:
    html = source_html(
        Source(document(name=NASTY), 7, passage(NASTY, heading=NASTY), citation(1, 0, quote=NASTY)), "en"
    )
    assert html.count("<img") == 1  # the page's picture


def test_other_pages_of_a_cited_document_lead_back_to_the_quote() -> None:
    html = source_html(Source(document(), 8, passage(TEXT), citation(1, 0), message_id="msg_1", index=2), "en")
    assert 'pages/8.png"' in html
    assert "The quote stands on page 7" in html
    assert 'data-message="msg_1" data-index="2"' in html
    assert '<details class="passage"' not in html
    assert 'data-page="9"  aria-label="Page after"' in html


def test_the_text_of_a_page_sets_the_passage_off() -> None:
    found = passage(TEXT, start=7, end=7 + len(TEXT))
    text = f"Before {TEXT} after <b>"
    html = source_html(Source(document(media_type="text/html"), 7, found, citation(1, 0), text), "en")
    assert 'Before <span class="here">In 2025 “<mark>net  sales\nrose</mark>”' in html
    assert "after &lt;b&gt;" in html
    assert "There is no text on this page." in source_html(Source(document(), 2, text=""), "en")


def test_the_bars_between_cells_are_marks_and_nothing_else_is() -> None:
    html = page_text("Region: <b> | Sum: 2", None, "Sum: 2")
    assert html == 'Region: &lt;b&gt;<i class="cells"> | </i><mark>Sum: 2</mark>'


def test_of_a_long_page_what_is_around_the_passage_is_shown() -> None:
    found = passage("here", start=50_000, end=50_004)
    text = "x" * 50_000 + "here" + "y" * 50_000
    assert 10_000 < len(page_text(text, found, "")) < 13_000
    assert len(page_text(text, None, "")) < 13_000


def test_a_recording_plays_from_its_second() -> None:
    cited = citation(1, 0, seconds=75.4)
    html = source_html(Source(document(media_type="audio/mpeg", pages=7), 7, passage(TEXT), cited), "en")
    assert 'src="api/v1/docs/doc_1/file#t=75.4"' in html
    assert "From 1:15" in html
    assert "<img" not in html


def test_the_original_can_be_opened_by_its_own_name() -> None:
    html = source_html(Source(document(name=NASTY), 1), "en")
    assert 'href="api/v1/docs/doc_1/file"' in html
    assert html.count("<img") == 1
