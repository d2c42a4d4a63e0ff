"""What names a document, and what tells two versions apart."""

from __future__ import annotations

from dataclasses import replace

from rag.answer.candidates import candidates
from rag.answer.extractive import extract
from rag.answer.likeness import figures, naming, says_nothing_of_it
from rag.answer.terms import terms
from tests.answer_material import hits_of

HERON = "The Heron Project\n\nThe Heron Project began in spring.\n\nIts steering needs a licence from Oslo."


def test_words_that_name_the_document_do_not_choose_the_sentence() -> None:
    hits = hits_of(HERON, document="heron_project.pdf")
    found = [pick.quote for pick in extract("Which licence does the Heron Project need?", hits).picks]
    assert found == ["Its steering needs a licence from Oslo."]


def test_a_name_is_told_only_where_the_document_holds_more() -> None:
    found = candidates(hits_of(HERON, document="heron_project.pdf"))
    document = found[0].hit.passage.document_id
    assert naming(frozenset(terms("heron licence")), found) == {document: frozenset(terms("heron"))}
    assert naming(frozenset(terms("heron salary")), found) == {}
    assert says_nothing_of_it(frozenset(terms("heron salary")), document, found)
    assert not says_nothing_of_it(frozenset(terms("licence salary")), document, found)


def test_two_versions_that_differ_in_a_figure_are_both_shown() -> None:
    one = hits_of("Boats may be borrowed for six hours or more on working days.", document="rules-a.txt")[0]
    two = hits_of("Boats may be borrowed for eight hours or more on working days.", document="rules-b.txt")[0]
    picks = extract("For how many hours may boats be borrowed?", [one, replace(two, number=2)]).picks
    assert [pick.number for pick in picks] == [1, 2]
    same = hits_of(one.passage.text, document="rules-c.txt")[0]
    assert len(extract("For how many hours may boats be borrowed?", [one, replace(same, number=2)]).picks) == 1


def test_figures_are_digits_and_words() -> None:
    assert figures("Six of 1,200 boats") == {"six", "1,200"}
