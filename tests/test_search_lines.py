"""Which lines of statements a question needs, and what is searched for then."""

from __future__ import annotations

import pytest

from rag.search.lines import CASH, lines_of, sought, years_of

NAMES = ("ALDERMILLS_2020_10K.pdf",)


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("What is the FY2020 days payable outstanding of Alder Mills?", "accounts payable, cost of sales, inventories"),
        ("What was capex as a % of revenue in 2020?", "capital expenditures, revenue"),
        ("How much did Alder Mills pay out in cash dividends for FY2020?", "dividends"),
        ("Did Birch's PP&E grow between FY19 and FY20?", "property"),
        ("Is the working capital positive?", "current assets, current liabilities"),
        ("What is the year-over-year change in operating income from FY2019 to FY2020?", "operating income"),
    ],
)
def test_lines_by_the_words_of_analysts(question: str, lines: str) -> None:
    assert [line.name for line in lines_of(question, NAMES) if line.name] == lines.split(", ")


@pytest.mark.parametrize(
    "question",
    [
        "What was the revenue of the cereal segment in 2020?",
        "What was the revenue in Japan in 2020?",
        "Why did revenue fall in 2020?",
        "Who audits the inventories of 2020?",
        "What are sales?",
        "When was the bridge opened?",
        "",
    ],
)
def test_a_question_for_anything_beside_lines_needs_none(question: str) -> None:
    assert lines_of(question, NAMES) == ()
    assert sought(question, NAMES) == question


def test_a_company_is_known_by_its_documents_name_only() -> None:
    assert lines_of("What was the revenue of Alder Mills in 2020?", NAMES)
    assert not lines_of("What was the revenue of Alder Mills in 2020?", ["report.pdf"])


def test_a_measure_is_looked_for_itself_and_by_its_lines() -> None:
    measure, *parts = lines_of("What was the free cash flow in 2020?", ())
    assert measure.statement is None
    assert measure.label.match("Free cash flow (unaudited)")
    assert [part.statement for part in parts] == [CASH, CASH]


def test_lines_and_statements_are_searched_for() -> None:
    found = sought("What is the current ratio for FY2020? Round to two decimal places.", NAMES)
    assert found == (
        "What is the current ratio for FY2020? current assets current liabilities consolidated balance sheet"
    )


def test_years() -> None:
    assert years_of("Did it grow between FY19 and 2020? Round to 2 places.") == {"2019", "2020"}
