"""What compound words are made of is found, in the languages that write them together and in no others."""

from __future__ import annotations

import pytest

from rag.search import bm25
from rag.search.compounds import parts


def _met(question: str, text: str, language: str) -> dict[int, float]:
    """The stems of the question that the text has, and how much each counts."""
    asked = bm25.query_vector(question, {language})
    there = set(bm25.document_vector(text, language).indices)
    return {index: value for index, value in zip(asked.indices, asked.values, strict=True) if index in there}


def test_every_cut_that_leaves_two_parts() -> None:
    assert list(parts(["hafenbahn"])) == ["hafe", "nbahn", "hafen", "bahn"]


@pytest.mark.parametrize("word", ["hafen", "fährort", "2023", "fy2023abcd", "x" * 41])
def test_short_words_and_what_is_no_word_stay_whole(word: str) -> None:
    assert list(parts([word])) == []


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("Gletscherabfluss", "Der Abfluss der Gletscher ging nach Westen.", "de"),
        ("Studentengruppe", "Eine Gruppe von Studenten traf sich.", "de"),
        ("Staatsbesitz", "Die Bahn gehörte dem Staat.", "de"),
        ("belastingdienst", "De dienst int de belasting.", "nl"),
    ],
)
def test_parts_meet_the_words_of_a_text(question: str, text: str, language: str) -> None:
    met = _met(question, text, language)
    assert met
    assert set(met.values()) == {0.5}


def test_the_word_itself_counts_more_than_its_parts() -> None:
    met = _met("Hafenbahn", "Die Hafenbahn fährt vom Hafen zum Amt.", "de")
    assert sorted(met.values()) == [0.5, 1.0]


def test_other_languages_have_no_parts() -> None:
    assert not _met("underground", "The ground is under us.", "en")
    assert not _met("Gletscherabfluss", "Der Abfluss der Gletscher ging nach Westen.", "en")


def test_of_several_languages_the_one_of_the_question_decides() -> None:
    there = set(bm25.document_vector("Der Abfluss der Gletscher ging nach Westen.", "de").indices)
    asked = bm25.query_vector("Wohin lief der Gletscherabfluss in der letzten Eiszeit?", {"de", "en"})
    assert {asked.values[at] for at, index in enumerate(asked.indices) if index in there} == {0.5}
