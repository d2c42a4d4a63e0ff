"""Learning a policy from feedback: what a thumb teaches, and that only what is better is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.answer.policy import RULE, decide
from rag.answer.training import Lesson, interval, lessons_of, train
from rag.evaluate.retraining import NAME, load_policy, train_policy
from tests.whole import refused


def record(question: str, thumb: str, *, searched: bool = True, cited: tuple[int, ...] = (1,)) -> dict[str, Any]:
    steps = [{"name": "search" if searched else "generate", "status": "finished"}]
    citations = [{"number": number, "status": "verified"} for number in cited]
    return {
        "question": question,
        "query": question,
        "thumb": thumb,
        "steps": steps,
        "citations": citations,
        "error": None,
    }


def test_what_a_thumb_teaches() -> None:
    found = lessons_of(
        [
            record("a", "up"), record("b", "up", searched=False, cited=()), record("c", "down",
            searched=False, cited=()),
            record("d", "up", cited=(7,)), record("e", "up", cited=(1, 2, 3, 4)), record("f", "down"),
            record("g", "up", cited=()), {"question": "h"}, {**record("i", "up"), "error": {"error_code": "x"}},
        ]
    )  # fmt: skip
    assert [(each.question, each.search, each.wide) for each in found] == [
        ("a", 1, 0), ("b", 0, None), ("c", 1, None), ("d", 1, 1), ("e", 1, 1),
    ]  # fmt: skip


def test_too_little_feedback_leaves_the_rule() -> None:
    heads, measured = train([Lesson("What is it?", False, 1, 0)] * 10)
    assert heads == {"search": None, "wide": None}
    assert "Too little to learn from: 10 records" in measured["search"].why


def feedback(path: Path) -> Path:
    """Users who say "weiter so ..." without wanting a search: the rule does not know these words."""
    talk = [record(f"weiter so mit dem tun {'gern ' * (n % 4)}", "up", searched=False, cited=()) for n in range(40)]
    real = [record(f"What was the value of item {n} in 20{n % 90 + 10}?", "up", cited=(n % 3 + 1,)) for n in range(60)]
    lines = [json.dumps(each) for pair in zip(talk, real, strict=False) for each in pair]
    path.write_text("\n".join([*lines, *map(json.dumps, real[40:])]), encoding="utf-8")
    return path


def test_a_better_model_is_kept_and_used_without_scikit_learn(tmp_path: Path) -> None:
    count, measured = train_policy(tmp_path, feedback(tmp_path / "feedback.jsonl"))
    assert count == 100
    search = measured["search"]
    assert search.is_used
    assert search.high is not None
    assert search.high < 0
    assert search.model_cost is not None
    assert search.rule_cost is not None
    assert search.model_cost < search.rule_cost
    policy = load_policy(tmp_path)
    assert decide("weiter so mit dem tun", has_history=False, policy=policy).width == "none"
    assert decide("What was the value of item 5 in 2023?", has_history=False, policy=policy).searches
    assert decide("Thanks!", has_history=False, policy=load_policy(tmp_path / "none")).width == "none"
    assert not measured["wide"].is_used, "no question needed a wide search"
    assert policy.wide is None
    kept = json.loads((tmp_path / NAME).read_text(encoding="utf-8"))
    assert kept["evaluation"]["search"]["records"] == 100


def test_a_model_that_is_not_better_is_not_used() -> None:
    lessons = [Lesson(f"What is number {n}?", False, 1, n % 2) for n in range(80)]
    lessons += [Lesson("Thanks!", False, 0, None)] * 20
    heads, measured = train(lessons)
    assert heads == {"search": None, "wide": None}, "the rule knows thanks; and the width is noise"
    assert measured["search"].rule_cost == 0.0
    assert "the rule stays" in measured["wide"].why


def test_the_interval_is_that_of_the_mean_and_the_same_every_time() -> None:
    low, high = interval([1.0, 0.0] * 200)
    assert 0.44 < low < 0.5 < high < 0.56
    assert interval([1.0, 0.0] * 200) == (low, high)
    assert interval([-1.0] * 50) == (-1.0, -1.0)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with refused("not_found"):
        train_policy(tmp_path, tmp_path / "nowhere.jsonl")
    for content in ("no json", "[1]", "3"):
        (tmp_path / "bad.jsonl").write_text(content, encoding="utf-8")
        with refused("invalid_request"):
            train_policy(tmp_path, tmp_path / "bad.jsonl")
    assert not (tmp_path / NAME).exists()


def test_a_damaged_policy_leaves_the_rule(tmp_path: Path) -> None:
    assert load_policy(tmp_path) == RULE
    (tmp_path / NAME).write_text('{"version": 1}', encoding="utf-8")
    assert load_policy(tmp_path) == RULE
    (tmp_path / NAME).write_bytes(b"\xff\xfe")
    assert load_policy(tmp_path) == RULE


@pytest.mark.parametrize("records", [[], [{}], [{"thumb": "up"}]])
def test_records_that_say_nothing_teach_nothing(records: list[dict[str, Any]]) -> None:
    assert lessons_of(records) == []
