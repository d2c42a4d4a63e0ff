"""What stands on every page, heads of tables, and reasons to doubt an answer."""

from __future__ import annotations

from rag.answer.candidates import candidates
from rag.answer.extractive import extract
from rag.answer.furniture import furniture
from tests.answer_material import hits_of

PAGES = (
    "Tern Trust · Annual Report 2025 1\nThe trust keeps six lights.\nNote 7 explains the income.",
    "Tern Trust · Annual Report 2025 2\nCrowns 2025 2024\nIncome 6,148 5,970\nCosts 5,754 5,442\nNote 9 follows.",
    "Tern Trust · Annual Report 2025 3\nThe income of the trust grew.",
)
STAFF = "| Site | Staff 2022 | Staff 2023 |\n| Oslo | 118 | 131 |\n| Bergen | 44 | 39 |"


def quotes(question: str, *texts: str) -> list[str]:
    return [pick.quote for pick in extract(question, hits_of(*texts)).picks]


def test_a_line_whose_number_goes_with_the_page_is_no_answer() -> None:
    assert {line for _, _, line in furniture(hits_of(*PAGES))} == {
        f"Tern Trust · Annual Report 2025 {page}" for page in (1, 2, 3)
    }
    assert not any("Annual Report" in each.text for each in candidates(hits_of(*PAGES)))
    assert quotes("What was the income of the trust in 2025?", *PAGES)[0] == "Income 6,148 5,970"


def test_rows_whose_figures_go_with_the_page_by_chance_stay() -> None:
    pages = ("A heading of some length\nSales of boats 12", "Another heading\nSales of boats 13")
    assert all("Sales" not in line for _, _, line in furniture(hits_of(pages[0], "x", "y", pages[1])))


def test_the_head_of_a_table_is_no_answer_but_shows_with_its_rows() -> None:
    picks = extract("How many staff does Oslo have in 2023?", hits_of(STAFF)).picks
    assert [pick.quote for pick in picks] == ["| Oslo | 118 | 131 |"]
    assert picks[0].header == "| Site | Staff 2022 | Staff 2023 |"


def test_rows_about_others_do_not_answer_for_a_name_that_is_not_there() -> None:
    assert quotes("How many staff does Munich have in 2023?", STAFF) == []


def test_a_heading_counts_for_all_of_its_section() -> None:
    text = "## Holidays\n\nThe year begins in January. Rules are few. Everybody has 28 days.\n\n## Pay\n\nAll are paid."
    assert quotes("How many days of holidays are there?", text) == ["Everybody has 28 days."]
