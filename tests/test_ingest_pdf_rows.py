"""The rows that words really stand on."""

from __future__ import annotations

import pytest

from rag.ingest.pdf_rows import in_order, is_sideways, split_rows
from rag.model import Box, Word, pack_words, unpack_words

SPANS = [(0, 1), (2, 3), (4, 5)]


def _boxes(*places: tuple[float, float]) -> list[Box]:
    return [(x, y, x + 0.1, y + 0.02) for x, y in places]


def test_words_of_one_line_that_stand_apart_are_several_rows() -> None:
    level = _boxes((0.1, 0.1), (0.3, 0.1), (0.5, 0.1))
    assert list(split_rows(SPANS, level)) == [(SPANS, level)]
    broken = _boxes((0.1, 0.1), (0.3, 0.1), (0.1, 0.2))
    assert [spans for spans, _ in split_rows(SPANS, broken)] == [SPANS[:2], SPANS[2:]]
    lower = _boxes((0.1, 0.1), (0.3, 0.125), (0.5, 0.1))  # a subscript
    assert list(split_rows(SPANS, lower)) == [(SPANS, lower)]
    assert list(split_rows([], [])) == []


def test_sideways_rows_come_in_the_order_they_are_read() -> None:
    up = [(SPANS[:2], _boxes((x, 0.5), (x, 0.3))) for x in (0.5, 0.1, 0.3)]
    assert [boxes[0][0] for _, boxes in in_order(up)] == [0.1, 0.3, 0.5]
    down = [(SPANS[:2], _boxes((x, 0.3), (x, 0.5))) for x in (0.1, 0.5, 0.3)]
    assert [boxes[0][0] for _, boxes in in_order(down)] == [0.5, 0.3, 0.1]
    level = [(SPANS[:2], _boxes((0.1, y), (0.3, y))) for y in (0.5, 0.1)]
    assert in_order(level) == level
    assert is_sideways(up[0][1])
    assert not is_sideways(level[0][1])


def test_boxes_that_stick_out_of_their_page_end_at_its_edge() -> None:
    words = [Word(0, 3, (0.25, 0.5, 0.75, 1.0)), Word(4, 9, (-0.5, float("nan"), 1.5, 0.5))]
    inside, cut = (word.box for word in unpack_words(pack_words(words)))
    assert inside == pytest.approx(words[0].box, abs=1e-4)
    assert cut == pytest.approx((0.0, 0.0, 1.0, 0.5), abs=1e-4)
