"""A picture is read as large as it serves: a fine scan smaller, small print larger, and the words stay in place."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from rag.ingest.ocr_sizes import MAX_PIXELS, enlargement, quick_pixels, reduced
from rag.ingest.recognition import Recogniser, page
from rag.model import Page, unpack_words
from tests.scans import LINES, written

A4_300, A4_600 = (2480, 3508), (4960, 7016)


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [
        (A4_300, 300, 3_900_000),
        (A4_600, 600, 3_900_000),
        ((4960, 3508), 300, 4960 * 3508 * 4 / 9),
        (A4_300, 0, 2480 * 3508),
        (A4_300, 150, 2480 * 3508),
        ((1000, 800), 300, 3_900_000),
        ((9000, 9000), 0, MAX_PIXELS),
    ],
)
def test_a_scan_finer_than_200_dpi_is_read_at_that_but_never_smaller_than_a_page(
    size: tuple[int, int], dpi: float, expected: float
) -> None:
    assert quick_pixels(size, dpi) == pytest.approx(expected)


def test_a_picture_is_made_smaller_but_never_larger() -> None:
    picture = Image.new("L", (400, 200))
    assert reduced(picture, 1_000_000) == (picture, 1.0)
    smaller, factor = reduced(picture, 20_000)
    assert (smaller.size, factor) == ((200, 100), 0.5)


def test_small_print_is_enlarged_as_far_as_there_is_room() -> None:
    assert enlargement(20, (1000, 1000)) == 1.5
    assert enlargement(40, (1000, 1000)) == 1.0
    assert enlargement(0, (1000, 1000)) == 1.0
    assert enlargement(20, (5000, 4000)) == 1.0


@pytest.mark.parametrize("turned", [0, 90])
def test_words_of_a_fine_scan_stand_where_they_are_on_it(turned: int) -> None:
    scan = written(px=68, size=A4_300, turned=turned)
    seen = page(
        scan, Page(1, "", width=72 * scan.width / 300, height=72 * scan.height / 300), Recogniser("tesseract", ("eng",))
    )
    assert re.findall(r"\w+", seen.page.text) == re.findall(r"\w+", " ".join(LINES))
    upright = written(px=68, size=A4_300)
    for word in unpack_words(seen.page.words):
        x0, y0, x1, y1 = word.box
        box = (x0 * upright.width, y0 * upright.height, x1 * upright.width, y1 * upright.height)
        inside = upright.crop(tuple(map(round, box)))
        assert min(inside.tobytes()) < 64
