"""Sentences that deny what they cite, refusals with something of their own, and markers that prove nothing."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer.contrary import is_contrary
from rag.answer.quotes import best_sentence
from rag.answer.support import support_of

PETS = "Pets are not allowed in the building, except for guide dogs."
PLAGUE = "Surveys of plague pits in France and England indicate the first variant entered Europe through a port."


@pytest.mark.parametrize(
    ("said", "quote", "expected"),
    [
        ("Yes, pets are allowed in the building.", PETS, True),
        ("Pets are not allowed in the building.", PETS, False),
        ("No pets are allowed in the building.", PETS, False),
        ("Guide dogs are allowed in the building.", PETS, False),
        ("Haustiere sind im Haus erlaubt.", "Haustiere sind im Haus nicht erlaubt.", True),
        ("The lease cannot be extended.", "The lease can be extended.", True),
        ("It is dark.", PETS, False),
    ],
)
def test_the_same_words_denied(said: str, quote: str, expected: bool) -> None:
    assert is_contrary(said, quote) is expected


def test_a_denied_quote_supports_nothing() -> None:
    said = "Yes, pets are allowed in the building."
    assert _kinds(f"{said} [1]", PETS, len(said) + 1) == ["none"]
    assert _kinds("Pets are not allowed in the building. [1]", PETS, 38) == ["quote"]


def test_one_shared_word_is_no_support() -> None:
    assert _kinds("The capital of France is Paris [1].", PLAGUE, 31) == ["none"]


@pytest.mark.parametrize(
    "said",
    [
        "I wasn't able to find a dress code in the documents.",
        "The handbook makes no reference to a dress code.",
        "There is nothing in the passages about a dress code.",
        "The documents are silent on the dress code.",
        "Unfortunately this cannot be determined from the excerpts.",
    ],
)
def test_what_a_model_adds_to_a_refusal_is_marked_and_nothing_else(said: str) -> None:
    assert _marks(f"{said} Please ask the personnel office.") == []
    assert _marks(f"{said} Most companies have smart casual clothes.") == ["none"]


def test_our_own_refusal_has_no_marks() -> None:
    assert (
        _marks("I could not find an answer to this in your documents. The nearest passages are in a.pdf, page 4.") == []
    )


def test_a_figure_finds_its_row_and_not_the_years_above_it() -> None:
    table = "Thousand crowns 2025 2024 2023\nIncome 6,148 5,970 5,419\nCosts 5,754 5,442 5,363"
    assert best_sentence("The income was 5,970 thousand crowns in 2024.", table) == "Income 6,148 5,970 5,419"


def _kinds(text: str, quote: str, offset: int) -> list[str]:
    cited: list[dict[str, Any]] = [{"number": 1, "quote": quote, "offset": offset, "status": "verified"}]
    return [each.kind for each in support_of(text, cited, [{"number": 1, "text": quote}]).sentences]


def _marks(text: str) -> list[str]:
    return [each.kind for each in support_of(text, [], [{"number": 1, "text": PETS}]).sentences]
