"""Rows of tables in the built-in answer: each value under its column's name, or behind its header as it stands."""

from __future__ import annotations

import pytest

from rag.answer.picks import Pick
from rag.answer.row_tables import pieces
from rag.answer.support import support_of

DATES = "December 2, 2016 November 27, 2015 November 28,\n2014"


def laid_out(*rows: tuple[str, str]) -> str:
    """(header, quote) of each pick -> the answer with its markers."""
    picks = [Pick(number, quote, 0, len(quote), header) for number, (header, quote) in enumerate(rows, start=1)]
    return "".join(f"{piece.before}[{piece.pick.number}]{piece.after}" for piece in pieces(picks))


def test_figures_stand_under_their_years_and_rows_of_one_table_together() -> None:
    assert laid_out(
        (DATES, "Purchases of equipment (203,805) (184,936) (148,332)"), (DATES, "Cash $ 2.2 $ — $ (1.5)")
    ) == (
        "|  | December 2, 2016 | November 27, 2015 | November 28, 2014 |\n|---|---|---|---|\n"
        "| Purchases of equipment | (203,805) | (184,936) | (148,332) [1] |\n"
        "| Cash | $ 2.2 | $ — | $ (1.5) [2] |"
    )


def test_units_stand_in_the_corner_and_references_in_the_label() -> None:
    assert laid_out(("(in millions) 2016 2015 2014", "Revenue, net (Note 5) .... 203 — 20%")) == (
        "| (in millions) | 2016 | 2015 | 2014 |\n|---|---|---|---|\n| Revenue, net (Note 5) | 203 | — | 20% [1] |"
    )


def test_what_is_said_of_all_columns_stands_in_the_corner() -> None:
    assert laid_out(("Thousand crowns 2025 2024", "Maintenance 2,214 1,873")) == (
        "| Thousand crowns | 2025 | 2024 |\n|---|---|---|\n| Maintenance | 2,214 | 1,873 [1] |"
    )


def test_written_tables_keep_their_cells() -> None:
    assert laid_out(("| Name | Age | |\n|---|---|---|", "| Anna | 40 | x |")) == (
        "| Name | Age |  |\n|---|---|---|\n| Anna | 40 | x [1] |"
    )
    assert laid_out(("| | 2016 |\n| | USD |", "| Anna | 40 |"), ("", "Said.")) == (
        "|  | 2016 USD |\n|---|---|\n| Anna | 40 [1] |\n\nSaid. [2]"
    )


@pytest.mark.parametrize(
    ("header", "quote"),
    [
        ("2016 2015", "Revenue 5 6 7"),
        ("2016 2015", "Notes due 2020 203 300"),
        ("2016 2015 change", "Revenue 5 6"),
        ("2016", "Revenue"),
        ("Income by region", "Revenue 5 6"),
        ("| a | b |", "| 1 | 2 | 3 |"),
    ],
)
def test_what_cannot_be_told_apart_stays_behind_its_header(header: str, quote: str) -> None:
    shown = laid_out((header, quote))
    assert shown.split(":\n\n")[1].replace(" · ", "") == f"{quote.replace(' | ', '').strip('| ')} [1]"


def test_neither_form_counts_the_header_as_a_claim_of_its_own() -> None:
    for header, quote in ((DATES, "Purchases (203,805) (184,936) (148,332)"), ("2016 2015", "Revenue and more 5 6 7")):
        text = laid_out((header, quote))
        citation = {"number": 1, "quote": quote, "status": "verified", "offset": text.index("[1]")}
        support = support_of(text, [citation], [{"number": 1, "text": f"Operations\n{quote}\n"}])
        assert support.counts == {"quote": 1, "passage": 0, "none": 0}, text
