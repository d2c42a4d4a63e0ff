"""Questions about a section, and about documents by their names."""

from __future__ import annotations

import pytest

from rag.answer.builtin import quoted
from rag.answer.overview import whole_documents
from rag.answer.sections import section_asked
from rag.search.naming import NamedDocument
from tests.answer_material import hits_of

HANDBOOK = """\
# Handbook of Halden

## 2. Holidays

Everybody has 28 days of paid leave per calendar year.

### 2.1 Special leave

A wedding gives two days of leave.

## 3. Sick leave

Anyone who falls ill informs their team lead. A certificate is required from the fourth day.

## 4. Expenses

Travel by train is booked in second class.
"""
REPORT = """\
Low Sands: nine dark days
The light was dark for nine days because salt water had entered the joint at the foot of the tower.
Why it took nine days
The storm had moved the sand, and the tower could not be reached on foot for most of the week.
"""
KNOWN = [
    NamedDocument("a", "tern-rock-annual-report-2025.pdf", "Tern Rock Lighthouse Trust"),
    NamedDocument("b", "lease-hamburg.docx", "Lease agreement"),
    NamedDocument("c", "ULTABEAUTY_2023Q4.pdf"),
]


def quotes(question: str, *texts: str) -> list[str]:
    return [pick.quote for pick in quoted(question, hits_of(*texts), None)]


def test_a_section_is_found_by_its_number_and_ends_where_the_next_begins() -> None:
    assert quotes("Summarise section 3 of the handbook.", HANDBOOK) == [
        "3. Sick leave",
        "Anyone who falls ill informs their team lead.",
        "A certificate is required from the fourth day.",
    ]
    assert quotes("What does section 2.1 say?", HANDBOOK)[0] == "2.1 Special leave"
    assert "A wedding gives two days of leave." in quotes("What does chapter 2 say?", HANDBOOK)


def test_a_section_is_found_by_its_name() -> None:
    assert quotes("What does the chapter on Low Sands say?", REPORT)[:2] == REPORT.splitlines()[:2]
    assert quotes("What does the section about expenses say?", HANDBOOK)[0] == "4. Expenses"


def test_a_section_that_is_not_there_is_not_made_up() -> None:
    assert quotes("What does section 9 say about travel by train?", HANDBOOK) == []


def test_a_paragraph_is_found_by_its_sign_and_its_part() -> None:
    terms = "§ 3 Boats\n(1) Boats are insured.\n(2) Oars are not insured.\n§ 4 Duties\nLosses are reported at once."
    assert quotes("What does § 3 (2) of the terms say?", terms) == ["§ 3 Boats", "(2) Oars are not insured."]
    assert quotes("Was regelt §3 Abs. 1?", terms) == ["§ 3 Boats", "(1) Boats are insured."]
    assert quotes("What is said in § 3?", terms)[1:] == ["(1) Boats are insured.", "(2) Oars are not insured."]
    assert quotes("What is said in § 4?", terms) == ["§ 4 Duties", "Losses are reported at once."]


@pytest.mark.parametrize("question", ["What part did he play?", "How many chapters are there?", "Who wrote it?"])
def test_other_questions_ask_for_no_section(question: str) -> None:
    assert section_asked(question) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the lease agreement about?", ("b",)),
        ("Summarize the annual report of the lighthouse trust", ("a",)),
        ("Give me a summary of the Ulta Beauty report", ("c",)),
        ("Worum geht es in dem Dokument lease-hamburg?", ("b",)),
        ("Summarise the risks in the lease", ()),
        ("What is this document about?", ()),
        ("When does the lease end?", ()),
    ],
)
def test_documents_are_asked_about_by_their_names(question: str, expected: tuple[str, ...]) -> None:
    assert whole_documents(question, KNOWN) == expected
