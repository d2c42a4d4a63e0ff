"""What is asked in today's letters is found in old print, and a quote of either is the same quote."""

from __future__ import annotations

from rag.answer import quotes, terms
from rag.search.letters import todays
from rag.search.texts import well_formed
from rag.search.tokens import tokens

OLD = "Selbſtverſchuldet iſt dieſe Unmuͤn-\ndigkeit. Was iſt Aufklaͤrung?"
TODAY = "Selbstverschuldet ist diese Unmündigkeit."


def test_old_letters_become_todays_and_others_stay() -> None:
    assert todays("Aufklaͤrung iſt naͤmlich") == "Aufkla\u0308rung ist na\u0308mlich"
    assert todays("plain") == "plain"
    assert todays("Straße, façade, 東京") == "Straße, façade, 東京"


def test_keyword_search_compares_old_print_by_todays_words() -> None:
    assert tokens("Was iſt Aufklaͤrung?") == tokens("Was ist Aufklärung?") == ["was", "ist", "aufklärung"]
    assert terms.terms("raͤſonnirt") == terms.terms("räsonnirt")


def test_models_of_meaning_are_shown_todays_letters() -> None:
    assert well_formed("ſich") == "sich"


def test_a_quote_in_todays_letters_is_found_where_it_stands_in_old_ones() -> None:
    match = quotes.find(TODAY, OLD)
    assert match is not None
    (start, end), *_ = match.parts
    assert OLD[start:end] == "Selbſtverſchuldet iſt dieſe Unmuͤn-\ndigkeit."
    again = quotes.find("Was iſt Aufklaͤrung?", "Was ist Aufklärung?")
    assert again is not None
