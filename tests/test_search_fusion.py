"""Two retrievers' lists become one by shares of their best scores; lists of narrower and wider scopes by ranks."""

from __future__ import annotations

import pytest

from rag.model import RankScore
from rag.search.fusion import chosen, fuse, merge, unheard
from rag.search.index import DENSE, KEYWORD, Candidate, ranked

WORDS = ranked([("a", 10.0), ("b", 5.0), ("c", 1.0)])
MEANING = ranked([("b", 0.8), ("c", 0.6), ("d", 0.4)])


def test_what_both_found_comes_first() -> None:
    fused = fuse(WORDS, MEANING, (1.0, 1.0), 10)
    assert [one.passage_id for one in fused] == ["b", "a", "c", "d"]
    assert [one.fused for one in fused] == pytest.approx([1.5, 1.0, 0.6, 0.0])
    assert fused[0].keyword == RankScore(2, 5.0)
    assert fused[0].semantic == RankScore(1, 0.8)
    assert fused[1].semantic is None
    assert fuse(WORDS, MEANING, (1.0, 1.0), 1) == fused[:1]


def test_what_words_found_counts_by_meaning_too() -> None:
    fused = fuse(WORDS, MEANING, (1.0, 1.0), 10, {"a": 0.3})
    assert [one.passage_id for one in fused] == ["b", "a", "c", "d"]
    assert [one.fused for one in fused] == pytest.approx([1.5, 1.0, 0.7, 0.2])
    assert fused[1].semantic is None, "it has no place in that list"
    assert fuse(WORDS, MEANING, (1.0, 1.0), 10, {"a": 0.7})[0].passage_id == "a"


def test_passages_that_are_equally_near_count_alike() -> None:
    fused = fuse(WORDS, ranked([("b", 0.5), ("d", 0.5)]), (1.0, 1.0), 10)
    assert [(one.passage_id, one.fused) for one in fused] == [("b", 1.5), ("a", 1.0), ("d", 1.0), ("c", 0.1)]


def test_nearness_is_asked_for_only_where_the_list_ends() -> None:
    found = {KEYWORD: WORDS, DENSE: MEANING}
    assert unheard(found, 3) == {"a"}
    assert unheard(found, 4) == frozenset(), "all that have a vector are in it"
    assert unheard({KEYWORD: WORDS}, 3) == unheard({DENSE: MEANING}, 3) == frozenset()


def test_weights_and_empty_lists() -> None:
    assert [one.passage_id for one in fuse(WORDS, MEANING, (1.0, 0.0), 3)] == ["a", "b", "c"]
    assert [one.passage_id for one in fuse({}, MEANING, (1.0, 1.0), 3)] == ["b", "c", "d"]
    assert fuse({}, {}, (1.0, 1.0), 3) == []


def test_opposite_meaning_takes_nothing_away() -> None:
    fused = fuse(WORDS, ranked([("d", -0.1), ("a", -0.5)]), (1.0, 1.0), 10)
    assert [(one.passage_id, one.fused) for one in fused] == [("a", 1.0), ("b", 0.5), ("c", 0.1), ("d", 0.0)]


def test_one_retriever_alone_keeps_its_scores() -> None:
    assert [(one.passage_id, one.fused) for one in chosen({DENSE: MEANING}, (1.0, 1.0), 2)] == [("b", 0.8), ("c", 0.6)]
    assert chosen({KEYWORD: WORDS}, (1.0, 1.0), 1) == [Candidate("a", 10.0, RankScore(1, 10.0), None)]
    assert chosen({KEYWORD: {}, DENSE: MEANING}, (1.0, 1.0), 1)[0].passage_id == "b"


def test_narrow_scopes_come_first_and_wide_ones_keep_a_place() -> None:
    narrow = [Candidate("n1", 1.0), Candidate("both", 0.9), Candidate("n3", 0.8)]
    wide = [Candidate("w1", 9.0, RankScore(1, 9.0)), Candidate("both", 5.0, RankScore(2, 5.0)), Candidate("w3", 1.0)]
    merged = merge([narrow, wide])
    assert [one.passage_id for one in merged] == ["both", "n1", "n3", "w1", "w3"]
    assert merged[0].keyword == RankScore(2, 5.0), "its place among all"
    assert merge([wide]) == wide
    assert [one.fused for one in merged] == sorted((one.fused for one in merged), reverse=True)
