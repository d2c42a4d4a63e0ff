"""The part of a question that asks, apart from where to look and how to answer."""

from __future__ import annotations

import pytest

from rag.search.focus import core


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "What is the FY2019 margin of Alder? Round your answer to two decimal places.",
            "What is the FY2019 margin of Alder?",
        ),
        (
            "Using the cash flow statement, answer the following question: how much did Alder (once Birch) pay?",
            "how much did Alder pay?",
        ),
        ("By looking only at the balance sheet, what were inventories in 2020?", "what were inventories in 2020?"),
        ("How much did it pay in USD millions?", "How much did it pay?"),
        ("What is the DPO? DPO is defined as: 365 * payables / cost of sales.", "What is the DPO?"),
        ("What does report.pdf say about pulp?", "What about pulp?"),
        ("Which of my documents mentions the lamp?", "the lamp?"),
        ("In welchem Dokument geht es um Lampen?", "Lampen?"),
        ("Which file contains something about oil lamps?", "oil lamps?"),
        ("In notes-2024.v2.md, when does the ferry leave?", "when does the ferry leave?"),
        ("What was the revenue according to “Annual_Report.PDF”?", "What was the revenue ?"),
        ("Is the margin useful in 2022? If it is not, then state that.", "Is the margin useful in 2022?"),
    ],
)
def test_orders_and_definitions_are_left_out(question: str, asked: str) -> None:
    assert core(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Explain the bridge. Give two reasons.",
        "How does it work? (unemployment insurance federal program)",
        "When did the U.S. Senate vote?",
        "Wann wurde die Brücke eröffnet?",
        "桥是什么时候开放的？",
        "Round it.",
        "",
    ],
)
def test_what_has_nothing_to_leave_out_stays(question: str) -> None:
    assert core(question) == question
