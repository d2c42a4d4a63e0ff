"""Pages as analysts name them."""

from __future__ import annotations

from typing import Any

import pytest

from rag.evaluate.page_numbers import MAX_PAGES, pages_of


@pytest.mark.parametrize(
    ("said", "pages"),
    [
        (7, (7,)), (12.0, (12,)), ("7", (7,)), ("12.0", (12,)), ("12,0", (12,)), ("12.", (12,)), ("p12", (12,)),
        ("p. 12", (12,)), ("S.7", (7,)), ("Seite 7", (7,)), ("#3", (3,)), ("4 (PDF)", (4,)), ("7 of 20", (7,)),
        ("page 7 von 20", (7,)), ("3-5", (3, 4, 5)), ("pp. 3–5", (3, 4, 5)), ("3 to 5", (3, 4, 5)),
        ("3 bis 5", (3, 4, 5)),
        ("3, 4", (3, 4)), ("12; 9", (9, 12)), ("3/4", (3, 4)), ("3 4", (3, 4)), ("[3, 4]", (3, 4)),
        ("3-5, 9", (3, 4, 5, 9)),
        ("Seite 3 und 7", (3, 7)), ("3 and 4", (3, 4)), ("3f.", (3, 4)), ("S. 12 ff.", (12, 13, 14)),
        ([3, "4-5"], (3, 4, 5)),
        ("", ()), (None, ()), ("n/a", ()), ("-", ()), ("k. A.", ()), ("?", ()),
        ("0", None), ("5-3", None), ("1-9999", None), ("iv", None), ("ca. 4", None), ("05.03.2025", None), (3.5, None),
        (True, None), ({"a": 1}, None), ("9" * 30, None), ("3-", None), ("-3", None), ("f", None), ("3-5f", None),
    ],
)  # fmt: skip
def test_pages_in_many_ways(said: Any, pages: tuple[int, ...] | None) -> None:
    assert pages_of(said) == pages


def test_a_cell_names_so_many_pages_and_no_more() -> None:
    assert len(pages_of(list(range(1, 500))) or ()) == MAX_PAGES
