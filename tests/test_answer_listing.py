"""Lists: what introduces them, what belongs to them, and when all of one is shown."""

from __future__ import annotations

import pytest

from rag.answer.extractive import extract
from rag.answer.listing import MAX_ITEMS, asks_for_list, lists_of
from rag.answer.row_tables import pieces
from tests.answer_material import hits_of

HANDBOOK = """\
Special leave is granted on these occasions:

- own wedding: two days
- birth of a child: three days

## 5. Equipment

Every new employee receives:

1. a laptop
2. a badge for the building,
   with a photograph

Lost badges must be reported at once.
"""
ORDERS = """\
Fog
1. When fog comes in, start the signal at once and keep it going for as long as the fog lasts, by day and
by night.
2. Write the time into the log.
3. Call the harbour office.
A dark light
1. Warn all ships.
"""


def items(text: str) -> list[list[str]]:
    return [[text[start:end] for start, end in each] for each in lists_of(text)]


def quotes(question: str, *texts: str) -> list[str]:
    return [pick.quote for pick in extract(question, hits_of(*texts)).picks]


def laid_out(question: str) -> str:
    return "".join(f"{piece.before}{piece.after}" for piece in pieces(extract(question, hits_of(HANDBOOK)).picks))


def test_the_items_of_a_list_are_told_with_their_wrapped_lines() -> None:
    assert items(HANDBOOK) == [
        ["own wedding: two days", "birth of a child: three days"],
        ["1. a laptop", "2. a badge for the building,\n   with a photograph"],
    ]
    assert [len(each) for each in items(ORDERS)] == [3, 1]
    assert items(ORDERS)[0][0].endswith("by night.")
    assert items("404 - not found\n500 - broken") == [["404 - not found", "500 - broken"]]
    assert items("F31 Lamp is cold\n\nF32 Lens is wet") == [["F31 Lamp is cold", "F32 Lens is wet"]]
    assert items("FY2023 was good.\nQ1 as well.") == []
    assert items("No list. 1,240 metres.\nIn 2020.") == []


@pytest.mark.parametrize(
    "question",
    ["What are the occasions for special leave?", "On which occasions is special leave granted?"],
)
def test_what_introduces_a_list_brings_it_along(question: str) -> None:
    assert quotes(question, HANDBOOK) == [
        "Special leave is granted on these occasions:",
        "own wedding: two days",
        "birth of a child: three days",
    ]


def test_a_question_for_a_list_gets_all_of_it() -> None:
    assert quotes("What must a keeper do when fog comes in?", ORDERS)[-2:] == [
        "2. Write the time into the log.",
        "3. Call the harbour office.",
    ]
    assert quotes("Who is called in fog?", ORDERS, "The harbour office is called in fog.")[:1] != ["Fog"]


def test_a_question_for_one_thing_gets_one_item() -> None:
    assert quotes("How much leave is there for the birth of a child?", HANDBOOK) == ["birth of a child: three days"]


def test_a_long_list_is_cut() -> None:
    text = "The rules are:\n\n" + "\n".join(f"- rule of place {number}" for number in range(40))
    assert len(quotes("What are the rules?", text)) == MAX_ITEMS + 1


def test_items_stand_close_together_and_keep_their_numbers() -> None:
    assert laid_out("What does every new employee receive?") == (
        "Every new employee receives: \n1. a laptop \n2. a badge for the building, with a photograph "
    )
    assert laid_out("What are the occasions for special leave?").splitlines()[1].startswith("- own wedding")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What are the duties?", True),
        ("List all duties", True),
        ("Which duties do tenants have?", True),
        ("Welche Pflichten hat der Mieter?", True),
        ("When does it end?", False),
        ("Which light failed?", False),
    ],
)
def test_a_list_is_asked_for_by_the_question_s_form(question: str, expected: bool) -> None:
    assert asks_for_list(question) is expected
