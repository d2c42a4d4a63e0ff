"""Where a sentence was lost: finding it on the pages, its differences, and the verdict on its ranks."""

from __future__ import annotations

import pytest

from rag.evaluate.diagnosis import (
    Difference,
    Located,
    PageSource,
    VerdictKind,
    differences,
    is_cited,
    locate,
    passage_holding,
    verdict_on_ranks,
)

PAGES = [
    PageSource("doc_a", "a.pdf", 1, "Annual Report\nThe chief executive is Dana Reyes. She joined in 2014."),
    PageSource("doc_a", "a.pdf", 2, "Net revenue was 412 million\ncrowns in 2022. The mill em-\nploys 318 people."),
    PageSource("doc_b", "b.pdf", 1, "Net revenue was 380 million crowns in 2021."),
]


@pytest.mark.parametrize(
    ("sentence", "page", "text"),
    [
        ("Net revenue was 412 million crowns in 2022.", 2, "Net revenue was 412 million\ncrowns in 2022."),
        ("The mill employs 318 people.", 2, "The mill em-\nploys 318 people."),
        ("the CHIEF executive is dana reyes", 1, "The chief executive is Dana Reyes"),
        ("“She joined in 2014.”", 1, "She joined in 2014"),
    ],
)
def test_word_for_word_through_lines_hyphens_and_marks(sentence: str, page: int, text: str) -> None:
    found = locate(sentence, PAGES)
    assert found is not None
    assert (found.source.page, found.similarity, found.text.rstrip(".")) == (page, 1.0, text.rstrip("."))


def test_other_characters_are_found_with_their_differences() -> None:
    found = locate("The chief executve is Dane Reyes.", PAGES)
    assert found is not None
    assert found.source.page == 1
    assert 0.8 < found.similarity < 1
    assert Difference("executve", "executive") in found.differences
    assert Difference("Dane", "Dana") in found.differences


def test_a_wrong_number_is_never_word_for_word() -> None:
    found = locate("Net revenue was 421 million crowns in 2022.", PAGES)
    assert found is not None
    assert found.similarity < 1
    assert Difference("421", "412") in found.differences


@pytest.mark.parametrize("sentence", ["Bananas grow in the tropics of Africa.", "zzz", "完全に別の文です"])
def test_what_stands_nowhere_is_not_located(sentence: str) -> None:
    assert locate(sentence, PAGES) is None
    assert locate(sentence, []) is None


def test_what_only_looks_different_is_no_difference() -> None:
    assert differences("“Net  revenue” – was up", '"Net revenue"-was\nup') == ()
    assert differences("a b c", "a c d") == (Difference("b", ""), Difference("", "d"))


def test_the_passage_that_holds_it_or_most_of_it() -> None:
    located = Located(PAGES[1], 10, 50, 1.0)
    rows = [("p:1", 1, 0, 100), ("p:2", 2, 0, 30), ("p:3", 2, 25, 70)]
    assert passage_holding(located, rows) == ("p:3", True)
    assert passage_holding(located, [("p:4", 2, 0, 70)]) == ("p:4", False)
    assert passage_holding(located, [("p:1", 1, 0, 100), ("p:9", 2, 60, 70)]) is None


@pytest.mark.parametrize(
    ("place", "limit", "in_prompt", "cited", "kind"),
    [
        (None, 8, 8, None, "not_matched"), (9, 8, 8, None, "cut"), (8, 8, 5, None, "cut_by_prompt"),
        (5, 8, 5, None, "in_prompt"), (5, 8, 5, False, "not_used"), (1, 8, 8, True, "used"),
    ],
)  # fmt: skip
def test_a_verdict_for_every_rank(
    place: int | None, limit: int, in_prompt: int, cited: bool | None, kind: VerdictKind
) -> None:
    assert verdict_on_ranks(place=place, limit=limit, in_prompt=in_prompt, cited=cited) == kind


def test_a_citation_of_the_sentence_or_of_part_of_it() -> None:
    located = locate("Net revenue was 412 million crowns in 2022.", PAGES)
    assert located is not None
    cited = {"document_id": "doc_a", "page": 2, "quote": "412 million crowns"}
    assert is_cited(located, [cited])
    assert is_cited(located, [{**cited, "quote": "Net revenue was 412 million crowns in 2022. The mill"}])
    assert not is_cited(located, [{**cited, "page": 1}, {**cited, "quote": "318 people"}, {**cited, "quote": ""}])
