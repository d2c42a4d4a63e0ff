"""What each sentence of an answer rests on."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer.support import Support, support_of

HITS = [
    {"number": 1, "text": "Net revenue was 412 million crowns in 2022. The mill employs 318 people."},
    {"number": 2, "text": "The price of spruce pulp rose by 14 percent in the autumn of 2022."},
]


def cited(number: int, quote: str, offset: int, status: str = "verified") -> dict[str, Any]:
    return {"number": number, "quote": quote, "offset": offset, "status": status}


def kinds(text: str, found: Support) -> list[tuple[str, str]]:
    return [(text[each.start : each.end], each.kind) for each in found.sentences]


def test_each_sentence_has_its_own_mark_and_the_counts_add_up() -> None:
    text = "Net revenue was 412 million crowns in 2022. [1] Spruce pulp rose in price by 14 percent. Bears like honey."
    found = support_of(text, [cited(1, "Net revenue was 412 million crowns in 2022.", text.index("[1]"))], HITS)
    assert kinds(text, found) == [
        ("Net revenue was 412 million crowns in 2022.", "quote"),
        ("Spruce pulp rose in price by 14 percent.", "passage"),
        ("Bears like honey.", "none"),
    ]
    assert found.counts == {"quote": 1, "passage": 1, "none": 1}
    assert [each.numbers for each in found.sentences] == [(1,), (2,), ()]
    assert found.to_json()["sentences"][0] == {"start": 0, "end": 43, "kind": "quote", "numbers": [1]}


def test_a_marker_within_the_sentence_counts_for_it() -> None:
    text = "Net revenue was 412 million crowns [1] in 2022. The ferry sails at dawn."
    found = support_of(text, [cited(1, "Net revenue was 412 million crowns in 2022.", 35)], HITS)
    assert [kind for _, kind in kinds(text, found)] == ["quote", "none"]


@pytest.mark.parametrize("status", ["approximate", "missing"])
def test_only_verified_quotes_support(status: str) -> None:
    text = "Profits doubled in Asia [1]."
    assert support_of(text, [cited(1, "Profits doubled", 24, status)], HITS).counts["none"] == 1


def test_a_number_that_stands_nowhere_is_not_supported_by_a_quote_beside_it() -> None:
    text = "Net revenue was 512 million crowns in 2022 [1]."
    quote = "Net revenue was 412 million crowns in 2022."
    assert kinds(text, support_of(text, [cited(1, quote, 43)], HITS))[0][1] == "none"


def test_refusals_headings_leads_questions_and_code_are_not_marked() -> None:
    assert support_of("I could not find an answer to this in your documents.", [], HITS).sentences == ()
    text = "## Figures of the year\n\nThey are as follows:\n\n- The moon is made of cheese.\n\nShall we go on with it?"
    assert kinds(text, support_of(text, [], HITS)) == [("The moon is made of cheese.", "none")]
    assert support_of("```\nthe code says nothing at all\n```", [], HITS).sentences == ()


def test_spans_never_overlap_and_stay_in_the_text_whatever_the_markers() -> None:
    text = (
        "A mill [1] burned [2, 3] down. 【1】 It [^1] was in Norway [x].\nMany people 漢字 [1] saw it。火事でした。[2]"
    )
    found = support_of(text, [cited(1, "mill", at) for at in (0, 7, 31, 200)], HITS)
    ends = [0]
    for sentence in found.sentences:
        assert ends[-1] <= sentence.start < sentence.end <= len(text)
        ends.append(sentence.end)


def test_nothing_is_nothing() -> None:
    assert support_of("", [], []).to_json() == {"sentences": [], "counts": {"quote": 0, "passage": 0, "none": 0}}


def test_the_head_of_a_table_claims_nothing_and_its_rows_do() -> None:
    text = (
        "By year:\n\n| Net revenue | Million crowns |\n|:---|---:|\n| Net revenue in 2022 | 412 |\n\nBears like honey."
    )
    assert kinds(text, support_of(text, [], HITS)) == [
        ("| Net revenue in 2022 | 412 |", "passage"),
        ("Bears like honey.", "none"),
    ]
    bare = "Net revenue | Million crowns\n--- | ---\nNet revenue in 2022 | 413"
    assert kinds(bare, support_of(bare, [], HITS)) == [("Net revenue in 2022 | 413", "none")]
    line = "The net revenue | the spruce pulp, a line between them\nand no table at all."
    assert len(support_of(line, [], HITS).sentences) == 1
