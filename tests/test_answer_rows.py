"""The row of a statement that holds a line, among rows that look like it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer.candidates import candidates
from rag.answer.extractive import extract
from rag.answer.rows import label_of, row_for
from rag.search.lines import lines_of
from tests.answer_material import hits_of

INCOME = (
    "Consolidated Statements of Operations\nYear Ended December 31,\n2019 2020\n"
    "Product sales $ 100 $ 120\nTotal net sales 177,866 232,887\nCost of sales 111,934 139,156\n"
    "Operating income 4,106 12,421\nNet income $ 3,033 $ 10,073"
)
BALANCE = (
    "Consolidated Balance Sheets\nDecember 31,\n2019 2020\nInventories 11,461 16,047\n"
    "Total current assets 45,781 60,197\nAccounts payable $ 25,309 $ 34,616\nTotal current liabilities 43,816 57,883"
)
CASH = (
    "Consolidated Statements of Cash Flows\nYear Ended December 31,\n2019 2020\nNet income $ 3,033 $ 10,073\n"
    "Inventories (1,426) (3,583)\nAccounts payable 5,030 7,175\n"
    "Net cash provided by (used in) operating activities 17,203 18,365\n"
    "Purchases of property and equipment (6,737) (11,955)"
)
OLD = "Consolidated Statements of Operations\nYear Ended\n2015 2016\nTotal net sales 88,988 107,006\nNet income 1 2"
TALK = "Total current liabilities are discussed below. Net sales matter to us. The bridge was opened in 1931."


def quotes(question: str, *texts: str) -> list[str]:
    return [pick.quote for pick in extract(question, hits_of(*texts)).picks]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What was the revenue in FY2020?", ["Total net sales 177,866 232,887"]),
        ("What were total revenues?", ["Total net sales 177,866 232,887"]),
        ("How much is the net income?", ["Net income $ 3,033 $ 10,073"]),
        ("What was the net income in 2020?", ["Net income $ 3,033 $ 10,073"]),
        (
            "What is the FY2020 days payable outstanding? Round to two decimal places.",
            ["Accounts payable $ 25,309 $ 34,616", "Cost of sales 111,934 139,156", "Inventories 11,461 16,047"],
        ),
        (
            "What is the current ratio in FY2020?",
            ["Total current assets 45,781 60,197", "Total current liabilities 43,816 57,883"],
        ),
        (
            "What is the free cash flow for FY2020?",
            [
                "Net cash provided by (used in) operating activities 17,203 18,365",
                "Purchases of property and equipment (6,737) (11,955)",
            ],
        ),
    ],
)
def test_the_rows_that_a_question_needs(question: str, rows: list[str]) -> None:
    found = extract(question, hits_of(OLD, CASH, TALK, INCOME, BALANCE)).picks
    assert [pick.quote for pick in found] == rows
    assert all("2019 2020" in pick.header for pick in found)


def test_a_note_is_not_taken_for_the_statement() -> None:
    note = "Gains recognized in the consolidated statements of income\n2019 2020\nNet sales $ 52 $ 14"
    hedges, statement = hits_of(note, INCOME)
    hedges = replace(hedges, passage=replace(hedges.passage, heading="Part IV > 14. Hedging activities"))
    found = extract("What was the revenue in 2020?", [hedges, statement]).picks
    assert [pick.quote for pick in found] == ["Total net sales 177,866 232,887"]


def test_without_a_year_other_words_for_it_will_do_but_no_other_row() -> None:
    assert quotes("What were the sales?", "The sales were held in the old town hall.\nTotal assets 12 13") == [
        "The sales were held in the old town hall."
    ]
    assert quotes("What are total assets?", "Assets by segment\n2019 2020\nTotal intangible amortization 84 100") == []


def test_a_change_is_not_taken_for_a_balance() -> None:
    line = lines_of("What were inventories in 2020?", ())[0]
    assert row_for(line, frozenset({"2020"}), frozenset(), candidates(hits_of(CASH))) is None


def test_a_measure_that_is_stated_comes_first() -> None:
    stated = "Reconciliation\n2019 2020\nFree cash flow 10,466 6,410\nOther 1 2"
    assert quotes("What is the free cash flow for FY2020?", CASH, stated)[0] == "Free cash flow 10,466 6,410"


def test_a_line_without_a_row_is_answered_by_a_figure_or_not_at_all() -> None:
    assert quotes("What was the revenue in FY2020?", TALK) == []
    said = "Net sales were $232,887 in fiscal 2020. The bridge was opened in 1931."
    assert quotes("What was the revenue in FY2020?", said) == ["Net sales were $232,887 in fiscal 2020."]


def test_a_statement_goes_on_past_its_passage() -> None:
    begun = hits_of(BALANCE[: BALANCE.index("Accounts")])
    found = extract("What is the current ratio in 2020?", begun, page_text=lambda document, page: BALANCE).picks
    assert [pick.quote for pick in found][1:] == ["Total current liabilities 43,816 57,883"]
    assert all(BALANCE[pick.start : pick.end] == pick.quote for pick in found)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ("| Net sales | $ 93,662 | 1 |", "Net sales"),
        ("Receivables (Note 3) 1,615.1 1,679.7", "Receivables"),
        ("Total current liabilities........ 2,213 1", "Total current liabilities"),
        ("Operating income (loss) (1,896) 368", "Operating income (loss)"),
        ("No figures", "No figures"),
    ],
)
def test_labels(row: str, label: str) -> None:
    assert label_of(row) == label


def test_a_year_is_asked_for_by_comparing() -> None:
    table = "|  | 2019 | 2018 |\n| Sensors | 927.5 | 914.2 |\n| Contacts | 12.0 | 14.0 |"
    found = extract("In which year was the amount for Sensors larger?", hits_of(table)).picks
    assert [pick.quote.strip("| ") for pick in found] == ["Sensors | 927.5 | 914.2"]
