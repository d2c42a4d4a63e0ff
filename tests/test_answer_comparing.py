"""Questions that compare what several documents say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer.builtin import quoted
from rag.answer.comparing import compares
from rag.model import Hit
from tests.answer_material import hits_of

OLD = "Issued in May. The limit for parking is 12 euros a day. Bicycles are free."
NEW = "Issued in June. The limit for parking is 15 euros a day. Bicycles are free."
OTHER = "The canteen opens at noon. Soup is served first."


def hits(**documents: str) -> list[Hit]:
    found = [hits_of(text, document=f"{name}.txt")[0] for name, text in documents.items()]
    return [replace(hit, number=number) for number, hit in enumerate(found, start=1)]


def quotes(question: str, found: list[Hit]) -> list[tuple[int, str]]:
    return [(pick.number, pick.quote) for pick in quoted(question, found, None)]


@pytest.mark.parametrize(
    "question",
    [
        "How did the limit for parking change between 2022 and 2024?",
        "Compare the parking limit of 2022 and 2024.",
        "Was the limit for parking higher in 2022 or in 2024?",
    ],
)
def test_each_document_says_its_own(question: str) -> None:
    found = quotes(question, hits(rules_2022=OLD, rules_2024=NEW, canteen=OTHER))
    assert found == [(1, "The limit for parking is 12 euros a day."), (2, "The limit for parking is 15 euros a day.")]


def test_one_document_is_answered_from_as_ever() -> None:
    question = "Compare the limit for parking with that for bicycles."
    assert {number for number, _ in quotes(question, hits(rules=OLD))} == {1}


@pytest.mark.parametrize("question", ["What is the limit for parking?", "Who paid in 2024?"])
def test_other_questions_compare_nothing(question: str) -> None:
    assert not compares(question)
