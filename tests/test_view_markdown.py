"""Answers as HTML: nothing in them can call anywhere, and each citation is drawn where its marker stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.view.markdown import answer_html, plain_text

CHIP = "<chip {}>"
_TAG = re.compile(r"<[^>]*>")
_HARMLESS = re.compile(
    r"</?(?:p|br|hr|strong|em|s|ul|ol|li|code|pre|blockquote|h[3-6]|table|thead|tbody|tr|th|td)>"
    r"|<(?:ul|table|ol(?: start=\"\d+\")?)(?: dir=\"rtl\")?>|<span class=\"target\">|</span>"
)


def cite(number: int, offset: int) -> dict[str, Any]:
    return {"number": number, "offset": offset}


def drawn(text: str, *citations: dict[str, Any]) -> str:
    return str(answer_html(text, citations, CHIP.format)).strip()


def test_markdown_becomes_html() -> None:
    assert drawn("**Sales** rose.\n\n- one\n- two") == (
        "<p><strong>Sales</strong> rose.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>"
    )


def test_headings_stand_below_those_of_the_page() -> None:
    assert drawn("# Title\n\n###### Small") == "<h3>Title</h3>\n<h6>Small</h6>"


def test_tables_keep_their_alignment() -> None:
    html = drawn("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th>a</th>\n<th align="right">b</th>' in html
    assert '<td align="right">2</td>' in html


def test_a_chip_stands_where_its_marker_stood() -> None:
    text = "Sales rose [2], costs fell [1]."
    assert drawn(text, cite(2, 11), cite(1, 27)) == "<p>Sales rose<chip 0>, costs fell<chip 1>.</p>"


def test_one_marker_may_cite_several_times_and_keeps_numbers_that_cite_nothing() -> None:
    assert drawn("So [1, 3, 9].", cite(1, 3), cite(3, 3)) == "<p>So<chip 0><chip 1>[9].</p>"


def test_a_marker_at_the_start_of_a_list_item_leaves_the_list_alone() -> None:
    assert drawn("- [1] one", cite(1, 2)) == "<ul>\n<li><chip 0> one</li>\n</ul>"


def test_the_same_number_twice_is_two_chips() -> None:
    assert drawn("A [1] B [1]", cite(1, 2), cite(1, 8)) == "<p>A<chip 0> B<chip 1></p>"


def test_a_marker_without_a_citation_stays_text() -> None:
    assert drawn("See [4] and [5].", cite(4, 4)) == "<p>See<chip 0> and [5].</p>"


def test_a_citation_whose_marker_has_not_come_yet_is_not_drawn() -> None:
    assert drawn("Sales ro", cite(1, 11)) == "<p>Sales ro</p>"


def test_a_marker_is_not_taken_for_a_link() -> None:
    text = "Sales rose [1](https://elsewhere.example) [1]: https://elsewhere.example"
    html = drawn(text, cite(1, 11))
    assert html.startswith("<p>Sales rose<chip 0>(https:")
    assert "href" not in html


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("- أولا\n- second", '<ul dir="rtl">'),
        ("- 2 שלום", '<ul dir="rtl">'),
        ("3. first\n4. ثانيا", '<ol start="3">'),
        ("3. ثانيا", '<ol start="3" dir="rtl">'),
        ("| سنة | b |\n|---|---|\n| 1 | 2 |", '<table dir="rtl">'),
        ("- 1\n- 2", "<ul>"),
    ],
)
def test_a_list_or_a_table_has_its_beginning_where_its_text_begins(text: str, opened: str) -> None:
    assert drawn(text).startswith(opened)


def test_links_and_images_are_their_words_and_their_target() -> None:
    html = drawn("[here](https://evil.example/?q=1) ![logo](https://evil.example/x.png) <https://evil.example>")
    assert html == (
        '<p>here <span class="target">(https://evil.example/?q=1)</span>'
        ' logo <span class="target">(https://evil.example/x.png)</span> https://evil.example</p>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '<a href="https://evil.example">x</a>',
        "<style>*{background:url(https://evil.example)}</style>",
        '[x](javascript:alert(1) "onmouseover=alert(1)")',
        '![x" onerror="alert(1)](https://evil.example/"onerror=alert(1))',
        "<iframe srcdoc='<script>alert(1)</script>'>",
    ],
)
def test_markup_in_an_answer_is_text(text: str) -> None:
    html = drawn(text)
    assert all(_HARMLESS.fullmatch(tag) for tag in _TAG.findall(html)), html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("So **bold wor", "<p>So <strong>bold wor</strong></p>"),
        ("So **", "<p>So</p>"),
        ("So `cod", "<p>So <code>cod</code></p>"),
        ("Look:\n\n| a | b |\n|-", "<p>Look:</p>"),
        ("Done **bold**", "<p>Done <strong>bold</strong></p>"),
    ],
)
def test_a_growing_answer_shows_what_it_is_about_to_become(text: str, html: str) -> None:
    assert str(answer_html(text, (), CHIP.format, is_growing=True)).strip() == html


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("<>[]()!&\"'`*_|-#:/ ax1\n\ue000\ue001"))
def test_no_answer_makes_any_other_markup(text: str) -> None:
    html = drawn(text, cite(1, 0))
    assert all(_HARMLESS.fullmatch(tag) or tag == "<chip 0>" for tag in _TAG.findall(html)), html


def test_an_answer_cannot_draw_a_chip_itself() -> None:
    assert "<chip" not in drawn("\ue0000\ue001 and \ue0001\ue001")
    assert plain_text("\ue0000\ue001") == "\ufffd0\ufffd"
