"""Sentences in several languages, in wrapped lines and in tables, as exact spans; and their terms."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.language import guess_language
from rag.answer.sentences import split_sentences
from rag.answer.terms import terms


def split(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text)]


def rows(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text) if sentence.is_row]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sales rose. Costs fell! Why? Nobody knows…", ["Sales rose.", "Costs fell!", "Why?", "Nobody knows…"]),
        ("Mr. Smith of Adobe Inc. agreed. He left.", ["Mr. Smith of Adobe Inc. agreed.", "He left."]),
        ("It belongs to Adobe Inc. The company grew.", ["It belongs to Adobe Inc.", "The company grew."]),
        ("The U.S. market grew 3.5 percent, e.g. in Ohio.", ["The U.S. market grew 3.5 percent, e.g. in Ohio."]),
        ("J. R. Smith signed. See Fig. 3 there.", ["J. R. Smith signed.", "See Fig. 3 there."]),
        ("“Really?” he said. “Yes.” Then he left.", ["“Really?” he said.", "“Yes.”", "Then he left."]),
        ("Das gilt z.B. hier. Am 3. Oktober nicht.", ["Das gilt z.B. hier.", "Am 3. Oktober nicht."]),
        ("Er endet am 1. Juli 2023. Gut.", ["Er endet am 1. Juli 2023.", "Gut."]),
        ("Sie ist 19. Das Jahr im 20. Jahrhundert.", ["Sie ist 19.", "Das Jahr im 20. Jahrhundert."]),
        ("他是谁？他是老师。「好。」我们走吧。", ["他是谁？", "他是老师。", "「好。」", "我们走吧。"]),
        ("यह एक वाक्य है। दूसरा वाक्य।", ["यह एक वाक्य है।", "दूसरा वाक्य।"]),
        ("هل هذا جيد؟ نعم.", ["هل هذا جيد؟", "نعم."]),
        ("1. First item.\n2. Second item.", ["1. First item.", "2. Second item."]),
        ("# Heading\nText below it", ["Heading", "Text below it"]),
        ("- one\n- two which\n  goes on. And more.", ["one", "two which\n  goes on.", "And more."]),
        (
            "A line that a page has wrapped\nat its width. Next.",
            ["A line that a page has wrapped\nat its width.", "Next."],
        ),
        ("One paragraph\n\nanother", ["One paragraph", "another"]),
        ("---\n***\n", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_the_rows_of_a_page_table() -> None:
    text = (
        "Consolidated Balance Sheets\n2021 2020\nCash and cash equivalents $ 1,944 $ 1,786\nInventories 9,059 8,020\n"
        "Noncurrent deferred tax assets and other noncurrent tax assets 3,341 2,383\nSee the notes."
    )
    assert rows(text) == [
        "Consolidated Balance Sheets\n2021 2020",
        "Cash and cash equivalents $ 1,944 $ 1,786",
        "Inventories 9,059 8,020",
        "Noncurrent deferred tax assets and other noncurrent tax assets 3,341 2,383",
    ]


def test_a_bullet_is_no_figure_of_a_row() -> None:
    assert rows("- Start in Kiel: 2 May 2024\n- End in Bonn: 11 May 2024") == []


def test_a_label_and_the_figures_below_it_are_one_row() -> None:
    assert rows("Net revenue\n$ 4,795\n$ 4,147\nCost of revenue\n744\n622") == [
        "Net revenue\n$ 4,795\n$ 4,147", "Cost of revenue\n744\n622",
    ]  # fmt: skip


def test_a_markdown_table_has_rows_and_no_rule() -> None:
    assert rows("| Year | 2019 |\n|---|---|\n| Sales | 5 |") == ["| Year | 2019 |", "| Sales | 5 |"]


PARTS = ["Word", "word", "3.5", "12", "U.S.", "Mr.", "。", "।", ".", "!", "?", "- ", "\n", "\n\n", " ", "| a | b |"]


@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_spans_are_exact_ordered_and_lose_no_word(text: str) -> None:
    spans = split_sentences(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    between = text
    for span in reversed(spans):
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        between = between[: span.start] + between[span.end :]
    assert not any(char.isalnum() for char in between)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("revenues", "revenue"), ("running", "run"), ("companies", "company"), ("1,234", "1234"), ("Größe", "größe"),
        ("opened", "opening"), ("संख्या", "संख्या"), ("الشركة", "شركة"), ("FY2022", "2022"),
    ],
)  # fmt: skip
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


def test_terms_leave_out_words_without_meaning() -> None:
    assert terms("What is the name of it?") == []
    assert terms("谁发明了电话") == ["发明", "电话"]


def test_prose_that_ends_with_a_date_is_no_row() -> None:
    text = "of the segment. Total assets were $220 billion and they had been larger as of December 31, 2022."
    assert [text[one.start : one.end] for one in split_sentences(text)] == [text[:15], text[16:]]
    head = "As of December 31, 2022 2021"
    assert [one.is_row for one in split_sentences(head)] == [True]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the revenue?", "en"),
        ("Wie hoch ist der Umsatz?", "de"),
        ("收入是多少", "unspaced"),
        ("राजस्व कितना है", "other"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert guess_language(text) == language
