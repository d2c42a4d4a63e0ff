"""Words and numbers that stand in pieces, or are written as others write them."""

from __future__ import annotations

import pytest

from rag.answer.terms import terms
from rag.search.bm25 import document_vector, query_vector
from rag.search.rejoined import other_forms, rejoined, with_whole_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ein Segel-\nboot", ["Segelboot"]),
        ("a well- \r\n   known light\u00ad\nhouse", ["wellknown", "lighthouse"]),
        ("the connec\u2010\ntion", ["connection"]),
        ("Süd-\nAmerika", []),
        ("items -\nnext", []),
        ("1998-\n2001", []),
        ("for 1 840 000 a year", ["1840000"]),
        ("48\u202f312", ["48312"]),
        ("costs 5 450 euros", ["5450"]),
        ("is it 5 450?", ["5450"]),
        ("Sales 412 389 120", []),
        ("in 2022 120 of them", []),
        ("at most 1.2k or 10k", ["1200", "10000"]),
        ("version 2k8", []),
    ],
)
def test_what_stands_in_pieces(text: str, expected: list[str]) -> None:
    assert list(rejoined(text)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("2.350,00", ["2350.00", "2350"]),
        ("1.840.000", ["1840000"]),
        ("46.900", ["46900"]),
        ("360,05", ["360.05"]),
        ("777.00", ["777"]),
        ("1,234", []),
        ("1.2.3", []),
        ("18.3", []),
    ],
)
def test_other_ways_of_writing(number: str, expected: list[str]) -> None:
    assert list(other_forms(number)) == expected


def meets(question: str, text: str) -> bool:
    return not set(query_vector(question, ["de", "en"]).indices).isdisjoint(document_vector(text, "de").indices)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Segelboot", "Das Segel-\nboot liegt im Hafen."),
        ("boot", "Das Segel-\nboot liegt im Hafen."),
        ("1840000", "Es kostet 1 840 000 Kronen."),
        ("1,840,000", "Es kostet 1.840.000 Kronen."),
        ("360.05", "Stückpreis 360,05"),
        ("1.2k", "bis 1,200 Euro"),
    ],
)
def test_a_question_meets_them(question: str, text: str) -> None:
    assert meets(question, text)
    assert not meets("9,999", text)


def test_a_sentence_holds_the_whole_word_and_the_one_number() -> None:
    assert "segelboot" in terms("Das Segel-\nboot")
    assert terms("1.2k and 48\u00a0312 and 1.234,50") == ["1200", "48312", "1234.50"]
    assert with_whole_numbers("5 450 euros, 1.2k") == "5450 euros, 1200"
