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


EVIDENCE = [
    {
        "number": 1,
        "text": "Revenue was 412.5 million euros in 2025, up from 390.1 million in 2024. Repairs cost 18 million.",
    },
    {
        "number": 2,
        "text": "Der Umsatz betrug 1.234,5 Mio. EUR im Jahr 2025. Die Zahl der Beschäftigten stieg auf 2.310.",
    },
]
REVENUE = "Revenue was 412.5 million euros in 2025"
STAFF = "Die Zahl der Beschäftigten stieg auf 2.310"


@pytest.mark.parametrize(
    ("text", "number", "quote", "kind"),
    [
        ("Revenue was 412.50 million euros [1].", 1, REVENUE, "quote"),
        ("Im Jahr 2025 betrug der Umsatz 412,5 Mio. Euro [1].", 1, REVENUE, "quote"),
        ("The revenue was 1,234.5 million euros [2].", 2, "Der Umsatz betrug 1.234,5 Mio. EUR", "quote"),
        ("Sie hatte 2310 Beschäftigte [2].", 2, STAFF, "quote"),
        ("Sie hatte 2311 Beschäftigte [2].", 2, STAFF, "none"),
        ("Revenue was 421.5 million euros in 2025 [1].", 1, REVENUE, "none"),
        ("Revenue was 412.5 million euros in 2024 [1].", 1, REVENUE, "none"),  # the quote's year is another
        ("Repairs cost 412.5 million [1].", 1, "Repairs cost 18 million.", "passage"),
        ("The moon is made of old cheese [1].", 1, REVENUE, "none"),
        ("Die Firma nahm mehr Geld ein als zuvor [1].", 1, REVENUE, "quote"),  # in another language words differ
    ],
)
def test_a_quote_carries_what_it_says_and_no_other_figure(text: str, number: int, quote: str, kind: str) -> None:
    found = support_of(text, [cited(number, quote, text.index("["))], EVIDENCE)
    assert kinds(text, found) == [(text, kind)]


def test_the_number_of_an_item_is_no_claim() -> None:
    text = "1. Revenue was 412.5 million euros [1]\n2. Repairs cost 18 million.\n- 3) Repairs cost 19 million."
    found = support_of(text, [cited(1, REVENUE, text.index("[1]"))], EVIDENCE)
    assert [kind for _, kind in kinds(text, found)] == ["quote", "passage", "none"]
    assert kinds(text, found)[1][0] == "Repairs cost 18 million."


def test_heads_of_tables_headings_and_words_about_the_sources_are_not_marked() -> None:
    text = (
        "Revenue and costs\n=================\n\n**Key figures of 2025**\n\n| Figure | 2025 |\n|---|---:|\n"
        "| Repairs | 18 million |\n"
        "| Profit | 77 million |\n\nThe documents do not say what the profit was."
    )
    found = support_of(text, [cited(1, "Repairs cost 18 million.", text.index("18 million"))], EVIDENCE)
    assert kinds(text, found) == [
        ("| Repairs | 18 million |", "quote"),
        ("| Profit | 77 million |", "none"),
    ]  # fmt: skip
