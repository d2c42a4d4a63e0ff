"""Texts -> tokens -> keyword vectors: scripts, numbers, languages, and words that meet whatever was guessed."""

from __future__ import annotations

import pytest

from rag.search import bm25, languages
from rag.search.tokens import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. company's 10-K", ["the", "u", "s", "company", "s", "10", "k"]),
        ("$1,234.50 and 1,234,567", ["1234.50", "and", "1234567"]),
        ("3,5 und 1.234,50 €", ["3,5", "3.5", "und", "1.234,50", "1234.50"]),
        ("12,34 is no thousand", ["12,34", "12.34", "is", "no", "thousand"]),
        ("FY2023, Q4'22", ["fy2023", "2023", "q4", "22"]),
        ("2nd H1N1 CO2", ["2nd", "h1n1", "co2"]),
        ("Exhibit 10.10a, 10.11", ["exhibit", "10", "10a", "10.11"]),
        ("the company’s “Exhibit 10.10a” – 10.11…", ["the", "company", "s", "exhibit", "10", "10a", "10.11"]),
        ("snake_case", ["snake", "case"]),
        ("snake_case über", ["snake", "case", "über"]),
        ("ﬁnancial conﬂict ２０２３", ["financial", "conflict", "2023"]),
        ("co\u00adoperate zero\u200bwidth", ["cooperate", "zerowidth"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("पैंथर्स हिन्दी ३०८", ["पैंथर्स", "हिन्दी", "३०८"]),
        ("كِتَاب كتاب", ["كتاب", "كتاب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("防守只丢了308分", ["防守", "守只", "只丢", "丢了", "308", "分"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("한국어 문장", ["한국", "국어", "문장"]),
        ("ไทยมีบ้าน", ["ไท", "ทย", "ยมี", "มีบ้", "บ้า", "าน"]),
        ("", []),
        (" \n\t.,;", []),
        ("\ud800", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_tokens_have_no_whitespace() -> None:
    text = "\u00a0a\u2028b\u3000c\u0085d\u1680e 1,000\u202f000 " + "".join(map(chr, range(0x80, 0x3000)))
    assert all(token.split() == [token] for token in tokens(text))


def meets(document: str, language: str, question: str, indexed: set[str]) -> int:
    """How many of the question's tokens the document has."""
    there = set(bm25.document_vector(document, language).indices)
    return len(there & set(bm25.query_vector(question, indexed).indices))


def test_words_meet_in_other_forms() -> None:
    assert meets("The insurers were paying for houses", "en", "insurer pays house", {"en"}) == 3
    assert meets("Die Versicherungen der Häuser", "de", "Versicherung Haus", {"de"}) == 2
    assert meets("الكتب والمكتبات", "ar", "كتب", {"ar"}) == 1


def test_a_question_meets_documents_whatever_language_it_seems_to_be_in() -> None:
    indexed = {"en", "de", "fr", "pl", "zh", ""}
    assert meets("Die Verteidigungen hielten", "de", "Verteidigung", indexed) == 1
    assert meets("The financing activities", "en", "financing activity", indexed) == 2
    assert meets("Ubezpieczyciele zapłacili", "pl", "ubezpieczyciele", indexed) == 1
    assert meets("| 2019 | EBITDA |", "", "EBITDA 2019", indexed) == 2


def test_stop_words_of_the_question_meet_nothing() -> None:
    assert meets("The whale is in the sea", "en", "what is the", {"en", "de"}) == 0
    assert meets("Der Wal ist in dem Meer", "de", "what is the size of the whale in", {"en", "de"}) == 0


def test_a_language_without_rules_is_taken_word_by_word() -> None:
    assert meets("पैंथर्स की रक्षा", "hi", "पैंथर्स रक्षा", {"hi"}) == 2
    assert meets("ubezpieczyciele", "xx", "ubezpieczyciel", {"xx"}) == 0


def test_longer_documents_weigh_each_word_less() -> None:
    (short,) = bm25.document_vector("whale", "en").values
    long = max(bm25.document_vector("whale " + " ".join(f"filler{n}" for n in range(300)), "en").values)
    assert short > long


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What was the net revenue of the company in the year 2022?", "en"),
        ("Wie hoch war der Umsatz des Unternehmens im vergangenen Jahr?", "de"),
        ("谁赢得了第五十届超级碗的比赛", "zh"),
        ("पैंथर्स की रक्षा ने कितने अंक दिए", "hi"),
        ("كم عدد النقاط التي خسرها الفريق", "ar"),
        ("123 456 | 789", ""),
        ("", ""),
    ],
)
def test_detect(text: str, language: str) -> None:
    assert languages.detect(text) == language


def test_detect_stays_among_those_it_is_given() -> None:
    assert languages.detect("Wie hoch war der Umsatz des Unternehmens?", {"en", "fr"}) in {"en", "fr"}
    assert languages.detect("text", set()) == ""


ENGLISH = "The insurers paid for the damaged houses in the spring of that year, as they had promised."
GERMAN = "Die Versicherungen zahlten im Frühjahr für die beschädigten Häuser, wie sie es versprochen hatten."
TABLE = "| 2019 | 2018 | 1,234 | 5,678 |"


def test_a_document_has_one_language_when_its_samples_agree() -> None:
    assert languages.detect_passages([ENGLISH, TABLE, ENGLISH]) == ["en", "en", "en"]


def test_a_document_of_two_languages_has_both() -> None:
    mixed = [ENGLISH, GERMAN, ENGLISH, GERMAN, ENGLISH, TABLE]
    assert languages.detect_passages(mixed) == ["en", "de", "en", "de", "en", "en"]


def test_figures_alone_have_no_language() -> None:
    assert languages.detect_passages([TABLE, TABLE]) == ["", ""]
    assert languages.detect_passages([]) == []
