"""Which answers say that there is none."""

from __future__ import annotations

import pytest

from rag.answer.refusal import is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I could not find an answer to this in your documents.",
        "I could not find an answer to this in your documents. The nearest passages are in a.pdf, page 1.",
        "Ich habe in deinen Dokumenten keine Antwort darauf gefunden.",
        "The passages do not mention the number of employees.",
        "The documents don’t say who wrote it.",
        "There is no information about this in the passages.",
        "The price is not stated.",
        "Die Passagen enthalten keine Angaben dazu.",
        "Das geht aus den Passagen nicht hervor.",
        "   ",
    ],
)
def test_refusals_in_many_words(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text", ["Net revenue was 412 million crowns.", "Nobody was hurt.", "Der Umsatz stieg um 14 Prozent.", "No."]
)
def test_answers_are_none(text: str) -> None:
    assert not is_refusal(text)


def test_who_cites_has_answered() -> None:
    assert not is_refusal("The board did not give a date, but named the spring [1].", has_citations=True)
