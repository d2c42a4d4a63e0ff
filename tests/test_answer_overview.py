"""Questions about documents as wholes."""

from __future__ import annotations

import pytest

from rag.answer.overview import beginnings, is_overview
from rag.model import Hit, Passage


def page(number: int, document: str, text: str) -> Hit:
    passage = Passage(f"{document}:page-1", document, f"{document}.pdf", 1, 1, 0, len(text), "", text)
    return Hit(number, passage, 0.0)


@pytest.mark.parametrize(
    "question",
    [
        "What is this document about?",
        "what's this about",
        "Summarize this document",
        "Please give me a short summary of the report.",
        "What are the key findings?",
        "tl;dr",
        "Worum geht es in diesem Dokument?",
        "Fasse das Dokument bitte kurz zusammen.",
    ],
)
def test_a_question_about_the_whole_is_known(question: str) -> None:
    assert is_overview(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the report's finding about maintenance?",
        "What are the key risks of the helicopter?",
        "Describe the fog drill.",
        "How much did maintenance cost in 2025?",
        "What does the contract say about termination?",
        "Summarise the accident at Low Sands",
        "",
    ],
)
def test_a_question_with_a_subject_is_searched_for(question: str) -> None:
    assert not is_overview(question)


def test_every_document_begins_with_its_own_sentences() -> None:
    first = "Annual Report\nThe trust keeps six lights on one small coast. It was founded in 1911 by three towns."
    second = "Handbook\nA keeper lights the lamp before the sun has set, every day."
    picks = beginnings([page(1, "a", first), page(2, "b", second)])
    assert [(pick.number, pick.quote) for pick in picks] == [
        (1, "The trust keeps six lights on one small coast."),
        (2, "A keeper lights the lamp before the sun has set, every day."),
    ]
    assert first[picks[0].start : picks[0].end] == picks[0].quote


def test_one_document_has_all_the_room() -> None:
    text = " ".join(f"This is sentence number {number}, and it is long enough to stand." for number in range(9))
    assert len(beginnings([page(1, "a", text)])) == 3
    assert beginnings([page(1, "a", "a heading")]) == ()


def test_a_cover_and_its_notices_do_not_say_what_a_document_is_about() -> None:
    cover = (
        "Indicate by check mark whether the registrant is a large filer. " * 2
        + "All rights are reserved by its author."
    )
    body = [f"The {part} of the lighthouse on Tern Rock was painted by its keepers." for part in "abcdefghijkl"]
    picks = beginnings([page(1, "a", cover), page(2, "a", " ".join(body))])
    assert [pick.quote for pick in picks] == body[:3]
    assert beginnings([page(1, "a", cover)])[0].quote.startswith("Indicate")
