"""Markers become citations that were checked: where each quote really stands, and what is shown when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer.citing import Marker
from rag.answer.grounding import Grounding
from rag.events import Cited, Token
from rag.model import Page, pack_words
from tests.answer_material import hits_of, words_of

SALES = "Net sales increased 18.3% to $10.2 billion.\nThe weather was mild."
STORES = "The company opened 47 new\nstores in the year. It closed two."


def page_of(document_id: str, number: int) -> Page | None:
    text = (SALES, STORES)[number - 1]
    return Page(number, text, pack_words(words_of(text)))


def grounding() -> Grounding:
    return Grounding(hits_of(SALES, STORES), page_of)


def show(*parts: str | Marker) -> tuple[str, list[dict[str, Any]]]:
    """(the text shown, the citations) of an answer's parts."""
    ground = grounding()
    events = [event for part in parts for event in ground.show(part)]
    text = "".join(event.text for event in events if isinstance(event, Token))
    return text, [event.citation for event in events if isinstance(event, Cited)]


def marker(*numbers: int, quote: str | None = None) -> Marker:
    return Marker(numbers, quote, 0, "".join(f"[{number}]" for number in numbers))


def test_a_quote_gets_a_box_on_each_line_it_touches() -> None:
    _, (cited,) = show("Stores opened ", marker(2, quote="opened 47 new stores"))
    assert (cited["status"], cited["similarity"], cited["page"]) == ("verified", 1.0, 2)
    first, second = cited["boxes"]
    assert first == pytest.approx([0.12, 0.0, 0.25, 0.015], abs=1e-4)
    assert second == pytest.approx([0.0, 0.02, 0.06, 0.035], abs=1e-4)


def test_a_quote_from_another_passage_moves_its_marker_there() -> None:
    text, (cited,) = show("Stores opened ", marker(1, quote="opened 47 new stores"), ".")
    assert text == "Stores opened [2]."
    assert (cited["number"], cited["page"], cited["status"]) == (2, 2, "verified")
    assert cited["boxes"]


def test_a_quote_that_is_nowhere_is_missing_and_keeps_its_words() -> None:
    text, (cited,) = show("Sales fell ", marker(1, quote="Net sales fell by 99 percent"))
    assert text == "Sales fell [1]"
    assert (cited["number"], cited["status"], cited["quote"]) == (1, "missing", "Net sales fell by 99 percent")
    assert (cited["similarity"], cited["boxes"]) == (0.0, [])


def test_an_approximate_quote_shows_what_stands_there() -> None:
    _, (cited,) = show("Sales rose ", marker(1, quote="Net sales were increased 18.3% to $10.2 billion"))
    assert cited["status"] == "approximate"
    assert 0.9 <= cited["similarity"] < 1.0
    assert cited["quote"].startswith("Net sales increased 18.3% to $10.2 billion")


def test_a_marker_without_a_quote_gets_the_sentence_that_supports_its_claim() -> None:
    _, cited = show("The sales went up to $10.2 billion ", marker(1), ". Two stores were closed ", marker(2), ".")
    assert [c["quote"] for c in cited] == ["Net sales increased 18.3% to $10.2 billion.", "It closed two."]
    assert {c["status"] for c in cited} == {"verified"}


def test_a_quotation_in_the_claim_itself_is_the_quote() -> None:
    _, (cited,) = show("They say that “the weather was mild”, or rather “The weather was mild” ", marker(1))
    assert cited["quote"] == "The weather was mild"


def test_one_quote_for_two_passages_is_looked_for_in_both() -> None:
    text, cited = show("Stores opened ", marker(1, 2, quote="opened 47 new stores"))
    assert text == "Stores opened [1][2]"
    assert [(c["number"], c["status"]) for c in cited] == [(1, "verified"), (2, "verified")]
    assert cited[1]["quote"] == "opened 47 new stores"


def test_offsets_count_what_was_shown() -> None:
    text, cited = show("A ", marker(1, quote="opened 47 new stores"), " B ", marker(1, 2))
    assert text == "A [2] B [1][2]"
    assert [c["offset"] for c in cited] == [2, 8, 8]


def test_a_page_that_is_gone_leaves_the_passage() -> None:
    ground = Grounding(hits_of(SALES), lambda document_id, number: None)
    token, cited = ground.show(marker(1, quote="The weather was mild"))
    assert isinstance(token, Token)
    assert isinstance(cited, Cited)
    assert (cited.citation["status"], cited.citation["boxes"]) == ("verified", [])
