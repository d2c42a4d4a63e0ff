"""Questions about the library itself, and those that only look like one."""

from __future__ import annotations

import pytest

from rag.answer.library import MAX_LISTED, about_library
from rag.answer.support import support_of
from rag.search.naming import NamedDocument
from tests.answer_material import MemoryCorpus
from tests.test_answer_pipeline import run, text_of

KNOWN = [
    NamedDocument("a", "B-204.pdf", "Invoice B-204"),
    NamedDocument("b", "Guide to ferries.md"),
    NamedDocument("c", "Pachtvertrag.pdf", "Pachtvertrag"),
    NamedDocument("d", "tides.xlsx"),
]


@pytest.mark.parametrize(
    "question",
    [
        "What documents do I have?", "how many documents are there", "List all my files.", "Welche Dokumente habe ich?",
        "Wie viele Dateien gibt es?", "Which files are in my library?", "Zeige mir alle Dokumente",
    ],
)  # fmt: skip
def test_all_are_listed(question: str) -> None:
    lines = about_library(question, KNOWN).splitlines()
    assert "4" in lines[0]
    assert lines[2:] == [
        "- B-204.pdf (Invoice B-204)", "- Guide to ferries.md", "- Pachtvertrag.pdf", "- tides.xlsx",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which invoices do I have?", "- B-204.pdf (Invoice B-204)"),
        ("Welche Verträge gibt es?", "- Pachtvertrag.pdf"),
        ("What spreadsheets have I uploaded?", "- tides.xlsx"),
    ],
)
def test_a_kind_is_told_by_name_title_or_ending(question: str, expected: str) -> None:
    assert about_library(question, KNOWN).splitlines()[2:] == [expected]


@pytest.mark.parametrize(
    "question",
    [
        "What documents do I have to submit?", "Which documents are required?", "How many employees do we have?",
        "Which contracts do we have with Holm?", "List the documents that mention dogs.", "Which reports do I have?",
    ],
)  # fmt: skip
def test_other_questions_are_searched_for(question: str) -> None:
    assert about_library(question, KNOWN) == ""


@pytest.mark.parametrize(
    "question", ["What documents do I have?", "Welche Dokumente habe ich?", "Which invoices do I have?"]
)
def test_the_list_claims_nothing_of_a_passage(question: str) -> None:
    assert support_of(about_library(question, KNOWN), [], []).sentences == ()


def test_a_long_list_ends_somewhere() -> None:
    many = [NamedDocument(str(number), f"n{number}.txt") for number in range(MAX_LISTED + 5)]
    assert about_library("What documents do I have?", many).splitlines()[-1] == "- and 5 more"


def test_the_answer_needs_no_search() -> None:
    corpus = MemoryCorpus({"ferries.md": ["They run."], "tides.csv": ["High at noon."]})
    assert text_of(run("What documents do I have?", corpus=corpus)).endswith("- ferries.md\n- tides.csv")
    assert corpus.queries == []
