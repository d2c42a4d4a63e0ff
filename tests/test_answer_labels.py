"""Headings and menus count for less than sentences; what only looks a little like them does not."""

from __future__ import annotations

import pytest

from rag.answer.labels import HEADING_COST, LABEL_COST, cost, is_heading
from rag.answer.sentences import split_sentences
from rag.model import Passage

MENU = (
    "Introduction Benefits of Automated Routing Advantages of Using Models Defining the Task Example Data "
    "Prompting for Ticket Routing Choosing the Right Model Evaluation Methodology Common Scenarios"
)


def cost_of(wanted: str, text: str, heading: str = "") -> float:
    passage = Passage("d:1", "d", "guide.md", 1, 1, 0, len(text), heading, text)
    found = [one for one in split_sentences(text) if text[one.start : one.end] == wanted]
    assert len(found) == 1, text
    return cost(passage, found[0])


@pytest.mark.parametrize(
    ("wanted", "text", "heading", "expected"),
    [
        ("Routing of tickets", "Routing of tickets\n\nTickets go there.", "Guide > Routing of tickets", HEADING_COST),
        ("Probate forms", "Probate forms\n\nThey are in room 4.", "", LABEL_COST),
        ("## Probate forms", "They are in room 4.\n\n## Probate forms\n\n", "", HEADING_COST),
        (MENU, f"{MENU}\n\nTickets go where they belong.", "", HEADING_COST),
        ("Tickets go where they belong.", "Routing\n\nTickets go where they belong.", "", 0.0),
        ("Opening hours: in the morning", "Opening hours: in the morning\n\nCome and see.", "", 0.0),
        ("30 days of notice", "30 days of notice\n\nCome and see.", "", 0.0),
        ("a coat for the rain", "You need:\n\n- boots\n- a coat for the rain\n", "", 0.0),
        ("| Year | Boats |", "| Year | Boats |\n|---|---|\n| 2020 | 12 |\n", "Year | Boats", 0.0),
    ],
)  # fmt: skip
def test_what_says_nothing_costs(wanted: str, text: str, heading: str, expected: float) -> None:
    assert cost_of(wanted.removeprefix("## "), text, heading) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [("§ 12 Exclusions", True), ("2.1 Scope", True), ("7 Boats", True), ("12 boats were", False), ("2024", False)],
)
def test_numbered_headings_head_what_follows(line: str, expected: bool) -> None:
    text = f"{line}\nThey are insured against storm and fire."
    assert is_heading(text, split_sentences(text)[0]) is expected
