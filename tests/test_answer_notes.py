"""Clauses and sentences in one text."""

from __future__ import annotations

import pytest

from rag.answer.notes import joined

MISSING = "The model has not been downloaded. Search goes by keywords until then."


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        (("", "8 passages", ""), "8 passages"),
        (("8 passages", "first in a.pdf"), "8 passages; first in a.pdf"),
        (("8 passages", MISSING), f"8 passages. {MISSING}"),
        (("8 passages", MISSING, "the first 8 reranked"), f"8 passages; the first 8 reranked. {MISSING}"),
        ((MISSING, "No reranking model is set."), f"{MISSING} No reranking model is set."),
        (("8 passages", joined("first in a.pdf", MISSING)), f"8 passages; first in a.pdf. {MISSING}"),
    ],
)
def test_clauses_come_first_and_sentences_stand_by_themselves(parts: tuple[str, ...], text: str) -> None:
    assert joined(*parts) == text
