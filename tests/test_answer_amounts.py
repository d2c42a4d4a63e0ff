"""Numbers by value, however a language writes them."""

from __future__ import annotations

import pytest

from rag.answer.amounts import amounts, readings


@pytest.mark.parametrize(
    ("number", "english", "other"),
    [
        ("1,234.5", {"1234.5"}, {"1234.5"}),
        ("1.234,5", {"1234.5"}, {"1234.5"}),
        ("1.234.567", {"1234567"}, {"1234567"}),
        ("2.310", {"2.31"}, {"2.31", "2310"}),
        ("2,310", {"2310"}, {"2310", "2.31"}),
        ("412,5", {"412.5"}, {"412.5"}),
        ("18.0", {"18"}, {"18"}),
        ("1\u202f234,5", {"1234.5"}, {"1234.5"}),
        ("1’234.5", {"1234.5"}, {"1234.5"}),
        ("−7", {"-7"}, {"-7"}),
        ("1.2.3", {"1.2.3"}, {"1.2.3"}),
        ("2025", {"2025"}, {"2025"}),
    ],
)
def test_what_a_number_can_mean(number: str, english: set[str], other: set[str]) -> None:
    assert readings(number, is_english=True) == english
    assert readings(number, is_english=False) == other


def test_a_text_tells_its_language() -> None:
    assert amounts("The staff was 2.310 in the year 2025.") == [{"2.31"}, {"2025"}]
    assert amounts("Die Zahl stieg auf 2.310 im Jahr 2025.") == [{"2.31", "2310"}, {"2025"}]
    assert amounts("from 5-7 to -3, v1.2.3") == [{"5"}, {"7"}, {"-3"}, {"1.2.3"}]
    assert amounts("nothing") == []
