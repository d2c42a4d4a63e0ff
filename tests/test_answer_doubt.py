"""Codes, years and names that are asked for, and sentences of others."""

from __future__ import annotations

import pytest

from rag.answer.doubt import codes_of, holds_code
from rag.answer.extractive import extract
from tests.answer_material import hits_of

CODES = "Fault list\n\nF31 Lamp is cold\n\nF32 Lens is wet\n\nF38 Door is open"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the total of order AB-2024-0031?", {"ab20240031"}),
        ("What does F31 mean?", {"f31"}),
        ("What was it in FY2023, in Q3-2022 and in H1?", set()),
        ("How many are in the A4 format?", set()),
        ("Sales of Q1FY23, of FY2022Q3 and in EUR500?", set()),
        ("Is it H1N1, CO2 or ISO9001?", {"h1n1", "co2", "iso9001"}),
    ],
)
def test_codes(question: str, expected: set[str]) -> None:
    assert codes_of(question) == expected


def test_a_code_is_the_same_with_and_without_its_hyphens() -> None:
    assert holds_code("Is TX-40 heavy?", "the TX40")
    assert holds_code("How much CO2 is it?", "40 g of CO₂")
    assert not holds_code("Is TX-40 heavy?", "the TX41")


def quotes(question: str, *texts: str) -> list[str]:
    return [pick.quote for pick in extract(question, hits_of(*texts)).picks]


def test_a_code_that_nothing_has_is_not_answered_from_another() -> None:
    assert quotes("What does fault F32 mean?", CODES) == ["F32 Lens is wet"]
    assert quotes("What does fault F35 mean?", CODES) == []
    assert quotes("List the faults.", CODES)[-3:] == ["F31 Lamp is cold", "F32 Lens is wet", "F38 Door is open"]


def test_nothing_is_said_of_a_code_but_that_it_is_there() -> None:
    assert quotes("How heavy is the KL-20?", "The KL-20 costs 40 euros.") == []
    assert quotes("How heavy is the KL-20?", "The KL-20 is as heavy as two bricks.")


def test_a_figure_of_another_year_is_no_answer() -> None:
    text = "In 2022 attendance was 4,120 visitors. The shop sold cards."
    assert quotes("What was the attendance in 2022?", text)
    assert quotes("What was the attendance in 2017?", text) == []
