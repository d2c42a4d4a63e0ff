"""Dates as others would write them."""

from __future__ import annotations

import pytest

from rag.evaluate.dates import spellings
from rag.evaluate.measures import answer_match


@pytest.mark.parametrize("date", ["1998-05-04", "1998-05-04 00:00:00", "4.5.1998", "04.05.1998"])
def test_a_date_has_many_spellings(date: str) -> None:
    found = spellings(date)
    assert {"1998-05-04", "4 May 1998", "May 4, 1998", "4. Mai 1998", "04.05.1998", "4.5.1998"} <= set(found)


@pytest.mark.parametrize("text", ["", "1998", "1998-13-40", "1998-05-04 10:30", "412.5", "1.2.3"])
def test_what_is_no_date_has_none(text: str) -> None:
    assert spellings(text) == []


@pytest.mark.parametrize(
    ("answer", "matches"),
    [
        ("It was founded on May 4, 1998. [1]", True),
        ("Gegründet am 4. Mai 1998.", True),
        ("It was founded on May 5, 1998.", False),
        ("It was founded on 4 March 1998 by 5 people.", False),
    ],
)
def test_an_expected_date_is_found_however_it_is_written(answer: str, matches: bool) -> None:
    assert answer_match(answer, "1998-05-04 00:00:00").matches is matches
