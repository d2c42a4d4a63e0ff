"""Passages: exact spans, whole words, nothing lost, headings carried over pages."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.splitting import split
from rag.model import Chunk, Heading, Page

PIECES = st.sampled_from(
    ["word", "Longer sentence here.", "\n", "\n\n", " ", "  ", "\t", "x" * 70, "é́", "数据", "🙂", "$1,234.56", "(a)"]
)
TEXTS = (
    st.lists(PIECES, max_size=120).map(" ".join) | st.lists(PIECES, max_size=120).map("".join) | st.text(max_size=400)
)


def _chunks(
    text: str, *, target_chars: int = 100, overlap_chars: int = 20, headings: tuple[Heading, ...] = ()
) -> list[Chunk]:
    return list(split([Page(1, text, headings=headings)], target_chars=target_chars, overlap_chars=overlap_chars))


@given(st.lists(TEXTS, max_size=4))
def test_every_passage_is_an_exact_span_of_one_page(texts: list[str]) -> None:
    pages = [Page(number, text) for number, text in enumerate(texts, start=1)]
    for expected, chunk in enumerate(split(pages, target_chars=100, overlap_chars=20), start=1):
        assert chunk.number == expected
        assert pages[chunk.page - 1].text[chunk.start : chunk.end] == chunk.text
        assert chunk.text.strip() == chunk.text != ""


@given(TEXTS)
def test_nothing_but_white_space_is_left_out_and_order_is_kept(text: str) -> None:
    chunks = _chunks(text)
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert all(text[place].isspace() for place in range(len(text)) if place not in covered)
    assert all(left.start < right.start and left.end < right.end for left, right in pairwise(chunks))


@given(TEXTS)
def test_passages_are_no_longer_than_asked_and_overlap_little(text: str) -> None:
    chunks = _chunks(text)
    assert all(len(chunk.text) <= 132 for chunk in chunks), "no heading stands above them"
    assert all(left.end - right.start <= 20 for left, right in pairwise(chunks))


@given(st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=30), max_size=150))
def test_words_are_never_cut(words: list[str]) -> None:
    text = " ".join(words)
    whole = set(words)
    assert all(set(chunk.text.split()) <= whole for chunk in _chunks(text))


def test_a_word_longer_than_a_passage_is_cut() -> None:
    chunks = _chunks("x" * 350)
    assert "".join(chunk.text for chunk in chunks) == "x" * 350
    assert len(chunks) > 2


def test_a_cut_falls_between_paragraphs_first_then_lines_then_sentences() -> None:
    paragraph = "One short sentence of words. Another one follows it here. And one more of them."
    assert [chunk.text for chunk in _chunks(f"{paragraph}\n\n{paragraph}\n\n{paragraph}", overlap_chars=0)] == [
        paragraph
    ] * 3
    lines = "\n".join(f"line number {number} of a table" for number in range(20))
    assert all(chunk.text.startswith("line number") for chunk in _chunks(lines))
    sentences = " ".join(f"This is the sentence number {number}." for number in range(20))
    assert all(chunk.text.endswith(".") and chunk.text.startswith("This") for chunk in _chunks(sentences))


def test_a_short_tail_joins_the_passage_before_it() -> None:
    text = "word " * 20 + "\n\ntail of it"
    assert len(_chunks(text)) == 1


def test_a_heading_begins_its_own_passage_and_nothing_is_repeated_before_it() -> None:
    above, below = "Words of the first part. " * 3, "Words of the second part. " * 4
    text = f"{above.strip()}\n\nResults\n\n{below.strip()}"
    start = text.index("Results")
    first, second, *_ = _chunks(text, headings=(Heading(1, "Results", start),))
    assert first.end <= start
    assert (second.start, second.heading) == (start, "Results")


def test_the_path_of_headings_goes_on_over_pages() -> None:
    pages = [
        Page(1, "Part I\nopening words", headings=(Heading(1, "Part I", 0),)),
        Page(2, "Item 1\nmore words", headings=(Heading(2, "Item 1", 0),)),
        Page(3, "nothing new here"),
        Page(4, "Part II\nother words", headings=(Heading(1, "Part II", 0),)),
    ]
    assert [chunk.heading for chunk in split(pages)] == ["Part I", "Part I > Item 1", "Part I > Item 1", "Part II"]


def test_a_heading_below_a_running_head_is_still_the_passages_own() -> None:
    text = "Table of Contents\n\nLiquidity\n\n" + "Words about cash. " * 12
    chunks = list(split([Page(1, text, headings=(Heading(1, "Liquidity", 19),))]))
    assert chunks[0].heading == "Liquidity"


def test_a_long_path_keeps_the_headings_nearest_to_the_text() -> None:
    headings = tuple(Heading(level, f"{'Heading ' * 15}{level}", level) for level in range(1, 5))
    heading = list(split([Page(1, "some words of text", headings=headings[:0]), Page(2, "x" * 60, headings=headings)]))[
        -1
    ].heading
    assert len(heading) <= 210
    assert heading.endswith("4")
    assert not re.search(r"^.*Heading 1 >", heading)


def test_plain_prose_is_cut_a_tenth_later_than_what_has_headings_or_tables() -> None:
    prose = "Words about the sea and the wind. " * 40
    table = "\n\n| Year | Sum |\n|---|---|\n| 2020 | 12 |\n| 2021 | 14 |\n"
    pages = [Page(1, prose), Page(2, prose + table), Page(3, prose, headings=(Heading(1, "Words", 0),)), Page(4, prose)]
    longest = dict.fromkeys(range(1, 5), 0)
    for chunk in split(pages):
        longest[chunk.page] = max(longest[chunk.page], len(chunk.text))
    assert 1_000 < longest[1] <= 1_100
    assert all(longest[number] <= 1_000 for number in (2, 3, 4)), "the heading stands above the page after it, too"


def test_pages_without_text_give_no_passages() -> None:
    assert list(split([Page(1, ""), Page(2, " \n\t ")])) == []


def test_an_overlap_of_half_a_passage_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        list(split([Page(1, "text")], target_chars=100, overlap_chars=50))
