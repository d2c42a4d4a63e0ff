"""Sentences and rows with what stands round them: above all, the years over a statement's figures."""

from __future__ import annotations

from dataclasses import replace

from rag.answer.candidates import Candidate, candidates
from rag.model import Hit
from tests.answer_material import hits_of, passage


def row_of(label: str, *texts: str) -> Candidate:
    return next(one for one in candidates(hits_of(*texts)) if one.text.lstrip("| ").startswith(label))


def test_a_table_keeps_all_rows_that_name_its_columns() -> None:
    table = "|  | Domestic |  | Abroad |  |\n|  | 2019 | 2018 | 2019 | 2018 |\n| Rate | 4.0% | 3.7% | 1.9% | 2.8% |"
    header = row_of("Rate", table).header
    assert "Domestic" in header
    assert "2018" in header
    assert header in table


def test_years_one_below_the_other_are_one_header() -> None:
    text = "Balance Sheets\nDecember 31,\n2021\nDecember 31,\n2020\n\nInventories 9,059 8,020\n\nTotal assets 181 154"
    assert row_of("Total assets", text).header.split() == ["December", "31,", "2021", "December", "31,", "2020"]


def test_an_amount_that_looks_like_a_year_is_no_header() -> None:
    text = "Assets\nCash $ 1,944 $ 1,786\nInventories 9,059 8,020"
    assert "1,944" not in row_of("Inventories", text).header


def test_a_row_takes_its_header_from_an_earlier_passage_of_its_page_or_from_the_heading() -> None:
    first = passage("Statements\n2020 2019\nSales 5 4\nCosts 3 2", number=1)
    later = passage("Profit 2 2\nTaxes 1 1", start=200, number=2)
    found = {one.text: one.header for one in candidates([Hit(1, later, 1.0), Hit(2, first, 0.5)])}
    assert found["Taxes 1 1"].endswith("2020 2019")
    alone = replace(later, heading="Statements > Year | 2020 | 2019")
    assert {one.header for one in candidates([Hit(1, alone, 1.0)]) if one.text == "Taxes 1 1"} == {"Year | 2020 | 2019"}


def test_prose_has_no_header_and_each_sentence_comes_once() -> None:
    hits = hits_of("The bridge opened in 1931. It is long.")
    found = candidates([*hits, *hits])
    assert [one.text for one in found] == ["The bridge opened in 1931.", "It is long."]
    assert {one.header for one in found} == {""}
