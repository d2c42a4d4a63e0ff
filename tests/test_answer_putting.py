"""Words and numbers that only put a question."""

from __future__ import annotations

import pytest

from rag.answer.extractive import extract
from rag.answer.putting import compared_with
from rag.answer.terms import stem
from tests.answer_material import hits_of

TABLE = "| | 2019 | 2018 |\n| Deferred tax assets | 19,795 | 22,201 |\n| Goodwill | 31 | 30 |"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("In which years did tax assets exceed $20,000 thousand?", {"20000"}),
        ("Which towers are higher than 18 metres?", {"18"}),
        ("Welche Türme sind höher als 18 Meter?", {"18"}),
        ("What happened in 2019?", set()),
    ],
)
def test_a_threshold_is_told_from_what_is_asked_for(question: str, expected: set[str]) -> None:
    assert compared_with(question) == expected


def test_a_threshold_need_not_stand_in_the_answer() -> None:
    found = extract("Which years did deferred tax assets exceed $20,000 thousand?", hits_of(TABLE)).picks
    assert [pick.quote for pick in found] == ["| Deferred tax assets | 19,795 | 22,201 |"]


def test_a_definition_is_found_by_what_it_defines() -> None:
    text = "The context window is the amount of text that a model can look back on. It is measured in tokens."
    assert extract("Define context window.", hits_of(text)).picks[0].quote.startswith("The context window is")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ordered", "order"),
        ("ordering", "orders"),
        ("metres", "meter"),
        ("organised", "organize"),
        ("colour", "colors"),
    ],
)
def test_forms_and_spellings_of_a_word_are_one_term(one: str, other: str) -> None:
    assert stem(one) == stem(other)
