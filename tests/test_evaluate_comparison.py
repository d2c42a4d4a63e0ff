"""Two runs row by row, two ranked lists move by move."""

from __future__ import annotations

from typing import Any

from rag.evaluate.comparison import compare, figures, moves


def hit(passage_id: str) -> dict[str, Any]:
    return {"passage_id": passage_id, "document": "a.pdf", "pages": [1], "snippet": passage_id}


def row(number: int, question: str, *, matches: bool | None, rank: int | None, refused: bool = False) -> dict[str, Any]:
    return {
        "number": number, "question": question, "expected": "", "document": "a.pdf", "pages": [1], "answer": "x",
        "measures": {"match": None if matches is None else {"matches": matches}, "ranking": {"rank": rank},
                     "refused": refused},
        "timings": {"total_ms": 1.0}, "trace": {"retrieved": [hit("p1")]},
    }  # fmt: skip


def test_what_flipped() -> None:
    a = [
        row(1, "Who?", matches=True, rank=1),
        row(2, "What?", matches=False, rank=None),
        row(3, "Only A?", matches=None, rank=1),
    ]
    b = [
        row(1, "what? ", matches=True, rank=4),
        row(2, "Who?", matches=False, rank=1, refused=True),
        row(3, "Only B?", matches=None, rank=1),
    ]
    found = compare({}, {}, a, b)
    assert [(pair["numbers"], pair["answer"]["flip"], pair["page"]["flip"]) for pair in found["rows"]] == [
        ([1, 2], "lost", "same"), ([2, 1], "gained", "gained"),
    ]  # fmt: skip
    assert found["flips"] == {
        "answer": {"gained": 1, "lost": 1}, "page": {"gained": 1, "lost": 0}, "refusal": {"gained": 1, "lost": 0},
    }  # fmt: skip
    assert (found["only_a"], found["only_b"]) == ([3], [3])
    assert found["rows"][0]["passages"] == {"shared": 1, "a": 1, "b": 1}


def test_the_same_question_twice_is_paired_in_order() -> None:
    a = [row(1, "Who?", matches=True, rank=1), row(2, "Who?", matches=True, rank=2)]
    assert [pair["numbers"] for pair in compare({}, {}, a, a)["rows"]] == [[1, 1], [2, 2]]


def test_figures_know_which_is_better() -> None:
    a = {"mrr": 0.5, "total_p50_ms": 10.0, "refusals": 0.2, "rows": 3, "page_hit": None, "failed": 0}
    b = {"mrr": 0.7, "total_p50_ms": 12.0, "refusals": 0.2, "rows": 4, "page_hit": 0.5, "failed": 1}
    better = {each["name"]: (each["change"], each["better"]) for each in figures(a, b)}
    assert better == {
        "mrr": (0.2, "b"), "total_p50_ms": (2.0, "a"), "refusals": (0.0, ""), "rows": (1, ""), "page_hit": (None, ""),
        "failed": (1, "a"),
    }  # fmt: skip


def test_moves_from_one_list_to_the_other() -> None:
    found = moves([hit("p1"), hit("p2"), hit("p3")], [hit("p3"), hit("p1"), hit("p4")])
    assert [(move.passage_id, move.a, move.b) for move in found] == [
        ("p1", 1, 2), ("p3", 3, 1), ("p2", 2, None), ("p4", None, 3),
    ]  # fmt: skip
    assert found[0].to_json()["a"] == 1
    assert moves([], []) == []
