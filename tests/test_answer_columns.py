"""Which year a figure belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer.candidates import candidates
from rag.answer.columns import columns_of, misdated, mislabelled, paired, sources_of
from rag.answer.support import support_of
from tests.answer_material import hits_of

ACCOUNTS = "Thousand crowns 2025 2024 2023\nHarbour dues 3,120 2,940 2,810\nIncome 6,148 5,970 5,419\n"
LIGHTS = """\
Light Height Range 2025 2024 2023
Low Sands 15 m 10 nm 97.53 % 99.86 % 99.83 %
Old Harbour 9 m 6 nm 99.99 % 99.98 % 99.97 %
"""
PIPED = """\
|  | Years Ended September 30, |  |
|  | 2019 | 2018 |
| Fixed Price | $ 1,452.4 | $ 1,146.2 |
| Other | 44.1 | 56.7 |
"""
KEYED = "| Site | Staff 2021 | Staff 2022 | Rent |\n| Site: Oslo | Staff 2021: 112 | Staff 2022: 118 | Rent: 840 |"


def years(text: str, label: str) -> dict[str, list[str]]:
    row = next(each for each in candidates(hits_of(text)) if label in each.text and each.sentence.is_row)
    return {max(each.figure): sorted(each.years) for each in columns_of(row)}


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        (ACCOUNTS, "Income", {"6148": ["2025"], "5970": ["2024"], "5419": ["2023"]}),
        (LIGHTS, "Low Sands", {"97.53": ["2025"], "99.86": ["2024"], "99.83": ["2023"]}),
        (PIPED, "Other", {"44.1": ["2019"], "56.7": ["2018"]}),
        (KEYED, "Oslo", {"112": ["2021"], "118": ["2022"]}),
        ("2024 2023 Change\nSales 40 38 5%\nCosts 30 29 3%", "Sales", {"40": ["2024"], "38": ["2023"]}),
        ("Unit 2024 2023 Change\nSales 1 40 38 5%\nCosts 2 30 29 3%", "Sales", {}),
        ("2024 2023\nSales — 38\nCosts 30 29", "Sales", {"38": ["2023"]}),
    ],
)
def test_a_figure_belongs_to_its_columns_year(text: str, label: str, expected: dict[str, list[str]]) -> None:
    assert years(text, label) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rose from 38 in 2023 to 41 in 2024.", [("38", "2023"), ("41", "2024")]),
        ("In 2023 it was 38, in 2024 41.", [("38", "2023"), ("41", "2024")]),
        ("In 2024 and 2023 it was 41 and 38, respectively.", [("41", "2024"), ("38", "2023")]),
        ("On 31 December 2024 it was 41.", [("41", "2024")]),
        ("It rose by 18.2% to 3.2 billion from 2.7 billion in 2021.", []),
    ],
)
def test_a_sentence_pairs_figures_with_years_where_its_form_does(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(max(each.figure), max(each.years)) for each in paired(text)] == expected


@pytest.mark.parametrize(
    ("said", "is_wrong"),
    [
        ("Income was 6,148 thousand crowns in 2025.", False),
        ("Income was 5,970 thousand crowns in 2025.", True),
        ("In 2023 the trust's income came to 5,419 thousand crowns.", False),
        ("In 2024 the trust's income came to 5,419 thousand crowns.", True),
        ("Income rose from 5,970 in 2024 to 6,148 in 2025.", False),
        ("Income rose from 6,148 in 2024 to 5,970 in 2025.", True),
        ("Income rose by 178 from 5,970 to 6,148 in 2025.", False),
        ("Income was 5,970 and 5,419 in 2024 and 2023, respectively.", False),
        ("Income was 5,419 and 5,970 in 2024 and 2023, respectively.", True),
        ("Income was 6,148 thousand crowns.", False),
        ("Income was 6,148 thousand crowns in FY2024.", True),
    ],
)
def test_the_right_row_does_not_prove_the_wrong_year(said: str, is_wrong: bool) -> None:
    assert misdated(said, sources_of(said, ["Income 6,148 5,970 5,419"], ACCOUNTS)) is is_wrong
    text = f"{said} [1]"
    found = support_of(text, [_cited("Income 6,148 5,970 5,419", text.index("["))], [{"number": 1, "text": ACCOUNTS}])
    assert (found.sentences[0].kind == "quote") is not (is_wrong or "178" in said)


def test_without_a_quote_a_passage_does_not_carry_the_wrong_year_either() -> None:
    hits = [{"number": 1, "text": PIPED}]
    assert support_of("Fixed price had $1,452.4 in 2019.", [], hits).counts["passage"] == 1
    assert support_of("Fixed price had $1,452.4 in 2018.", [], hits).counts["none"] == 1


def test_what_prose_pairs_counts_as_a_column_does() -> None:
    text = "The year before, in 2024, it had cost 1,873 thousand crowns, and 1,902 in 2023."
    prose = "Maintenance cost 1,873 crowns in 2024 and 1,902 crowns in 2023."
    for said, kind in (
        ("Maintenance cost 1,902 crowns in 2023.", "quote"),
        ("Maintenance cost 1,902 crowns in 2024.", "none"),
    ):
        found = support_of(f"{said} [1]", [_cited(prose, len(said) + 1)], [{"number": 1, "text": prose}])
        assert found.sentences[0].kind == kind
    assert paired(text) == []  # its form leaves open which belongs to which: nothing is said


@pytest.mark.parametrize(
    ("said", "is_wrong"),
    [
        ("Income was 6,148 thousand crowns in 2025.", False),
        ("Harbour dues were 6,148 thousand crowns in 2025.", True),
        ("The trust took in 6,148 thousand crowns.", False),  # in its own words: nothing speaks against it
        ("Harbour dues were 3,120 of the income of 6,148.", False),
    ],
)
def test_a_figure_of_another_row_does_not_prove_it(said: str, is_wrong: bool) -> None:
    assert mislabelled(said, ACCOUNTS) is is_wrong


@pytest.mark.parametrize("marker", ["Thousand crowns 2025 2024 2023", "Income 6,148 5,970 5,419"])
def test_whatever_was_quoted_of_the_table_the_year_is_looked_up(marker: str) -> None:
    for said, kind in (("Income came to 6,148 in 2025.", "quote"), ("Income came to 6,148 in 2024.", "none")):
        found = support_of(f"{said} [1]", [_cited(marker, len(said) + 1)], [{"number": 1, "text": ACCOUNTS}])
        assert found.sentences[0].kind == kind


def test_a_table_of_an_answer_is_looked_up_row_by_row() -> None:
    text = "| Year | Income |\n|---|---|\n| 2025 | 6,148 [1] |\n| 2024 | 6,148 [1] |"
    places = [at for at in range(len(text)) if text.startswith("[1]", at)]
    cited = [_cited("Income 6,148 5,970 5,419", at) for at in places]
    found = support_of(text, cited, [{"number": 1, "text": ACCOUNTS}])
    assert [each.kind for each in found.sentences] == ["quote", "none"]


@pytest.mark.parametrize(
    ("row", "kind"), [("| Income | 6,148 | 5,970 |", "quote"), ("| Income | 5,970 | 6,148 |", "none")]
)
def test_columns_of_an_answer_s_own_table_are_checked(row: str, kind: str) -> None:
    text = f"|  | 2025 | 2024 |\n|---|---|---|\n{row.removesuffix(' |')} [1] |"
    found = support_of(text, [_cited("Income 6,148 5,970 5,419", text.index("[1]"))], [{"number": 1, "text": ACCOUNTS}])
    assert [each.kind for each in found.sentences] == [kind]


def _cited(quote: str, offset: int) -> dict[str, Any]:
    return {"number": 1, "quote": quote, "offset": offset, "status": "verified"}
