"""Sections of text without pages, headings of text without type, and Markdown's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest import headings, text
from rag.ingest.headings import Line, OutlineEntry
from rag.ingest.sections import paginate
from rag.model import Heading, Page


@given(st.lists(st.sampled_from(["word", "\n\n", "\n", "A sentence. ", "x" * 90, " "]), max_size=200).map(" ".join))
def test_sections_hold_all_words_in_order_and_are_of_bounded_size(whole: str) -> None:
    pages = paginate(whole, target_chars=200)
    assert " ".join(page.text for page in pages).split() == whole.split()
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert all(0 < len(page.text) <= 280 for page in pages)


def test_a_section_begins_at_a_heading_where_one_is_near() -> None:
    whole = "First words. " * 20 + "\n\nSecond\n\n" + "More words. " * 20
    start = whole.index("Second")
    first, second, *_ = paginate(whole, (Heading(2, "Second", start),), target_chars=250)
    assert second.text.startswith("Second")
    assert (first.headings, second.headings) == ((), (Heading(2, "Second", 0),))


def test_plain_text_headings_are_numbered_or_in_capitals_and_stand_alone() -> None:
    whole = "INTRODUCTION\n\nSome words.\n\n1.2 Scope of work\n\nMore words\nNOT ALONE\nin a paragraph\n\nOrdinary\n\nx"
    found = headings.from_wording(whole)
    assert [(heading.level, heading.text) for heading in found] == [(2, "INTRODUCTION"), (3, "1.2 Scope of work")]
    assert all(whole[heading.start :].startswith(heading.text) for heading in found)


def test_markdown_headings_are_atx_and_setext_but_not_in_code() -> None:
    whole = "# Top #\n\nTitle\n=====\n\nwords\n\nSub\n---\n\n```\n# not one\n```\n\n### Deep *one*\n\n- item\n---\n"
    found = text.markdown_headings(whole)
    assert [(heading.level, heading.text) for heading in found][:4] == [
        (1, "Top"), (1, "Title"), (2, "Sub"), (3, "Deep *one*"),
    ]  # fmt: skip
    assert whole[found[1].start :].startswith("Title")


def test_markdown_takes_its_title_from_the_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text('---\ntitle: "The real title"\n---\n\n# A heading\n\nwords\n')
    assert text.read_markdown(path, 1, 1).title == "The real title"
    path.write_text("# A heading\n\nwords\n")
    assert text.read_markdown(path, 1, 1).title == "A heading"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1250", "cp1251", "shift_jis"],
)
def test_text_in_any_encoding_comes_out_right(encoding: str) -> None:
    whole = {
        "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy. Všichni lidé rodí se svobodní a sobě rovní.",
        "cp1251": "Съешь же ещё этих мягких французских булок, да выпей чаю. Это обычный русский текст для проверки.",
        "shift_jis": "これは日本語の文章です。文字コードの判定を試すために書かれています。東京は日本の首都です。",
    }.get(encoding, "Die Prüfung ergab: größere Mengen waren nötig, déjà vu à Paris, señor.")
    assert text.decode(whole.encode(encoding)) == whole


def test_control_characters_and_line_ends_are_cleaned() -> None:
    assert text.clean("a\r\nb\rc\0d\x07e\ff") == "a\nb\nc d e\n\nf"


def test_headings_by_type_are_short_lines_bolder_or_larger_than_the_rest() -> None:
    body = [Line(f"body text that goes on and on in line {number}", 100 * number, 10) for number in range(1, 6)]
    lines = [
        Line("Item 7. Discussion", 0, 10, bold=True), *body[:2], Line("A Larger One", 400, 15), *body[2:],
        Line("Ends like a sentence.", 700, 10, bold=True), Line("Assets", 800, 10, bold=True),
        Line("Cash 12 13", 900, 10), Line("run-in starts lower", 950, 10, bold=True),
    ]  # fmt: skip
    assert [(heading.level, heading.text) for heading in headings.from_type(lines)] == [
        (2, "Item 7. Discussion"),
        (2, "A Larger One"),
    ]


def test_a_heading_over_two_lines_is_one_and_column_heads_are_none() -> None:
    body = [Line("words of the body that go on for a while", 1000 + number, 10) for number in range(9)]
    long = [
        Line("ITEM 5. MARKET FOR THE COMPANY'S COMMON EQUITY AND RELATED", 0, 10, bold=True),
        Line("STOCKHOLDER MATTERS", 60, 10, bold=True),
    ]
    columns = [Line(word, 500, 10, bold=True) for word in ("Total Number", "Average Price", "Shares")]
    found = headings.from_type([*long, *body[:3], *columns, *body[3:]])
    assert [heading.text for heading in found] == [f"{long[0].text} {long[1].text}"]


def test_outline_entries_stand_where_their_words_are() -> None:
    pages = [Page(1, "Contents\nIntro"), Page(2, "1 Scope\nof  work\nand more")]
    placed = headings.from_outline(pages, [OutlineEntry(1, "Scope of work", 2), OutlineEntry(2, "Missing", 1)])
    assert placed[1].headings == (Heading(1, "Scope of work", 2),)
    assert placed[0].headings == (Heading(2, "Missing", 0),)


def test_headings_that_come_back_on_many_pages_are_running_heads() -> None:
    pages = [
        Page(n, "x", headings=(Heading(3, f"ACME INC. page {n}", 0), Heading(3, f"Own {'abcdefgh'[n]}", 1)))
        for n in range(6)
    ]
    assert [[heading.text for heading in page.headings] for page in headings.without_running_heads(pages)] == [
        [f"Own {'abcdefgh'[n]}"] for n in range(6)
    ]
