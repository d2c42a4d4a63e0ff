"""Hindi words are found in their other forms, and words of other scripts are left alone."""

from __future__ import annotations

import pytest

from rag.search import bm25
from rag.search.hindi import stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("लड़का", "लड़के"),
        ("किताब", "किताबें"),
        ("किताबों", "किताब"),
        ("भाषाएं", "भाषाओं"),
        ("करना", "करता"),
        ("कहानियाँ", "कहानियों"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["ferry", "Fähre", "का", "ही", "2023", "防守"])
def test_short_and_foreign_words_stay(word: str) -> None:
    assert stem(word) == word


def test_a_question_finds_other_forms_in_hindi_documents_only() -> None:
    document = bm25.document_vector("पुस्तकालय में किताबें हैं", "hi")
    assert set(bm25.query_vector("किताबों", {"hi"}).indices) & set(document.indices)
    assert not set(bm25.query_vector("किताबों", {"en"}).indices) & set(document.indices)
